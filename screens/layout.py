"""Boxes that know how much room they need: a small flexbox, in design pixels, with the origin at the top left.

Everything on a screen is a `Box`. A box is asked how wide it would like to be (`wide`), how tall it is at a given width
(`tall`), and is then told its frame (`place`), in one pass and at once: no size arrives a frame late, and what does not fit
is known before anything is drawn (`spilled`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kivy.uix.widget import Widget

from screens.look import Look

SLACK = 1.5
"""Pixels by which rounding may make something larger than its frame."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A place on the screen: left, top, width, height."""

    x: float
    y: float
    w: float
    h: float

    def inset(self, left: float, top: float, right: float, bottom: float) -> Frame:
        return Frame(self.x + left, self.y + top, self.w - left - right, self.h - top - bottom)

    def holds(self, x: float, y: float, margin: float = 0.0) -> bool:
        return self.x - margin <= x <= self.x + self.w + margin and self.y - margin <= y <= self.y + self.h + margin


NOWHERE = Frame(0, 0, 0, 0)


class Box(Widget):
    """Something that takes room. `grow`: its share of the room that is left over in its row or column."""

    def __init__(self, look: Look, *, grow: float = 0.0) -> None:
        super().__init__(size_hint=(None, None))
        self.look = look
        self.grow = grow
        self.frame = NOWHERE
        self.spilled = False

    def wide(self) -> float:
        """Design pixels that it would like to be wide."""
        return 0.0

    def tall(self, width: float) -> float:
        """Design pixels that it is tall when `width` wide."""
        return 0.0

    def place(self, frame: Frame) -> None:
        """Stand here, and be drawn."""
        self.frame = frame
        self.size = (frame.w, frame.h)
        self.pos = (frame.x, self.look.height - frame.y - frame.h)
        self.spilled = self.tall(frame.w) > frame.h + SLACK
        self.canvas.before.clear()
        self.paint()

    def paint(self) -> None:
        """Draw into `canvas.before`, within `frame`."""

    def boxes(self) -> Iterator[Box]:
        """This box and all in it, outermost first."""
        yield self
        for child in reversed(self.children):
            if isinstance(child, Box):
                yield from child.boxes()


class Space(Box):
    """Nothing, `height` tall and `width` wide."""

    def __init__(self, look: Look, height: float = 0.0, width: float = 0.0, *, grow: float = 0.0) -> None:
        super().__init__(look, grow=grow)
        self._height = height
        self._width = width

    def wide(self) -> float:
        return self._width

    def tall(self, width: float) -> float:
        return self._height


Pad = tuple[float, float, float, float]
"""Left, top, right, bottom."""
NO_PAD: Pad = (0.0, 0.0, 0.0, 0.0)


class Column(Box):
    """Boxes under one another. `across`: "fill", "left" or "center"."""

    def __init__(
        self,
        look: Look,
        children: Sequence[Box],
        *,
        gap: float = 0.0,
        pad: Pad = NO_PAD,
        across: str = "fill",
        least: float = 0.0,
        centred: bool = False,
        grow: float = 0.0,
    ) -> None:
        super().__init__(look, grow=grow)
        self._items = list(children)
        self._gap, self._pad, self._across, self._least, self._centred = gap, pad, across, least, centred
        for child in self._items:
            self.add_widget(child)

    def wide(self) -> float:
        return max((item.wide() for item in self._items), default=0.0) + self._pad[0] + self._pad[2]

    def tall(self, width: float) -> float:
        inner = width - self._pad[0] - self._pad[2]
        heights = sum(item.tall(self._width_of(item, inner)) for item in self._items)
        return max(self._least, heights + self._gap * max(0, len(self._items) - 1) + self._pad[1] + self._pad[3])

    def place(self, frame: Frame) -> None:
        super().place(frame)
        inner = frame.inset(*self._pad)
        heights = [item.tall(self._width_of(item, inner.w)) for item in self._items]
        left_over = inner.h - sum(heights) - self._gap * max(0, len(heights) - 1)
        shares = sum(item.grow for item in self._items)
        y = inner.y + (left_over / 2 if self._centred and not shares else 0.0)
        for item, height in zip(self._items, heights, strict=True):
            tall = height + (max(0.0, left_over) * item.grow / shares if shares else 0.0)
            width = self._width_of(item, inner.w)
            x = inner.x + ((inner.w - width) / 2 if self._across == "center" else 0.0)
            item.place(Frame(round(x), round(y), round(width), round(tall)))
            y += tall + self._gap

    def _width_of(self, item: Box, inner: float) -> float:
        return inner if self._across == "fill" else min(inner, item.wide())


class Row(Box):
    """Boxes side by side. `up`: "center", "top" or "fill". What grows is narrowed first when there is too little room."""

    def __init__(
        self,
        look: Look,
        children: Sequence[Box],
        *,
        gap: float = 0.0,
        pad: Pad = NO_PAD,
        up: str = "center",
        least: float = 0.0,
        centred: bool = False,
        grow: float = 0.0,
    ) -> None:
        super().__init__(look, grow=grow)
        self._items = list(children)
        self._gap, self._pad, self._up, self._least, self._centred = gap, pad, up, least, centred
        for child in self._items:
            self.add_widget(child)

    def wide(self) -> float:
        return sum(item.wide() for item in self._items) + self._gap * max(0, len(self._items) - 1) + self._pad[0] + self._pad[2]

    def tall(self, width: float) -> float:
        inner = width - self._pad[0] - self._pad[2]
        heights = (item.tall(wide) for item, wide in zip(self._items, self._widths(inner), strict=True))
        return max(self._least, max(heights, default=0.0) + self._pad[1] + self._pad[3])

    def place(self, frame: Frame) -> None:
        super().place(frame)
        inner = frame.inset(*self._pad)
        widths = self._widths(inner.w)
        x = inner.x
        if self._centred:
            x += max(0.0, (inner.w - sum(widths) - self._gap * max(0, len(widths) - 1)) / 2)
        for item, width in zip(self._items, widths, strict=True):
            height = inner.h if self._up == "fill" else min(inner.h, item.tall(width))
            y = inner.y + ((inner.h - height) / 2 if self._up == "center" else 0.0)
            item.place(Frame(round(x), round(y), round(width), round(height)))
            x += width + self._gap

    def _widths(self, inner: float) -> list[float]:
        room = inner - self._gap * max(0, len(self._items) - 1)
        shares = sum(item.grow for item in self._items)
        widths = [0.0 if item.grow else item.wide() for item in self._items]
        if shares:
            rest = max(0.0, room - sum(widths))
            widths = [rest * item.grow / shares if item.grow else width for item, width in zip(self._items, widths, strict=True)]
        elif (wanted := sum(widths)) > room:
            # Nothing gives way by itself: the widest does.
            widest = max(range(len(widths)), key=lambda index: widths[index])
            widths[widest] = max(0.0, widths[widest] - (wanted - room))
        return widths


class Grid(Box):
    """Equal cells, `across` in a row; every row is as tall as its tallest cell (all rows, when `even`)."""

    def __init__(
        self, look: Look, children: Sequence[Box], *, across: int, gap: tuple[float, float] = (0.0, 0.0), grow: float = 0.0
    ) -> None:
        super().__init__(look, grow=grow)
        self._items = list(children)
        self._across, self._gap = across, gap
        for child in self._items:
            self.add_widget(child)

    def wide(self) -> float:
        return max((item.wide() for item in self._items), default=0.0) * self._across + self._gap[0] * (self._across - 1)

    def tall(self, width: float) -> float:
        rows = -(-len(self._items) // self._across)
        return self._cell(width) * rows + self._gap[1] * max(0, rows - 1)

    def place(self, frame: Frame) -> None:
        super().place(frame)
        wide = (frame.w - self._gap[0] * (self._across - 1)) / self._across
        rows = -(-len(self._items) // self._across)
        tall = (frame.h - self._gap[1] * max(0, rows - 1)) / max(1, rows)
        for index, item in enumerate(self._items):
            row, column = divmod(index, self._across)
            item.place(
                Frame(
                    round(frame.x + column * (wide + self._gap[0])),
                    round(frame.y + row * (tall + self._gap[1])),
                    round(wide),
                    round(tall),
                )
            )

    def _cell(self, width: float) -> float:
        wide = (width - self._gap[0] * (self._across - 1)) / self._across
        return max((item.tall(wide) for item in self._items), default=0.0)


class Layers(Box):
    """Boxes on top of one another, all in the whole frame (an illustration's layers, words inside a ring)."""

    def __init__(self, look: Look, children: Sequence[Box], *, grow: float = 0.0) -> None:
        super().__init__(look, grow=grow)
        self._items = list(children)
        for child in self._items:
            self.add_widget(child)

    def wide(self) -> float:
        return max((item.wide() for item in self._items), default=0.0)

    def tall(self, width: float) -> float:
        return max((item.tall(width) for item in self._items), default=0.0)

    def place(self, frame: Frame) -> None:
        super().place(frame)
        for item in self._items:
            item.place(frame)

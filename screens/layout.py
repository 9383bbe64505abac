"""Boxes that know how much room they need: a small flexbox, in design pixels, with the origin at the top left.

Everything on a screen is a `Box`. A box is asked how wide it would like to be (`wide`), how tall it is at a given width
(`tall`), and is then told its frame (`place`), in one pass and at once: no size arrives a frame late, and what does not fit
is known before anything is drawn (`spilled`).

A box is no widget of Kivy's: boxes are made, measured and dropped by the thousand until an arrangement fits, and only that one is
drawn. No box knows its parent, so what a screen said is gone with the last name that held the screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

from kivy.graphics import Canvas

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


class Box:
    """Something that takes room. `grow`: its share of the room that is left over in its row or column."""

    def __init__(self, look: Look, *, grow: float = 0.0) -> None:
        self.look = look
        self.grow = grow
        self.frame = NOWHERE
        self.spilled = False
        self.children: list[Box] = []
        self._canvas: Canvas | None = None

    @property
    def canvas(self) -> Canvas:
        """Where it is drawn: itself in `before`, its children after that. Made when it is first wanted."""
        if self._canvas is None:
            self._canvas = Canvas()
        return self._canvas

    def wide(self) -> float:
        """Design pixels that it would like to be wide."""
        return 0.0

    def tall(self, width: float) -> float:
        """Design pixels that it is tall when `width` wide."""
        return 0.0

    def snug(self, width: float) -> float:
        """How much of `width` it needs to look as it does in it."""
        return width

    def place(self, frame: Frame) -> None:
        """Stand here. Nothing is drawn before `draw`: of the arrangements that are tried only the last is seen."""
        self.frame = frame
        self.spilled = self.tall(frame.w) > frame.h + SLACK

    def draw(self) -> Self:
        """Be seen, with all that is in this box."""
        self.canvas.clear()
        self.redraw()
        for child in self.children:
            self.canvas.add(child.draw().canvas)
        return self

    def redraw(self) -> None:
        """Be seen as it is now; what is in it stays as it was."""
        self.canvas.before.clear()
        self.paint()

    def rest(self) -> None:
        """No longer seen: whatever moves stops."""

    def dismantle(self) -> None:
        """Let go of what is in it and of what was drawn. A canvas and its instructions hold one another: without this each screen would lie about until the
        collector comes, which stops every thread for as long as it looks around.
        """
        canvas, self._canvas, self.children = self._canvas, None, []
        if canvas is None:
            return
        canvas.clear()
        if canvas.has_before:
            canvas.before.clear()
            canvas.remove(canvas.before)

    def paint(self) -> None:
        """Draw into `canvas.before`, within `frame`."""

    def boxes(self) -> Iterator[Box]:
        """This box and all in it, outermost first."""
        yield self
        for child in self.children:
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
        self.children = list(children)
        self._gap, self._pad, self._across, self._least, self._centred = gap, pad, across, least, centred

    def wide(self) -> float:
        return max((item.wide() for item in self.children), default=0.0) + self._pad[0] + self._pad[2]

    def tall(self, width: float) -> float:
        inner = width - self._pad[0] - self._pad[2]
        heights = sum(item.tall(self._width_of(item, inner)) for item in self.children)
        return max(self._least, heights + self._gap * max(0, len(self.children) - 1) + self._pad[1] + self._pad[3])

    def place(self, frame: Frame) -> None:
        super().place(frame)
        inner = frame.inset(*self._pad)
        heights = [item.tall(self._width_of(item, inner.w)) for item in self.children]
        left_over = inner.h - sum(heights) - self._gap * max(0, len(heights) - 1)
        shares = sum(item.grow for item in self.children)
        y = inner.y + (left_over / 2 if self._centred and not shares else 0.0)
        for item, height in zip(self.children, heights, strict=True):
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
        self.children = list(children)
        self._gap, self._pad, self._up, self._least, self._centred = gap, pad, up, least, centred

    def wide(self) -> float:
        return (
            sum(item.wide() for item in self.children) + self._gap * max(0, len(self.children) - 1) + self._pad[0] + self._pad[2]
        )

    def tall(self, width: float) -> float:
        inner = width - self._pad[0] - self._pad[2]
        heights = (item.tall(wide) for item, wide in zip(self.children, self._widths(inner), strict=True))
        return max(self._least, max(heights, default=0.0) + self._pad[1] + self._pad[3])

    def place(self, frame: Frame) -> None:
        super().place(frame)
        inner = frame.inset(*self._pad)
        widths = self._widths(inner.w)
        x = inner.x
        if self._centred:
            x += max(0.0, (inner.w - sum(widths) - self._gap * max(0, len(widths) - 1)) / 2)
        for item, width in zip(self.children, widths, strict=True):
            height = inner.h if self._up == "fill" else min(inner.h, item.tall(width))
            y = inner.y + ((inner.h - height) / 2 if self._up == "center" else 0.0)
            item.place(Frame(round(x), round(y), round(width), round(height)))
            x += width + self._gap

    def _widths(self, inner: float) -> list[float]:
        room = inner - self._gap * max(0, len(self.children) - 1)
        shares = sum(item.grow for item in self.children)
        widths = [0.0 if item.grow else item.wide() for item in self.children]
        if shares:
            rest = max(0.0, room - sum(widths))
            widths = [
                rest * item.grow / shares if item.grow else width for item, width in zip(self.children, widths, strict=True)
            ]
        elif (wanted := sum(widths)) > room:
            # Nothing gives way by itself: the widest does.
            widest = max(range(len(widths)), key=lambda index: widths[index])
            widths[widest] = self.children[widest].snug(max(0.0, widths[widest] - (wanted - room)))
        return widths


class Grid(Box):
    """Equal cells, `across` in a row; every row is as tall as its tallest cell (all rows, when `even`)."""

    def __init__(
        self, look: Look, children: Sequence[Box], *, across: int, gap: tuple[float, float] = (0.0, 0.0), grow: float = 0.0
    ) -> None:
        super().__init__(look, grow=grow)
        self.children = list(children)
        self._across, self._gap = across, gap

    def wide(self) -> float:
        return max((item.wide() for item in self.children), default=0.0) * self._across + self._gap[0] * (self._across - 1)

    def tall(self, width: float) -> float:
        rows = -(-len(self.children) // self._across)
        return self._cell(width) * rows + self._gap[1] * max(0, rows - 1)

    def place(self, frame: Frame) -> None:
        super().place(frame)
        wide = (frame.w - self._gap[0] * (self._across - 1)) / self._across
        rows = -(-len(self.children) // self._across)
        tall = (frame.h - self._gap[1] * max(0, rows - 1)) / max(1, rows)
        for index, item in enumerate(self.children):
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
        return max((item.tall(wide) for item in self.children), default=0.0)


class Layers(Box):
    """Boxes on top of one another, all in the whole frame (an illustration's layers, words inside a ring)."""

    def __init__(self, look: Look, children: Sequence[Box], *, grow: float = 0.0) -> None:
        super().__init__(look, grow=grow)
        self.children = list(children)

    def wide(self) -> float:
        return max((item.wide() for item in self.children), default=0.0)

    def tall(self, width: float) -> float:
        return max((item.tall(width) for item in self.children), default=0.0)

    def place(self, frame: Frame) -> None:
        super().place(frame)
        for item in self.children:
            item.place(frame)

"""Words and icons."""

from __future__ import annotations

import re

from kivy.graphics import Color, Rectangle

from screens.fonts import Face
from screens.layout import SLACK, Box, Frame
from screens.look import Look
from screens.theme import Colour
from screens.wording import Text

_LETTERS = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")


class Words(Box):
    """A text, broken into lines where it must be. `size` in design pixels, `line` the line height as a factor of it."""

    def __init__(
        self,
        look: Look,
        text: Text | str,
        size: float,
        *,
        bold: bool = False,
        face: Face | None = None,
        colour: Colour | None = None,
        align: str = "left",
        line: float | None = None,
        grow: float = 0.0,
    ) -> None:
        super().__init__(look, grow=grow)
        words = text.render(look.language) if isinstance(text, Text) else text
        # The middle dot of this face is as wide as an ideograph and brings its own space.
        self.text = words.replace(" · ", "·")
        self.size = size
        self._face = face or (Face.BOLD if bold else Face.REGULAR)
        self._colour = colour or look.colour.ink
        self._align = align
        self._line = round(size * (line or look.type.line))

    def aligned(self, align: str) -> Words:
        """The same, aligned "left", "center" or "right"."""
        self._align = align
        return self

    def wide(self) -> float:
        ink = self.look.ink
        lines = ink.lines(self.text, 1e9, self._face, self.size)
        return -(-max((ink.width(line, self._face, self.size) for line in lines), default=0.0) // 1)

    def tall(self, width: float) -> float:
        return self._line * len(self._lines(width))

    def snug(self, width: float) -> float:
        return min(width, self._widest(width) + SLACK)

    def place(self, frame: Frame) -> None:
        super().place(frame)
        # A line is measured by its words; drawn as a whole it may be a pixel wider.
        self.spilled = self.spilled or self._widest(frame.w) > frame.w + 2 * SLACK or self._torn(frame.w)

    def paint(self) -> None:
        look, frame, scale = self.look, self.frame, self.look.ink.scale
        with self.canvas.before:
            Color(*self._colour)
            y = frame.y
            for line in self._lines(frame.w):
                textures = look.ink.draw(line, self._face, self.size)
                free = frame.w - sum(texture.width for texture in textures) / scale
                x = frame.x + (free / 2 if self._align == "center" else free if self._align == "right" else 0.0)
                for texture in textures:
                    wide, tall = texture.width / scale, texture.height / scale
                    top = y + (self._line - tall) / 2
                    Rectangle(
                        texture=texture,
                        pos=(round(x * scale) / scale, round((look.height - top - tall) * scale) / scale),
                        size=(wide, tall),
                    )
                    x += wide
                y += self._line

    def _torn(self, width: float) -> bool:
        """Whether a word of letters has no line that is wide enough."""
        ink = self.look.ink
        return any(ink.width(word, self._face, self.size) > width + SLACK for word in _LETTERS.findall(self.text))

    def _widest(self, width: float) -> float:
        return max((self.look.ink.width(line, self._face, self.size) for line in self._lines(width)), default=0.0)

    def _lines(self, width: float) -> list[str]:
        # A hair more than measured: the width that was asked for came back through a rounding.
        return self.look.ink.lines(self.text, width + SLACK, self._face, self.size)


class Icon(Box):
    """An icon of the set, `size` high and wide. `fill`: the solid style, else the bold outline."""

    def __init__(self, look: Look, name: str, size: float, *, colour: Colour | None = None, fill: bool = False) -> None:
        super().__init__(look)
        self._character = look.ink.icons[name]
        self._size = size
        self._colour = colour or look.colour.ink
        self._face = Face.ICON_FILL if fill else Face.ICON_BOLD

    def wide(self) -> float:
        return self._size

    def tall(self, width: float) -> float:
        return self._size

    def paint(self) -> None:
        (texture,) = self.look.ink.draw(self._character, self._face, self._size)
        scale, frame = self.look.ink.scale, self.frame
        wide, tall = texture.width / scale, texture.height / scale
        with self.canvas.before:
            Color(*self._colour)
            x, top = frame.x + (frame.w - wide) / 2, frame.y + (frame.h - tall) / 2
            Rectangle(texture=texture, pos=(round(x), round(self.look.height - top - tall)), size=(wide, tall))

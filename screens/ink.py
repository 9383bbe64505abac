"""Words as pictures: measures strings, breaks them into lines, and keeps the textures of what is on the screen.

No markup is ever involved, so a name with brackets in it is just a name. Textures are white and tinted when drawn, so a
change of contrast draws no word anew. What was drawn is kept between two builds of a screen; `forget` drops everything, at
the end of each visit.
"""

from __future__ import annotations

from collections import OrderedDict

from kivy.core.image import Image as CoreImage
from kivy.core.text import Label as CoreLabel
from kivy.graphics.texture import Texture

from screens.fonts import Face, Fonts, Icons, drawable
from screens.line_breaking import break_lines

_KEPT = 600
"""Textures kept at most; the fullest screen has about a hundred."""


class Ink:
    """Measures and draws words at `scale` screen pixels a design pixel. All lengths that go in and come out are design pixels."""

    def __init__(self, fonts: Fonts, scale: float) -> None:
        self._fonts = fonts
        self.icons = Icons()
        self.scale = scale
        self._pens: dict[tuple[str, int], CoreLabel] = {}
        self._widths: OrderedDict[tuple[str, Face, float], float] = OrderedDict()
        self._lines: OrderedDict[tuple[str, float, Face, float], list[str]] = OrderedDict()
        self._textures: OrderedDict[tuple[str, str, int], Texture] = OrderedDict()
        self._pictures: dict[str, Texture] = {}

    def width(self, text: str, face: Face, size: float) -> float:
        key = (text, face, size)
        if (known := self._widths.get(key)) is not None:
            return known
        pixels = self._pixels(size)
        wide = sum(self._pen(run.font, pixels).get_extents(run.text)[0] for run in self._fonts.runs(text, face)) / self.scale
        self._widths[key] = wide
        while len(self._widths) > 10 * _KEPT:
            self._widths.popitem(last=False)
        return wide

    def lines(self, text: str, width: float, face: Face, size: float) -> list[str]:
        """`text` broken for `width`, without what cannot be drawn."""
        key = (text, width, face, size)
        if (known := self._lines.get(key)) is not None:
            return known
        lines = break_lines(drawable(text), width, lambda part: self.width(part, face, size))
        self._lines[key] = lines
        while len(self._lines) > 10 * _KEPT:
            self._lines.popitem(last=False)
        return lines

    def draw(self, text: str, face: Face, size: float) -> list[Texture]:
        """The textures of one line, left to right; each is a line of its font high."""
        pixels = self._pixels(size)
        return [self._texture(run.text, run.font, pixels) for run in self._fonts.runs(text, face)]

    def picture(self, path: str) -> Texture:
        """An illustration of ours from its PNG; kept, for it shows nobody."""
        if path not in self._pictures:
            self._pictures[path] = CoreImage(path).texture
        return self._pictures[path]

    def forget(self) -> None:
        """Drop every word."""
        self._textures.clear()
        self._widths.clear()
        self._lines.clear()
        for pen in self._pens.values():
            pen.text = ""

    def _texture(self, text: str, font: str, pixels: int) -> Texture:
        key = (text, font, pixels)
        if (texture := self._textures.get(key)) is not None:
            self._textures.move_to_end(key)
            return texture
        label = CoreLabel(text=text, font_name=font, font_size=pixels, color=(1, 1, 1, 1))
        label.refresh()
        texture = label.texture
        self._textures[key] = texture
        while len(self._textures) > _KEPT:
            self._textures.popitem(last=False)
        return texture

    def _pen(self, font: str, pixels: int) -> CoreLabel:
        key = (font, pixels)
        if key not in self._pens:
            self._pens[key] = CoreLabel(font_name=font, font_size=pixels)
        return self._pens[key]

    def _pixels(self, size: float) -> int:
        return max(1, round(size * self.scale))

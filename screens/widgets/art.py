"""Illustrations: layers of pictures that lie on one another, one of which may move to show what the hand must do."""

from __future__ import annotations

from kivy.animation import Animation
from kivy.graphics import Color, Rectangle
from kivy.properties import NumericProperty

from screens.fonts import ASSETS
from screens.layout import Box, Frame
from screens.look import Look
from screens.theme import Colour

EVERYWHERE = frozenset({"mark", "parcels"})
"""Pictures without colours of their own: one serves every contrast."""


class Art(Box):
    """One layer. `width` in design pixels; the height follows from the picture. `dy` moves it down, for a loop."""

    dy = NumericProperty(0.0)
    glow = NumericProperty(1.0)

    def __init__(self, look: Look, name: str, width: float, *, colour: Colour = (1, 1, 1, 1)) -> None:
        super().__init__(look)
        file = f"{name}.png" if name in EVERYWHERE else f"{name}-{look.theme.contrast.value}.png"
        self._texture = look.ink.picture(str(ASSETS / "art" / file))
        self._width = round(width * look.art)
        self._colour = colour
        self.bind(dy=self._moved, glow=self._moved)

    def wide(self) -> float:
        return self._width

    def tall(self, width: float) -> float:
        return round(self._width * self._texture.height / self._texture.width)

    def paint(self) -> None:
        frame = self._fitted()
        with self.canvas.before:
            Color(*self._colour[:3], self._colour[3] * self.glow)
            Rectangle(
                texture=self._texture,
                pos=(frame.x, self.look.height - frame.y - frame.h - self.dy),
                size=(frame.w, frame.h),
            )

    def loop(self, steps: list[tuple[float, float, float]]) -> Art:
        """Repeat for ever: (seconds, dy, glow) one after the other. Stands still where movement is not wanted."""
        if self.look.motion and self.look.art:
            animation = Animation(duration=0)
            for seconds, dy, glow in steps:
                animation += Animation(dy=dy, glow=glow, duration=seconds, t="out_quad")
            animation.repeat = True
            animation.start(self)
        return self

    def _fitted(self) -> Frame:
        frame = self.frame
        width = min(frame.w, self._width)
        height = width * self._texture.height / self._texture.width
        return Frame(round(frame.x + (frame.w - width) / 2), round(frame.y + (frame.h - height) / 2), round(width), round(height))

    def _moved(self, *_: object) -> None:
        if self.frame.w:
            self.canvas.before.clear()
            self.paint()

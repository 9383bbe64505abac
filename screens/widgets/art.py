"""Illustrations: layers of pictures that lie on one another, one of which may move to show what the hand must do."""

from __future__ import annotations

from typing import Self

from kivy.graphics import Color, Rectangle

from screens.fonts import ASSETS
from screens.layout import Box, Frame
from screens.look import Look
from screens.theme import Colour
from screens.widgets.moving import Moving, Steps

EVERYWHERE = frozenset({"mark", "parcels"})
"""Pictures without colours of their own: one serves every contrast."""


class Art(Box):
    """One layer. `width` in design pixels; the height follows from the picture. `dy` moves it down, for a loop."""

    def __init__(self, look: Look, name: str, width: float, *, colour: Colour = (1, 1, 1, 1)) -> None:
        super().__init__(look)
        file = f"{name}.png" if name in EVERYWHERE else f"{name}-{look.theme.contrast.value}.png"
        self._texture = look.ink.picture(str(ASSETS / "art" / file))
        self._width = round(width * look.art)
        self._colour = colour
        self.dy = 0.0
        self._steps: Steps = ()
        self._moving: Moving | None = None

    def wide(self) -> float:
        return self._width

    def tall(self, width: float) -> float:
        return round(self._width * self._texture.height / self._texture.width)

    def draw(self) -> Self:
        if self._steps and self.look.art:
            self.rest()
            self._moving = Moving(self.look, self._steps, self.redraw)
        return super().draw()

    def rest(self) -> None:
        if self._moving is not None:
            self._moving.rest()

    def paint(self) -> None:
        frame = self._fitted()
        dy, glow = (self._moving.shift, self._moving.glow) if self._moving else (self.dy, 1.0)
        with self.canvas.before:
            Color(*self._colour[:3], self._colour[3] * glow)
            Rectangle(
                texture=self._texture,
                pos=(frame.x, self.look.height - frame.y - frame.h - dy),
                size=(frame.w, frame.h),
            )

    def loop(self, steps: Steps) -> Art:
        """Move for ever, once it is seen: (seconds, dy, glow) one after the other."""
        self._steps = steps
        return self

    def _fitted(self) -> Frame:
        frame = self.frame
        width = min(frame.w, self._width)
        height = width * self._texture.height / self._texture.width
        return Frame(round(frame.x + (frame.w - width) / 2), round(frame.y + (frame.h - height) / 2), round(width), round(height))

"""Something that turns while the machine is busy: an arc around an icon, once in 2.4 seconds; still where movement is unwanted."""

from __future__ import annotations

from typing import Self

from kivy.graphics import Color, SmoothLine

from screens.layout import Layers
from screens.look import Look
from screens.widgets.moving import Moving
from screens.widgets.surfaces import Orb

_SIDE = 196.0
_ARC = 100.0
_TURN = ((0.0, 0.0, 1.0), (2.4, 360.0, 1.0))


class Turning(Layers):
    """The arc and the icon in it."""

    def __init__(self, look: Look, icon: str) -> None:
        super().__init__(look, [Orb(look, icon, 120)])
        self._moving: Moving | None = None

    def draw(self) -> Self:
        self.rest()
        self._moving = Moving(self.look, _TURN, self.redraw, even=True)
        return super().draw()

    def rest(self) -> None:
        if self._moving is not None:
            self._moving.rest()

    def wide(self) -> float:
        return _SIDE

    def tall(self, width: float) -> float:
        return _SIDE

    def paint(self) -> None:
        look, frame = self.look, self.frame
        x, y = frame.x + frame.w / 2, look.height - frame.y - frame.h / 2
        angle = self._moving.shift if self._moving else 0.0
        with self.canvas.before:
            Color(*look.colour.line)
            SmoothLine(circle=(x, y, _SIDE / 2 - 10, 0, 360), width=6)
            Color(*look.colour.primary)
            SmoothLine(circle=(x, y, _SIDE / 2 - 10, angle, angle + _ARC, 60), width=6, cap="none")

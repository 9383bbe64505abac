"""A ring of light around a key that waits to be found: it comes and goes, or stands still where movement is not wanted."""

from __future__ import annotations

from typing import Self

from kivy.graphics import Color, SmoothLine

from screens.layout import Box, Column
from screens.look import Look
from screens.theme import Colour
from screens.widgets.moving import Moving

_PULSE = ((0.8, 0.0, 1.0), (0.8, 0.0, 0.15))
_BEAT_SECONDS = 1 / 10
"""It is seen for hours: few pictures a second are enough."""
_WIDE, _OUT = 6.0, 12.0


class Halo(Column):
    """`child` with the ring around it while `lit`."""

    def __init__(self, look: Look, child: Box, colour: Colour, *, lit: bool, radius: float = 28.0) -> None:
        super().__init__(look, [child])
        self._colour, self._lit, self._radius = colour, lit, radius
        self._moving: Moving | None = None

    def draw(self) -> Self:
        if self._lit:
            self.rest()
            self._moving = Moving(self.look, _PULSE, self.redraw, beat=_BEAT_SECONDS)
        return super().draw()

    def rest(self) -> None:
        if self._moving is not None:
            self._moving.rest()

    def paint(self) -> None:
        if not self._lit:
            return
        frame, out = self.frame, _OUT
        x, y = frame.x - out, self.look.height - frame.y - frame.h - out
        with self.canvas.before:
            Color(*self._colour[:3], self._moving.glow if self._moving else 1.0)
            SmoothLine(rounded_rectangle=(x, y, frame.w + 2 * out, frame.h + 2 * out, self._radius + out), width=_WIDE / 2)

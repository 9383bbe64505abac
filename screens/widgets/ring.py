"""The countdown ring: how long something waits, as an arc that shrinks clockwise and a number."""

from __future__ import annotations

import math

from kivy.graphics import Color, SmoothEllipse, SmoothLine

from screens.layout import Column, Layers
from screens.look import Look
from screens.theme import Colour
from screens.widgets.words import Words
from screens.wording import Text

STROKE = 16.0


class Ring(Layers):
    """`left` of `total` seconds; `side` is 136, 196 or 280 (ui-design, section 4). `unit` stands under the number."""

    def __init__(
        self, look: Look, left: float, total: float, unit: Text | str, *, side: float = 196.0, colour: Colour | None = None
    ) -> None:
        number = {280.0: 112.0, 196.0: 68.0}.get(side, 48.0)
        words = [
            Words(look, str(math.ceil(left)), number, bold=True, align="center", line=1.1),
            Words(look, unit, max(28.0, side / 7), align="center", line=1.15),
        ]
        super().__init__(look, [Column(look, [*words], centred=True)])
        self.left = math.ceil(left)
        self.said = [each.text for each in words]
        self._side = side
        self._part = max(0.0, min(1.0, left / total if total > 0 else 0.0))
        self._colour = colour or look.colour.primary

    def wide(self) -> float:
        return self._side

    def tall(self, width: float) -> float:
        return self._side

    def paint(self) -> None:
        look, frame = self.look, self.frame
        radius = self._side / 2 - STROKE / 2 - 2
        x, y = frame.x + frame.w / 2, look.height - frame.y - frame.h / 2
        with self.canvas.before:
            Color(*(look.colour.line if look.theme.raised else look.colour.canvas))
            SmoothLine(circle=(x, y, radius, 0, 360), width=STROKE / 2)
            if not look.theme.raised:
                Color(*look.colour.line)
                for off in (-STROKE / 2, STROKE / 2):
                    SmoothLine(circle=(x, y, radius + off, 0, 360), width=1.2)
            if not self._part:
                return
            Color(*self._colour)
            end = 360.0 * self._part
            SmoothLine(circle=(x, y, radius, 0, end, 120), width=STROKE / 2, cap="none")
            # Kivy draws flat ends on arcs.
            for angle in (0.0, end):
                cx, cy = x + radius * math.sin(math.radians(angle)), y + radius * math.cos(math.radians(angle))
                SmoothEllipse(pos=(cx - STROKE / 2, cy - STROKE / 2), size=(STROKE, STROKE))

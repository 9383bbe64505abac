"""Something that turns while the machine is busy: an arc around an icon, once in 2.4 seconds; still where movement is unwanted."""

from __future__ import annotations

from kivy.animation import Animation
from kivy.graphics import Color, SmoothLine
from kivy.properties import NumericProperty

from screens.layout import Layers
from screens.look import Look
from screens.widgets.surfaces import Orb

_SIDE = 196.0
_ARC = 100.0


class Turning(Layers):
    """The arc and the icon in it."""

    angle = NumericProperty(0.0)

    def __init__(self, look: Look, icon: str) -> None:
        super().__init__(look, [Orb(look, icon, 120)])
        self.bind(angle=self._turned)
        if look.motion:
            turn = Animation(angle=360.0, duration=2.4)
            turn += Animation(angle=0.0, duration=0.0)
            turn.repeat = True
            turn.start(self)

    def wide(self) -> float:
        return _SIDE

    def tall(self, width: float) -> float:
        return _SIDE

    def paint(self) -> None:
        look, frame = self.look, self.frame
        x, y = frame.x + frame.w / 2, look.height - frame.y - frame.h / 2
        with self.canvas.before:
            Color(*look.colour.line)
            SmoothLine(circle=(x, y, _SIDE / 2 - 10, 0, 360), width=6)
            Color(*look.colour.primary)
            SmoothLine(circle=(x, y, _SIDE / 2 - 10, self.angle, self.angle + _ARC, 60), width=6, cap="none")

    def _turned(self, *_: object) -> None:
        if self.frame.w:
            self.canvas.before.clear()
            self.paint()

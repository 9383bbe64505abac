"""The five faces of an evaluation, drawn in ink: state is told by the mouth and the word beside it, never by colour."""

from __future__ import annotations

from kivy.graphics import Color, Mesh, SmoothEllipse, SmoothLine

from screens.layout import Box
from screens.look import Look
from screens.theme import Colour

_GRID = 120.0
"""The faces are drawn on a square of this side."""
_STROKE = 6.0

Point = tuple[float, float]

_MOUTHS: dict[int, tuple[Point, Point, Point]] = {
    5: ((30, 58), (60, 104), (90, 58)),
    4: ((34, 68), (60, 94), (86, 68)),
    3: ((38, 78), (60, 78), (82, 78)),
    2: ((36, 88), (60, 66), (84, 88)),
    1: ((36, 90), (60, 62), (84, 90)),
}
"""Start, middle control and end of each mouth's curve."""


class Face(Box):
    """The face of `grade` (5 laughs … 1 is angry), `side` high and wide."""

    def __init__(self, look: Look, grade: int, side: float, *, colour: Colour | None = None) -> None:
        super().__init__(look)
        self._grade = grade
        self._side = side
        self._colour = colour or look.colour.ink

    def wide(self) -> float:
        return self._side

    def tall(self, width: float) -> float:
        return self._side

    def paint(self) -> None:
        unit = self._side / _GRID
        left = self.frame.x + (self.frame.w - self._side) / 2
        top = self.frame.y + (self.frame.h - self._side) / 2

        def at(point: Point) -> Point:
            return left + point[0] * unit, self.look.height - top - point[1] * unit

        def line(*points: Point) -> None:
            flat = [value for point in points for value in at(point)]
            SmoothLine(points=flat, width=_STROKE / 2 * unit, cap="round", joint="round")

        with self.canvas.before:
            Color(*self._colour)
            x, y = at((60, 60))
            SmoothLine(circle=(x, y, 54 * unit), width=_STROKE / 2 * unit)
            for eye in (42.0, 78.0):
                x, y = at((eye, 46 if self._grade > 1 else 50))
                SmoothEllipse(pos=(x - 6.5 * unit, y - 6.5 * unit), size=(13 * unit, 13 * unit))
            mouth = _curve(*_MOUTHS[self._grade])
            line(*mouth)
            if self._grade == 5:
                lip = _curve((90, 58), (60, 66), (30, 58))
                line(*lip)
                _filled([at(point) for point in mouth], [at(point) for point in reversed(lip)])
            if self._grade == 1:
                line((30, 34), (50, 42))
                line((90, 34), (70, 42))


def _curve(start: Point, control: Point, end: Point) -> list[Point]:
    """A quadratic curve as points."""
    points: list[Point] = []
    for step in range(25):
        part = step / 24
        a, b, c = (1 - part) ** 2, 2 * part * (1 - part), part**2
        points.append((a * start[0] + b * control[0] + c * end[0], a * start[1] + b * control[1] + c * end[1]))
    return points


def _filled(lower: list[Point], upper: list[Point]) -> None:
    """Fill what lies between two curves that run the same way."""
    vertices: list[float] = []
    for below, above in zip(lower, upper, strict=True):
        vertices += [*below, 0, 0, *above, 0, 0]
    Mesh(vertices=vertices, indices=list(range(2 * len(lower))), mode="triangle_strip")

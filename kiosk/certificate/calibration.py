"""How a printer sits against the pre-printed blank, and how that is worked out from a printed test page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]

ASKEW_MM = 0.7
"""How far a measured cross may lie from where the others put it: more is a slip of the ruler."""


class CalibrationRefused(ValueError):
    """The measured crosses cannot be those of a test page: too few, all in one place, askew, or further off than a printer can be."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the page is moved, scaled and turned by before it is printed.

    `dx_mm` to the right, `dy_mm` down; `scale` and `rotation_deg` (clockwise) about the page's centre.
    """

    dx_mm: float = 0.0
    dy_mm: float = 0.0
    scale: float = 1.0
    rotation_deg: float = 0.0


def from_measured(nominal: Sequence[Point], measured: Sequence[Point], page: Point) -> Calibration:
    """The calibration that undoes what a test page, printed without any, shows. Least squares.

    `nominal` is where the crosses ought to be, `measured` where a ruler finds them, both in mm from the paper's top left corner;
    `page` is the paper's width and height. Raises `CalibrationRefused`.
    """
    if len(nominal) != len(measured) or len(nominal) < 2:
        raise CalibrationRefused("at least two crosses must be measured")
    centre = complex(page[0] / 2, page[1] / 2)
    ideal = [complex(*point) - centre for point in nominal]
    found = [complex(*point) - centre for point in measured]
    ideal_mean, found_mean = sum(ideal) / len(ideal), sum(found) / len(found)
    # The printer maps p to a·p + b (a similarity as a complex number): fit that, then invert it.
    spread = sum(abs(point - found_mean) ** 2 for point in found)
    if spread < 100:
        raise CalibrationRefused("the crosses lie in one place")
    correct = sum((p - ideal_mean) * (q - found_mean).conjugate() for p, q in zip(ideal, found, strict=True)) / spread
    shift = ideal_mean - correct * found_mean
    scale, turn = abs(correct), math.degrees(math.atan2(correct.imag, correct.real))
    if not 0.95 <= scale <= 1.05 or abs(turn) > 2 or max(abs(shift.real), abs(shift.imag)) > 20:
        raise CalibrationRefused("no printer is that far off: measure again")
    worst = max(abs(correct * q + shift - p) for p, q in zip(ideal, found, strict=True))
    if worst > ASKEW_MM:
        raise CalibrationRefused(f"one cross lies {worst:.1f} mm from where the others put it: measure again")
    return Calibration(round(shift.real, 3), round(shift.imag, 3), round(scale, 5), round(turn, 4))

"""Kinds of hard pictures: what paper, phones, lamps, lenses and hands do to a code.

Each kind takes a clean symbol (black on white, `PIXELS` pixels a module) and a generator of chance, and gives the picture a
camera might have taken. `hard_pictures` draws a set of all kinds from one seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from sandbox.codes.symbol import QUIET_ZONE, Gray, symbol

PIXELS = 8
"""Pixels a module of the clean symbol that the kinds start from."""

Kind = Callable[[Gray, np.random.Generator], Gray]


@dataclass(frozen=True, slots=True)
class HardPicture:
    """One picture and what it says."""

    kind: str
    payload: bytes = field(repr=False)
    picture: Gray = field(repr=False)


def hard_pictures(seed: int, each: int, kinds: dict[str, Kind] | None = None) -> Iterator[HardPicture]:
    """`each` pictures of every kind; payloads of 12 to 120 random bytes, so symbols of version 1 to 8."""
    for number, (name, kind) in enumerate((kinds or KINDS).items()):
        dice = np.random.default_rng([seed, number])
        for _ in range(each):
            payload = dice.bytes(_whole(dice, 12, 120))
            yield HardPicture(name, payload, kind(symbol(payload, pixels=PIXELS), dice))


def perspective(code: Gray, dice: np.random.Generator) -> Gray:
    """Held askew: corners moved by up to a quarter of the side."""
    side = code.shape[0]
    square = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float32)
    moved = square + dice.uniform(-0.25, 0.25, (4, 2)).astype(np.float32) * side * 0.8
    moved += np.float32(side * 0.3)
    size = int(side * 1.6)
    return _gray(
        cv2.warpPerspective(
            code, cv2.getPerspectiveTransform(square, moved), (size, size), flags=cv2.INTER_AREA, borderValue=(200,)
        )
    )


def rotated(code: Gray, dice: np.random.Generator) -> Gray:
    """Turned by any angle, small in the picture."""
    return _turned(_resized(code, 0.4), float(dice.uniform(0, 360)))


def blurred(code: Gray, dice: np.random.Generator) -> Gray:
    """Out of focus by 0.45 to 0.75 of a module."""
    return _grain(_gray(cv2.GaussianBlur(code, (0, 0), PIXELS * float(dice.uniform(0.45, 0.75)))), dice, 3)


def motion_blurred(code: Gray, dice: np.random.Generator) -> Gray:
    """A hand that moves: a streak of 0.9 to 1.6 modules in any direction."""
    length = int(PIXELS * dice.uniform(0.9, 1.6))
    streak = np.zeros((length * 2 + 1, length * 2 + 1), np.float32)
    angle = dice.uniform(0, np.pi)
    reach = np.array([np.cos(angle), np.sin(angle)]) * length / 2
    middle = np.array([length, length])
    ends = [tuple(round(float(v)) for v in point) for point in (middle - reach, middle + reach)]
    cv2.line(streak, ends[0], ends[1], (1.0,), 1, cv2.LINE_AA)
    return _grain(_gray(cv2.filter2D(code, -1, streak / streak.sum())), dice, 3)


def glare(code: Gray, dice: np.random.Generator) -> Gray:
    """Lamps mirrored in the glass: one to three spots that wash modules out."""
    lit = _toned(code, 30, 210).astype(np.float32)
    side = code.shape[0]
    rows, columns = _axes(side)
    for _ in range(_whole(dice, 1, 4)):
        x, y = float(dice.uniform(0.15, 0.85)) * side, float(dice.uniform(0.15, 0.85)) * side
        spread = side * dice.uniform(0.06, 0.12)
        lit += 320 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * spread**2))
    return _clipped(lit)


def moire(code: Gray, dice: np.random.Generator) -> Gray:
    """A phone's pixel grid beating against the sensor's."""
    taken = _toned(_resized(code, 0.6), 40, 215).astype(np.float32)
    rows, columns = _axes(taken.shape[0])
    for _ in range(2):
        angle, period = dice.uniform(0, np.pi), dice.uniform(2.2, 7)
        taken += 48 * np.sin(2 * np.pi * (columns * np.cos(angle) + rows * np.sin(angle)) / period)
    return _clipped(taken)


def noisy(code: Gray, dice: np.random.Generator) -> Gray:
    """A dim hall at high gain."""
    return _grain(_toned(_resized(code, 0.55), 70, 185), dice, float(dice.uniform(35, 60)))


def small(code: Gray, dice: np.random.Generator) -> Gray:
    """Far away: 1.5 to 2.2 pixels a module in a larger picture."""
    taken = _resized(code, float(dice.uniform(1.5, 2.2)) / PIXELS)
    hall = _grain(np.full((240, 320), 170, np.uint8), dice, 4)
    y = _whole(dice, 0, hall.shape[0] - taken.shape[0])
    x = _whole(dice, 0, hall.shape[1] - taken.shape[1])
    hall[y : y + taken.shape[0], x : x + taken.shape[1]] = taken
    return _gray(cv2.GaussianBlur(hall, (0, 0), 0.5))


def dirty(code: Gray, dice: np.random.Generator) -> Gray:
    """Stains and scratches, dark and light."""
    soiled = code.copy()
    side = code.shape[0]
    for _ in range(_whole(dice, 10, 26)):
        centre = (_whole(dice, 0, side), _whole(dice, 0, side))
        cv2.circle(soiled, centre, _whole(dice, 2, int(PIXELS * 1.4)), ((20, 120, 240)[_whole(dice, 0, 3)],), -1)
    for _ in range(_whole(dice, 2, 6)):
        a, b = ((_whole(dice, 0, side), _whole(dice, 0, side)) for _ in range(2))
        cv2.line(soiled, a, b, ((30, 230)[_whole(dice, 0, 2)],), _whole(dice, 1, 4), cv2.LINE_AA)
    return soiled


def inverted(code: Gray, dice: np.random.Generator) -> Gray:
    """A phone in dark mode: light modules on dark, askew and soft."""
    return perspective(_gray(cv2.GaussianBlur(255 - _toned(code, 0, 215), (0, 0), 2)), dice)


def low_contrast(code: Gray, dice: np.random.Generator) -> Gray:
    """A dimmed screen or faded print: 10 to 25 gray levels between dark and light."""
    dark = _whole(dice, 40, 150)
    return _grain(_toned(_resized(code, 0.5), dark, dark + _whole(dice, 10, 26)), dice, 2)


def cylinder(code: Gray, dice: np.random.Generator) -> Gray:
    """Paper bent round a cylinder, seen from the front."""
    side = code.shape[0]
    bend = float(dice.uniform(0.7, 1.25))
    edge = float(np.sin(bend))
    across: NDArray[np.float64] = np.linspace(-edge, edge, side)
    source = ((np.arcsin(across) / bend + 1) / 2 * (side - 1)).astype(np.float32)
    columns = np.broadcast_to(source, (side, side))
    sag = (np.cos(np.arcsin(across)) * side * float(dice.uniform(-0.08, 0.08))).astype(np.float32)
    rows = np.arange(side, dtype=np.float32)[:, None] + sag[None, :] - np.float32(sag.mean())
    bent = cv2.remap(code, np.ascontiguousarray(columns), np.ascontiguousarray(rows), cv2.INTER_LINEAR, borderValue=(255,))
    return _gray(cv2.rotate(bent, cv2.ROTATE_90_CLOCKWISE)) if dice.random() < 0.5 else _gray(bent)


def crumpled(code: Gray, dice: np.random.Generator) -> Gray:
    """Cloth or creased paper: every place moved by up to a module and a half, smoothly."""
    side = code.shape[0]
    waves: list[NDArray[np.float32]] = [dice.normal(0, 1, (5, 5)).astype(np.float32) for _ in range(2)]
    reach = PIXELS * float(dice.uniform(0.8, 1.5))
    rows, columns = _axes(side)
    across = _gray_float(cv2.resize(waves[0], (side, side), interpolation=cv2.INTER_CUBIC))
    down = _gray_float(cv2.resize(waves[1], (side, side), interpolation=cv2.INTER_CUBIC))
    return _gray(cv2.remap(code, columns + across * reach / 1.5, rows + down * reach / 1.5, cv2.INTER_LINEAR, borderValue=(255,)))


def compressed(code: Gray, dice: np.random.Generator) -> Gray:
    """Sent through a messenger: small, JPEG at quality 5 to 14."""
    taken = _resized(code, float(dice.uniform(0.35, 0.5)))
    _, jpeg = cv2.imencode(".jpg", taken, [cv2.IMWRITE_JPEG_QUALITY, _whole(dice, 5, 15)])
    received = cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE)
    assert received is not None
    return _gray(received)


def shadowed(code: Gray, dice: np.random.Generator) -> Gray:
    """A hard shadow across the code and light falling off to one side."""
    side = code.shape[0]
    rows, columns = (axis / side - 0.5 for axis in _axes(side))
    angle = dice.uniform(0, 2 * np.pi)
    along = columns * np.cos(angle) + rows * np.sin(angle)
    light = 0.75 + 0.5 * along
    light[along < dice.uniform(-0.2, 0.2)] *= dice.uniform(0.12, 0.3)
    return _grain(_clipped(_toned(code, 35, 230) * light), dice, 2)


def partly_covered(code: Gray, dice: np.random.Generator) -> Gray:
    """A finger over 3 to 7 % of the code, away from its three corners."""
    covered = code.copy()
    side = code.shape[0]
    share = float(dice.uniform(0.03, 0.07))
    width = int(side * np.sqrt(share) * dice.uniform(0.7, 1.4))
    height = int(side * side * share / width)
    x, y = int(side * dice.uniform(0.4, 0.9)), int(side * dice.uniform(0.4, 0.9))
    cv2.ellipse(covered, (x, y), (width // 2, height // 2), float(dice.uniform(0, 180)), 0, 360, (150,), -1)
    return covered


def cramped(code: Gray, dice: np.random.Generator) -> Gray:
    """No quiet zone: cut out to the edge and laid on a dark table."""
    edge = QUIET_ZONE * PIXELS - int(PIXELS * dice.uniform(0.0, 0.6))
    cut = _resized(np.ascontiguousarray(code[edge:-edge, edge:-edge]), 0.6)
    return _turned(cut, float(dice.uniform(-30, 30)), ground=_whole(dice, 30, 90))


KINDS: dict[str, Kind] = {
    kind.__name__.replace("_", "-"): kind
    for kind in (
        perspective,
        rotated,
        blurred,
        motion_blurred,
        glare,
        moire,
        noisy,
        small,
        dirty,
        inverted,
        low_contrast,
        cylinder,
        crumpled,
        compressed,
        shadowed,
        partly_covered,
        cramped,
    )
}


def _whole(dice: np.random.Generator, low: int, high: int) -> int:
    return int(dice.integers(low, high))


def _axes(side: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Row and column number of each pixel of a square."""
    line = np.arange(side, dtype=np.float32)
    return np.repeat(line[:, None], side, axis=1), np.repeat(line[None, :], side, axis=0)


def _toned(code: Gray, dark: int, light: int) -> Gray:
    return (dark + code.astype(np.float32) * ((light - dark) / 255)).astype(np.uint8)


def _resized(code: Gray, by: float) -> Gray:
    return _gray(cv2.resize(code, None, fx=by, fy=by, interpolation=cv2.INTER_AREA))


def _turned(code: Gray, degrees: float, *, ground: int = 200) -> Gray:
    rows, columns = code.shape
    size = int(np.hypot(rows, columns)) + 8
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, 1)
    matrix[:, 2] += ((size - columns) / 2, (size - rows) / 2)
    return _gray(cv2.warpAffine(code, matrix, (size, size), flags=cv2.INTER_LINEAR, borderValue=(ground,)))


def _grain(picture: Gray, dice: np.random.Generator, sigma: float) -> Gray:
    return _clipped(picture + dice.normal(0, sigma, picture.shape))


def _clipped(values: NDArray[Any]) -> Gray:
    return np.clip(values, 0, 255).astype(np.uint8)


def _gray(picture: MatLike) -> Gray:
    return np.ascontiguousarray(picture, dtype=np.uint8)


def _gray_float(picture: MatLike) -> NDArray[np.float32]:
    return np.asarray(picture, dtype=np.float32)

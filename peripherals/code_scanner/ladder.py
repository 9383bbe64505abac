"""The ladder of second looks at a picture that would not read: each rung is one treatment and one reader.

The order is measured (see benchmarks/codes.py): the first rungs are quick and read most, later ones each read some that all
before them missed. A treatment keeps the picture's shape or scales it as a whole, so that corners can be carried back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
from cv2.typing import MatLike

from peripherals.code_scanner import zbar, zxing
from peripherals.code_scanner.reading import DecodedCode, Gray

Treatment = Callable[[Gray], Gray | None]
"""Makes the picture to read from the picture taken; None where it makes no sense (too small, too large)."""

Reader = Callable[[Gray], tuple[DecodedCode, ...]]

ENLARGE_UP_TO = 2_500_000
"""Pixels of a picture that is still worth enlarging: in larger ones a code that is too small to read is too small to aim."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One treatment and one reader; `trusted` says whether one reading of it is enough."""

    name: str
    treat: Treatment
    reader: Reader
    trusted: bool

    def read(self, gray: Gray) -> tuple[DecodedCode, ...]:
        """What this rung finds, with corners in `gray`'s own pixels. OpenCV's refusals count as nothing found."""
        try:
            treated = self.treat(gray)
        except (cv2.error, MemoryError):
            return ()
        if treated is None:
            return ()
        found = self.reader(treated)
        factor = gray.shape[1] / treated.shape[1]
        if factor == 1:
            return found
        return tuple(replace(code, corners=tuple((x * factor, y * factor) for x, y in code.corners)) for code in found)


def as_taken(gray: Gray) -> Gray:
    return gray


def enlarged(gray: Gray, *, by: float) -> Gray | None:
    if gray.size > ENLARGE_UP_TO:
        return None
    return _gray(cv2.resize(gray, None, fx=by, fy=by, interpolation=cv2.INTER_CUBIC))


def shrunk(gray: Gray, *, by: float) -> Gray | None:
    if min(gray.shape) * by < 42:
        return None
    return _gray(cv2.resize(gray, None, fx=by, fy=by, interpolation=cv2.INTER_AREA))


def smoothed(gray: Gray, *, sigma: float) -> Gray:
    """Against screen grids, print dots and sensor noise."""
    return _gray(cv2.GaussianBlur(gray, (0, 0), sigma))


def despeckled(gray: Gray, *, size: int) -> Gray:
    return _gray(cv2.medianBlur(gray, size))


def sharpened(gray: Gray, *, sigma: float = 2.0, amount: float = 1.5) -> Gray:
    """Unsharp mask against defocus."""
    return _gray(cv2.addWeighted(gray, 1 + amount, cv2.GaussianBlur(gray, (0, 0), sigma), -amount, 0))


def evened(gray: Gray, *, limit: float = 3.0) -> Gray:
    """Contrast evened place by place (CLAHE), against shadow and low contrast."""
    return _gray(cv2.createCLAHE(clipLimit=limit, tileGridSize=(8, 8)).apply(gray))


def cut(gray: Gray, *, block: int) -> Gray:
    """Black and white by each place's own surroundings of `block` pixels."""
    return _gray(cv2.adaptiveThreshold(gray, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, block, 5))


def opened(gray: Gray, *, size: int) -> Gray:
    """White specks in dark modules filled: outlined, dotted or scratched print."""
    return _gray(cv2.morphologyEx(gray, cv2.MORPH_OPEN, np.ones((size, size), np.uint8)))


def closed(gray: Gray, *, size: int) -> Gray:
    """Dark specks in white modules wiped out: dirt, hatching."""
    return _gray(cv2.morphologyEx(gray, cv2.MORPH_CLOSE, np.ones((size, size), np.uint8)))


def framed(gray: Gray, *, width: int = 24) -> Gray:
    """A white frame for codes that touch the picture's edge."""
    return _gray(cv2.copyMakeBorder(gray, width, width, width, width, cv2.BORDER_CONSTANT, value=255))


def negated(gray: Gray) -> Gray:
    return _gray(cv2.bitwise_not(gray))


def after(first: Treatment, second: Treatment) -> Treatment:
    """`first`, then `second`."""

    def both(gray: Gray) -> Gray | None:
        once = first(gray)
        return None if once is None else second(once)

    return both


def _gray(picture: MatLike) -> Gray:
    return np.ascontiguousarray(picture, dtype=np.uint8)


def _zxing(name: str, treat: Treatment) -> Rung:
    return Rung(f"zxing {name}", treat, zxing.read, trusted=True)


def _zxing_global(name: str, treat: Treatment) -> Rung:
    return Rung(f"zxing-global {name}", treat, partial(zxing.read, global_threshold=True), trusted=True)


def _zbar(name: str, treat: Treatment) -> Rung:
    return Rung(f"zbar {name}", treat, zbar.read, trusted=False)


FIRST = (_zxing("as taken", as_taken), _zxing_global("as taken", as_taken), _zbar("as taken", as_taken))
"""Always run on a still picture, so that of several codes none is missed because one reader saw another first."""

SECOND_LOOKS = (
    _zbar("smoothed", partial(smoothed, sigma=1.0)),
    _zxing_global("smoothed", partial(smoothed, sigma=1.0)),
    _zxing("enlarged", partial(enlarged, by=2)),
    _zxing("halved", partial(shrunk, by=0.5)),
    _zxing("smoothed", partial(smoothed, sigma=2.0)),
    _zbar("enlarged", partial(enlarged, by=2)),
    _zxing_global("evened", evened),
    _zbar("evened", evened),
    _zxing_global("opened", partial(opened, size=5)),
    _zxing_global("closed", partial(closed, size=3)),
    _zbar("cut", partial(cut, block=31)),
    _zbar("halved", partial(shrunk, by=0.5)),
    _zxing("sharpened, enlarged", after(partial(enlarged, by=2), sharpened)),
    _zbar("sharpened", sharpened),
    _zbar("negated", negated),
    _zxing("despeckled", partial(despeckled, size=5)),
)

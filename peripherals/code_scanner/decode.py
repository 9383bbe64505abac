"""`decode`: the codes in one picture, whatever the picture is.

zxing-cpp is asked first: it is the quickest and says how sure it is. zbar is believed only when two differently treated copies
of the picture give it the same bytes, or zxing-cpp says the same: a wrong payload is worse than none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from peripherals.code_scanner import mesh
from peripherals.code_scanner.ladder import FIRST, SECOND_LOOKS, Rung
from peripherals.code_scanner.reading import DecodedCode, Gray, gray_views

STILL_SECONDS = 2.0
"""How long a picture may be looked at before it counts as holding no code; what is under way then is finished."""

CLEAR = 0.5
"""Unused share of the error correction from which a reading counts as clear when several codes are put in order."""


def decode(
    image: NDArray[Any], *, seconds: float = STILL_SECONDS, clock: Callable[[], float] = time.monotonic
) -> tuple[DecodedCode, ...]:
    """Every QR code in `image` (gray, BGR, with or without alpha, any number type), clear readings and large ones first.

    Never raises on a picture; one without a code gives an empty tuple after at most about `seconds`.
    """
    deadline = clock() + seconds
    for gray, scale in gray_views(image):
        codes = _climb(gray, deadline, clock)
        if codes:
            return tuple(
                sorted((_scaled(code, 1 / scale) for code in codes), key=lambda code: (code.clearness < CLEAR, -code.area))
            )
    return ()


@dataclass(slots=True)
class Tally:
    """Which payloads are believed, and which wait for a second witness."""

    believed: dict[bytes, DecodedCode]
    doubtful: dict[bytes, DecodedCode]

    @classmethod
    def empty(cls) -> Tally:
        return cls({}, {})

    def count(self, codes: Iterable[DecodedCode], *, trusted: bool) -> None:
        """Take in one rung's findings: trusted ones and those said before are believed."""
        for code in codes:
            if code.payload in self.believed:
                continue
            if trusted or code.payload in self.doubtful:
                self.doubtful.pop(code.payload, None)
                self.believed[code.payload] = code
            else:
                self.doubtful[code.payload] = code


def _climb(gray: Gray, deadline: float, clock: Callable[[], float]) -> tuple[DecodedCode, ...]:
    tally = Tally.empty()
    for rung in FIRST:
        _look(rung, gray, tally)
    for rung in SECOND_LOOKS:
        if clock() > deadline or (tally.believed and not tally.doubtful):
            break
        _look(rung, gray, tally)
    if not tally.believed:
        # Last, for it takes longest: what is bent or creased is laid flat module by module.
        tally.count(mesh.read(gray, lambda: clock() > deadline), trusted=True)
    return tuple(tally.believed.values())


def _look(rung: Rung, gray: Gray, tally: Tally) -> None:
    tally.count(rung.read(gray), trusted=rung.trusted)


def _scaled(code: DecodedCode, factor: float) -> DecodedCode:
    return code if factor == 1 else replace(code, corners=tuple((x * factor, y * factor) for x, y in code.corners))

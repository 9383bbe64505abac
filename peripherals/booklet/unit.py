"""One booklet from the bin to the outlet: fed, its serial read back, printed between turns, given out; or put away, never given out.

What decides is the serial that the camera reads from the blank itself: it must be the one that the ledger has bound to this certificate.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from peripherals.booklet.serial_reading import DigitTemplates, read_serial
from peripherals.booklet.turner import PageTurner

SURE = 0.6
"""Confidence from which a reading counts."""
LOOKS = 3
"""Pictures that are taken before a serial counts as unreadable."""


class Rejected(Exception):
    """The booklet lies in the reject bin: `reason` "serial-mismatch", "serial-unreadable" or "print-failed". Its blank is spoiled; `seen` is what was read of it."""

    def __init__(self, reason: str, seen: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.seen = seen


@dataclass(frozen=True, slots=True)
class Sensor:
    """The sensor at the outlet: whether a booklet lies there."""

    occupied: Callable[[], bool]

    def taken_within(self, seconds: float, step: float = 0.05) -> bool:
        """Wait for the booklet to be taken."""
        waiting = threading.Event()
        for _ in range(max(1, round(seconds / step))):
            if not self.occupied():
                return True
            waiting.wait(step)
        return not self.occupied()


class BookletUnit:
    """`photograph` takes a picture of the line with the serial; `outlet` sees what lies in the outlet."""

    def __init__(
        self, turner: PageTurner, photograph: Callable[[], NDArray[Any]], templates: DigitTemplates, outlet: Sensor
    ) -> None:
        self._turner = turner
        self._photograph = photograph
        self._templates = templates
        self._outlet = outlet

    def make(self, serial: str, pages: Sequence[Callable[[], bool]]) -> None:
        """Make one booklet of the blank `serial` and lay it in the outlet. Blocks for up to some minutes.

        `pages` prints each page and says whether it came out. Raises `Rejected` (the booklet is in the bin), or `BookletFault`: `ActFailed` before the
        booklet was fed has touched no blank, `EffectUnknown` means that somebody must look. No command is ever sent twice.
        """
        self._turner.feed()
        self._prove(serial)
        for index, prints in enumerate(pages):
            if index:
                self._turner.turn()
            if not prints():
                self._put_away("print-failed", serial)
        self._turner.eject()

    def taken_within(self, seconds: float) -> bool:
        """Whether the person took it, by the sensor. If not, `retract`."""
        return self._outlet.taken_within(seconds)

    def retract(self) -> None:
        """Draw a booklet that nobody took into the reject bin. Raises `BookletFault`."""
        self._turner.reject()

    def _prove(self, serial: str) -> None:
        seen = ""
        for _ in range(LOOKS):
            reading = read_serial(self._photograph(), self._templates, length=len(serial))
            if reading.confidence >= SURE:
                seen = reading.digits
                break
        if seen != serial:
            self._put_away("serial-mismatch" if seen else "serial-unreadable", seen)

    def _put_away(self, reason: str, seen: str) -> None:
        self._turner.reject()
        raise Rejected(reason, seen)

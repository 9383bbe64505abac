"""The booklet unit: feed a blank, read its serial back, print between turns, give it out; or put it away, never out.

What decides is the serial that the camera reads from the blank itself: it must be the one that the ledger has bound to this certificate.
Whoever uses it follows the order `feed`, `prove`, `print`, `give_out`; each raises where the way ends, and no command is ever sent twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from numpy.typing import NDArray

from peripherals.booklet.serial_reading import DigitTemplates, read_serial
from peripherals.booklet.turner import PageTurner

SURE = 0.6
"""Confidence from which a reading counts."""
LOOKS = 3
"""Pictures that are taken before a serial counts as unreadable."""
MISMATCH, UNREADABLE, PRINT_FAILED = "serial-mismatch", "serial-unreadable", "print-failed"

Photograph = Callable[[], NDArray[Any] | None]
"""A picture of the line with the serial; None where there is none to be had."""


class Rejected(Exception):
    """The booklet lies in the reject bin, by the unit's own word: `reason` says why, `seen` which serial was read from it ("" for none)."""

    def __init__(self, reason: str, seen: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.seen = seen


class BookletUnit:
    """`stamps`: whether the unit has a stamp that puts the seal on."""

    def __init__(self, turner: PageTurner, photograph: Photograph, templates: DigitTemplates, *, stamps: bool = False) -> None:
        self._turner = turner
        self._photograph = photograph
        self._templates = templates
        self._stamps = stamps

    def feed(self) -> None:
        """Take the next booklet in. Raises `BookletFault`: an `ActFailed` that has not `moved` left the blank where it was."""
        self._turner.feed()

    def prove(self, serial: str) -> None:
        """Hold the serial on the booklet against `serial`. Raises `Rejected`, or `BookletFault` where it could not even be put away."""
        seen = ""
        # A serial may begin with a letter; only its figures are read.
        figures = serial.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        for _ in range(LOOKS):
            picture = self._photograph()
            reading = None if picture is None else read_serial(picture, self._templates, length=len(figures))
            if reading is not None and reading.confidence >= SURE:
                seen = reading.digits
                break
        if seen != figures:
            self.put_away(MISMATCH if seen else UNREADABLE, serial[: len(serial) - len(figures)] + seen if seen else "")

    def print(self, pages: Sequence[Callable[[], bool]]) -> None:
        """Print each page (it says whether it came out for certain) and turn between them. Raises as `prove`."""
        for index, prints in enumerate(pages):
            if index:
                self._turner.turn()
            if not prints():
                self.put_away(PRINT_FAILED)

    def give_out(self) -> None:
        """Stamp it, where there is a stamp, and lay it in the outlet. Raises `BookletFault`."""
        if self._stamps:
            self._turner.stamp()
        self._turner.eject()

    def put_away(self, reason: str, seen: str = "") -> NoReturn:
        """Into the reject bin. Raises `Rejected`, or `BookletFault`."""
        self._turner.reject()
        raise Rejected(reason, seen)

    def retract(self) -> None:
        """Draw a booklet that nobody took into the reject bin. Raises `BookletFault`."""
        self._turner.reject()

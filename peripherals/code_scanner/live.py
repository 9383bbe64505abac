"""Looking at live frames: little work on each, the whole ladder over a second of them."""

from __future__ import annotations

from peripherals.code_scanner.decode import Tally
from peripherals.code_scanner.ladder import FIRST, SECOND_LOOKS
from peripherals.code_scanner.reading import DecodedCode, Gray

QUICKEST, *REST = (*FIRST, *SECOND_LOOKS)
LARGEST_FRAME = 1_300_000
"""Pixels from which every second one is left out before the deeper rungs."""


class LiveLook:
    """Reads a stream of frames: the quickest rung on each, and one deeper rung in turn while that finds nothing.

    A code is held up for a second or more, so each rung gets its frame; a payload that needs a second witness gets it from a
    later frame. Used by one thread.
    """

    def __init__(self) -> None:
        self._turn = 0
        self._tally = Tally.empty()

    def look(self, frame: Gray) -> tuple[DecodedCode, ...]:
        """The codes that this frame (or it and those before) proves."""
        found = QUICKEST.read(frame)
        if found:
            return found
        rung = REST[self._turn % len(REST)]
        self._turn += 1
        if self._turn % len(REST) == 0:
            self._tally = Tally.empty()
        before = set(self._tally.believed)
        codes = rung.read(frame)
        self._tally.count(codes, trusted=rung.trusted)
        return tuple(code for code in codes if code.payload in self._tally.believed or code.payload in before)

    def forget(self) -> None:
        """Begin anew, for the next person."""
        self._turn = 0
        self._tally = Tally.empty()

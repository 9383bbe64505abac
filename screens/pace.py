"""How fast the machine draws. Where it draws too slowly for motion, things are shown as still pictures in turn: a loop that jerks says less,
and keeps both the processor and the person waiting (the board of a cheap terminal without a graphics processor, or a virtual display).
"""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable

SLOW_SECONDS = 1 / 45
"""Of thirty frames a second a third of the time must be left for everything else."""
FIRST, KEPT = 9, 31
"""Frames until the first word on it, and frames that a later word is from."""


class Pace:
    """`decided` is called once, when there is a first word on it. Count a frame from `begins` to `ends`."""

    def __init__(self, decided: Callable[[], None], clock: Callable[[], float] = time.perf_counter) -> None:
        self._decided = decided
        self._clock = clock
        self._began: float | None = None
        self._frames: deque[float] = deque(maxlen=KEPT)
        self._said = False

    @property
    def slow(self) -> bool:
        """Whether the middle one of the last frames took too long; False as long as there are too few."""
        return len(self._frames) >= FIRST and statistics.median(self._frames) > SLOW_SECONDS

    def begins(self) -> None:
        self._began = self._clock()

    def ends(self) -> None:
        if self._began is None:
            return
        self._frames.append(self._clock() - self._began)
        self._began = None
        if len(self._frames) >= FIRST and not self._said:
            self._said = True
            self._decided()

"""Case numbers: what a citizen is told, and what staff search the journal for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta


class Cases:
    """Case numbers that can be said at a counter: month, day and time of day; two visits never share one."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._last = ""

    def next(self) -> str:
        moment = self._clock().astimezone()
        case = f"{moment:%m%d-%H%M%S}"
        while case <= self._last:
            moment += timedelta(seconds=1)
            case = f"{moment:%m%d-%H%M%S}"
        self._last = case
        return case

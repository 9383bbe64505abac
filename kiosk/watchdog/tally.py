"""What the terminal counts of its own work, for the metrics: visits by outcome and how long each step took. Of nobody in particular."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter

from kiosk.watchdog.messages import StepTimes, VisitCount

BOUNDS = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0)
"""Upper ends of the buckets of a step's duration, in seconds."""


class Tally:
    """Grows from the terminal's start on; any thread may count."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._visits: Counter[tuple[str, str]] = Counter()
        self._steps: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}

    def visit(self, service: str, outcome: str) -> None:
        with self._lock:
            self._visits[service, outcome] += 1

    def step(self, name: str, seconds: float) -> None:
        with self._lock:
            counts = self._steps.setdefault(name, [0] * (len(BOUNDS) + 1))
            counts[bisect_left(BOUNDS, seconds)] += 1
            self._seconds[name] = self._seconds.get(name, 0.0) + seconds

    def visits(self) -> tuple[VisitCount, ...]:
        with self._lock:
            return tuple(VisitCount(service=s, outcome=o, count=n) for (s, o), n in sorted(self._visits.items()))

    def steps(self) -> tuple[StepTimes, ...]:
        with self._lock:
            return tuple(
                StepTimes(
                    step=name, seconds=self._seconds[name], buckets=tuple(sum(counts[: upto + 1]) for upto in range(len(counts)))
                )
                for name, counts in sorted(self._steps.items())
            )

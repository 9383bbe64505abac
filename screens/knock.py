"""The hidden gesture: five touches on the mark at the top left, within four seconds. Nothing on the screen tells of it."""

from __future__ import annotations

from collections.abc import Callable

TOUCHES = 5
SECONDS = 4.0


class Knock:
    """Counts touches by the clock `now` (seconds, monotonic)."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._times: list[float] = []

    def touched(self) -> bool:
        """One more touch; whether the gesture is complete by it."""
        now = self._now()
        self._times = [at for at in self._times if now - at < SECONDS] + [now]
        if len(self._times) < TOUCHES:
            return False
        self._times = []
        return True

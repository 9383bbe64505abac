"""Which codes are before the lens now, so that one presentation is reported once."""

from __future__ import annotations

from collections.abc import Iterable

AWAY_SECONDS = 2.0
"""A code counts as taken away when no frame showed it for this long; a shaking hand hides it for less."""


class Presence:
    """Remembers the codes that are held up. Times are seconds of one monotonic clock."""

    def __init__(self, away_seconds: float = AWAY_SECONDS) -> None:
        self._away_seconds = away_seconds
        self._last_seen: dict[bytes, float] = {}

    def newly_shown(self, payloads: Iterable[bytes], now: float) -> tuple[bytes, ...]:
        """Those of `payloads` that were not before the lens until now."""
        self._last_seen = {payload: seen for payload, seen in self._last_seen.items() if now - seen < self._away_seconds}
        fresh: list[bytes] = []
        for payload in payloads:
            if payload not in self._last_seen:
                fresh.append(payload)
            self._last_seen[payload] = now
        return tuple(fresh)

    def forget(self) -> None:
        self._last_seen.clear()

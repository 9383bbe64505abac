"""Out of service by hand: why, until about when, and who said so. On disk, so that a restart does not open the terminal again.

A pause closes the printing of certificates to whoever comes next; it ends no visit. It lasts until staff end it: the time is told to
citizens, and what is late is not taken for done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from offline_cache import journal
from offline_cache.store import Store

REASONS = ("refill", "repair", "cleaning", "check", "closing", "other")
"""Why, as citizens are told: sentence ``oos.reason.paused.<reason>``."""


@dataclass(frozen=True, slots=True)
class Pause:
    """One stretch out of service. `until`: when it is expected to end (aware), if that was said."""

    reason: str
    until: datetime | None
    by: str


class Pauses:
    """The switch. Blocks for one short transaction."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock

    def current(self) -> Pause | None:
        """The pause that lasts now. Raises `StoreError`."""
        with self._store.reading() as tx:
            row = tx.row("SELECT reason, until, by_staff FROM pauses WHERE ended_at IS NULL ORDER BY pause DESC LIMIT 1")
        if row is None:
            return None
        return Pause(str(row[0]), None if row[1] is None else datetime.fromisoformat(str(row[1])), str(row[2]))

    def begin(self, reason: str, until: datetime | None, by: str) -> None:
        """Out of service from now on; what lasted before is replaced. Raises `StoreError`."""
        if reason not in REASONS:
            raise ValueError(reason)
        now, told = self._clock(), None if until is None else until.isoformat()
        with self._store.transaction() as tx:
            tx.execute("UPDATE pauses SET ended_at = ? WHERE ended_at IS NULL", (now.isoformat(),))
            tx.execute(
                "INSERT INTO pauses (reason, until, by_staff, at) VALUES (?, ?, ?, ?)", (reason, told, by, now.isoformat())
            )
            journal.append(tx, now, "staff.paused", {"reason": reason, "until": told, "by": by})

    def end(self, by: str) -> None:
        """In service again, as far as this switch goes. Raises `StoreError`."""
        now = self._clock()
        with self._store.transaction() as tx:
            if tx.execute("UPDATE pauses SET ended_at = ? WHERE ended_at IS NULL", (now.isoformat(),)):
                journal.append(tx, now, "staff.resumed", {"by": by})

"""The ledger of blanks: every pre-printed sheet from delivery to its end, by its serial.

A blank is a state document. It is bound to one issuance at most, ever (the schema holds that), it moves only along the lines
below, and `account` says at any moment where every one of them is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.registration.numbers import is_blank_serial
from offline_cache import journal
from offline_cache.store import Store, Transaction


class BlankState(StrEnum):
    """Where a blank is."""

    LOADED = "loaded"
    RESERVED = "reserved"
    ISSUED = "issued"
    RETAINED = "retained"
    SPOILED = "spoiled"
    QUARANTINED = "quarantined"
    RETURNED = "returned"
    MISSING = "missing"


MOVES: dict[BlankState, frozenset[BlankState]] = {
    BlankState.LOADED: frozenset({BlankState.RESERVED, BlankState.SPOILED, BlankState.RETURNED, BlankState.MISSING}),
    BlankState.RESERVED: frozenset(
        {
            BlankState.LOADED,
            BlankState.ISSUED,
            BlankState.RETAINED,
            BlankState.SPOILED,
            BlankState.QUARANTINED,
        }
    ),
    BlankState.QUARANTINED: frozenset({BlankState.SPOILED, BlankState.RETAINED, BlankState.ISSUED}),
    BlankState.MISSING: frozenset({BlankState.RETURNED, BlankState.SPOILED}),
    BlankState.ISSUED: frozenset(),
    BlankState.RETAINED: frozenset(),
    BlankState.SPOILED: frozenset(),
    BlankState.RETURNED: frozenset(),
}


class BlankError(Exception):
    """The ledger refuses; nothing was written. Staff's turn."""


class NoBlank(BlankError):
    """No loaded blank of this kind is left."""


@dataclass(frozen=True, slots=True)
class BlankAccount:
    """How many blanks of a kind there ever were, and where each is now: the parts always add up to `received`."""

    kind: str
    received: int
    by_state: dict[BlankState, int]

    @property
    def left(self) -> int:
        """Blanks that can be printed on."""
        return self.by_state.get(BlankState.LOADED, 0)

    @property
    def balanced(self) -> bool:
        return self.received == sum(self.by_state.values())


def load(store: Store, at: datetime, bin_name: str, kind: str, serials: Sequence[str], by: str) -> None:
    """Put blanks into a bin, in the order in which they lie (the first is printed first). `by`: who did it.

    Raises `BlankError` for a serial that is no serial, comes twice, or was ever here before.
    """
    wrong = [serial for serial in serials if not is_blank_serial(serial)]
    if wrong:
        raise BlankError(f"not a blank's serial: {wrong[0]}")
    if len(set(serials)) != len(serials):
        raise BlankError("a serial comes twice")
    with store.transaction() as tx:
        for serial in serials:
            if tx.row("SELECT 1 FROM blanks WHERE serial = ?", (serial,)):
                raise BlankError(f"blank {serial} was received before")
        last = tx.row("SELECT max(position) FROM blanks WHERE bin = ?", (bin_name,))
        first = 1 + (int(last[0]) if last and last[0] is not None else 0)
        for position, serial in enumerate(serials, start=first):
            tx.execute(
                "INSERT INTO blanks (serial, kind, bin, position, state, changed_at) VALUES (?, ?, ?, ?, ?, ?)",
                (serial, kind, bin_name, position, BlankState.LOADED, at.isoformat()),
            )
        journal.append(
            tx, at, "blanks.loaded",
            {"bin": bin_name, "kind": kind, "first": serials[0] if serials else "", "count": len(serials), "by": by},
        )  # fmt: skip


def reserve_next(tx: Transaction, at: datetime, kind: str) -> str:
    """Take the next blank of `kind` (bins in order of name, each from its top). Raises `NoBlank`."""
    row = tx.row(
        "SELECT serial FROM blanks WHERE kind = ? AND state = ? ORDER BY bin, position LIMIT 1", (kind, BlankState.LOADED)
    )
    if row is None:
        raise NoBlank(f"no blank of kind {kind}")
    move(tx, at, row[0], BlankState.RESERVED)
    return str(row[0])


def move(tx: Transaction, at: datetime, serial: str, after: BlankState, reason: str | None = None) -> None:
    """Move one blank along the lines of `MOVES`. Raises `BlankError`."""
    row = tx.row("SELECT state FROM blanks WHERE serial = ?", (serial,))
    if row is None:
        raise BlankError(f"no blank {serial}")
    before = BlankState(row[0])
    if after not in MOVES[before]:
        raise BlankError(f"blank {serial} is {before}, it cannot become {after}")
    tx.execute(
        "UPDATE blanks SET state = ?, reason = ?, changed_at = ? WHERE serial = ?", (after, reason, at.isoformat(), serial)
    )


def void(store: Store, at: datetime, serial: str, reason: str, by: str) -> None:
    """Staff take a loaded blank out as spoiled."""
    with store.transaction() as tx:
        move(tx, at, serial, BlankState.SPOILED, reason)
        journal.append(tx, at, "blanks.voided", {"serial": serial, "reason": reason, "by": by})


def account(store: Store) -> list[BlankAccount]:
    """Where every blank is, by kind."""
    with store.reading() as tx:
        rows = tx.rows("SELECT kind, state, count(*) FROM blanks GROUP BY kind, state")
    states: dict[str, Counter[BlankState]] = {}
    for kind, state, count in rows:
        states.setdefault(kind, Counter())[BlankState(state)] += count
    return [BlankAccount(kind, sum(counts.values()), dict(counts)) for kind, counts in sorted(states.items())]


def left(store: Store, kind: str) -> int:
    """How many blanks of `kind` can be printed on."""
    with store.reading() as tx:
        row = tx.row("SELECT count(*) FROM blanks WHERE kind = ? AND state = ?", (kind, BlankState.LOADED))
    return int(row[0]) if row else 0


def listed(store: Store) -> list[tuple[str, str, str | None, int | None, str, str | None]]:
    """Every blank: serial, kind, bin, position, state, reason."""
    with store.reading() as tx:
        return [
            (str(row[0]), str(row[1]), row[2], row[3], str(row[4]), row[5])
            for row in tx.rows("SELECT serial, kind, bin, position, state, reason FROM blanks ORDER BY kind, bin, position")
        ]

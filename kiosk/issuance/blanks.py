"""The ledger of blanks: every pre-printed sheet from delivery to its end, by its serial.

A blank is a state document. It is bound to one issuance at most, ever (the schema holds that), it moves only along the lines
below, and `account` says at any moment where every one of them is.

Paper leaves a bin from the top. While the end of an issuance is unknown, so is what lies on top: a bin with a quarantined blank
gives no more until two of the staff have looked (`Ledger.settled`).
"""

from __future__ import annotations

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
    """No loaded blank of this kind is left, or the bins that have some are closed."""


@dataclass(frozen=True, slots=True)
class BlankAccount:
    """How many blanks of a kind were put into the terminal (counted batch by batch), and where each is now (counted one by one)."""

    kind: str
    received: int
    by_state: dict[BlankState, int]

    @property
    def left(self) -> int:
        """Blanks in the bins that nothing was printed on."""
        return self.by_state.get(BlankState.LOADED, 0)

    @property
    def balanced(self) -> bool:
        """received = loaded + reserved + issued + retained + spoiled + quarantined + returned + missing"""
        return self.received == sum(self.by_state.values())


@dataclass(frozen=True, slots=True)
class Blank:
    """One blank: `position` counts in its bin, the lowest lies on top."""

    serial: str
    kind: str
    bin: str
    position: int
    state: BlankState
    reason: str | None


def load(store: Store, at: datetime, bin_name: str, kind: str, serials: Sequence[str], by: str) -> None:
    """Put blanks into a bin, beneath those in it, in the order in which they lie (the first is printed first). `by`: who did it.

    Raises `BlankError` for a serial that is no serial, comes twice, or was ever here before, and for a bin with blanks of another
    kind. All of them are loaded, or none.
    """
    if not serials:
        raise BlankError("no blanks to load")
    wrong = [serial for serial in serials if not is_blank_serial(serial)]
    if wrong:
        raise BlankError(f"not a blank's serial: {wrong[0]}")
    if len(set(serials)) != len(serials):
        raise BlankError("a serial comes twice")
    with store.transaction() as tx:
        other = tx.row(
            "SELECT kind FROM blanks WHERE bin = ? AND kind IS NOT ? AND state IN (?, ?, ?)",
            (bin_name, kind, BlankState.LOADED, BlankState.RESERVED, BlankState.QUARANTINED),
        )
        if other:
            raise BlankError(f"bin {bin_name} has blanks of kind {other[0]} in it")
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
        tx.execute(
            "INSERT INTO blank_batches (kind, bin, first_serial, count, loaded_by, at) VALUES (?, ?, ?, ?, ?, ?)",
            (kind, bin_name, serials[0], len(serials), by, at.isoformat()),
        )
        journal.append(
            tx, at, "blanks.loaded",
            {"bin": bin_name, "kind": kind, "first": serials[0], "last": serials[-1], "count": len(serials), "by": by},
        )  # fmt: skip


def reserve_next(tx: Transaction, at: datetime, kind: str) -> str:
    """Take the next blank of `kind` (bins in order of name, each from its top). Raises `NoBlank`."""
    row = tx.row(f"SELECT serial {_PRINTABLE} ORDER BY bin, position LIMIT 1", (kind,))
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


def remove(store: Store, at: datetime, serial: str, end: BlankState, reason: str, by: str) -> None:
    """Staff take a blank out of its bin, or miss it there: spoiled (void), returned or missing. Raises `BlankError`.

    A blank that is bound to an issuance is not theirs to move: its issuance ends first.
    """
    with store.transaction() as tx:
        if tx.row("SELECT 1 FROM blanks WHERE serial = ? AND state IN (?, ?)", (serial, *_BOUND)):
            raise BlankError(f"blank {serial} is bound to an issuance")
        move(tx, at, serial, end, reason)
        journal.append(tx, at, f"blanks.{end}", {"serial": serial, "reason": reason, "by": by})


def account(store: Store) -> list[BlankAccount]:
    """Where every blank is, by kind."""
    with store.reading() as tx:
        received = dict[str, int](tx.rows("SELECT kind, sum(count) FROM blank_batches GROUP BY kind"))
        rows = tx.rows("SELECT kind, state, count(*) FROM blanks GROUP BY kind, state")
    states: dict[str, dict[BlankState, int]] = {kind: {} for kind in received}
    for kind, state, count in rows:
        states.setdefault(kind, {})[BlankState(state)] = count
    return [BlankAccount(kind, received.get(kind, 0), counts) for kind, counts in sorted(states.items())]


def left(store: Store, kind: str) -> int:
    """How many blanks of `kind` can be printed on now; those in closed bins do not count."""
    with store.reading() as tx:
        row = tx.row(f"SELECT count(*) {_PRINTABLE}", (kind,))
    return int(row[0]) if row else 0


def listed(store: Store) -> list[Blank]:
    """Every blank, as they lie."""
    with store.reading() as tx:
        rows = tx.rows("SELECT serial, kind, bin, position, state, reason FROM blanks ORDER BY kind, bin, position")
    return [
        Blank(serial, kind, bin_name, position, BlankState(state), reason)
        for serial, kind, bin_name, position, state, reason in rows
    ]


_BOUND = (BlankState.RESERVED, BlankState.QUARANTINED)

_PRINTABLE = "FROM blanks WHERE kind = ? AND state = 'loaded' AND bin NOT IN (SELECT bin FROM blanks WHERE state = 'quarantined')"

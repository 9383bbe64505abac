"""The ledger of blanks: every pre-printed sheet from delivery to its end, by its serial.

A blank is a state document. It is received (counted by two), handed out to the terminal, loaded into a bin in order; it is bound to
one issuance at most, ever, and it moves only along the lines below; the schema holds both and writes down every move. `account` says
at any moment where every one of them is.

Paper leaves a bin from the top. While the end of an issuance is unknown, so is what lies on top: a bin with a quarantined blank
gives no more until two of the staff have looked (`Ledger.settled`). While the sheets counted in a bin are not those of the ledger, nothing is printed at all
(`kiosk.issuance.reconciliation`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kiosk.issuance.serial_runs import in_runs
from kiosk.registration.numbers import is_blank_serial
from offline_cache import journal
from offline_cache.store import Store, Transaction


class BlankState(StrEnum):
    """Where a blank is: with the hall's staff, handed out to this terminal but in no bin, in a bin, …"""

    RECEIVED = "received"
    AT_TERMINAL = "at-terminal"
    LOADED = "loaded"
    RESERVED = "reserved"
    ISSUED = "issued"
    RETAINED = "retained"
    SPOILED = "spoiled"
    QUARANTINED = "quarantined"
    RETURNED = "returned"
    MISSING = "missing"
    DESTROYED = "destroyed"


MOVES: dict[BlankState, frozenset[BlankState]] = {
    BlankState.RECEIVED: frozenset({BlankState.AT_TERMINAL, BlankState.SPOILED, BlankState.RETURNED, BlankState.MISSING}),
    BlankState.AT_TERMINAL: frozenset({BlankState.LOADED, BlankState.SPOILED, BlankState.RETURNED, BlankState.MISSING}),
    BlankState.LOADED: frozenset(
        {BlankState.RESERVED, BlankState.AT_TERMINAL, BlankState.SPOILED, BlankState.RETURNED, BlankState.MISSING}
    ),
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
    BlankState.MISSING: frozenset({BlankState.AT_TERMINAL, BlankState.RETURNED, BlankState.SPOILED}),
    BlankState.RETAINED: frozenset({BlankState.ISSUED, BlankState.DESTROYED}),
    BlankState.SPOILED: frozenset({BlankState.DESTROYED}),
    BlankState.ISSUED: frozenset(),
    BlankState.RETURNED: frozenset(),
    BlankState.DESTROYED: frozenset(),
}


class BlankError(Exception):
    """The ledger refuses; nothing was written. Staff's turn."""


class NoBlank(BlankError):
    """No loaded blank of this kind is left, or the bins that have some are closed."""


@dataclass(frozen=True, slots=True)
class BlankAccount:
    """How many blanks of a kind were delivered (counted by two, parcel by parcel), and where each is now (counted one by one)."""

    kind: str
    received: int
    by_state: dict[BlankState, int]

    @property
    def left(self) -> int:
        """Blanks in the bins that nothing was printed on."""
        return self.by_state.get(BlankState.LOADED, 0)

    @property
    def balanced(self) -> bool:
        """received = the sum over every state in which one of them is"""
        return self.received == sum(self.by_state.values())


@dataclass(frozen=True, slots=True)
class Blank:
    """One blank: `position` counts in its bin, the lowest lies on top; both None while it is in none."""

    serial: str
    kind: str
    bin: str | None
    position: int | None
    state: BlankState
    reason: str | None


class Mark(StrEnum):
    """How full a bin is."""

    GOOD = "good"
    LOW = "low"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class BinLevel:
    """Unused blanks in one bin."""

    bin: str
    kind: str
    left: int
    mark: Mark


def receive(store: Store, at: datetime, kind: str, serials: Sequence[str], by: tuple[str, str]) -> None:
    """A delivery has come; `by`: the two who counted it. All of it is received, or nothing.

    Raises `BlankError` for a serial that is no serial, comes twice, or was ever here before, and for one person alone.
    """
    with store.transaction() as tx:
        _receive(tx, at, kind, serials, by)


def hand_out(store: Store, at: datetime, serials: Sequence[str], by: str) -> None:
    """Received blanks go to this terminal. Raises `BlankError`."""
    with store.transaction() as tx:
        _hand_out(tx, at, serials, by)


def load(store: Store, at: datetime, bin_name: str, kind: str, serials: Sequence[str], by: str) -> None:
    """Put blanks that were handed out into a bin, beneath those in it, in the order in which they lie (the first is printed first).

    Raises `BlankError` for a blank that was not handed out to this terminal, and for a bin with blanks of another kind. All of them
    are loaded, or none.
    """
    with store.transaction() as tx:
        _load(tx, at, bin_name, kind, serials, by)


def supply(store: Store, at: datetime, bin_name: str, kind: str, serials: Sequence[str], by: tuple[str, str]) -> None:
    """A delivery that goes from its parcel straight into a bin: received by two, handed out and loaded. Raises as each of these."""
    with store.transaction() as tx:
        _receive(tx, at, kind, serials, by)
        _hand_out(tx, at, serials, by[0])
        _load(tx, at, bin_name, kind, serials, by[0])


def unload(store: Store, at: datetime, bin_name: str, by: str) -> list[str]:
    """Take every unused blank out of a bin, to the terminal's safe. Returns their serials; raises `BlankError` while one is bound."""
    with store.transaction() as tx:
        refuse_bound(tx, bin_name)
        serials = [
            str(row[0])
            for row in tx.rows("SELECT serial FROM blanks WHERE bin = ? AND state = 'loaded' ORDER BY position", (bin_name,))
        ]
        for serial in serials:
            move(tx, at, serial, BlankState.AT_TERMINAL)
        _note(tx, at, "blanks.unloaded", serials, {"bin": bin_name, "by": by})
    return serials


def destroy(store: Store, at: datetime, serials: Sequence[str], by: tuple[str, str]) -> None:
    """Void paper is destroyed before two witnesses. Raises `BlankError`."""
    require_two(by)
    with store.transaction() as tx:
        for serial in serials:
            move(tx, at, serial, BlankState.DESTROYED)
        _note(tx, at, "blanks.destroyed", serials, {"by": by[0], "and": by[1]})


def hand_over(store: Store, at: datetime, serial: str, by: str) -> None:
    """A certificate that staff held is in its holder's hand. Raises `BlankError`."""
    with store.transaction() as tx:
        row = tx.row("SELECT state FROM blanks WHERE serial = ?", (serial,))
        if row is None or row[0] != BlankState.RETAINED:
            raise BlankError(f"blank {serial} is not a certificate that staff hold")
        move(tx, at, serial, BlankState.ISSUED)
        _note(tx, at, "blanks.handed-over", [serial], {"by": by})


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
    out = after is BlankState.AT_TERMINAL
    tx.execute(
        f"UPDATE blanks SET state = ?, reason = ?, changed_at = ?{', bin = NULL, position = NULL' if out else ''} WHERE serial = ?",
        (after, reason, at.isoformat(), serial),
    )


def remove(store: Store, at: datetime, serial: str, end: BlankState, reason: str, by: str) -> None:
    """Staff take a blank away, or miss it: spoiled (void), returned or missing. Raises `BlankError`.

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
        received = dict[str, int](tx.rows("SELECT kind, sum(count) FROM blank_deliveries GROUP BY kind"))
        rows = tx.rows("SELECT kind, state, count(*) FROM blanks GROUP BY kind, state")
    states: dict[str, dict[BlankState, int]] = {kind: {} for kind in received}
    for kind, state, count in rows:
        states.setdefault(kind, {})[BlankState(state)] = count
    return [BlankAccount(kind, received.get(kind, 0), counts) for kind, counts in sorted(states.items())]


def left(store: Store, kind: str) -> int:
    """How many blanks of `kind` can be printed on now; those in closed bins do not count, and none while a count is not settled."""
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


def history(store: Store, serial: str) -> list[tuple[str, str | None, str, str | None, str | None]]:
    """Every move of one blank: time, from, to, bin, reason. Empty for a serial that was never here."""
    with store.reading() as tx:
        return tx.rows("SELECT at, before, after, bin, reason FROM blank_moves WHERE serial = ? ORDER BY move", (serial,))


def levels(store: Store, low: int) -> list[BinLevel]:
    """What is left in each bin that was ever loaded, held against its marks."""
    with store.reading() as tx:
        rows = tx.rows(
            "SELECT bin, kind, sum(state = 'loaded') FROM blanks WHERE bin IS NOT NULL GROUP BY bin, kind "
            "HAVING max(position) = (SELECT max(position) FROM blanks AS newest WHERE newest.bin = blanks.bin) ORDER BY bin"
        )
    return [
        BinLevel(name, kind, int(count), Mark.EMPTY if not count else Mark.LOW if count < low else Mark.GOOD)
        for name, kind, count in rows
    ]


def refuse_bound(tx: Transaction, bin_name: str) -> None:
    """Raises `BlankError` while a blank of this bin is reserved or quarantined: nobody can say whether it still lies there."""
    row = tx.row("SELECT serial, state FROM blanks WHERE bin = ? AND state IN (?, ?)", (bin_name, *_BOUND))
    if row:
        raise BlankError(f"blank {row[0]} in bin {bin_name} is {row[1]}: its issuance ends first")


def require_two(by: tuple[str, str]) -> None:
    """Raises `BlankError` unless these are two people."""
    if len({person.strip() for person in by} - {""}) != 2:
        raise BlankError("two of the staff are needed")


# ---- inside a transaction --------------------------------------------------------------------------------------------------


def _receive(tx: Transaction, at: datetime, kind: str, serials: Sequence[str], by: tuple[str, str]) -> None:
    require_two(by)
    if not serials:
        raise BlankError("no blanks in the delivery")
    wrong = [serial for serial in serials if not is_blank_serial(serial)]
    if wrong:
        raise BlankError(f"not a blank's serial: {wrong[0]}")
    if len(set(serials)) != len(serials):
        raise BlankError("a serial comes twice")
    for serial in serials:
        if tx.row("SELECT 1 FROM blanks WHERE serial = ?", (serial,)):
            raise BlankError(f"blank {serial} was received before")
        tx.execute(
            "INSERT INTO blanks (serial, kind, state, changed_at) VALUES (?, ?, ?, ?)",
            (serial, kind, BlankState.RECEIVED, at.isoformat()),
        )
    tx.execute(
        "INSERT INTO blank_deliveries (kind, serials, count, counted_by, counted_and, at) VALUES (?, ?, ?, ?, ?, ?)",
        (kind, in_runs(serials), len(serials), *by, at.isoformat()),
    )
    _note(tx, at, "blanks.received", serials, {"kind": kind, "by": by[0], "and": by[1]})


def _hand_out(tx: Transaction, at: datetime, serials: Sequence[str], by: str) -> None:
    for serial in serials:
        row = tx.row("SELECT state FROM blanks WHERE serial = ?", (serial,))
        if row is not None and row[0] == BlankState.LOADED:
            raise BlankError(f"blank {serial} is in a bin: it is unloaded, not handed out")
        move(tx, at, serial, BlankState.AT_TERMINAL)
    _note(tx, at, "blanks.at-terminal", serials, {"by": by})


def _load(tx: Transaction, at: datetime, bin_name: str, kind: str, serials: Sequence[str], by: str) -> None:
    if not serials:
        raise BlankError("no blanks to load")
    other = tx.row(
        "SELECT kind FROM blanks WHERE bin = ? AND kind IS NOT ? AND state IN (?, ?, ?)",
        (bin_name, kind, BlankState.LOADED, BlankState.RESERVED, BlankState.QUARANTINED),
    )
    if other:
        raise BlankError(f"bin {bin_name} has blanks of kind {other[0]} in it")
    last = tx.row("SELECT max(position) FROM blanks WHERE bin = ?", (bin_name,))
    first = 1 + (int(last[0]) if last and last[0] is not None else 0)
    for position, serial in enumerate(serials, start=first):
        row = tx.row("SELECT kind, state FROM blanks WHERE serial = ?", (serial,))
        if row is None:
            raise BlankError(f"blank {serial} was never received")
        if row[0] != kind:
            raise BlankError(f"blank {serial} is of kind {row[0]}")
        if row[1] != BlankState.AT_TERMINAL:
            raise BlankError(f"blank {serial} is {row[1]}, it was not handed out to this terminal")
        tx.execute(
            "UPDATE blanks SET state = ?, bin = ?, position = ?, reason = NULL, changed_at = ? WHERE serial = ?",
            (BlankState.LOADED, bin_name, position, at.isoformat(), serial),
        )
    tx.execute(
        "INSERT INTO blank_batches (kind, bin, first_serial, count, loaded_by, at) VALUES (?, ?, ?, ?, ?, ?)",
        (kind, bin_name, serials[0], len(serials), by, at.isoformat()),
    )
    _note(tx, at, "blanks.loaded", serials, {"bin": bin_name, "kind": kind, "by": by})


def _note(tx: Transaction, at: datetime, kind: str, serials: Sequence[str], data: dict[str, str]) -> None:
    journal.append(tx, at, kind, {"serials": in_runs(serials), "count": len(serials), **data})


_BOUND = (BlankState.RESERVED, BlankState.QUARANTINED)

_PRINTABLE = (
    "FROM blanks WHERE kind = ? AND state = 'loaded' AND bin NOT IN (SELECT bin FROM blanks WHERE state = 'quarantined') "
    "AND NOT EXISTS (SELECT 1 FROM bin_counts WHERE differs = 1 AND settled_at IS NULL)"
)

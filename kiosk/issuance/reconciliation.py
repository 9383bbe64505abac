"""Shift's and day's end: the sheets in a bin are counted and held against the ledger (received − issued − spoiled = counted).

One person counts. If number or topmost serial differ from the ledger, nothing is printed any more until two have settled it: they say
which sheets are missing or lie there wrongly, count again, and only when bin and ledger agree is the difference closed. A wrong sheet on
top would put a certificate on a blank that the ledger knows as another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kiosk.issuance import blanks
from kiosk.issuance.blanks import BlankError, BlankState
from kiosk.issuance.serial_runs import in_runs
from offline_cache import journal
from offline_cache.store import Store, Transaction


@dataclass(frozen=True, slots=True)
class BinCount:
    """What the ledger expects in a bin and what was found; `top` is the serial that lies on top (None: the bin is empty)."""

    bin: str
    kind: str
    expected: int
    counted: int
    expected_top: str | None
    top: str | None
    counted_by: str
    at: str
    settled_by: tuple[str, str] | None = None

    @property
    def differs(self) -> bool:
        return (self.expected, self.expected_top) != (self.counted, self.top)


def count(store: Store, at: datetime, bin_name: str, counted: int, top: str | None, by: str) -> BinCount:
    """Somebody has counted a bin. Raises `BlankError` while a blank of it is bound, or for a bin that was never loaded."""
    with store.transaction() as tx:
        blanks.refuse_bound(tx, bin_name)
        result = _compared(tx, at, bin_name, counted, top, by)
        tx.execute(
            "INSERT INTO bin_counts (at, bin, kind, expected, counted, expected_top, top, counted_by, differs) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                at.isoformat(),
                bin_name,
                result.kind,
                result.expected,
                counted,
                result.expected_top,
                top,
                by,
                int(result.differs),
            ),
        )
        journal.append(
            tx, at, "blanks.counted",
            {"bin": bin_name, "expected": result.expected, "counted": counted, "top": top, "by": by, "differs": result.differs},
        )  # fmt: skip
    return result


def differences(store: Store) -> list[BinCount]:
    """Counts that differ and were not settled yet, oldest first: while there is one, nothing is printed."""
    with store.reading() as tx:
        return _counts(tx, "WHERE differs = 1 AND settled_at IS NULL")


def counts_between(store: Store, start: datetime, end: datetime) -> list[BinCount]:
    """Every count that was made in that time, oldest first."""
    with store.reading() as tx:
        return _counts(tx, "WHERE at >= ? AND at < ?", (start.isoformat(), end.isoformat()))


def settle(
    store: Store,
    at: datetime,
    bin_name: str,
    counted: int,
    top: str | None,
    by: tuple[str, str],
    *,
    missing: Sequence[str] = (),
    found: Sequence[str] = (),
) -> None:
    """Two of the staff close the differences of a bin.

    `missing` are not there although the ledger says so; `found` lay there although it does not, and were taken out (to the terminal's
    safe; void ones stay void). `counted` and `top` are what lies there now. Raises `BlankError` unless bin and ledger then agree.
    """
    blanks.require_two(by)
    with store.transaction() as tx:
        blanks.refuse_bound(tx, bin_name)
        if not _counts(tx, "WHERE differs = 1 AND settled_at IS NULL AND bin = ?", (bin_name,)):
            raise BlankError(f"no difference is open in bin {bin_name}")
        for serial in missing:
            if not tx.row("SELECT 1 FROM blanks WHERE serial = ? AND bin = ? AND state = 'loaded'", (serial, bin_name)):
                raise BlankError(f"blank {serial} is not in bin {bin_name} by the ledger either")
            blanks.move(tx, at, serial, BlankState.MISSING, "not-in-bin")
        for serial in found:
            _taken_out(tx, at, bin_name, serial)
        result = _compared(tx, at, bin_name, counted, top, by[0])
        if result.differs:
            raise BlankError(
                f"bin {bin_name}: the ledger then has {result.expected} with {result.expected_top or 'none'} on top, "
                f"you count {counted} with {top or 'none'} on top"
            )
        tx.execute(
            "UPDATE bin_counts SET settled_at = ?, settled_by = ?, settled_and = ? "
            "WHERE differs = 1 AND settled_at IS NULL AND bin = ?",
            (at.isoformat(), *by, bin_name),
        )
        journal.append(
            tx, at, "blanks.count-settled",
            {"bin": bin_name, "counted": counted, "top": top, "missing": in_runs(missing), "found": in_runs(found), "by": by[0], "and": by[1]},
        )  # fmt: skip


def _taken_out(tx: Transaction, at: datetime, bin_name: str, serial: str) -> None:
    row = tx.row("SELECT state, bin FROM blanks WHERE serial = ?", (serial,))
    if row is None:
        raise BlankError(f"blank {serial} was never received: receive it first, then settle")
    state = BlankState(row[0])
    if state is BlankState.LOADED and row[1] == bin_name:
        raise BlankError(f"blank {serial} is in bin {bin_name} by the ledger, too")
    if BlankState.AT_TERMINAL in blanks.MOVES[state]:
        blanks.move(tx, at, serial, BlankState.AT_TERMINAL, "found-in-bin")


def _compared(tx: Transaction, at: datetime, bin_name: str, counted: int, top: str | None, by: str) -> BinCount:
    newest = tx.row("SELECT kind FROM blanks WHERE bin = ? ORDER BY position DESC LIMIT 1", (bin_name,))
    if newest is None:
        raise BlankError(f"bin {bin_name} was never loaded")
    rows = tx.rows("SELECT serial FROM blanks WHERE bin = ? AND state = 'loaded' ORDER BY position", (bin_name,))
    expected_top = str(rows[0][0]) if rows else None
    return BinCount(bin_name, str(newest[0]), len(rows), counted, expected_top, top, by, at.isoformat())


def _counts(tx: Transaction, where: str, values: Sequence[object] = ()) -> list[BinCount]:
    rows = tx.rows(
        "SELECT bin, kind, expected, counted, expected_top, top, counted_by, at, settled_by, settled_and FROM bin_counts "
        f"{where} ORDER BY number",
        values,
    )
    return [BinCount(*row[:8], settled_by=(row[8], row[9]) if row[8] else None) for row in rows]

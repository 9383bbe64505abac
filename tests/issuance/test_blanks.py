"""A blank's whole life, and the evening: what is in the bins against what ought to be."""

from __future__ import annotations

import csv
import io
import subprocess
from collections.abc import Callable
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.issuance import blanks, reconciliation, replay
from kiosk.issuance.blanks import MOVES, BlankError, BlankState, Mark
from kiosk.issuance.day_sheet import day_sheet
from kiosk.issuance.issue import IssuanceStopped
from kiosk.issuance.ledger import Ledger
from kiosk.issuance.serial_runs import from_runs, in_runs
from kiosk.issuance.states import State
from offline_cache import journal
from offline_cache.store import Store, StoreError
from tests.issuance.hall import NOON, SERIALS, Terminal
from tests.issuance.test_ledger import bring

TWO = ("s-017", "s-021")
MORE = [f"4100300{number:04}" for number in range(10)]


def where(store: Store) -> dict[str, BlankState]:
    return {blank.serial: blank.state for blank in blanks.listed(store)}


def settled(ledger: Ledger, store: Store) -> None:
    assert all(line.balanced for line in blanks.account(store))
    assert replay.blanks_of(journal.entries(store)) == where(store), "the journal tells the same as the tables"
    assert replay.astray(journal.entries(store)) == []


def test_from_the_parcel_to_the_shredder(store: Store, ledger: Ledger) -> None:
    blanks.receive(store, NOON, "title", MORE, TWO)
    blanks.hand_out(store, NOON, MORE[:4], "s-017")
    blanks.load(store, NOON, "B", "title", MORE[:2], "s-017")
    assert [where(store)[serial] for serial in MORE[1:5]] == ["loaded", "at-terminal", "at-terminal", "received"]
    blanks.remove(store, NOON, MORE[0], BlankState.SPOILED, "damaged", "s-017")
    blanks.destroy(store, NOON, [MORE[0]], TWO)
    blanks.remove(store, NOON, MORE[4], BlankState.RETURNED, "wrong-kind", "s-017")
    assert blanks.unload(store, NOON, "B", "s-017") == [MORE[1]]
    story = [(before, after) for _, before, after, _, _ in blanks.history(store, MORE[0])]
    assert story == [
        (None, "received"),
        ("received", "at-terminal"),
        ("at-terminal", "loaded"),
        ("loaded", "spoiled"),
        ("spoiled", "destroyed"),
    ]
    settled(ledger, store)


def test_a_retained_certificate_is_handed_over_in_the_end(store: Store, ledger: Ledger) -> None:
    bring(ledger, State.RETAINED)
    blanks.hand_over(store, NOON, SERIALS[0], "s-017")
    assert where(store)[SERIALS[0]] is BlankState.ISSUED
    with pytest.raises(BlankError):
        blanks.hand_over(store, NOON, SERIALS[0], "s-017")
    settled(ledger, store)


ASTRAY: dict[str, Callable[[Store], None]] = {
    "counted by one": lambda s: blanks.receive(s, NOON, "title", MORE, ("s-017", "s-017")),
    "a serial twice": lambda s: blanks.receive(s, NOON, "title", [*MORE, MORE[0]], TWO),
    "received before": lambda s: blanks.receive(s, NOON, "title", SERIALS[:1], TWO),
    "zeros are no serial": lambda s: blanks.receive(s, NOON, "title", ["00000000000"], TWO),
    "an empty parcel": lambda s: blanks.receive(s, NOON, "title", [], TWO),
    "loaded without a delivery": lambda s: blanks.load(s, NOON, "B", "title", MORE, "s-017"),
    "loaded twice": lambda s: blanks.load(s, NOON, "B", "title", SERIALS[:1], "s-017"),
    "handed out of a bin": lambda s: blanks.hand_out(s, NOON, SERIALS[:1], "s-017"),
    "a good one destroyed": lambda s: blanks.destroy(s, NOON, SERIALS[:1], TWO),
    "two kinds in a bin": lambda s: blanks.supply(s, NOON, "A", "proof", MORE, TWO),
}


@pytest.mark.parametrize("astray", list(ASTRAY.values()), ids=list(ASTRAY))
def test_what_the_ledger_refuses_leaves_no_trace(store: Store, astray: Callable[[Store], None]) -> None:
    before = where(store), journal.head(store)
    with pytest.raises(BlankError):
        astray(store)
    assert (where(store), journal.head(store)) == before


def test_the_schema_keeps_the_ends_and_writes_every_move(store: Store, ledger: Ledger) -> None:
    bring(ledger, State.TAKEN)
    for statement in (
        "UPDATE blanks SET state = 'loaded' WHERE state = 'issued'",
        "DELETE FROM blank_moves",
        "UPDATE blank_moves SET after = 'loaded'",
        "DELETE FROM blank_deliveries",
        "UPDATE blank_deliveries SET count = 1",
    ):
        with pytest.raises(StoreError), store.transaction() as tx:
            tx.execute(statement)
    ends = [state for state, onward in MOVES.items() if not onward]
    assert set(ends) == {BlankState.ISSUED, BlankState.RETURNED, BlankState.DESTROYED}


def test_low_and_empty_are_said_by_bin(store: Store, ledger: Ledger) -> None:
    blanks.supply(store, NOON, "B", "proof", MORE, TWO)
    assert [(level.bin, level.kind, level.left, level.mark) for level in blanks.levels(store, 8)] == [
        ("A", "title", 5, Mark.LOW),
        ("B", "proof", 10, Mark.GOOD),
    ]
    blanks.unload(store, NOON, "A", "s-017")
    assert [level.mark for level in blanks.levels(store, 8)] == [Mark.GOOD], "an unloaded bin is no longer one"
    for serial in MORE:
        blanks.remove(store, NOON, serial, BlankState.SPOILED, "damaged", "s-017")
    assert [level.mark for level in blanks.levels(store, 8)] == [Mark.EMPTY]


# ---- the evening -----------------------------------------------------------------------------------------------------------


def test_a_count_that_agrees_changes_nothing(store: Store) -> None:
    assert not reconciliation.count(store, NOON, "A", 5, SERIALS[0], "s-017").differs
    assert reconciliation.differences(store) == []
    assert blanks.left(store, "title") == 5


@pytest.mark.parametrize(
    ("counted", "top"), [(4, SERIALS[0]), (6, SERIALS[0]), (5, SERIALS[1]), (0, None)], ids=["less", "more", "other top", "none"]
)
async def test_a_difference_blocks_printing_until_two_have_settled_it(terminal: Terminal, counted: int, top: str | None) -> None:
    store = terminal.store
    assert reconciliation.count(store, NOON, "A", counted, top, "s-017").differs
    assert blanks.left(store, "title") == 0
    with pytest.raises(IssuanceStopped) as stop:
        await terminal.issue("cert-1", "auth-1")
    assert (stop.value.reason, stop.value.unknown) == ("no-blank", False)
    assert not reconciliation.count(store, NOON, "A", 5, SERIALS[0], "s-017").differs
    assert blanks.left(store, "title") == 0, "a second count by one person settles nothing"
    with pytest.raises(BlankError, match="two"):
        reconciliation.settle(store, NOON, "A", 5, SERIALS[0], ("s-017", "s-017"))
    reconciliation.settle(store, NOON, "A", 5, SERIALS[0], TWO)
    assert reconciliation.differences(store) == []
    assert (await terminal.issue("cert-1", "auth-2")).serial == SERIALS[0]


def test_missing_sheets_are_named_and_the_rest_must_agree(store: Store, ledger: Ledger) -> None:
    reconciliation.count(store, NOON, "A", 4, SERIALS[1], "s-017")
    with pytest.raises(BlankError, match="the ledger then has 4"):
        reconciliation.settle(store, NOON, "A", 4, SERIALS[0], TWO, missing=[SERIALS[0]])
    with pytest.raises(BlankError):
        reconciliation.settle(store, NOON, "A", 5, SERIALS[0], TWO, missing=[MORE[0]])
    assert where(store)[SERIALS[0]] is BlankState.LOADED, "what is not settled moves nothing"
    reconciliation.settle(store, NOON, "A", 4, SERIALS[1], TWO, missing=[SERIALS[0]])
    assert where(store)[SERIALS[0]] is BlankState.MISSING
    blanks.hand_out(store, NOON, [SERIALS[0]], "s-017")  # it was found behind the tray
    settled(ledger, store)


def test_a_sheet_that_ought_to_be_elsewhere_is_taken_out(store: Store, ledger: Ledger) -> None:
    blanks.receive(store, NOON, "title", MORE[:1], TWO)
    reconciliation.count(store, NOON, "A", 6, MORE[0], "s-017")
    with pytest.raises(BlankError, match="never received"):
        reconciliation.settle(store, NOON, "A", 5, SERIALS[0], TWO, found=[MORE[5]])
    reconciliation.settle(store, NOON, "A", 5, SERIALS[0], TWO, found=MORE[:1])
    assert where(store)[MORE[0]] is BlankState.AT_TERMINAL
    settled(ledger, store)


def test_a_bin_is_counted_when_no_blank_of_it_is_bound(store: Store, ledger: Ledger) -> None:
    bring(ledger, State.UNKNOWN)
    with pytest.raises(BlankError, match="its issuance ends first"):
        reconciliation.count(store, NOON, "A", 4, SERIALS[1], "s-017")


def test_the_day_sheet_adds_up_and_says_every_move(store: Store, ledger: Ledger, tmp_path: Path) -> None:
    bring(ledger, State.TAKEN, "auth-1", "cert-1")
    ledger.settled(bring(ledger, State.UNKNOWN, "auth-2", "cert-2"), State.SPOILED, TWO)
    reconciliation.count(store, NOON, "A", 2, SERIALS[2], "s-017")
    reconciliation.settle(store, NOON, "A", 2, SERIALS[3], TWO, missing=[SERIALS[2]])
    sheet = day_sheet(store, "xy-01", NOON.date(), UTC)
    (line,) = sheet.bins
    assert line.balanced
    assert (line.opening, line.loaded, line.issued, line.spoiled, line.missing, line.closing) == (0, 5, 1, 1, 1, 2)
    assert (line.counted, line.difference, line.settled_by) == (2, -1, "s-017 s-021")
    rows = list(csv.reader(io.StringIO(sheet.csv())))
    assert rows[0][:4] == ["terminal", "day", "bin", "kind"]
    assert len(rows) == 4 + len(sheet.moves)
    (tmp_path / "day.pdf").write_bytes(sheet.pdf())
    said = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "day.pdf"), "-"], check=True, capture_output=True, text=True
    ).stdout
    for words in ("空白证书日结表", "xy-01", NOON.date().isoformat(), SERIALS[0], SERIALS[2], "缺失"):
        assert words in said
    following = day_sheet(store, "xy-01", NOON.date() + timedelta(days=1), UTC)
    assert [(line.opening, line.closing) for line in following.bins] == [(2, 2)]
    assert following.moves == ()


# ---- serials in short ------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from(["", "J", "D"]), st.integers(1, 10**11 - 200), st.integers(1, 40)), max_size=5))
def test_runs_come_back_as_they_were(runs: list[tuple[str, int, int]]) -> None:
    serials = [f"{letter}{first + index:011d}" for letter, first, count in runs for index in range(count)]
    assert from_runs(in_runs(serials)) == serials

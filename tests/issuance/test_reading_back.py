"""A unit that reads the serial of the blank it has drawn: what is not the ledger's blank is never printed on and never given out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.issuance import blanks, reconciliation, replay
from kiosk.issuance.blanks import BlankState
from kiosk.issuance.issue import IssuanceStopped, Issuer
from kiosk.issuance.ledger import Issuance
from kiosk.issuance.reading_back import DrawingUnclear, NotDrawn
from kiosk.issuance.recovery import recover
from kiosk.issuance.states import State
from kiosk.platform.types import Authorisation
from kiosk.registration.record import Registration
from offline_cache import journal
from offline_cache.store import Store
from tests.issuance.hall import NOON, SERIALS, Fuse, Mishap, PowerCut, Terminal, World, authorisation, load, registration

TWO = ("s-017", "s-021")


class Unit:
    """Draws what lies on top of its bin. `bin` is what really lies there."""

    def __init__(self, serials: list[str], fuse: Fuse) -> None:
        self.bin = serials
        self.fuse = fuse
        self.path: str | None = None
        self.rejected: list[str] = []
        self.blind = False
        self.fails: Exception | None = None
        self.reject_fails = False

    def draw(self) -> str:
        if self.fails:
            raise self.fails
        self.fuse.step("before drawing")
        self.path = self.bin.pop(0)
        self.fuse.step("after drawing")
        return "" if self.blind else self.path

    def reject(self) -> None:
        if self.reject_fails:
            raise DrawingUnclear("media-jam")
        assert self.path
        self.rejected.append(self.path)
        self.path = None


def _trusted(_: Authorisation, __: Registration) -> None:
    """Every authorisation is right."""


@pytest.fixture
def terminal(path: Path, world: World) -> Iterator[Terminal]:
    started = Terminal(path, world)
    load(started.store)
    yield started
    started.off()


@pytest.fixture
def unit(terminal: Terminal) -> Unit:
    unit = Unit(list(SERIALS[:5]), terminal.fuse)
    terminal.issuer.close()
    terminal.issuer = Issuer(terminal.ledger, terminal.typesetting, terminal.press, terminal.press, _trusted, serial_reader=unit)
    return unit


def prints(terminal: Terminal, name: str = "auth-1") -> Issuance:
    return asyncio.run(
        terminal.issuer.issue(registration(), lambda: authorisation(name), "0518-120000", lambda _stage, _fraction: None)
    )


def stops(terminal: Terminal, name: str = "auth-1") -> IssuanceStopped:
    with pytest.raises(IssuanceStopped) as stopped:
        prints(terminal, name)
    return stopped.value


def where(store: Store) -> dict[str, BlankState]:
    entries = list(journal.entries(store))
    assert replay.astray(entries) == []
    found = {blank.serial: blank.state for blank in blanks.listed(store)}
    assert replay.blanks_of(entries) == found
    assert all(line.balanced for line in blanks.account(store))
    return found


def test_the_blank_that_the_ledger_has_bound_is_printed_on(terminal: Terminal, unit: Unit, world: World) -> None:
    issuance = prints(terminal)
    assert (issuance.state, issuance.serial, issuance.evidence) == (State.PRESENTED, SERIALS[0], "read-back")
    assert (unit.path, unit.rejected, world.paper) == (SERIALS[0], [], ["auth-1.1"])
    trace = replay.traces(journal.entries(terminal.store))["auth-1"]
    assert trace[:4] == [State.AUTHORISED, State.RESERVED, State.DRAWING, State.SPOOLING]


def test_another_blank_is_rejected_and_the_bin_closed_until_two_have_counted(
    terminal: Terminal, unit: Unit, world: World
) -> None:
    unit.bin = unit.bin[1:]  # two stuck together, or the bin was filled wrongly: the topmost is not there
    stopped = stops(terminal)
    assert (stopped.reason, stopped.unknown) == ("serial-mismatch", False)
    assert (unit.rejected, world.paper) == ([SERIALS[1]], [])
    found = where(terminal.store)
    assert found[SERIALS[0]] is found[SERIALS[1]] is BlankState.SPOILED
    issuance = terminal.ledger.get("auth-1")
    assert issuance is not None
    assert (issuance.state, issuance.reason) == (State.SPOILED, "serial-mismatch")
    assert stops(terminal, "auth-2").reason == "no-blank"
    (difference,) = reconciliation.differences(terminal.store)
    assert (difference.bin, difference.expected_top, difference.top, difference.counted_by) == ("A", *SERIALS[:2], "unit")
    reconciliation.settle(terminal.store, NOON, "A", 3, SERIALS[2], TWO)
    assert prints(terminal, "auth-3").serial == SERIALS[2]


def test_a_blank_that_cannot_be_read_is_void_and_one_only_is_spent_on_it(terminal: Terminal, unit: Unit, world: World) -> None:
    unit.blind = True
    assert stops(terminal).reason == "serial-unreadable"
    assert stops(terminal, "auth-2").reason == "no-blank"
    assert (unit.rejected, world.paper) == ([SERIALS[0]], [])
    assert [serial for serial, state in where(terminal.store).items() if state is BlankState.SPOILED] == [SERIALS[0]]


def test_a_blank_of_nobody_is_rejected_too(terminal: Terminal, unit: Unit, world: World) -> None:
    unit.bin.insert(0, "41009999999")
    assert stops(terminal).reason == "serial-mismatch"
    assert (unit.rejected, world.paper) == (["41009999999"], [])
    assert where(terminal.store)[SERIALS[0]] is BlankState.SPOILED


@pytest.mark.parametrize(
    ("fault", "unknown", "blank"),
    [
        (NotDrawn("media-empty"), False, BlankState.LOADED),
        (DrawingUnclear("media-jam"), True, BlankState.QUARANTINED),
    ],
)
def test_a_unit_that_fails_says_whether_a_blank_has_moved(
    terminal: Terminal, unit: Unit, world: World, fault: NotDrawn | DrawingUnclear, unknown: bool, blank: BlankState
) -> None:
    unit.fails = fault
    stopped = stops(terminal)
    assert (stopped.reason, stopped.unknown, world.paper) == (fault.reason, unknown, [])
    assert where(terminal.store)[SERIALS[0]] is blank


def test_a_wrong_blank_that_cannot_be_put_away_is_for_two_of_the_staff(terminal: Terminal, unit: Unit, world: World) -> None:
    unit.blind = unit.reject_fails = True
    assert stops(terminal).unknown
    assert world.paper == []
    assert where(terminal.store)[SERIALS[0]] is BlankState.QUARANTINED


def test_a_drawn_blank_never_goes_back_to_its_bin_though_nothing_was_printed(
    terminal: Terminal, unit: Unit, world: World
) -> None:
    world.mishap = Mishap.REFUSED
    assert stops(terminal).unknown
    assert world.paper == []
    assert where(terminal.store)[SERIALS[0]] is BlankState.QUARANTINED


@pytest.mark.parametrize("at", [1, 2], ids=["before", "after"])
def test_power_cut_while_the_blank_is_drawn(path: Path, world: World, terminal: Terminal, unit: Unit, at: int) -> None:
    unit.fuse = Fuse(at)
    with pytest.raises(PowerCut):
        prints(terminal)
    terminal.off()
    again = Terminal(path, world)
    ((after, before),) = recover(again.ledger, again.press)
    assert (before, after.state, world.paper) == (State.DRAWING, State.UNKNOWN, [])
    again.ledger.settled(after, State.SPOILED, TWO)
    assert where(again.store)[SERIALS[0]] is BlankState.SPOILED
    again.off()

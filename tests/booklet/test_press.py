"""One booklet as issuance makes it: the real page turner, once-guard and ledger, a printer of the test's own; every movement broken in every way.

What holds whatever breaks: a booklet is given out only whole and with the serial that was bound to it, no command is sent twice, no leaf prints on
another booklet, and what the ledger says afterwards is where the blank is.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any, cast

import pytest
from reportlab.pdfgen.canvas import Canvas

from kiosk.booklets import BookletPress
from kiosk.issuance import blanks
from kiosk.issuance.blanks import BlankState
from kiosk.issuance.issue import IssuanceStopped, Issuer, Page
from kiosk.issuance.ledger import Ledger
from kiosk.issuance.recovery import recover
from kiosk.issuance.states import State
from kiosk.registration.record import Registration
from offline_cache.store import Store
from peripherals.booklet import Act, BookletUnit, DigitTemplates, PageTurner
from peripherals.device import DeviceState, DeviceStatus
from peripherals.printer import CupsPrinter, JobOutcome, JobReport, OnceGuard, PrinterEvidence, PrinterFault
from peripherals.printer.ipp import JobState
from sandbox.devices.serial_port import LineFault
from sandbox.devices.turner import FONT, TurnerFault, VirtualPageTurner
from tests.card_reader.conftest import eventually
from tests.issuance.hall import KEYS, NOON, SERIALS, authorisation, load, registration

TEMPLATES = DigitTemplates.of_font(FONT)
ACTS = [Act.FEED, Act.TURN, Act.TURN, Act.STAMP, Act.EJECT]
"""What a booklet of three pages takes."""


def three_pages() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for number in range(3):
        canvas.drawString(100, 100, f"page {number}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


class Sheets:
    """The sheet printer over the open page, as far as booklets use one. `breaks`: how the next leaves end, by their number."""

    def __init__(self, guard: OnceGuard, under: Callable[[], str | None]) -> None:
        self.guard, self.under = guard, under
        self.pages: list[tuple[str, str | None]] = []
        self.breaks: dict[int, str] = {}
        self.queue: dict[str, JobState] = {}

    def look(self) -> DeviceStatus:
        return DeviceStatus(DeviceState.ONLINE, NOON)

    def submit(self, job_name: str, pdf: bytes) -> int:
        assert pdf.startswith(b"%PDF")
        if self.breaks.get(self._number(job_name)) == "refused":
            raise PrinterFault("nothing spooled")
        self.queue[job_name] = JobState.PENDING
        return len(self.queue)

    def wait(self, job: int, *, give_up_seconds: float) -> JobOutcome:
        name = list(self.queue)[job - 1]
        how = self.breaks.get(self._number(name), "")
        if how == "waits":
            return JobOutcome(False, "media-jam")
        assert self.guard.begin(name), "a leaf is let through once"
        self.pages.append((name, self.under()))
        self.queue[name] = JobState.ABORTED if how else JobState.COMPLETED
        return JobOutcome(not how, how)

    def jobs(self) -> list[JobReport]:
        return [JobReport(number, name, state) for number, (name, state) in enumerate(self.queue.items(), 1)]

    def cancel(self, job_name: str) -> bool:
        self.queue[job_name] = JobState.CANCELED
        return True

    def ask_printer(self, job_name: str) -> PrinterEvidence:
        return PrinterEvidence.BROKEN_OFF

    speaks_for_itself = True

    @staticmethod
    def _number(name: str) -> int:
        return int(name.rpartition(".")[2])


class Room:
    def __init__(self, path: Path, virtual: VirtualPageTurner) -> None:
        self.path, self.virtual = path, virtual
        (path / "once").mkdir()
        self.guard = OnceGuard(path / "once")
        self.turner = PageTurner(str(path / "turner"), seconds=dict.fromkeys(Act, 0.4))
        self.turner.open()
        self.sheets = Sheets(self.guard, lambda: virtual.inside)
        self.store = Store.open(path / "store.db", KEYS)
        self.ledger = Ledger(self.store, lambda: NOON)
        self.serials = load(self.store, 3)
        self.press = self.new_press()

    def new_press(self) -> BookletPress:
        unit = BookletUnit(self.turner, self.virtual.photograph, TEMPLATES, stamps=True)
        return BookletPress(unit, self.turner, cast("CupsPrinter", self.sheets), self.guard, give_up_seconds=1)

    def page(self, registration: Registration, serial: str) -> Page:
        return Page(three_pages(), "digest")

    async def makes(self) -> str:
        """Issue once; the state it ends in, with the reason where it stopped."""
        issuer = Issuer(self.ledger, self, self.press, self.press, lambda _authorisation, _registration: None)
        try:
            issuance = await issuer.issue(
                registration("cert-1"), lambda: authorisation("auth-1", "cert-1"), "0518-1", lambda _stage, _fraction: None
            )
            return issuance.state.value
        except IssuanceStopped as stop:
            found = self.ledger.get("auth-1")
            assert found is not None
            assert stop.unknown is (found.state is State.UNKNOWN)
            return f"{found.state}: {stop.reason}"
        finally:
            issuer.close()

    def blank(self, serial: str) -> BlankState:
        return next(each.state for each in blanks.listed(self.store) if each.serial == serial)

    def holds(self) -> None:
        """What holds whatever has happened."""
        moves = self.virtual.moves
        assert moves[: len(ACTS)] == ACTS[: len(moves)] or moves[-1] is Act.REJECT, moves
        assert moves.count(Act.FEED) <= 1
        names = [name for name, _ in self.sheets.pages]
        assert len(names) == len(set(names))
        assert {under for _, under in self.sheets.pages} <= {SERIALS[0]}
        issuance = self.ledger.get("auth-1")
        assert issuance is not None
        if self.virtual.outlet is not None:
            assert len(names) == 3
        if issuance.state is State.GIVEN_BACK:
            assert (self.virtual.stack[0], names) == (SERIALS[0], [])
        if issuance.state is State.SPOILED:
            assert self.virtual.rejected == [SERIALS[0]]


@pytest.fixture
def room(tmp_path: Path) -> Generator[Room]:
    with VirtualPageTurner(tmp_path / "turner", list(SERIALS[:3])) as virtual:
        made = Room(tmp_path, virtual)
        try:
            eventually(lambda: made.turner.status().usable)
            yield made
        finally:
            made.turner.close()
            made.store.close()


async def test_it_is_made_page_by_page_and_laid_in_the_outlet(room: Room) -> None:
    assert await room.makes() == "presented"
    assert room.virtual.moves == ACTS
    assert [name for name, _ in room.sheets.pages] == ["auth-1.1", "auth-1.2", "auth-1.3"]
    assert (room.virtual.outlet, room.virtual.stamped) == (SERIALS[0], [SERIALS[0]])
    room.holds()


@pytest.mark.parametrize("act", range(len(ACTS)))
@pytest.mark.parametrize("fault", ["refuse", "jam", "mute", "mute-end"])
async def test_every_movement_broken_in_every_way(room: Room, fault: TurnerFault, act: int) -> None:
    room.virtual.fault, room.virtual.fault_in = fault, act
    ended = await room.makes()
    if fault == "refuse" and act == 0:
        assert ended.startswith("given-back")
        assert room.blank(SERIALS[0]) is BlankState.LOADED
    else:
        assert ended.startswith("unknown")
        assert room.blank(SERIALS[0]) is BlankState.QUARANTINED
    assert len(room.virtual.moves) == act + 1, "nothing moves after that"
    room.holds()


@pytest.mark.parametrize("fault", ["silence", "wrong-checks", "half-frames"])
async def test_a_bad_line_moves_nothing_twice(room: Room, fault: LineFault) -> None:
    room.virtual.port.fault(fault)
    assert (await room.makes()).startswith("unknown")
    assert room.virtual.moves == [Act.FEED]
    room.holds()


@pytest.mark.parametrize(
    ("leaf", "how", "ended"), [(1, "refused", "spoiled"), (2, "aborted", "spoiled"), (3, "waits", "spoiled")]
)
async def test_a_leaf_that_did_not_come_out_puts_the_booklet_away(room: Room, leaf: int, how: str, ended: str) -> None:
    room.sheets.breaks[leaf] = how
    assert await room.makes() == f"{ended}: print-failed"
    assert (room.virtual.rejected, room.virtual.outlet) == ([SERIALS[0]], None)
    assert all(state.ended for state in room.sheets.queue.values()), "nothing waits to be printed on the next booklet"
    room.holds()


async def test_a_smudged_serial_is_spoiled_and_another_one_quarantines_the_bin(room: Room) -> None:
    room.virtual.stack[:2] = [SERIALS[1], SERIALS[0]]
    assert await room.makes() == "unknown: serial-mismatch"
    assert (room.blank(SERIALS[1]), room.blank(SERIALS[0])) == (BlankState.SPOILED, BlankState.QUARANTINED)
    assert (room.virtual.rejected, room.sheets.pages) == ([SERIALS[1]], [])
    assert blanks.left(room.store, "title") == 0


@pytest.mark.parametrize("state", [State.SPOOLING, State.PRINTING])
@pytest.mark.parametrize("begun", [False, True])
async def test_after_a_crash_a_feed_that_was_begun_is_unknown_and_one_that_was_not_is_given_back(
    room: Room, state: State, begun: bool
) -> None:
    issuance = room.ledger.reserved(room.ledger.authorised(authorisation("auth-1", "cert-1"), "title", "0518-1"))
    issuance = room.ledger.spooling(issuance, "digest")
    if state is State.PRINTING:
        room.ledger.printing(issuance)
    if begun:
        assert room.guard.begin("auth-1.0")
    (found,) = await asyncio.to_thread(recover, room.ledger, room.new_press())
    assert found[0].state is (State.UNKNOWN if begun else State.GIVEN_BACK)
    assert room.virtual.moves == []
    assert not room.guard.begin("auth-1.0"), "it is never fed again under that authorisation"
    assert not room.guard.begin("auth-1.2"), "nor is any leaf printed"


def test_after_staff_have_looked_the_unit_goes_on(room: Room) -> None:
    room.virtual.fault = "mute"
    assert asyncio.run(cast("Any", room.makes())).startswith("unknown")
    assert room.turner.status().reasons == ("effect-unknown",)
    room.press.looked()
    eventually(lambda: room.turner.status().usable)

"""Whatever dies, the unit's own log shows a certificate once. Stock CUPS, killed the same way, shows it twice."""

from __future__ import annotations

import time

import pytest

from peripherals.printer import GuardEvidence, PrinterEvidence, QueueEvidence
from tests.printer.conftest import PATIENCE, SERIALS, MakeRoom, PrintRoom, eventually, in_background, page_of

pytestmark = pytest.mark.device


@pytest.mark.parametrize("milliseconds", [0, 5, 20])
def test_cupsd_killed_right_after_submission(room: PrintRoom, milliseconds: int) -> None:
    room.printer.submit("a1b2c3.1", page_of("x"))
    time.sleep(milliseconds / 1000)
    room.daemon.kill()
    room.daemon.start()
    eventually(lambda: room.printer.status().usable)
    job_is_over(room)
    assert len(room.unit.printed) <= 1
    if room.guard.evidence("a1b2c3.1") is GuardEvidence.NEVER_SEEN:
        assert room.unit.printed == []
    if room.printer.ask_printer("a1b2c3.1") is PrinterEvidence.PRINTED:
        assert room.sheets("a1b2c3.1") == SERIALS[:1]


def test_cupsd_killed_while_the_sheet_is_printed_the_citizen_still_gets_it(make_room: MakeRoom) -> None:
    room = make_room(seconds=0.6)
    job = room.printer.submit("a1b2c3.1", page_of("x"))
    room.at_work_on("a1b2c3.1")
    room.daemon.kill()
    restarted = in_background(room.daemon.start)
    outcome = room.printer.wait(job, give_up_seconds=PATIENCE)
    restarted.join()
    assert outcome.completed
    job_is_over(room)
    assert room.sheets("a1b2c3.1") == SERIALS[:1]
    assert room.guard.evidence("a1b2c3.1") is GuardEvidence.DELIVERED
    assert room.printer.find("a1b2c3.1") is QueueEvidence.ENDED_OTHERWISE, "the second run of it was refused"
    assert room.prints("d4e5f6.1").completed


def test_cupsd_killed_and_gone_for_good_the_printer_itself_says_that_it_printed(make_room: MakeRoom) -> None:
    room = make_room(seconds=0.4)
    job = room.printer.submit("a1b2c3.1", page_of("x"))
    room.at_work_on("a1b2c3.1")
    room.daemon.kill()
    assert room.printer.wait(job, give_up_seconds=PATIENCE).completed
    assert len(room.sheets("a1b2c3.1")) == 1


def test_everything_killed_at_once_as_by_a_power_cut(make_room: MakeRoom) -> None:
    room = make_room(seconds=0.6)
    room.printer.submit("a1b2c3.1", page_of("x"))
    room.at_work_on("a1b2c3.1")
    room.daemon.kill(backends_too=True)
    eventually(lambda: not room.guard.running("a1b2c3.1"))
    assert room.guard.evidence("a1b2c3.1") is GuardEvidence.STARTED, "bytes may have reached the unit"
    room.daemon.start()
    job_is_over(room)
    eventually(lambda: room.unit.working_on is None)
    assert room.sheets("a1b2c3.1") == SERIALS[:1]
    assert room.guard.evidence("a1b2c3.1") is GuardEvidence.STARTED


def test_killed_three_times_over_one_job(make_room: MakeRoom) -> None:
    room = make_room(seconds=1.0)
    job = room.printer.submit("a1b2c3.1", page_of("x"))
    for _ in range(3):
        room.daemon.kill()
        room.daemon.start()
        eventually(lambda: room.printer.find("a1b2c3.1") is not QueueEvidence.SILENT)
    room.printer.wait(job, give_up_seconds=PATIENCE)
    job_is_over(room)
    assert len(room.unit.printed) <= 1


def test_the_printer_dies_before_the_page_reaches_it(make_room: MakeRoom) -> None:
    room = make_room()
    room.unit.fault("offline")
    assert room.sees("offline").usable is False
    job = room.printer.submit("a1b2c3.1", page_of("x"))
    outcome = room.printer.wait(job, give_up_seconds=1.0)
    assert not outcome.completed
    assert room.printer.cancel("a1b2c3.1")
    room.ended("a1b2c3.1")
    room.unit.fault(None)
    assert room.sees().usable
    assert room.printer.ask_printer("a1b2c3.1") is PrinterEvidence.NOT_PRINTED
    assert room.prints("d4e5f6.1").completed
    assert room.unit.printed[0].job_name == "d4e5f6.1"


def test_stock_cups_killed_the_same_way_prints_it_twice(make_room: MakeRoom) -> None:
    """The reason for the guard, and the proof that the tests above can fail."""
    room = make_room(seconds=0.4, guarded=False)
    room.printer.submit("a1b2c3.1", page_of("x"))
    room.at_work_on("a1b2c3.1")
    room.daemon.kill()
    room.daemon.start()
    eventually(lambda: len(room.unit.printed) == 2)
    assert room.sheets("a1b2c3.1") == SERIALS[:2]


def job_is_over(room: PrintRoom) -> None:
    eventually(lambda: room.printer.find("a1b2c3.1") is not QueueEvidence.SILENT)
    room.ended("a1b2c3.1")

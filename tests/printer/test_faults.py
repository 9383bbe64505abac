"""What the unit says, staff hear: every fault has its word, and goes away by itself when it is mended."""

from __future__ import annotations

import time
from typing import Literal

import pytest

from kiosk.doctor.examination import of_queue
from kiosk.doctor.findings import Verdict
from peripherals.device import DeviceState
from peripherals.printer import CupsPrinter, JobOutcome, PrinterEvidence, QueueEvidence
from peripherals.printer.condition import Condition
from peripherals.printer.faults import QueueUnguarded
from peripherals.printer.ipp import PrinterState, Reason, Severity, reasons_of
from sandbox.devices.cups import QUEUE
from sandbox.devices.printer import Fault
from tests.printer.conftest import PATIENCE, SERIALS, MakeRoom, PrintRoom, eventually, page_of


@pytest.mark.device
def test_each_fault_is_told_and_mends(room: PrintRoom) -> None:
    stories: list[tuple[Fault, DeviceState, str]] = [
        ("jam", DeviceState.HARDWARE_ERROR, "media-jam"),
        ("media-empty", DeviceState.HARDWARE_ERROR, "media-empty"),
        ("cover-open", DeviceState.HARDWARE_ERROR, "cover-open"),
        ("door-open", DeviceState.HARDWARE_ERROR, "door-open"),
        ("toner-empty", DeviceState.HARDWARE_ERROR, "toner-empty"),
        ("output-area-full", DeviceState.HARDWARE_ERROR, "output-area-full"),
        ("offline", DeviceState.OFFLINE, "offline"),
        ("garbage", DeviceState.OFFLINE, "offline"),
    ]
    for fault, state, reason in stories:
        room.unit.fault(fault)
        seen = room.sees(reason)
        assert seen.state is state
        assert seen.detail and not seen.usable
        room.unit.fault(None)
        assert room.sees().state is DeviceState.ONLINE
    told = [room.told.get_nowait() for _ in range(room.told.qsize())]
    assert [status.reasons for status in told[:3]] == [(), ("media-jam",), ()]


@pytest.mark.device
def test_a_silent_printer_is_offline_and_does_not_hang_the_watch(room: PrintRoom) -> None:
    room.unit.fault("silent")
    assert room.sees("offline").state is DeviceState.OFFLINE
    room.unit.fault(None)
    assert room.sees().usable


@pytest.mark.device
def test_few_blanks_are_a_warning_the_last_one_still_prints(make_room: MakeRoom) -> None:
    room = make_room(blanks=SERIALS[:1])
    low = room.sees("media-low")
    assert low.usable
    assert room.prints("last.1").completed
    assert room.sheets("last.1") == SERIALS[:1]
    assert room.sees("media-empty").state is DeviceState.HARDWARE_ERROR
    room.unit.load(SERIALS[1:])
    assert room.sees().usable
    assert room.prints("next.1").completed


@pytest.mark.device
def test_a_jam_costs_its_sheet_and_the_unit_does_not_claim_to_have_printed(make_room: MakeRoom) -> None:
    room = make_room(seconds=0.4)
    room.unit.fault("jam-next")
    outcome = room.prints("jammed.1")
    assert outcome == JobOutcome(False, "media-jam")
    room.printer.cancel("jammed.1")
    room.ended("jammed.1")
    assert room.unit.stuck == SERIALS[:1]
    assert room.unit.printed == []
    assert room.printer.ask_printer("jammed.1") is PrinterEvidence.BROKEN_OFF
    room.unit.fault(None)
    assert room.sees().usable
    assert room.prints("next.1").completed
    assert room.sheets("next.1") == SERIALS[1:2]


@pytest.mark.device
def test_a_job_that_the_unit_gives_up_is_not_called_printed(make_room: MakeRoom) -> None:
    room = make_room(seconds=60)
    job = room.printer.submit("given-up.1", page_of("x"))
    room.at_work_on("given-up.1")
    room.unit.fault("abort")
    outcome = room.printer.wait(job, give_up_seconds=PATIENCE)
    assert not outcome.completed
    assert outcome.reason in ("aborted", "cancelled"), "one job in seven that the unit gives up is 'completed' to CUPS"
    room.ended("given-up.1")
    assert room.printer.ask_printer("given-up.1") is PrinterEvidence.BROKEN_OFF
    assert room.unit.printed == []


@pytest.mark.device
@pytest.mark.parametrize("limits", ["kept", "ignored", "refused"])
def test_a_unit_that_remembers_all_that_it_ever_printed_is_heard(
    room: PrintRoom, limits: Literal["kept", "ignored", "refused"]
) -> None:
    """Found by a day of 500 visits: after some three hundred sheets its answer had more attributes than were taken, and it counted as silent."""
    room.unit.limits = limits
    room.unit.remember(2500)
    assert room.prints("a1b2c3.1") == JobOutcome(True)
    assert room.printer.ask_printer("a1b2c3.1") is PrinterEvidence.PRINTED
    assert room.printer.ask_printer("earlier.1") is PrinterEvidence.PRINTED
    assert room.printer.ask_printer("never.1") is PrinterEvidence.NOT_PRINTED


@pytest.mark.device
def test_a_unit_that_tells_nothing_of_its_jobs_is_not_waited_for_to_the_end(
    room: PrintRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its word is missing, so issuance judges by the others (docs/reliability.md); but nobody stands there for three minutes."""
    monkeypatch.setattr("peripherals.printer.cups.DUMB_SECONDS", 1.0)
    room.unit.limits = "dumb"
    job = room.printer.submit("a1b2c3.1", page_of("x"))
    began = time.monotonic()
    assert room.printer.wait(job, give_up_seconds=10 * PATIENCE) == JobOutcome(False, "gave-up")
    assert time.monotonic() - began < PATIENCE
    assert room.printer.find("a1b2c3.1") is QueueEvidence.COMPLETED
    assert room.printer.ask_printer("a1b2c3.1") is PrinterEvidence.SILENT


@pytest.mark.device
def test_completed_by_cupss_word_alone_is_not_printed(room: PrintRoom) -> None:
    backend = room.daemon.backends / "ipp"
    backend.unlink()
    backend.write_text("#!/bin/sh\nexit 0\n")
    backend.chmod(0o755)
    assert room.prints("a1b2c3.1") == JobOutcome(False, "unconfirmed")
    assert room.printer.find("a1b2c3.1") is QueueEvidence.COMPLETED
    assert room.printer.ask_printer("a1b2c3.1") is PrinterEvidence.NOT_PRINTED
    assert room.unit.printed == []


@pytest.mark.device
def test_a_cover_opened_while_printing_ends_the_wait_with_its_word(make_room: MakeRoom) -> None:
    room = make_room(seconds=60)
    job = room.printer.submit("a1b2c3.1", page_of("x"))
    room.at_work_on("a1b2c3.1")
    room.unit.fault("cover-open")
    assert room.printer.wait(job, give_up_seconds=PATIENCE) == JobOutcome(False, "cover-open")
    room.printer.cancel("a1b2c3.1")


@pytest.mark.device
def test_the_guard_without_its_directory_closes_the_printer(room: PrintRoom) -> None:
    room.guard.directory.rename(room.guard.directory.with_name("gone"))
    assert room.sees("once-guard-unreadable").state is DeviceState.HARDWARE_ERROR
    room.guard.directory.with_name("gone").rename(room.guard.directory)
    assert room.sees().usable


@pytest.mark.device
def test_a_queue_past_the_guard_prints_nothing(make_room: MakeRoom) -> None:
    room = make_room(guarded=False)
    printer = CupsPrinter(queue=QUEUE, server=str(room.daemon.socket_path), guard=room.guard)
    assert printer.look().reasons == ("queue-unguarded",)
    found = of_queue("queue", str(room.daemon.socket_path), QUEUE)
    assert (found.verdict, "does not print through the once-guard" in found.said) == (Verdict.WRONG, True)
    with pytest.raises(QueueUnguarded):
        printer.submit("a1b2c3.1", page_of("past the guard"))
    assert room.printer.jobs() == []


def test_nobody_has_looked_yet_and_nobody_looks_any_more() -> None:
    printer = CupsPrinter(server="/nonexistent/cups.sock")
    assert printer.status().reasons == ("not-open",)
    printer.open()
    printer.open()
    eventually(lambda: printer.status().reasons == ("print-service-down",))
    printer.close()
    printer.close()
    assert printer.status().reasons == ("not-open",)


def test_severity_is_heard() -> None:
    assert Reason.of("media-empty-warning") == Reason("media-empty", Severity.WARNING)
    assert Reason.of("cover-open") == Reason("cover-open", Severity.ERROR)
    assert reasons_of(["none"]) == ()
    assert reasons_of(["toner-low-report", "media-jam-error", "toner-low-warning"]) == (
        Reason("toner-low", Severity.WARNING),
        Reason("media-jam", Severity.ERROR),
    )


@pytest.mark.parametrize(
    ("state", "keywords", "stopping"),
    [
        (PrinterState.IDLE, ["none"], None),
        (PrinterState.IDLE, ["media-empty-warning"], None),
        (PrinterState.STOPPED, ["media-empty-warning"], "media-empty"),
        (PrinterState.STOPPED, ["media-empty-report"], None),
        (PrinterState.IDLE, ["media-empty-error"], "media-empty"),
        (PrinterState.IDLE, ["cover-open"], "cover-open"),
        (PrinterState.STOPPED, ["offline", "media-jam-error"], "media-jam"),
        (PrinterState.PROCESSING, ["toner-low-error"], None),
        (PrinterState.IDLE, ["com.vendor-fuser-hot-error"], "other"),
        (PrinterState.IDLE, ["com.vendor-fuser-hot", "other"], None),
        (PrinterState.IDLE, ["com.vendor-roller-worn-warning", "com.vendor-toner-almost-empty-error"], None),
        (PrinterState.IDLE, ["com.vendor-fuser-hot-error", "media-jam-error"], "media-jam"),
        (PrinterState.IDLE, ["com.dazheng.once-refused-error"], None),
    ],
)
def test_what_stops_a_printer(state: PrinterState, keywords: list[str], stopping: str | None) -> None:
    assert Condition.of(state, keywords).stopping == stopping


@pytest.mark.parametrize("state", [None, 0, 6, "idle", b"", 3.5])
def test_a_state_that_nobody_knows_is_no_state_to_print_in(state: object) -> None:
    assert Condition.of(state, []).state is PrinterState.STOPPED


def test_reasons_come_worst_first() -> None:
    condition = Condition.of(PrinterState.STOPPED, ["toner-low-warning", "com.vendor-odd-report", "media-jam-error"])
    assert condition.words == ("media-jam", "toner-low", "com.vendor-odd")
    condition = Condition.of(PrinterState.IDLE, ["toner-low-warning", "com.vendor-hot-error"])
    assert condition.words == ("other", "com.vendor-hot", "toner-low")

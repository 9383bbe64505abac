"""A certificate is printed once, as typeset, and said to be printed when it is: through a real cupsd."""

from __future__ import annotations

import subprocess

import cups
import pytest

from peripherals.device import DeviceState, Turn
from peripherals.printer import GuardEvidence, PrinterEvidence, QueueEvidence
from peripherals.printer.faults import (
    JobNameRefused,
    JobRefusedRepeat,
    NothingSpooled,
    PrintServiceDown,
    QueueBusy,
    QueueMissing,
    QueueRejects,
)
from peripherals.printer.ipp import JobState
from sandbox.devices.cups import QUEUE
from tests.printer.conftest import SERIALS, MakeRoom, PrintRoom, digest, page_of

pytestmark = pytest.mark.device


def lp(room: PrintRoom, title: str, *options: str) -> None:
    """What anyone at a shell can do."""
    subprocess.run(
        ["lp", "-h", str(room.daemon.socket_path), "-d", QUEUE, "-t", title, *options],
        input=page_of(title),
        check=True,
        capture_output=True,
    )


def test_a_page_comes_out_once_with_the_bytes_that_were_typeset(room: PrintRoom) -> None:
    pdf = page_of("certificate")
    outcome = room.prints("a1b2c3.1", pdf)
    assert outcome.completed
    sheet = room.unit.take()
    assert sheet is not None
    assert (sheet.job_name, sheet.serial, sheet.digest) == ("a1b2c3.1", SERIALS[0], digest(pdf))
    assert sheet.path.read_bytes() == pdf

    room.ended("a1b2c3.1")
    assert room.guard.evidence("a1b2c3.1") is GuardEvidence.DELIVERED
    assert room.guard.document_digest("a1b2c3.1") == digest(pdf)
    assert room.printer.find("a1b2c3.1") is QueueEvidence.COMPLETED
    assert room.printer.ask_printer("a1b2c3.1") is PrinterEvidence.PRINTED


def test_one_after_another_each_on_the_next_blank(room: PrintRoom) -> None:
    for number in range(3):
        assert room.prints(f"leaf.{number}").completed
    assert [sheet.serial for sheet in room.unit.printed] == SERIALS[:3]


def test_the_terminal_refuses_a_name_that_it_knows_before_anything_is_spooled(room: PrintRoom) -> None:
    assert room.prints("a1b2c3.1").completed
    with pytest.raises(JobRefusedRepeat):
        room.printer.submit("a1b2c3.1", page_of("again"))
    assert len(room.printer.jobs()) == 1
    assert len(room.sheets("a1b2c3.1")) == 1


def test_whoever_sends_the_name_past_the_terminal_is_refused_by_the_guard(room: PrintRoom) -> None:
    assert room.prints("a1b2c3.1").completed
    room.ended("a1b2c3.1")
    lp(room, "a1b2c3.1")
    room.ended("a1b2c3.1")
    refused = room.printer.job("a1b2c3.1")
    assert refused.state is JobState.CANCELED
    assert "not printed again" in refused.message
    assert len(room.sheets("a1b2c3.1")) == 1
    assert room.prints("d4e5f6.1").completed, "the queue must go on with other names"
    assert room.printer.status().usable


def test_a_refused_job_is_told_apart_from_a_cancelled_one(room: PrintRoom) -> None:
    assert room.prints("a1b2c3.1").completed
    room.ended("a1b2c3.1")
    room.unit.stop()  # so that only the queue and the guard speak
    lp(room, "a1b2c3.1")
    repeat = room.printer.job("a1b2c3.1")
    assert room.printer.wait(repeat.number, give_up_seconds=20).reason == "refused-repeat"
    room.unit.start()


@pytest.mark.parametrize("options", [("-n", "2"), ("-o", "copies=3")])
def test_copies_are_not_a_way_to_two_certificates(room: PrintRoom, options: tuple[str, str]) -> None:
    lp(room, "twice.1", *options)
    room.ended("twice.1")
    assert room.unit.printed == []
    assert room.printer.job("twice.1").state is JobState.CANCELED
    assert room.guard.evidence("twice.1") is GuardEvidence.NEVER_SEEN


def test_restarting_a_finished_job_prints_nothing(room: PrintRoom) -> None:
    assert room.prints("a1b2c3.1").completed
    room.ended("a1b2c3.1")
    subprocess.run(
        ["lp", "-h", str(room.daemon.socket_path), "-i", f"{QUEUE}-1", "-H", "restart"], check=False, capture_output=True
    )
    room.ended("a1b2c3.1")
    assert room.prints("d4e5f6.1").completed
    assert len(room.sheets("a1b2c3.1")) == 1


def test_a_second_job_is_refused_while_one_is_outstanding(make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("peripherals.printer.cups.SETTLING_SECONDS", 0.2)
    room = make_room(seconds=60)
    room.printer.submit("first.1", page_of("first"))
    room.at_work_on("first.1")
    with pytest.raises(QueueBusy) as refusal:
        room.printer.submit("second.1", page_of("second"))
    assert refusal.value.turn is Turn.STAFF
    assert room.printer.find("second.1") is QueueEvidence.NO_SUCH_JOB
    assert room.printer.cancel("first.1")


def test_a_job_that_waits_is_withdrawn_and_can_never_print(make_room: MakeRoom) -> None:
    room = make_room(blanks=[])
    job = room.printer.submit("early.1", page_of("early"))
    outcome = room.printer.wait(job)
    assert (outcome.completed, outcome.reason) == (False, "media-empty")
    assert room.printer.cancel("early.1")
    room.ended("early.1")
    room.unit.load(SERIALS)
    assert room.prints("next.1").completed, "a reason left from the job before must not end this one"
    assert [sheet.job_name for sheet in room.unit.printed] == ["next.1"]


def test_a_withdrawn_name_is_closed_whoever_sends_it(room: PrintRoom) -> None:
    assert room.guard.withdraw("given-back.1")
    assert room.guard.evidence("given-back.1") is GuardEvidence.NEVER_SEEN
    lp(room, "given-back.1")
    room.ended("given-back.1")
    assert room.printer.job("given-back.1").state is JobState.CANCELED
    with pytest.raises(JobRefusedRepeat):
        room.printer.submit("given-back.1", page_of("x"))
    assert room.unit.printed == []


def test_cancelled_at_work_the_blank_goes_back_and_the_guard_does_not_claim_delivery(make_room: MakeRoom) -> None:
    room = make_room(seconds=60)
    room.printer.submit("stopped.1", page_of("stopped"))
    room.at_work_on("stopped.1")
    assert room.printer.cancel("stopped.1")
    room.ended("stopped.1")
    assert room.unit.printed == []
    assert room.unit.blanks_left == len(SERIALS)
    assert room.guard.evidence("stopped.1") is GuardEvidence.FAILED
    assert room.printer.find("stopped.1") is QueueEvidence.ENDED_OTHERWISE


@pytest.mark.parametrize("name", ["张建国", "zhang jianguo", "../../etc/passwd", "", "a/b", "a" * 121, "-n2", "x\ny"])
def test_a_title_that_could_say_who_it_is_for_is_refused(room: PrintRoom, name: str) -> None:
    with pytest.raises(JobNameRefused) as refusal:
        room.printer.submit(name, page_of("x"))
    assert refusal.value.turn is Turn.INTEGRATOR
    assert not name or name not in str(refusal.value)
    assert room.printer.jobs() == []


def test_the_spool_and_the_guard_hold_no_name_but_the_jobs_own(room: PrintRoom) -> None:
    assert room.prints("a1b2c3.1").completed
    room.ended("a1b2c3.1")
    assert [report.name for report in room.printer.jobs()] == ["a1b2c3.1"]
    (token,) = room.guard.directory.iterdir()
    assert "a1b2c3" not in token.name
    assert not list(room.daemon.spool.glob("d*")), "the page does not stay behind in the spool"


def test_a_queue_that_is_not_there_is_the_integrators_turn(room: PrintRoom) -> None:
    room.printer.close()
    other = type(room.printer)(queue="elsewhere", server=str(room.daemon.socket_path))
    with pytest.raises(QueueMissing) as fault:
        other.submit("a1b2c3.1", page_of("x"))
    assert fault.value.turn is Turn.INTEGRATOR
    other.open()
    assert other.status().state is DeviceState.OFFLINE
    assert other.status().reasons == ("queue-missing",)
    other.close()


def test_a_queue_that_takes_no_jobs_or_stands_still_is_staffs_turn(room: PrintRoom) -> None:
    connection = cups.Connection(host=str(room.daemon.socket_path))
    connection.rejectJobs(QUEUE)
    with pytest.raises(QueueRejects) as fault:
        room.printer.submit("a1b2c3.1", page_of("x"))
    assert fault.value.turn is Turn.STAFF
    connection.acceptJobs(QUEUE)

    connection.disablePrinter(QUEUE)
    assert room.sees("paused").state is DeviceState.HARDWARE_ERROR
    connection.enablePrinter(QUEUE)
    assert room.sees().state is DeviceState.ONLINE
    assert room.prints("a1b2c3.1").completed


def test_without_cupsd_nothing_is_spooled_and_everybody_says_so(room: PrintRoom) -> None:
    room.daemon.kill(backends_too=True)
    with pytest.raises(PrintServiceDown) as fault:
        room.printer.submit("a1b2c3.1", page_of("x"))
    assert fault.value.turn is Turn.HEALS
    assert room.sees("print-service-down").state is DeviceState.OFFLINE
    assert room.printer.find("a1b2c3.1") is QueueEvidence.SILENT
    assert not room.printer.cancel("a1b2c3.1")
    # The printer itself can still be asked: its address was learnt while there was a queue.
    assert room.printer.ask_printer("a1b2c3.1") is PrinterEvidence.NOT_PRINTED

    room.daemon.start()
    assert room.sees().state is DeviceState.ONLINE
    assert room.prints("a1b2c3.1").completed


def test_a_job_left_half_handed_over_does_not_hold_up_the_next(room: PrintRoom) -> None:
    connection = cups.Connection(host=str(room.daemon.socket_path))
    connection.createJob(QUEUE, "half.1", {})
    assert room.prints("whole.1").completed
    assert room.printer.find("half.1") is QueueEvidence.ENDED_OTHERWISE
    assert room.sheets("half.1") == []


def test_a_hand_over_that_breaks_off_leaves_nothing(room: PrintRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    real = cups.Connection

    class Breaking:
        """A connection whose far end goes away while the page is written."""

        def __init__(self, host: str) -> None:
            self._real = real(host=host)

        def __getattr__(self, name: str) -> object:
            return getattr(self._real, name)

        def writeRequestData(self, data: bytes, length: int) -> int:
            raise RuntimeError("broken off")

    with monkeypatch.context() as patch:
        patch.setattr("peripherals.printer.cups.cups.Connection", Breaking)
        with pytest.raises(NothingSpooled):
            room.printer.submit("broken.1", page_of("x"))
    assert room.prints("whole.1").completed
    assert room.sheets("broken.1") == []

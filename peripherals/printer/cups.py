"""A certificate printer behind a CUPS queue.

One job at a time, named after the authorisation and nothing else; printed as typeset; followed to its end. What the printer says
(IPP printer-state-reasons) becomes the device's status. Survives cupsd's death: every question uses a connection of its own.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import cups

from peripherals.device import DeviceState, DeviceStatus, EventStream, Listener, StatusChanged
from peripherals.printer import ipp
from peripherals.printer.condition import LAST_WORD, NOT_REACHED, OTHER, STOPPING, Condition
from peripherals.printer.faults import (
    JobNameRefused,
    JobRefusedRepeat,
    NothingSpooled,
    PrinterFault,
    PrintServiceDown,
    QueueBusy,
    QueueMissing,
    QueueRejects,
    QueueUnguarded,
)
from peripherals.printer.ipp import JobState, PrinterState
from peripherals.printer.itself import PrinterEvidence, PrinterItself
from peripherals.printer.once_guard import REFUSED, GuardEvidence, OnceGuard

log = logging.getLogger(__name__)

WATCH_SECONDS = 1.0
POLL_SECONDS = 0.1
SETTLING_SECONDS = 8.0
DUMB_SECONDS = 10.0
"""How long a job that CUPS calls completed is waited for at a printer that answers and tells nothing of its jobs: it never will."""
STALE_SECONDS = 3.0
"""How old a reason of the queue may be that was left from the job before."""
UNGUARDED = "the queue does not print through the once-guard"
JOB_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
"""What a job may be called: an authorisation's id and a leaf. No name, address or ID number with its spaces and ideographs."""
JOB_ATTRIBUTES = ["job-id", "job-state", "job-name", "job-state-reasons", "job-printer-state-message", "job-printer-uri"]


class QueueEvidence(Enum):
    """What the queue says of a job's name."""

    NO_SUCH_JOB = "no-such-job"
    WAITING = "waiting"
    PROCESSING = "processing"
    COMPLETED = "completed"
    ENDED_OTHERWISE = "ended-otherwise"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class JobReport:
    """One job of the queue as CUPS has it."""

    number: int
    name: str
    state: JobState
    reasons: tuple[str, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """How a job ended: `completed`, or with `reason`.

    An IPP word that stopped the printer, or "cancelled", "aborted", "refused-repeat" (the once-guard knows the name), "unconfirmed"
    (CUPS says completed, the printer says that it never had such a job), "forgotten" (CUPS has no such job any more), "gave-up" (not
    ended in the time given), "service-down" (the same, and cupsd is gone).
    """

    completed: bool
    reason: str = ""


class CupsPrinter:
    """A `Device`: the queue `queue` of the cupsd at `server` (a socket's path, or a host name), behind the once-guard `guard`."""

    def __init__(
        self,
        name: str = "printer",
        queue: str = "certificates",
        server: str = "/run/cups/cups.sock",
        guard: OnceGuard | None = None,
    ) -> None:
        self._name = name
        self._queue = queue
        self._server = server
        self._guard = guard
        self._events = EventStream()
        self._status = _not_open()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._first_look = threading.Event()
        self._submitting = threading.Lock()
        self._looking = threading.Lock()
        self._last_job: tuple[int, str] | None = None
        self._itself = PrinterItself("")
        self._past_guard = False

    @property
    def name(self) -> str:
        return self._name

    def open(self) -> None:
        """Start watching the printer's state; returns after the first look."""
        if self._thread is not None:
            return
        self._closing.clear()
        self._first_look.clear()
        self._thread = threading.Thread(target=self._watch, name=f"{self._name} watch", daemon=True)
        self._thread.start()
        self._first_look.wait(5)

    def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._closing.set()
            thread.join(5)
            self._status = _not_open()

    def status(self) -> DeviceStatus:
        return self._status

    def look(self) -> DeviceStatus:
        """The status of this moment: asks now instead of waiting for the next look; blocks some milliseconds (3 s at a dead address)."""
        self._look()
        return self._status

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        return self._events.subscribe(listener)

    # ---- one job ---------------------------------------------------------------------------------------------------------

    def submit(self, job_name: str, pdf: bytes) -> int:
        """Hand over one job and return its number.

        Raises a `PrinterFault` (`JobNameRefused`, `JobRefusedRepeat`, `QueueBusy`, `QueueMissing`, `QueueUnguarded`, `QueueRejects`, `PrintServiceDown`,
        `NothingSpooled`): in each case it is certain that nothing will print. When cupsd dies at the very end the job's number is returned all the same, for then
        nobody knows: `wait` finds out.
        """
        if not JOB_NAME.fullmatch(job_name):
            raise JobNameRefused("a job is called by letters, digits, '.', '_' and '-' only")
        if self._guard is not None and self._guard.knows(job_name):
            raise JobRefusedRepeat("the once-guard knows this job's name")
        if not self._submitting.acquire(blocking=False):
            raise QueueBusy("another job is being handed over")
        try:
            return self._hand_over(job_name, pdf)
        finally:
            self._submitting.release()

    def _hand_over(self, job_name: str, pdf: bytes) -> int:
        connection = self._connect()
        self._look_at_queue(connection)  # a queue that is not there is an "internal error" to whoever creates a job in it
        if self._past_guard:
            raise QueueUnguarded(UNGUARDED)
        self._await_idle(connection)
        with _translated():
            job = connection.createJob(self._queue, job_name, {})
        try:
            connection.startDocument(self._queue, job, job_name, "application/pdf", 1)
            connection.writeRequestData(pdf, len(pdf))
        except (cups.IPPError, cups.HTTPError, RuntimeError) as reason:
            # Without the end of its last document a job never begins; cancelled, it does not hold up the next one either.
            self._cancel_numbers([job])
            raise NothingSpooled(f"handing over failed: {_words(reason)}") from None
        self._last_job = job, job_name
        try:
            connection.finishDocument(self._queue)
        except (cups.IPPError, cups.HTTPError, RuntimeError) as reason:
            log.warning("job %d: end of hand-over not confirmed: %s", job, _words(reason))
        return job

    def _await_idle(self, connection: cups.Connection) -> None:
        """CUPS notices the end of a job up to some seconds after the printer; a job that really is outstanding is not waited for."""
        deadline = time.monotonic() + SETTLING_SECONDS
        while outstanding := self._outstanding(connection):
            # A job whose document never came whole (somebody died handing it over) would block the queue for a quarter of an hour.
            self._cancel_numbers([job.number for job in outstanding if "job-incoming" in job.reasons])
            if time.monotonic() > deadline:
                raise QueueBusy(f"{len(outstanding)} job(s) outstanding")
            time.sleep(POLL_SECONDS)

    def wait(
        self, job: int, on_progress: Callable[[float | None], None] = lambda _: None, *, give_up_seconds: float = 180.0
    ) -> JobOutcome:
        """Follow a job to its end; blocks, never raises. A stopping reason of the printer ends the wait at once.

        The printer itself is asked too, where it can be: CUPS looks at it only after one, two, four … seconds, and may die meanwhile.
        A job that CUPS has given up is followed on as long as the once-guard says that the first run of it lives.
        """
        began = told = time.monotonic()
        report = JobReport(job, self._last_job[1] if self._last_job and self._last_job[0] == job else "", JobState.PENDING)
        while True:
            service_down = False
            try:
                report = self.job(job)
            except PrintServiceDown:
                service_down = True
            except PrinterFault:
                report = replace(report, state=JobState.ABORTED, message="", reasons=("forgotten",))
            waited = time.monotonic() - began
            if outcome := self._outcome(report, waited, service_down=service_down):
                return outcome
            if not (report.state is JobState.COMPLETED and report.name and self._itself.is_dumb(report.name)):
                told = time.monotonic()
            if waited > give_up_seconds or time.monotonic() - told > DUMB_SECONDS:
                return JobOutcome(False, "service-down" if service_down else "gave-up")
            on_progress(None)
            time.sleep(POLL_SECONDS)

    def _outcome(self, report: JobReport, waited: float, *, service_down: bool) -> JobOutcome | None:
        """What one look at a job says of its end."""
        evidence = self.ask_printer(report.name) if report.name else PrinterEvidence.SILENT
        if evidence is PrinterEvidence.PRINTED:
            return JobOutcome(True)
        if report.state is JobState.COMPLETED:
            # CUPS calls a job completed that the printer gave up: its IPP backend ends without an error either way.
            if not self._itself.speaks_ipp:
                return JobOutcome(True)
            if evidence in (PrinterEvidence.WORKING, PrinterEvidence.SILENT):
                return None
        if self._guard is not None and report.name and report.state.ended and self._guard.running(report.name):
            # A scheduler that came back ran the job again and was refused; the run that was let through still goes on.
            return None
        stopping = self._stopping_now(waited, service_down=service_down)
        if stopping or report.state.ended:
            # Asked last: the sheet may have come out since (and have been the bin's last).
            evidence = self.ask_printer(report.name) if report.name else PrinterEvidence.SILENT
            if evidence is PrinterEvidence.PRINTED:
                return JobOutcome(True)
            return JobOutcome(False, stopping or _ended_how(report, evidence))
        return None

    def _stopping_now(self, waited: float, *, service_down: bool) -> str | None:
        """Why the printer stands still, by its own word; by the queue's where the printer cannot be asked."""
        condition = self._itself.condition()
        if condition is None and not service_down and waited > STALE_SECONDS:
            with contextlib.suppress(PrinterFault):
                condition = self._queue_condition(self._connect())
        # A bin that the sheet under way has emptied stops the next job, not this one.
        if condition is None or condition.state is not PrinterState.STOPPED or condition.stopping in NOT_REACHED:
            return None
        return condition.stopping

    def job(self, which: int | str) -> JobReport:
        """A job by its number, or the newest of that name. Raises `QueueMissing` (no such job) or `PrintServiceDown`."""
        connection = self._connect()
        if isinstance(which, str):
            reports = [report for report in self._jobs(connection, "all") if report.name == which]
            if not reports:
                raise QueueMissing("CUPS has no such job")
            return max(reports, key=lambda report: report.number)
        with _translated():
            return _report(which, connection.getJobAttributes(which, requested_attributes=JOB_ATTRIBUTES))

    def jobs(self) -> list[JobReport]:
        """Every job of this queue that CUPS remembers, oldest first. Raises `PrinterFault`."""
        return sorted(self._jobs(self._connect(), "all"), key=lambda report: report.number)

    def cancel(self, job_name: str) -> bool:
        """Take every live job of that name out of the queue. True when the queue then has none (or never had one)."""
        deadline = time.monotonic() + 5.0
        try:
            while live := [job.number for job in self._outstanding(self._connect()) if job.name == job_name]:
                if time.monotonic() > deadline:
                    return False
                self._cancel_numbers(live)
                time.sleep(POLL_SECONDS)
        except PrinterFault as fault:
            log.warning("cancelling not confirmed: %s", fault.detail)
            return False
        return True

    def find(self, job_name: str) -> QueueEvidence:
        """What the queue says of a job by its name; never raises."""
        try:
            states = {report.state for report in self._jobs(self._connect(), "all") if report.name == job_name}
        except PrinterFault:
            return QueueEvidence.SILENT
        if not states:
            return QueueEvidence.NO_SUCH_JOB
        if states & {JobState.PROCESSING, JobState.STOPPED}:
            return QueueEvidence.PROCESSING
        if states & {JobState.PENDING, JobState.HELD}:
            return QueueEvidence.WAITING
        return QueueEvidence.COMPLETED if JobState.COMPLETED in states else QueueEvidence.ENDED_OTHERWISE

    def ask_printer(self, job_name: str, *, seconds: float = 3.0) -> PrinterEvidence:
        """What the printer itself says of a job by its name (its own IPP job list, past the queue); never raises."""
        with contextlib.suppress(PrinterFault):  # cupsd may be gone: then the address that it gave last is asked
            self._look_at_queue(self._connect())
        return self._itself.evidence(job_name, seconds=seconds)

    @property
    def speaks_for_itself(self) -> bool:
        """Whether this printer can be asked about its jobs, past the queue; true too while CUPS has not said where it is."""
        return self._itself.speaks_ipp or not self._itself.uri

    # ---- asking CUPS -----------------------------------------------------------------------------------------------------

    def _connect(self) -> cups.Connection:
        try:
            return cups.Connection(host=self._server)
        except RuntimeError:
            raise PrintServiceDown("cupsd does not answer") from None

    def _jobs(self, connection: cups.Connection, which: str) -> list[JobReport]:
        with _translated():
            jobs = connection.getJobs(which_jobs=which, my_jobs=False, requested_attributes=JOB_ATTRIBUTES)
        mine = f"/printers/{self._queue}"
        return [
            _report(number, attributes)
            for number, attributes in jobs.items()
            if str(attributes.get("job-printer-uri", mine)).endswith(mine)
        ]

    def _outstanding(self, connection: cups.Connection) -> list[JobReport]:
        return self._jobs(connection, "not-completed")

    def _cancel_numbers(self, numbers: list[int]) -> None:
        for number in numbers:
            # It may have ended meanwhile; and if cupsd is gone, whoever needs certainty asks again.
            with contextlib.suppress(PrinterFault), _translated():
                self._connect().cancelJob(number, purge_job=False)

    def _queue_condition(self, connection: cups.Connection) -> Condition:
        attributes = self._look_at_queue(connection)
        return Condition.of(attributes.get("printer-state"), attributes.get("printer-state-reasons", ()))

    def _look_at_queue(self, connection: cups.Connection) -> dict[str, Any]:
        wanted = ["printer-state", "printer-state-reasons", "device-uri"]
        with _translated():
            attributes = connection.getPrinterAttributes(self._queue, requested_attributes=wanted)
        uri = str(attributes.get("device-uri", ""))
        self._past_guard = self._guard is not None and bool(uri) and not uri.startswith("once:")
        if uri and PrinterItself(uri).uri != self._itself.uri:
            self._itself = PrinterItself(uri)
        return attributes

    # ---- watching --------------------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        try:
            while not self._closing.is_set():
                self._look()
                self._first_look.set()
                self._closing.wait(WATCH_SECONDS)
        finally:
            if not self._closing.is_set():
                # Never leave "online" standing when nobody looks any more.
                self._status = DeviceStatus(
                    DeviceState.OFFLINE, datetime.now(UTC), ("watch-ended",), "nobody watches the printer"
                )

    def _look(self) -> None:
        """Ask the queue, and the printer behind it: while no job runs, CUPS itself does not look at the printer."""
        with self._looking:
            self._look_in_turn()

    def _look_in_turn(self) -> None:
        if self._guard is not None and self._guard.evidence("doctor") is GuardEvidence.SILENT:
            self._set(DeviceState.HARDWARE_ERROR, ("once-guard-unreadable",), "the once-guard's directory cannot be read")
            return
        try:
            queue = self._queue_condition(self._connect())
        except PrinterFault as fault:
            self._set(DeviceState.OFFLINE, (fault.code,), fault.detail)
            return
        if self._past_guard:
            self._set(DeviceState.HARDWARE_ERROR, (QueueUnguarded.code,), UNGUARDED)
            return
        own = self._itself.condition()
        # With the printer's own word at hand, what CUPS remembers of the last job is old news; that somebody paused it is not.
        paused = tuple(reason for reason in queue.reasons if reason.word in ("paused", "moving-to-paused"))
        condition = queue if own is None else Condition(own.state, paused + own.reasons)
        if stopping := condition.stopping:
            state = DeviceState.OFFLINE if stopping in NOT_REACHED else DeviceState.HARDWARE_ERROR
            left = own is None and queue.state is PrinterState.IDLE
            makers = f" ({', '.join(condition.words[1:])})" if stopping == OTHER else ""
            detail = (
                STOPPING[stopping] + makers + (", by its last job: it cannot be asked, a test page will tell" if left else "")
            )
            self._set(state, condition.words + ((LAST_WORD,) if left else ()), detail)
        elif PrinterState.STOPPED in (condition.state, queue.state):
            self._set(DeviceState.HARDWARE_ERROR, condition.words or ("other",), "the printer has stopped")
        else:
            busy = PrinterState.PROCESSING in (condition.state, queue.state)
            self._set(DeviceState.BUSY if busy else DeviceState.ONLINE, condition.words, ", ".join(condition.words))

    def _set(self, state: DeviceState, reasons: tuple[str, ...], detail: str) -> None:
        if (state, reasons) == (self._status.state, self._status.reasons):
            self._status = replace(self._status, detail=detail)
            return
        self._status = DeviceStatus(state, datetime.now(UTC), reasons, detail)
        log.info("%s: %s %s", self._name, state, " ".join(reasons))
        self._events.emit(StatusChanged(self._name, self._status))


def _not_open() -> DeviceStatus:
    return DeviceStatus(DeviceState.OFFLINE, datetime.now(UTC), ("not-open",), "not opened yet")


def _report(number: int, attributes: dict[str, Any]) -> JobReport:
    reasons = attributes.get("job-state-reasons", ())
    words = (reasons,) if isinstance(reasons, str) else tuple(str(word) for word in reasons)
    state = attributes.get("job-state")
    return JobReport(
        number,
        str(attributes.get("job-name", "")),
        JobState(state) if state in set(JobState) else JobState.STOPPED,
        tuple(word for word in words if word != "none"),
        str(attributes.get("job-printer-state-message", "")),
    )


def _ended_how(report: JobReport, evidence: PrinterEvidence) -> str:
    if report.state is JobState.COMPLETED:
        return "unconfirmed" if evidence is PrinterEvidence.NOT_PRINTED else "aborted"
    if report.message == REFUSED:
        return "refused-repeat"
    if "forgotten" in report.reasons:
        return "forgotten"
    return "cancelled" if report.state is JobState.CANCELED else "aborted"


@contextlib.contextmanager
def _translated() -> Generator[None]:
    """pycups's errors as faults of ours."""
    try:
        yield
    except (cups.IPPError, cups.HTTPError, RuntimeError) as reason:
        code = reason.args[0] if isinstance(reason, cups.IPPError) and reason.args else None
        if code == ipp.Status.NOT_FOUND:
            raise QueueMissing("CUPS has no such queue or job") from None
        if code == ipp.Status.NOT_ACCEPTING_JOBS:
            raise QueueRejects("the queue does not accept jobs (cupsaccept)") from None
        raise PrintServiceDown(f"cupsd: {_words(reason)}") from None


def _words(reason: BaseException) -> str:
    return type(reason).__name__ + "".join(f" {argument}" for argument in reason.args if isinstance(argument, int))

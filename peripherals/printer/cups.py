"""A certificate printer behind a CUPS queue.

One job at a time, named after the authorisation and nothing else; printed as typeset; followed to its end. What the printer says
(IPP printer-state-reasons) becomes the device's status. Survives cupsd's death: every question uses a connection of its own.
"""

from __future__ import annotations

import http.client
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

import cups

from peripherals.device import DeviceState, DeviceStatus, EventStream, Listener, StatusChanged
from peripherals.printer import ipp
from peripherals.printer.faults import NothingSpooled, PrinterFault, PrintServiceDown, QueueBusy, QueueMissing
from peripherals.printer.ipp import JobState

log = logging.getLogger(__name__)

WATCH_SECONDS = 1.0
POLL_SECONDS = 0.1
SETTLING_SECONDS = 8.0
JOB_ATTRIBUTES = [
    "job-id",
    "job-state",
    "job-name",
    "job-state-reasons",
    "job-impressions-completed",
    "job-printer-state-message",
]

STOPPING: dict[str, str] = {
    "media-jam": "paper is stuck",
    "media-empty": "the bin of blanks is empty",
    "media-needed": "the bin of blanks is empty",
    "input-tray-missing": "the bin of blanks is not in its place",
    "cover-open": "the printer's cover is open",
    "door-open": "the printer's door is open",
    "interlock-open": "the printer is not closed",
    "toner-empty": "the toner is used up",
    "marker-supply-empty": "the toner is used up",
    "output-area-full": "the outlet is full",
    "output-tray-missing": "the outlet is not in its place",
    "paused": "the queue is paused",
    "shutdown": "the printer is switching off",
    "timed-out": "the printer does not answer",
    "offline": "the printer does not answer",
    "connecting-to-device": "the printer does not answer",
}
"""Reasons with which nothing can be printed, in words for staff; the order is that in which one is named."""

NOT_REACHED = frozenset({"timed-out", "offline", "connecting-to-device", "shutdown"})


class QueueEvidence(Enum):
    """What the queue says of a job's name."""

    NO_SUCH_JOB = "no-such-job"
    WAITING = "waiting"
    PROCESSING = "processing"
    COMPLETED = "completed"
    ENDED_OTHERWISE = "ended-otherwise"
    SILENT = "silent"


class PrinterEvidence(Enum):
    """What the printer's own job list says of a job's name."""

    PRINTED = "printed"
    WORKING = "working"
    NOT_PRINTED = "not-printed"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """How a job ended: `completed`, or with `reason` (an IPP word, "cancelled", "aborted", "gave-up", "service-down")."""

    completed: bool
    reason: str = ""


class CupsPrinter:
    """A `Device`: the queue `queue` of the cupsd at `server` (a socket's path, or a host name)."""

    def __init__(self, name: str = "printer", queue: str = "certificates", server: str = "/run/cups/cups.sock") -> None:
        self._name = name
        self._queue = queue
        self._server = server
        self._events = EventStream()
        self._status = DeviceStatus(DeviceState.OFFLINE, datetime.now(UTC), ("not-open",), "not opened yet")
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._first_look = threading.Event()

    @property
    def name(self) -> str:
        return self._name

    def open(self) -> None:
        """Start watching the printer's state; returns after the first look."""
        if self._thread is not None:
            return
        self._closing.clear()
        self._thread = threading.Thread(target=self._watch, name=f"{self._name} watch", daemon=True)
        self._thread.start()
        self._first_look.wait(5)

    def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._closing.set()
            thread.join(5)

    def status(self) -> DeviceStatus:
        return self._status

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        return self._events.subscribe(listener)

    # ---- one job ---------------------------------------------------------------------------------------------------------

    def submit(self, job_name: str, pdf: bytes) -> int:
        """Hand over one job and return its number.

        Raises `QueueBusy`, `QueueMissing`, `PrintServiceDown` or `NothingSpooled`: in each case it is certain that nothing will print.
        When cupsd dies at the very end the job's number is returned all the same, for then nobody knows: `wait` finds out.
        """
        connection = self._connect()
        self._await_idle(connection)
        try:
            job = connection.createJob(self._queue, job_name, {})
        except (cups.IPPError, cups.HTTPError, RuntimeError) as reason:
            raise _queue_fault(reason) from None
        try:
            connection.startDocument(self._queue, job, job_name, "application/pdf", 1)
            connection.writeRequestData(pdf, len(pdf))
        except (cups.IPPError, cups.HTTPError, RuntimeError) as reason:
            # Without its last document a job never begins.
            raise NothingSpooled(f"handing over failed: {_words(reason)}") from None
        try:
            connection.finishDocument(self._queue)
        except (cups.IPPError, cups.HTTPError, RuntimeError) as reason:
            log.warning("job %d: end of hand-over not confirmed: %s", job, _words(reason))
        return job

    def _await_idle(self, connection: cups.Connection) -> None:
        """CUPS notices the end of a job up to some seconds after the printer; a job that really is outstanding is not waited for."""
        deadline = time.monotonic() + SETTLING_SECONDS
        while outstanding := self._outstanding(connection):
            if time.monotonic() > deadline:
                raise QueueBusy(f"{len(outstanding)} job(s) outstanding")
            time.sleep(POLL_SECONDS)

    def wait(
        self, job: int, on_progress: Callable[[float | None], None] = lambda _: None, *, give_up_seconds: float = 180.0
    ) -> JobOutcome:
        """Follow a job to its end; blocks, never raises. A stopping reason of the printer ends the wait at once.

        The printer itself is asked too, where it can be: CUPS looks at it only after one, two, four … seconds.
        """
        deadline = time.monotonic() + give_up_seconds
        silent_since: float | None = None
        while time.monotonic() < deadline:
            try:
                connection = self._connect()
                state, reasons, job_name = self._job(connection, job)
                silent_since = None
            except PrintServiceDown:
                silent_since = silent_since or time.monotonic()
                time.sleep(POLL_SECONDS)
                continue
            except PrinterFault:
                return JobOutcome(False, "service-down")
            if state is JobState.COMPLETED or self.ask_printer(job_name) is PrinterEvidence.PRINTED:
                return JobOutcome(True)
            if state.ended:
                stopping = _stopping(self._printer_reasons(connection)) or _stopping(reasons)
                return JobOutcome(False, stopping or ("cancelled" if state is JobState.CANCELED else "aborted"))
            if (stopping := _stopping(self._printer_reasons(connection))) and stopping not in NOT_REACHED:
                return JobOutcome(False, stopping)
            on_progress(None)
            time.sleep(POLL_SECONDS)
        return JobOutcome(False, "service-down" if silent_since else "gave-up")

    def cancel(self, job_name: str) -> bool:
        """Take every live job of that name out of the queue. True when the queue then has none (or never had one)."""
        try:
            connection = self._connect()
            for job, attributes in self._outstanding(connection).items():
                if attributes.get("job-name") == job_name:
                    connection.cancelJob(job, purge_job=False)
            deadline = time.monotonic() + 5.0
            while time.monotonic() < deadline:
                if all(attributes.get("job-name") != job_name for attributes in self._outstanding(connection).values()):
                    return True
                time.sleep(POLL_SECONDS)
        except (PrinterFault, cups.IPPError, cups.HTTPError, RuntimeError) as reason:
            log.warning("cancelling not confirmed: %s", _words(reason))
        return False

    def find(self, job_name: str) -> QueueEvidence:
        """What the queue says of a job by its name; never raises."""
        try:
            connection = self._connect()
            jobs = connection.getJobs(which_jobs="all", my_jobs=False, requested_attributes=JOB_ATTRIBUTES)
        except (PrinterFault, cups.IPPError, cups.HTTPError, RuntimeError):
            return QueueEvidence.SILENT
        states = {JobState(attributes["job-state"]) for attributes in jobs.values() if attributes.get("job-name") == job_name}
        if not states:
            return QueueEvidence.NO_SUCH_JOB
        if states & {JobState.PROCESSING, JobState.STOPPED}:
            return QueueEvidence.PROCESSING
        if states & {JobState.PENDING, JobState.HELD}:
            return QueueEvidence.WAITING
        return QueueEvidence.COMPLETED if JobState.COMPLETED in states else QueueEvidence.ENDED_OTHERWISE

    def ask_printer(self, job_name: str, *, seconds: float = 3.0) -> PrinterEvidence:
        """What the printer itself says of a job by its name (its own IPP job list, past the queue); never raises."""
        try:
            attributes = self._connect().getPrinterAttributes(self._queue, requested_attributes=["device-uri"])
            return _ask_printer(str(attributes["device-uri"]).removeprefix("once:"), job_name, seconds)
        except (PrinterFault, cups.IPPError, cups.HTTPError, RuntimeError, KeyError):
            return PrinterEvidence.SILENT

    # ---- within ----------------------------------------------------------------------------------------------------------

    def _connect(self) -> cups.Connection:
        try:
            return cups.Connection(host=self._server)
        except RuntimeError:
            raise PrintServiceDown("cupsd does not answer") from None

    def _outstanding(self, connection: cups.Connection) -> dict[int, dict[str, Any]]:
        try:
            return connection.getJobs(which_jobs="not-completed", my_jobs=False, requested_attributes=JOB_ATTRIBUTES)
        except (cups.IPPError, cups.HTTPError, RuntimeError) as reason:
            raise _queue_fault(reason) from None

    def _job(self, connection: cups.Connection, job: int) -> tuple[JobState, tuple[str, ...], str]:
        try:
            attributes = connection.getJobAttributes(job, requested_attributes=JOB_ATTRIBUTES)
        except (cups.IPPError, cups.HTTPError, RuntimeError) as reason:
            raise _queue_fault(reason) from None
        reasons = attributes.get("job-state-reasons", ())
        words = (reasons,) if isinstance(reasons, str) else tuple(str(word) for word in reasons)
        return JobState(attributes["job-state"]), ipp.reason_words(words), str(attributes.get("job-name", ""))

    def _printer_reasons(self, connection: cups.Connection) -> tuple[str, ...]:
        try:
            attributes = connection.getPrinterAttributes(self._queue, requested_attributes=["printer-state-reasons"])
        except (cups.IPPError, cups.HTTPError, RuntimeError):
            return ()
        return ipp.reason_words([str(word) for word in attributes.get("printer-state-reasons", ())])

    def _watch(self) -> None:
        while not self._closing.is_set():
            self._look()
            self._first_look.set()
            self._closing.wait(WATCH_SECONDS)

    def _look(self) -> None:
        """Ask the queue, and the printer behind it: while no job runs, CUPS itself does not look at the printer."""
        try:
            connection = self._connect()
            attributes = connection.getPrinterAttributes(
                self._queue, requested_attributes=["printer-state", "printer-state-reasons", "device-uri"]
            )
        except PrintServiceDown as fault:
            self._set(DeviceState.OFFLINE, (fault.code,), fault.detail)
            return
        except (cups.IPPError, cups.HTTPError, RuntimeError) as reason:
            fault = _queue_fault(reason)
            self._set(DeviceState.OFFLINE, (fault.code,), fault.detail)
            return
        state = int(attributes.get("printer-state", ipp.PrinterState.IDLE))
        queue_reasons = ipp.reason_words([str(word) for word in attributes.get("printer-state-reasons", ())])
        own = _printer_reasons(str(attributes.get("device-uri", "")).removeprefix("once:"))
        # With the printer's own word at hand, what CUPS remembers of the last job is old news.
        reasons = queue_reasons if own is None else tuple(word for word in queue_reasons if word == "paused") + own
        if stopping := _stopping(reasons):
            gone = stopping in NOT_REACHED
            self._set(DeviceState.OFFLINE if gone else DeviceState.HARDWARE_ERROR, reasons, STOPPING[stopping])
        elif state == ipp.PrinterState.STOPPED:
            self._set(DeviceState.HARDWARE_ERROR, reasons or ("other",), "the printer has stopped")
        else:
            busy = state == ipp.PrinterState.PROCESSING
            self._set(DeviceState.BUSY if busy else DeviceState.ONLINE, reasons, ", ".join(reasons))

    def _set(self, state: DeviceState, reasons: tuple[str, ...], detail: str) -> None:
        if (state, reasons) == (self._status.state, self._status.reasons):
            self._status = replace(self._status, detail=detail)
            return
        self._status = DeviceStatus(state, datetime.now(UTC), reasons, detail)
        log.info("%s: %s %s", self._name, state, " ".join(reasons))
        self._events.emit(StatusChanged(self._name, self._status))


def _stopping(reasons: tuple[str, ...]) -> str | None:
    return next((word for word in STOPPING if word in reasons), None)


def _words(reason: BaseException) -> str:
    return type(reason).__name__ + "".join(f" {argument}" for argument in reason.args if isinstance(argument, int))


def _queue_fault(reason: BaseException) -> PrinterFault:
    if isinstance(reason, cups.IPPError) and reason.args and reason.args[0] == ipp.Status.NOT_FOUND:
        return QueueMissing("CUPS has no such queue or job")
    return PrintServiceDown(f"cupsd: {_words(reason)}")


def _request(uri: str, message: ipp.Message, seconds: float) -> ipp.Message | None:
    """One IPP exchange with the printer itself; None for silence."""
    parts = urlsplit(uri)
    if parts.scheme not in ("ipp", "ipps") or not parts.hostname:
        return None
    kind = http.client.HTTPSConnection if parts.scheme == "ipps" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port or 631, timeout=seconds)
    try:
        connection.request("POST", parts.path or "/", ipp.encode(message), {"Content-Type": "application/ipp"})
        return ipp.decode(connection.getresponse().read(1_000_000))[0]
    except (OSError, http.client.HTTPException, ipp.IppError):
        return None
    finally:
        connection.close()


def _printer_reasons(uri: str) -> tuple[str, ...] | None:
    """The printer's own reasons, past the queue; ("offline",) when it is silent; None where it cannot be asked (not IPP)."""
    if urlsplit(uri).scheme not in ("ipp", "ipps"):
        return None
    wanted = ipp.attribute("requested-attributes", ipp.Tag.KEYWORD, "printer-state", "printer-state-reasons")
    answer = _request(uri, ipp.Message(ipp.Operation.GET_PRINTER_ATTRIBUTES, 1, (ipp.operation_group(uri, wanted),)), 2.0)
    if answer is None:
        return ("offline",)
    for tag, attributes in answer.groups:
        for attribute in attributes:
            if tag == ipp.Group.PRINTER and attribute.name == "printer-state-reasons":
                return ipp.reason_words([str(word) for word in attribute.values])
    return ()


def _ask_printer(uri: str, job_name: str, seconds: float) -> PrinterEvidence:
    wanted = ipp.attribute("requested-attributes", ipp.Tag.KEYWORD, "job-name", "job-state", "job-impressions-completed")
    for which in ("completed", "not-completed"):
        request = ipp.Message(
            ipp.Operation.GET_JOBS, 1, (ipp.operation_group(uri, ipp.attribute("which-jobs", ipp.Tag.KEYWORD, which), wanted),)
        )
        answer = _request(uri, request, seconds)
        if answer is None or answer.code >= ipp.Status.BAD_REQUEST:
            return PrinterEvidence.SILENT
        for job in answer.jobs():
            if job.get("job-name", ("",))[0] != job_name:
                continue
            state = job.get("job-state", (0,))[0]
            if state == JobState.COMPLETED:
                return PrinterEvidence.PRINTED
            # A job that the printer broke off may have spoiled a sheet: that is no "not printed".
            return PrinterEvidence.WORKING if which == "not-completed" else PrinterEvidence.SILENT
    return PrinterEvidence.NOT_PRINTED

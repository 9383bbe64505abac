"""A virtual certificate printer: an IPP service with numbered blanks in its bin, an outlet, and faults on command.

It keeps a log of its own of every sheet it printed (`printed`): the witness by which tests count, never the terminal's word. A job
takes one sheet a copy. Faults are set before or during a job: see `Fault`. `after_jam` is what the unit does once a jam is cleared:
give the job up, or, as office printers do, print it again on the next blank.
"""

from __future__ import annotations

import ssl
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from peripherals.printer import ipp
from peripherals.printer.ipp import Group, JobState, Message, Operation, PrinterState, Status, Tag, attribute

Fault = Literal[
    "jam",
    "jam-next",
    "media-empty",
    "cover-open",
    "door-open",
    "toner-empty",
    "output-area-full",
    "offline",
    "silent",
    "garbage",
    "slow",
    "abort",
]
"""The reasons of `REASONS` stop it; a jam also destroys the sheet under way; jam-next becomes a jam half-way through a sheet. offline: nobody listens. silent: listens and never
answers. garbage: answers what is no IPP. slow: ten times the time a page. abort: gives up the job under way."""
REASONS: dict[str, str] = {
    "jam": "media-jam-error",
    "media-empty": "media-empty-error",
    "cover-open": "cover-open-error",
    "door-open": "door-open-error",
    "toner-empty": "toner-empty-error",
    "output-area-full": "output-area-full-error",
}
LOW = 5
MOST_COPIES = 99
CONTENT_LIMIT = 64_000_000
"""Bytes of one request; a certificate's page has some 100,000."""


@dataclass(slots=True)
class Job:
    """One job as the printer knows it."""

    number: int
    name: str
    state: JobState = JobState.PENDING
    reason: str = "none"
    pdf: bytes = b""
    copies: int = 1
    done: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """One printed sheet: the job's name, the blank's serial, the SHA-256 of what was printed, and where it is kept."""

    job_name: str
    serial: str
    digest: str
    path: Path


class VirtualPrinter:
    """An IPP/2.0 printer on a free loopback port, behind TLS (ipps) with `tls`; printed pages are kept as PDF in `directory`."""

    def __init__(
        self,
        directory: Path,
        *,
        seconds: float = 1.0,
        blanks: Iterable[str] = (),
        after_jam: Literal["abort", "reprint"] = "abort",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._tls = tls
        self._directory = directory
        self._seconds = seconds
        self._after_jam = after_jam
        self._lock = threading.RLock()
        self._blanks: deque[str] = deque(blanks)
        self._jobs: dict[int, Job] = {}
        self._waiting: deque[Job] = deque()
        self._fault: Fault | None = None
        self._work = threading.Condition(self._lock)
        self._server: _Server | None = None
        self._threads: list[threading.Thread] = []
        self._stopping = False
        self.port = 0
        self.printed: list[Sheet] = []
        """Every sheet that was ever printed, in order: the witness."""
        self.outlet: list[Sheet] = []
        """Sheets that nobody has taken yet."""
        self.stuck: list[str] = []
        """Serials of sheets that a jam destroyed."""
        self.limits: Literal["kept", "ignored", "refused", "dumb"] = "kept"
        """What it makes of the number of jobs that are asked for; "dumb": it tells nothing of its jobs at all."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def remember(self, count: int) -> None:
        """It has done so many jobs before, and tells of them whenever it is asked."""
        with self._lock:
            for number in range(len(self._jobs) + 1, len(self._jobs) + 1 + count):
                self._jobs[number] = Job(number, f"earlier.{number}", JobState.COMPLETED, "job-completed-successfully", done=1)

    @property
    def uri(self) -> str:
        return f"{'ipps' if self._tls else 'ipp'}://127.0.0.1:{self.port}/ipp/print"

    def start(self) -> None:
        """Switch it on (again, on the same port)."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._stopping = False
        self._listen()
        worker = threading.Thread(target=self._print_for_ever, name="virtual printer", daemon=True)
        worker.start()
        self._threads.append(worker)

    def stop(self) -> None:
        """Switch it off."""
        with self._work:
            self._stopping = True
            self._work.notify_all()
        self._unlisten()
        for thread in self._threads:
            thread.join(5)
        self._threads.clear()

    # ---- hands -----------------------------------------------------------------------------------------------------------

    def load(self, serials: Iterable[str]) -> None:
        """Put blanks into the bin, the first to be printed first."""
        with self._work:
            self._blanks.extend(serials)
            self._work.notify_all()

    @property
    def blanks_left(self) -> int:
        return len(self._blanks)

    @property
    def bin(self) -> tuple[str, ...]:
        """Serials of the blanks that lie in it, from the top."""
        return tuple(self._blanks)

    def pull_out(self, serial: str) -> None:
        """Staff take this blank out of the bin, if it lies there."""
        with self._work:
            if serial in self._blanks:
                self._blanks.remove(serial)

    @property
    def working_on(self) -> str | None:
        """Name of the job for which a sheet is being printed, None while nothing moves."""
        with self._lock:
            return next((job.name for job in self._jobs.values() if job.state is JobState.PROCESSING), None)

    def take(self) -> Sheet | None:
        """Take the oldest sheet from the outlet."""
        with self._lock:
            return self.outlet.pop(0) if self.outlet else None

    def fault(self, fault: Fault | None) -> None:
        """Break something, or mend everything."""
        with self._work:
            before, self._fault = self._fault, fault
            self._work.notify_all()
        if fault == "offline":
            self._unlisten()
        elif before == "offline":
            self._listen()

    @property
    def present_fault(self) -> Fault | None:
        return self._fault

    # ---- the machine -----------------------------------------------------------------------------------------------------

    def _print_for_ever(self) -> None:
        while True:
            with self._work:
                while not self._stopping and (not self._waiting or self._blocked()):
                    self._work.wait(0.5)
                if self._stopping:
                    return
                job = self._waiting.popleft()
                if job.state.ended:
                    continue
                job.state, job.reason = JobState.PROCESSING, "job-printing"
                serial = self._draw_in()  # the sheet is drawn in before anything is put on it
            self._print(job, serial)

    def _print(self, job: Job, serial: str) -> None:
        began = time.monotonic()
        deadline = began + self._seconds * (10 if self._fault == "slow" else 1)
        while True:
            with self._work:
                if self._fault == "jam-next" and time.monotonic() >= began + self._seconds / 2:
                    self._fault = "jam"
                if self._fault == "jam":
                    # The sheet is half-way in: it is lost whatever happens now.
                    self.stuck.append(serial)
                    self._after_the_jam(job)
                    return
                if job.state.ended or self._fault == "abort" or self._stopping:
                    # Nothing is on the sheet yet: it goes back.
                    self._put_back(serial)
                    if not job.state.ended and self._fault == "abort":
                        job.state, job.reason = JobState.ABORTED, "aborted-by-system"
                    return
                if self._fault in REASONS and self._fault not in ("media-empty", "output-area-full"):
                    # An opened cover holds the sheet where it is; it goes on when all is closed.
                    deadline = max(deadline, time.monotonic() + min(0.02, self._seconds))
                elif time.monotonic() >= deadline:
                    self._lay_down(job, serial)
                    return
                self._work.wait(min(0.02, self._seconds))

    def _lay_down(self, job: Job, serial: str) -> None:
        digest = sha256(job.pdf).hexdigest()
        path = self._directory / f"{len(self.printed) + 1:04}-{serial}.pdf"
        path.write_bytes(job.pdf)
        sheet = Sheet(job.name, serial, digest, path)
        self.printed.append(sheet)
        self._drop(sheet)
        job.done += 1
        if job.done < job.copies:
            self._waiting.appendleft(job)
        else:
            job.state, job.reason = JobState.COMPLETED, "job-completed-successfully"

    def _draw_in(self) -> str:
        """Take what is printed on next; its serial."""
        return self._blanks.popleft()

    def _put_back(self, serial: str) -> None:
        """Nothing was put on it after all."""
        self._blanks.appendleft(serial)

    def _drop(self, sheet: Sheet) -> None:
        """It comes out."""
        self.outlet.append(sheet)

    @property
    def _empty(self) -> bool:
        return not self._blanks

    @property
    def _low(self) -> bool:
        return len(self._blanks) < LOW

    def _after_the_jam(self, job: Job) -> None:
        if self._after_jam == "reprint":
            job.state, job.reason = JobState.STOPPED, "printer-stopped"
            self._waiting.appendleft(job)
        else:
            job.state, job.reason = JobState.ABORTED, "aborted-by-system"

    def _blocked(self) -> bool:
        return self._empty or self._fault in REASONS

    def reasons(self) -> list[str]:
        """printer-state-reasons."""
        words: list[str] = []
        if self._fault in REASONS:
            words.append(REASONS[self._fault])
        if self._empty and "media-empty-error" not in words:
            words.append("media-empty-error")
        elif self._low:
            words.append("media-low-warning")
        return words or ["none"]

    # ---- IPP -------------------------------------------------------------------------------------------------------------

    def answer(self, request: Message, document: bytes) -> Message:
        """The response to one IPP request."""
        handlers: dict[int, Callable[[Message, bytes], Message]] = {
            Operation.GET_PRINTER_ATTRIBUTES: self._get_printer,
            Operation.VALIDATE_JOB: lambda message, _: self._reply(message),
            Operation.CREATE_JOB: self._create,
            Operation.SEND_DOCUMENT: self._send,
            Operation.PRINT_JOB: self._print_job,
            Operation.GET_JOBS: self._get_jobs,
            Operation.GET_JOB_ATTRIBUTES: self._get_job,
            Operation.CANCEL_JOB: self._cancel,
        }
        handler = handlers.get(request.code)
        if handler is None:
            return self._reply(request, Status.OPERATION_NOT_SUPPORTED)
        with self._lock:
            return handler(request, document)

    def _reply(self, request: Message, status: Status = Status.OK, *groups: tuple[int, tuple[ipp.Attribute, ...]]) -> Message:
        head = (
            attribute("attributes-charset", Tag.CHARSET, "utf-8"),
            attribute("attributes-natural-language", Tag.LANGUAGE, "en"),
        )
        return Message(status, request.request_id, ((Group.OPERATION, head), *groups), request.version)

    def _get_printer(self, request: Message, _: bytes) -> Message:
        processing = any(job.state is JobState.PROCESSING for job in self._jobs.values())
        # A sheet under way is finished though it was the bin's last.
        stopped = self._fault in REASONS or (self._empty and not processing)
        state = PrinterState.STOPPED if stopped else PrinterState.PROCESSING if processing else PrinterState.IDLE
        attributes = (
            attribute("printer-uri-supported", Tag.URI, self.uri),
            attribute("uri-security-supported", Tag.KEYWORD, "tls" if self._tls else "none"),
            attribute("uri-authentication-supported", Tag.KEYWORD, "none"),
            attribute("printer-name", Tag.NAME, "certificate-unit"),
            attribute("printer-info", Tag.TEXT, "Virtual certificate unit"),
            attribute("printer-make-and-model", Tag.TEXT, "Dazheng Virtual Certificate Unit"),
            attribute("printer-state", Tag.ENUM, state),
            attribute("printer-state-reasons", Tag.KEYWORD, *self.reasons()),
            attribute("printer-is-accepting-jobs", Tag.BOOLEAN, True),
            attribute("queued-job-count", Tag.INTEGER, sum(not job.state.ended for job in self._jobs.values())),
            attribute("printer-up-time", Tag.INTEGER, max(1, int(time.monotonic()))),
            attribute("ipp-versions-supported", Tag.KEYWORD, "1.1", "2.0"),
            attribute("operations-supported", Tag.ENUM, *[int(operation) for operation in Operation]),
            attribute("multiple-document-jobs-supported", Tag.BOOLEAN, False),
            attribute("charset-configured", Tag.CHARSET, "utf-8"),
            attribute("charset-supported", Tag.CHARSET, "utf-8"),
            attribute("natural-language-configured", Tag.LANGUAGE, "en"),
            attribute("generated-natural-language-supported", Tag.LANGUAGE, "en"),
            attribute("document-format-default", Tag.MIME_TYPE, "application/pdf"),
            attribute("document-format-supported", Tag.MIME_TYPE, "application/pdf", "application/octet-stream"),
            attribute("pdl-override-supported", Tag.KEYWORD, "attempted"),
            attribute("compression-supported", Tag.KEYWORD, "none"),
            attribute("job-creation-attributes-supported", Tag.KEYWORD, "copies", "media", "sides"),
            attribute("media-default", Tag.KEYWORD, "iso_a4_210x297mm"),
            attribute("media-supported", Tag.KEYWORD, "iso_a4_210x297mm"),
            attribute("sides-supported", Tag.KEYWORD, "one-sided", "two-sided-long-edge"),
            attribute("color-supported", Tag.BOOLEAN, True),
        )
        return self._reply(request, Status.OK, (Group.PRINTER, attributes))

    def _create(self, request: Message, _: bytes) -> Message:
        copies = request.value("copies")
        job = Job(len(self._jobs) + 1, str(request.value("job-name") or "untitled"))
        job.copies = min(max(copies, 1), MOST_COPIES) if isinstance(copies, int) else 1
        self._jobs[job.number] = job
        return self._reply(request, Status.OK, (Group.JOB, self._describe(job)))

    def _send(self, request: Message, document: bytes) -> Message:
        job = self._named(request)
        if job is None:
            return self._reply(request, Status.NOT_FOUND)
        if job.state is not JobState.PENDING or job.pdf:
            return self._reply(request, Status.NOT_POSSIBLE)
        if not document.startswith(b"%PDF"):
            job.state, job.reason = JobState.ABORTED, "document-format-error"
            return self._reply(request, Status.DOCUMENT_FORMAT_NOT_SUPPORTED)
        if request.value("last-document") is False:
            return self._reply(request, Status.NOT_POSSIBLE)
        job.pdf = document
        self._waiting.append(job)
        self._work.notify_all()
        return self._reply(request, Status.OK, (Group.JOB, self._describe(job)))

    def _print_job(self, request: Message, document: bytes) -> Message:
        created = self._create(request, b"")
        number = created.value("job-id", Group.JOB)
        again = Message(
            Operation.SEND_DOCUMENT,
            request.request_id,
            ((Group.OPERATION, (attribute("job-id", Tag.INTEGER, number or 0),)),),
            request.version,
        )
        return self._send(again, document)

    def _get_jobs(self, request: Message, _: bytes) -> Message:
        which = request.value("which-jobs") or "not-completed"
        jobs = [job for job in self._jobs.values() if job.state.ended == (which == "completed") or which == "all"]
        limit = request.value("limit")
        if self.limits == "dumb" or (limit is not None and self.limits == "refused"):
            return self._reply(request, Status.BAD_REQUEST)
        # The job that ended last comes first (RFC 8011, section 4.2.6.2).
        told = list(reversed(jobs))[: limit if isinstance(limit, int) and self.limits == "kept" else None]
        return self._reply(request, Status.OK, *[(int(Group.JOB), self._describe(job)) for job in told])

    def _get_job(self, request: Message, _: bytes) -> Message:
        job = self._named(request)
        if job is None:
            return self._reply(request, Status.NOT_FOUND)
        return self._reply(request, Status.OK, (Group.JOB, self._describe(job)))

    def _cancel(self, request: Message, _: bytes) -> Message:
        job = self._named(request)
        if job is None:
            return self._reply(request, Status.NOT_FOUND)
        if job.state.ended:
            return self._reply(request, Status.NOT_POSSIBLE)
        job.state, job.reason = JobState.CANCELED, "job-canceled-by-user"
        return self._reply(request)

    def _named(self, request: Message) -> Job | None:
        number = request.value("job-id")
        if number is None:
            uri = str(request.value("job-uri") or "")
            tail = uri.rpartition("/")[2]
            number = int(tail) if tail.isascii() and tail.isdigit() and len(tail) < 10 else None
        return self._jobs.get(number) if isinstance(number, int) else None

    def _describe(self, job: Job) -> tuple[ipp.Attribute, ...]:
        return (
            attribute("job-id", Tag.INTEGER, job.number),
            attribute("job-uri", Tag.URI, f"{self.uri}/{job.number}"),
            attribute("job-name", Tag.NAME, job.name),
            attribute("job-state", Tag.ENUM, job.state),
            attribute("job-state-reasons", Tag.KEYWORD, job.reason),
            attribute("job-impressions-completed", Tag.INTEGER, job.done),
            attribute("job-printer-uri", Tag.URI, self.uri),
        )

    # ---- the socket ------------------------------------------------------------------------------------------------------

    def _listen(self) -> None:
        self._server = _Server(("127.0.0.1", self.port), self)
        self.port = self._server.server_address[1]
        if self._tls is not None:  # the handshake is the connection's own thread's, at its first read
            self._server.socket = self._tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="virtual printer IPP", daemon=True)
        thread.start()
        self._threads.append(thread)

    def _unlisten(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    # Connections that hang on the "silent" fault must not hold up switching off.
    block_on_close = False

    def __init__(self, address: tuple[str, int], printer: VirtualPrinter) -> None:
        self.printer = printer
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A peer that was killed in mid-sentence is everyday life; anything else is a mistake of ours and is shown."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # pyright: ignore[reportArgumentType]


class _Unreadable(Exception):
    """A body that HTTP does not know; the message is the status line's."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True
    wbufsize = -1
    """Head and body leave together; apart, each answer would wait 40 ms for the peer's delayed acknowledgement."""

    def handle_expect_100(self) -> bool:
        """At once: a peer that asks waits up to a second for it before it sends the document."""
        again = super().handle_expect_100()
        self.wfile.flush()
        return again

    def do_POST(self) -> None:
        assert isinstance(self.server, _Server)
        printer = self.server.printer
        try:
            body = self._body()
        except _Unreadable as reason:
            self.close_connection = True
            self.send_error(400, str(reason))
            return
        while printer.present_fault == "silent":
            time.sleep(0.05)
        try:
            request, document = ipp.decode(body)
        except ipp.IppError:
            answer = Message(Status.BAD_REQUEST, 1, ())
        else:
            answer = printer.answer(request, document)
        content = b"\x02\x00garbage" if printer.present_fault == "garbage" else ipp.encode(answer)
        self.send_response(200)
        self.send_header("Content-Type", "application/ipp")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self._exactly(_length(self.headers.get("Content-Length") or "0", 10))
        body = bytearray()
        while size := _length(self.rfile.readline(20).split(b";")[0].strip().decode("ascii", "replace"), 16):
            body += self._exactly(size)
            self.rfile.readline(3)
            if len(body) > CONTENT_LIMIT:
                raise _Unreadable("too long")
        self.rfile.readline(3)
        return bytes(body)

    def _exactly(self, size: int) -> bytes:
        part = self.rfile.read(size)
        if len(part) != size:
            raise _Unreadable("cut off")
        return part

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the printer's own log is `printed`."""


def _length(text: str, base: int) -> int:
    try:
        size = int(text, base)
    except ValueError:
        raise _Unreadable("no length") from None
    if not 0 <= size <= CONTENT_LIMIT or not text[:1].isalnum():
        raise _Unreadable("no length")
    return size

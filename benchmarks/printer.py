"""From the citizen's "print" to a job in the queue, with every state on disk first: against `lp`, which keeps no state at all.

The queue is paused, so that neither side waits for a page; each job is taken out of it before the next. Granting the
authorisation is the platform's work and lies outside, checking it is the terminal's and lies inside.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import cups

from benchmarks.harness import Row, ratio_row
from kiosk.certificate.pages import CertificatePages
from kiosk.certificate.typeset import Mode, Typesetter
from kiosk.issuance import blanks
from kiosk.issuance.issue import Issuer, Page, Printed
from kiosk.issuance.ledger import Ledger
from kiosk.platform.types import Authorisation
from kiosk.queue import CertificateQueue
from kiosk.registration.record import Registration
from kiosk.registration.trust import Anchors, Purpose, verify, verify_authorisation
from offline_cache.keys import derive
from offline_cache.store import Store
from peripherals.printer import CupsPrinter, OnceGuard
from sandbox.devices.cups import QUEUE, CupsDaemon
from sandbox.devices.printer import VirtualPrinter
from sandbox.people import PEOPLE
from sandbox.platform.records import RecordOffice
from sandbox.registry import Authority, sign_map

TERMINAL = "xy-01"
RUNS, WARMUP = 25, 3


class _Timed:
    """`Typesetting` and `Printing` of the terminal, each with its last time in milliseconds; nobody waits for the page."""

    def __init__(self, pages: CertificatePages, queue: CertificateQueue) -> None:
        self._pages = pages
        self._queue = queue
        self.typeset_ms = 0.0
        self.spooled = 0.0
        self.pdf = b""
        self.job_name = ""

    def page(self, registration: Registration, serial: str) -> Page:
        begin = time.perf_counter()
        made = self._pages.page(registration, serial)
        self.typeset_ms = (time.perf_counter() - begin) * 1e3
        self.pdf = made.pdf
        return made

    def submit(self, job_name: str, pdf: bytes, serial: str) -> int:
        job = self._queue.submit(job_name, pdf, serial)
        self.spooled, self.job_name = time.perf_counter(), job_name
        return job

    def wait(self, job: int, on_progress: Callable[[float | None], None]) -> Printed:
        return Printed(True)


class _Registry:
    """Who signs the record and the authorisations."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._authority = Authority("Registry and platform", now)
        self._signer = self._authority.issue("Signer")
        self._anchors = Anchors((self._authority.root.certificate,), crls=(self._authority.crl(now),))
        record = RecordOffice(self._authority, self._signer, lambda: now).record(PEOPLE[0].cases[0])
        self.registration = verify(record, self._anchors, now)

    def grant(self, number: int) -> Authorisation:
        registration = self.registration
        claims = {
            "authorisation_id": f"au-{number:06}",
            "certificate_id": registration.certificate_id,
            "record_version": registration.version,
            "terminal_id": TERMINAL,
        }
        expires_at = self._now + timedelta(minutes=20)
        token = sign_map(Purpose.AUTHORISATION, {**claims, "expires_at": expires_at.isoformat()}, self._signer)
        return Authorisation.model_validate({**claims, "expires_at": expires_at, "token": token})

    def check(self, authorisation: Authorisation, registration: Registration) -> None:
        verify_authorisation(
            authorisation.token, registration=registration, terminal_id=TERMINAL, anchors=self._anchors, at=self._now
        )


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="dazheng-b") as name, _paused_queue(Path(name)) as (daemon, printer):
        return _rows(Path(name), daemon, printer)


def _rows(directory: Path, daemon: CupsDaemon, printer: CupsPrinter) -> list[Row]:
    registry = _Registry(datetime.now(UTC))
    queue = CertificateQueue(printer, OnceGuard(daemon.guard_directory), give_up_seconds=10)
    timed = _Timed(CertificatePages(Typesetter(), Mode.OVERPRINT), queue)
    store = Store.open(directory / "terminal.db", derive(b"b" * 32))
    serials = [f"{41002186000 + number:011}" for number in range(RUNS + WARMUP)]
    blanks.supply(store, datetime.now(UTC), "A", "title", serials, ("0001", "0002"))
    issuer = Issuer(Ledger(store), timed, timed, queue, registry.check)
    ours: list[float] = []
    typeset: list[float] = []
    peer: list[float] = []
    with asyncio.Runner() as runner:
        for number in range(RUNS + WARMUP):
            grant = registry.grant(number)
            begin = time.perf_counter()
            issuance = runner.run(issuer.issue(registry.registration, lambda: grant, "0302-090000", lambda _, __: None))  # noqa: B023
            ours.append((timed.spooled - begin) * 1e3)
            typeset.append(timed.typeset_ms)
            runner.run(issuer.taken(issuance, "citizen"))
            assert printer.cancel(timed.job_name)
            page = directory / "page.pdf"
            page.write_bytes(timed.pdf)
            begin = time.perf_counter()
            _lp(daemon, page, f"lp-{number}")
            peer.append((time.perf_counter() - begin) * 1e3)
            assert printer.cancel(f"lp-{number}")
    issuer.close()
    store.close()
    typesetting = median(typeset[WARMUP:])
    spooled = median(time - page for time, page in zip(ours[WARMUP:], typeset[WARMUP:], strict=True))
    return [
        ratio_row(
            "confirm → spooled",
            spooled,
            "lp",
            median(peer[WARMUP:]),
            goal=1,
            note="authorisation checked, blank reserved, three durable states and the hand-over, without typesetting; `lp` the same PDF",
        ),
        Row("confirm → spooled, page typeset", spooled + typesetting, note=f"typesetting is {typesetting:.1f} ms of it"),
    ]


def _lp(daemon: CupsDaemon, page: Path, title: str) -> None:
    subprocess.run(
        ["lp", "-d", QUEUE, "-t", title, str(page)],
        env={**os.environ, "CUPS_SERVER": str(daemon.socket_path)},
        check=True,
        capture_output=True,
        timeout=20,
    )


@contextmanager
def _paused_queue(directory: Path) -> Generator[tuple[CupsDaemon, CupsPrinter]]:
    with ExitStack() as stack:
        unit = stack.enter_context(VirtualPrinter(directory / "printed", seconds=0.1, blanks=["41002186350"]))
        daemon = stack.enter_context(CupsDaemon())
        daemon.add_queue(unit.uri)
        cups.Connection(host=str(daemon.socket_path)).disablePrinter(QUEUE)
        printer = CupsPrinter(queue=QUEUE, server=str(daemon.socket_path), guard=OnceGuard(daemon.guard_directory))
        printer.open()
        stack.callback(printer.close)
        yield daemon, printer

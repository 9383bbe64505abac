"""A print room: a virtual unit with numbered blanks, a cupsd of its own, the driver, and the guard between them."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import pytest

from peripherals.device import DeviceEvent, DeviceStatus, StatusChanged
from peripherals.printer import CupsPrinter, JobOutcome, OnceGuard
from sandbox.devices.cups import QUEUE, CupsDaemon
from sandbox.devices.printer import VirtualPrinter

PATIENCE = 30.0
"""Seconds until a test gives up on something that takes a fraction of one."""
SERIALS = [f"4100218{number:04}" for number in range(6350, 6360)]


def page_of(words: str) -> bytes:
    """A one-page PDF with `words` on it; deliberately with bytes that no careless filter leaves alone."""
    text = f"BT /F1 12 Tf 72 700 Td ({words}) Tj ET".encode()
    return (
        b"%PDF-1.7\n%\xe4\xb8\x8d\xe5\x8a\xa8\n"
        b"1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n"
        b"2 0 obj <</Type/Pages/Count 1/Kids[3 0 R]>> endobj\n"
        b"3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>> endobj\n"
        b"4 0 obj <</Length " + str(len(text)).encode() + b">> stream\n" + text + b"\nendstream endobj\n"
        b"\r\n%\x00\x01\x1a\x04 trailing bytes\r\ntrailer <</Root 1 0 R/Size 5>>\n%%EOF\n"
    )


def eventually(true: Callable[[], object], *, seconds: float = PATIENCE) -> None:
    """Wait until `true()`; what it is waited for never takes as long as this gives it."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


@dataclass
class PrintRoom:
    """What a story of printing happens in."""

    unit: VirtualPrinter
    daemon: CupsDaemon
    printer: CupsPrinter
    guard: OnceGuard
    told: queue.Queue[DeviceStatus] = field(default_factory=queue.Queue[DeviceStatus])

    def hear(self, event: DeviceEvent) -> None:
        assert isinstance(event, StatusChanged)
        self.told.put(event.status)

    def sees(self, *reasons: str) -> DeviceStatus:
        """Wait for the status that has exactly these reasons."""
        eventually(lambda: self.printer.status().reasons == reasons)
        return self.printer.status()

    def sheets(self, job_name: str) -> list[str]:
        """Serials of the blanks on which the unit printed this job, by its own log."""
        return [sheet.serial for sheet in self.unit.printed if sheet.job_name == job_name]

    def prints(self, job_name: str, pdf: bytes | None = None) -> JobOutcome:
        pdf = page_of(job_name) if pdf is None else pdf
        return self.printer.wait(self.printer.submit(job_name, pdf), give_up_seconds=PATIENCE)

    def at_work_on(self, job_name: str) -> None:
        """Wait until the unit has drawn in a sheet for this job."""
        eventually(lambda: self.unit.working_on == job_name)

    def ended(self, job_name: str) -> None:
        """Wait until no backend of this job lives and the queue is at rest."""
        eventually(lambda: not self.guard.running(job_name))
        eventually(lambda: all(report.state.ended for report in self.printer.jobs()))


MakeRoom = Callable[..., PrintRoom]


@pytest.fixture
def make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeRoom]:
    """Rooms with `seconds` a page; `guarded=False` is stock CUPS."""
    monkeypatch.setattr("peripherals.printer.cups.WATCH_SECONDS", 0.05)
    with ExitStack() as stack:

        def make(*, seconds: float = 0.2, guarded: bool = True, blanks: list[str] = SERIALS) -> PrintRoom:
            unit = stack.enter_context(VirtualPrinter(tmp_path / "outlet", seconds=seconds, blanks=blanks))
            daemon = stack.enter_context(CupsDaemon(guarded=guarded))
            daemon.add_queue(unit.uri)
            guard = OnceGuard(daemon.guard_directory)
            printer = CupsPrinter(queue=QUEUE, server=str(daemon.socket_path), guard=guard if guarded else None)
            room = PrintRoom(unit, daemon, printer, guard)
            stack.callback(printer.subscribe(room.hear))
            printer.open()
            stack.callback(printer.close)
            return room

        yield make


@pytest.fixture
def room(make_room: MakeRoom) -> PrintRoom:
    return make_room()


def digest(pdf: bytes) -> str:
    return sha256(pdf).hexdigest()


def in_background(act: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return thread

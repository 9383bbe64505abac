"""What staff print: the test page with its crosses, and the calibration that is worked out from it.

A test page uses up a sheet. Where the ledger has blanks in the bins, that sheet is a blank, the one on top: it is void, in the ledger,
before anything is handed to the printer. So a test that goes wrong leaves a void sheet to be taken out, never one too few.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from kiosk.certificate.calibration import Calibration, Point, from_measured
from kiosk.certificate.typeset import TEMPLATES, Typesetter
from kiosk.issuance.blanks import BlankState
from kiosk.issuance.issue import Printed, PrintingRefused
from kiosk.staff.books import Books
from offline_cache import journal
from offline_cache.store import Store

PAGE: Point = (210.0, 297.0)
"""The test page is A4, in mm."""
WHY = "test-print"


class Press(Protocol):
    """The printer as a test page needs it (`kiosk.queue.CertificateQueue`)."""

    def submit(self, job_name: str, pdf: bytes, serial: str) -> int: ...

    def wait(self, job: int, on_progress: Callable[[float | None], None]) -> Printed: ...


class TestFailed(Exception):
    """A test did not come out well. `code` is the device's word or ours ("unknown-open": first find what is unknown)."""

    __test__ = False

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def crosses() -> tuple[Point, Point]:
    """The two crosses that staff measure, top left and bottom right: mm from the paper's top left corner."""
    points = json.loads((TEMPLATES / "crosses.json").read_text("utf-8"))
    return (float(points[0][0]), float(points[0][1])), (float(points[2][0]), float(points[2][1]))


@dataclass(frozen=True, slots=True)
class TestPaper:
    """Prints test pages and keeps calibrations. Everything blocks."""

    __test__ = False

    store: Store
    books: Books
    typesetter: Typesetter
    press: Press
    clock: Callable[[], datetime]
    terminal_id: str

    def print(self, by: str, *, calibrated: bool) -> str | None:
        """Print one page; the serial of the blank that it used up, if it was one. Raises `TestFailed`, `StoreError`."""
        if self.books.ledger.open():
            # What lies on top is not known while an end is not.
            raise TestFailed("unknown-open")
        top = self.books.on_top()
        if top is not None:
            self.books.take_out(top.serial, BlankState.SPOILED, WHY, by)
        page = self.typesetter.test_page(terminal_id=self.terminal_id, moment=self.clock().astimezone(), calibrated=calibrated)
        try:
            job = self.press.submit(f"test-{uuid.uuid4()}.1", page.pdf, top.serial if top else "")
        except PrintingRefused as refused:
            raise TestFailed(refused.reason) from None
        ended = self.press.wait(job, lambda _: None)
        if not ended.completed:
            raise TestFailed(ended.reason)
        return None if top is None else top.serial

    def calibrate(self, measured: tuple[Point, Point], by: str) -> Calibration:
        """Work out and use from now on what undoes the measured page. Raises `CalibrationRefused`, `StoreError`."""
        found = from_measured(crosses(), measured, PAGE)
        now = self.clock()
        with self.store.transaction() as tx:
            tx.execute(
                "INSERT INTO calibrations (dx_mm, dy_mm, scale, rotation_deg, by_staff, at) VALUES (?, ?, ?, ?, ?, ?)",
                (found.dx_mm, found.dy_mm, found.scale, found.rotation_deg, by, now.isoformat()),
            )
            journal.append(tx, now, "staff.calibrated", {**asdict(found), "by": by})
        self.typesetter.calibration = found
        return found


def calibration_of(store: Store, otherwise: Calibration) -> Calibration:
    """The newest calibration that staff have made; `otherwise` (the settings') where they have made none."""
    with store.reading() as tx:
        row = tx.row("SELECT dx_mm, dy_mm, scale, rotation_deg FROM calibrations ORDER BY calibration DESC LIMIT 1")
    return otherwise if row is None else Calibration(*(float(value) for value in row))

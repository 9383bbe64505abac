"""The certificate printer as issuance sees it: a job to hand over, and three witnesses to ask (`kiosk.issuance` has the ports)."""

from __future__ import annotations

import time
from collections.abc import Callable

from kiosk.issuance.issue import Printed, PrintingRefused
from kiosk.issuance.recovery import Guard, Printer, Queue, Testimony, Witnesses
from kiosk.settings import Settings
from peripherals.printer import CupsPrinter, GuardEvidence, OnceGuard, PrinterEvidence, PrinterFault

STILL_WORKING_SECONDS = 60.0
"""How long witnesses are heard again while the printer says that it is at work on the job."""


class CertificateQueue:
    """`Printing` and `Witnesses` over a CUPS queue with its once-guard."""

    def __init__(self, printer: CupsPrinter, guard: OnceGuard, *, give_up_seconds: float) -> None:
        self._printer = printer
        self._guard = guard
        self._give_up_seconds = give_up_seconds

    def obstacle(self) -> str | None:
        """Why nothing could be printed right now (an IPP reason), asked of the printer itself; None when it can."""
        status = self._printer.look()
        return status.obstacle

    def submit(self, job_name: str, pdf: bytes, serial: str) -> int:
        # A sheet's serial cannot be read by a sheet printer: it is the top one of the bin.
        try:
            return self._printer.submit(job_name, pdf)
        except PrinterFault as fault:
            # Every fault of `submit` is certain: nothing was spooled.
            raise PrintingRefused(fault.code) from None

    def wait(self, job: int, on_progress: Callable[[float | None], None]) -> Printed:
        outcome = self._printer.wait(job, on_progress, give_up_seconds=self._give_up_seconds)
        return Printed(outcome.completed, outcome.reason)

    def testify(self, job_name: str) -> Testimony:
        """Ask all three; while the printer is still at work on the job, ask again: its end will tell."""
        deadline = time.monotonic() + STILL_WORKING_SECONDS
        own = self._printer.ask_printer(job_name)
        while own is PrinterEvidence.WORKING and time.monotonic() < deadline and self._printer.status().usable:
            time.sleep(0.25)
            own = self._printer.ask_printer(job_name)
        printers = {
            PrinterEvidence.PRINTED: Printer.PRINTED,
            PrinterEvidence.NOT_PRINTED: Printer.NOT_PRINTED,
            # CUPS says "completed" of a job that the printer gave up: the printer's own word must stand against it.
            PrinterEvidence.BROKEN_OFF: Printer.NOT_PRINTED,
        }
        guards = {
            GuardEvidence.NEVER_SEEN: Guard.NEVER_SEEN,
            GuardEvidence.STARTED: Guard.STARTED,
            GuardEvidence.DELIVERED: Guard.DELIVERED,
            GuardEvidence.FAILED: Guard.FAILED,
            GuardEvidence.SILENT: Guard.SILENT,
        }
        return Testimony(
            guards[self._guard.evidence(job_name)],
            Queue(self._printer.find(job_name).value),
            printers.get(own, Printer.SILENT),
        )

    def withdraw(self, job_name: str) -> bool:
        # First the name: a scheduler that dies right after the cancelling would take the job up again.
        closed = self._guard.withdraw(job_name)
        self._printer.cancel(job_name)
        return closed

    def at_work(self, job_name: str) -> bool:
        return self._guard.evidence(job_name) is GuardEvidence.NEVER_SEEN or at_work(self._printer, self._guard, job_name)


def at_work(printer: CupsPrinter, guard: OnceGuard, job_name: str) -> bool:
    """Whether a job that was let through may still be at the printer; also when nobody can say."""
    if guard.evidence(job_name) is GuardEvidence.SILENT or guard.running(job_name):
        return True
    own = printer.ask_printer(job_name)
    return own is PrinterEvidence.WORKING or (own is PrinterEvidence.SILENT and printer.speaks_for_itself)


def open_witnesses(settings: Settings) -> Witnesses:
    """Guard, queue and printer of these settings, for a staff command beside the running terminal."""
    printer, guard = settings.printer, OnceGuard(settings.printer.guard_directory)
    queue = CupsPrinter(queue=printer.queue, server=printer.server, guard=guard)
    if printer.unit == "booklet":
        from kiosk.booklets import BookletWitnesses  # loads OpenCV

        return BookletWitnesses(queue, guard)
    return CertificateQueue(queue, guard, give_up_seconds=printer.give_up_seconds)

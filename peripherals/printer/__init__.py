"""Certificate printers: the CUPS driver, the once-guard that lets a job through once, and the words of IPP."""

from peripherals.printer.cups import CupsPrinter, JobOutcome, JobReport, QueueEvidence
from peripherals.printer.faults import PrinterFault
from peripherals.printer.itself import PrinterEvidence
from peripherals.printer.once_guard import GuardEvidence, OnceGuard

__all__ = [
    "CupsPrinter",
    "GuardEvidence",
    "JobOutcome",
    "JobReport",
    "OnceGuard",
    "PrinterEvidence",
    "PrinterFault",
    "QueueEvidence",
]

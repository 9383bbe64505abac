"""What can go wrong with printing, each with the one whose turn it is."""

from __future__ import annotations

from typing import ClassVar

from peripherals.device import DeviceFault, Turn


class PrinterFault(DeviceFault):
    """Something about the printer or its queue. `reason` is an IPP word."""

    code: ClassVar[str] = "printer"
    turn: ClassVar[Turn] = Turn.STAFF

    def __init__(self, detail: str = "", reason: str = "other") -> None:
        super().__init__(detail)
        self.reason = reason


class QueueBusy(PrinterFault):
    """A job is outstanding; a second one is not taken."""

    code: ClassVar[str] = "printer-busy"


class NothingSpooled(PrinterFault):
    """The job was not handed over, for certain: nothing will ever print of it."""

    code: ClassVar[str] = "nothing-spooled"


class JobNameRefused(PrinterFault):
    """The job's name is not one that may stand in a queue, a log and a printer's memory. Nothing was handed over."""

    code: ClassVar[str] = "job-name-refused"
    turn: ClassVar[Turn] = Turn.INTEGRATOR


class JobRefusedRepeat(PrinterFault):
    """The once-guard knows this name already: it was let through or withdrawn. Nothing was handed over."""

    code: ClassVar[str] = "job-refused-repeat"


class QueueMissing(PrinterFault):
    """CUPS has no such queue."""

    code: ClassVar[str] = "queue-missing"
    turn: ClassVar[Turn] = Turn.INTEGRATOR


class QueueUnguarded(PrinterFault):
    """The queue goes past the once-guard: what it prints may be printed twice. Nothing was handed over."""

    code: ClassVar[str] = "queue-unguarded"
    turn: ClassVar[Turn] = Turn.INTEGRATOR


class QueueRejects(PrinterFault):
    """Somebody told the queue to take no jobs."""

    code: ClassVar[str] = "queue-rejects"


class PrintServiceDown(PrinterFault):
    """cupsd does not answer; it is being restarted."""

    code: ClassVar[str] = "print-service-down"
    turn: ClassVar[Turn] = Turn.HEALS

"""What a printer says of itself, as one condition: can it print now, and in words for staff, why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from peripherals.printer import ipp
from peripherals.printer.ipp import PrinterState, Reason, Severity

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
    "marker-supply-missing": "the toner is not in its place",
    "marker-waste-full": "the waste toner box is full",
    "fuser-over-temp": "the fuser is too hot",
    "fuser-under-temp": "the fuser is too cold",
    "opc-life-over": "the drum is used up",
    "output-area-full": "the outlet is full",
    "output-tray-missing": "the outlet is not in its place",
    "paused": "the queue is paused",
    "moving-to-paused": "the queue is paused",
    "stopped-partly": "a part of the printer has stopped",
    "stopping": "the printer is stopping",
    "shutdown": "the printer is switching off",
    "timed-out": "the printer does not answer",
    "offline": "the printer does not answer",
    "connecting-to-device": "the printer does not answer",
}
"""Reasons with which nothing can be printed, in words for staff; the order is that in which one is named."""

NOT_REACHED = frozenset({"timed-out", "offline", "connecting-to-device", "shutdown"})


@dataclass(frozen=True, slots=True)
class Condition:
    """printer-state and printer-state-reasons of one moment."""

    state: PrinterState
    reasons: tuple[Reason, ...] = ()

    @classmethod
    def of(cls, state: object, keywords: Sequence[object]) -> Condition:
        """From what a printer or a queue sent; a state that RFC 8011 does not know is taken for stopped."""
        known = isinstance(state, int) and state in set(PrinterState)
        return cls(
            PrinterState(state) if known else PrinterState.STOPPED,
            ipp.reasons_of([word for word in keywords if isinstance(word, str)]),
        )

    @classmethod
    def silent(cls) -> Condition:
        """A printer that did not answer."""
        return cls(PrinterState.STOPPED, (Reason("offline", Severity.ERROR),))

    @property
    def stopping(self) -> str | None:
        """The word that says why nothing can be printed, or None.

        An error stops; a warning only if the printer says that it has stopped (one of two bins may be empty while the other
        feeds); a report never.
        """
        weight = Severity.WARNING if self.state is PrinterState.STOPPED else Severity.ERROR
        words = {reason.word for reason in self.reasons if reason.severity >= weight}
        return next((word for word in STOPPING if word in words), None)

    @property
    def words(self) -> tuple[str, ...]:
        """The reasons without their severity, worst first."""
        first = self.stopping
        ordered = sorted(self.reasons, key=lambda reason: (reason.word != first, -reason.severity))
        return tuple(reason.word for reason in ordered)

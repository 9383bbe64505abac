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
    "other": "the printer has an error that only its maker has a word for",
}
"""Reasons with which nothing can be printed, in words for staff; the order is that in which one is named."""
OTHER = "other"
LAST_WORD = "said-by-last-job"
"""Goes with a reason that stands in an idle queue whose printer cannot be asked: only the next job will tell whether it still holds."""
FORESHADOWING = ("-low", "-almost-full", "-almost-empty", "-near-eol")
"""How words end with which everything can still be printed, whatever weight is given to them."""
OURS = "com.dazheng."
"""How the once-guard's own words begin: they are about a job, not about the printer."""

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
        feeds); a report never. "other" stands for an error in the maker's own words, which follow it in `words`.
        """
        weight = Severity.WARNING if self.state is PrinterState.STOPPED else Severity.ERROR
        words = {reason.word for reason in self.reasons if reason.severity >= weight}
        return next((word for word in STOPPING if word in words and word != OTHER), OTHER if self._makers_error else None)

    @property
    def _makers_error(self) -> bool:
        """Whether the printer names an error that is none of IPP's words; only where it says itself that it is one (``…-error``)."""
        errors = {reason.word for reason in self.reasons if reason.plain and reason.severity is Severity.ERROR}
        words = {word for word in errors if not word.startswith(OURS) and not word.endswith(FORESHADOWING)}
        return any(word not in STOPPING or word == OTHER for word in words)

    @property
    def words(self) -> tuple[str, ...]:
        """The reasons without their severity, worst first."""
        first = self.stopping
        if first == OTHER:
            return tuple(
                dict.fromkeys((OTHER, *(reason.word for reason in sorted(self.reasons, key=lambda each: -each.severity))))
            )
        ordered = sorted(self.reasons, key=lambda reason: (reason.word != first, -reason.severity))
        return tuple(reason.word for reason in ordered)

"""What the doctor finds: a part, how it is, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

from peripherals.device import DeviceStatus
from peripherals.printer.condition import LAST_WORD


class Verdict(StrEnum):
    """How a part is."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `do` is empty where there is nothing to do."""

    part: str
    verdict: Verdict
    said: str
    do: str = ""

    def as_words(self) -> str:
        mark = {Verdict.OK: "OK     ", Verdict.WARNING: "LOOK   ", Verdict.WRONG: "WRONG  "}[self.verdict]
        return f"{mark} {self.part:18} {self.said}" + (f"\n{'':27}→ {self.do}" if self.do else "")

    def as_fields(self) -> dict[str, str]:
        return asdict(self)


DO = {
    "reader-gone": "Plug the reader in. If it is, check [card_reader] devices in the settings, and that nothing else uses the line.",
    "reader-service-down": "Start pcscd: systemctl start pcscd.socket",
    "reader-silent": "Check the reader's power and cable, and that the line named in the settings is the reader's.",
    "reader-unfit": "The reader's security module is ill: have the reader replaced.",
    "camera-gone": "Plug the camera in, and check [code_scanner] source in the settings.",
    "camera-frozen": "Unplug the camera and plug it in again.",
    "camera-dark": "Take away what covers the lens.",
    "scanner-gone": "Plug the scanner in, and check [code_scanner] source in the settings.",
    "scanner-silent": "Check the scanner's power and cable, and baud, silent and ask in [code_scanner] source.",
    "print-service-down": "Start CUPS: systemctl start cups",
    "queue-missing": "kiosk guard install --uri URI makes the queue that [printer] queue names; lpstat -p shows those that there are.",
    "not-configured": "Add the queue that [printer] queue names: lpstat -p shows those that there are.",
    "queue-unguarded": "Put once: before the printer's address: kiosk guard install --uri URI. Without it a certificate may be printed twice.",
    "queue-rejects": "cupsaccept the queue.",
    "once-guard-unreadable": "Run kiosk guard check.",
    "paused": "cupsenable the queue.",
    "media-empty": "Load paper.",
    "media-needed": "Load paper.",
    "media-low": "Have blanks or paper at hand.",
    "turner-gone": "Plug the page turner in, and check [booklet] turner in the settings.",
    "turner-silent": "Check the page turner's power and cable.",
    "effect-unknown": "Look where the booklet is, take it out, and settle its blank (kiosk blanks settle).",
    "media-jam": "Open the printer and take out what is stuck; then account for the blank.",
    "cover-open": "Close the cover.",
    "door-open": "Close the door.",
    "toner-empty": "Change the toner.",
    "marker-supply-empty": "Change the toner.",
    "output-area-full": "Empty the outlet.",
    "timed-out": "Switch the printer on, check its cable, and on a serial line its baud.",
    "offline": "Switch the printer on and check its cable.",
    "connecting-to-device": "Switch the printer on and check its cable.",
    "printer-gone": "Plug the receipt printer in, and check [receipt_printer] device in the settings.",
    "ups-silent": "Check upsd (upsc NAME@HOST) and [ups] device in the settings.",
    "on-battery": "The mains has failed: nothing new is accepted until it is back.",
    "battery-low": "The battery is nearly empty: the machine will be shut down.",
    "replace-battery": "Have the UPS's battery replaced.",
    "other": "Look at the device's own display, and in its maker's manual for the words that stand here.",
    "open": "Close it.",
    "contact-gone": "Check the contact's wire, and its line in [signals].",
    "not-open": "It did not answer in time: run the doctor again.",
}
"""What to do about each reason that a device gives."""


def of_device(name: str, status: DeviceStatus) -> Finding:
    """A device's status in plain words."""
    reason = status.reasons[0] if status.reasons else ""
    if (name, reason) == ("outlet", "open"):
        return Finding(name, Verdict.WARNING, "something lies in the outlet, or its sensor is stuck", "Take out what lies there.")
    do = DO.get(reason, "" if status.usable else "Look at the device; the detail says what it answered.")
    if LAST_WORD in status.reasons:
        do += " Then print a test page (admin screen, or python -m peripherals.printer print): a printer that cannot be asked is believed well again only after a job."
    verdict = Verdict.WRONG if not status.usable else Verdict.WARNING if reason else Verdict.OK
    said = (
        f"{status.state}"
        + (f", {', '.join(status.reasons)}" if status.reasons else "")
        + (f": {status.detail}" if status.detail else "")
    )
    return Finding(name, verdict, said, do)


def worst(findings: Iterable[Finding]) -> Verdict:
    """The verdict on the whole."""
    verdicts = {finding.verdict for finding in findings}
    return next((verdict for verdict in (Verdict.WRONG, Verdict.WARNING) if verdict in verdicts), Verdict.OK)

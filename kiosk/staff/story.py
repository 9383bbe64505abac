"""The journal in words: one entry, one sentence for staff, with the tone in which it is shown."""

from __future__ import annotations

from datetime import datetime

from offline_cache.journal import Entry
from screens.prompts import Tone
from screens.wording import Text, t, verbatim

TONES: dict[str, Tone] = {
    "issuance.authorised": Tone.INFO,
    "issuance.reserved": Tone.INFO,
    "issuance.spooling": Tone.INFO,
    "issuance.printing": Tone.INFO,
    "issuance.printed": Tone.INFO,
    "issuance.presented": Tone.INFO,
    "issuance.left": Tone.WARN,
    "issuance.found": Tone.OK,
    "issuance.taken": Tone.OK,
    "issuance.retained": Tone.WARN,
    "issuance.spoiled": Tone.WARN,
    "issuance.unknown": Tone.REFUSED,
    "issuance.given-back": Tone.INFO,
    "issuance.settled": Tone.OK,
    "blanks.received": Tone.INFO,
    "blanks.at-terminal": Tone.INFO,
    "blanks.loaded": Tone.INFO,
    "blanks.unloaded": Tone.INFO,
    "blanks.counted": Tone.INFO,
    "blanks.count-settled": Tone.WARN,
    "blanks.destroyed": Tone.WARN,
    "blanks.handed-over": Tone.OK,
    "staff.day-closed": Tone.OK,
    "staff.counted": Tone.INFO,
    "blanks.spoiled": Tone.WARN,
    "blanks.returned": Tone.INFO,
    "blanks.missing": Tone.REFUSED,
    "staff.signed-in": Tone.INFO,
    "staff.signed-out": Tone.INFO,
    "staff.refused": Tone.WARN,
    "staff.called": Tone.WARN,
    "staff.paused": Tone.WARN,
    "staff.resumed": Tone.OK,
    "staff.tested": Tone.INFO,
    "staff.calibrated": Tone.INFO,
    "staff.cleaned": Tone.INFO,
    "staff.searched": Tone.INFO,
    "staff.reported": Tone.INFO,
    "staff.exported": Tone.INFO,
    "staff.power": Tone.WARN,
    "visit.ended": Tone.INFO,
}
"""Kinds that have a sentence ``staff.entry.<kind>``; any other is shown by its kind."""


def words(entry: Entry) -> tuple[Tone, Text]:
    """The sentence of an entry."""
    tone = TONES.get(entry.kind)
    if tone is None:
        return Tone.INFO, t("staff.entry.other", kind=entry.kind)
    known: dict[str, str | int | Text] = dict.fromkeys(_NAMES, "—")
    for name, value in entry.data.items():
        known[name] = "—" if value is None else str(value)
    known["other"] = known.pop("and", "—")
    return tone, t(f"staff.entry.{entry.kind}", **known)


_NAMES = ("serial", "by", "and", "bin", "count", "reason", "end", "device", "service", "outcome", "act", "number", "first", "last",
          "found", "expected")  # fmt: skip


def clock_of(entry: Entry) -> str:
    """Local time of day."""
    return f"{datetime.fromisoformat(entry.at).astimezone():%H:%M}"


def moment_of(entry: Entry) -> Text:
    """Local day and time."""
    return verbatim(f"{datetime.fromisoformat(entry.at).astimezone():%Y-%m-%d %H:%M:%S}")

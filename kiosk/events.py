"""Everything that the terminal and its watchdog may say in a log: one catalogue, each event with a name, a weight and a sentence.

    events.REMEDY_APPLIED.tell(part="reader-service", remedy="restart-service", target="pcscd.service", symptom="reader-service-down")

A log line is the sentence with its fields; under systemd the fields go to journald one by one, with a message id that
`journalctl --catalog` explains. Fields are words and numbers of ours, never anything that a card, a citizen or a record says.
`docs/events.md` and the journal catalogue are printed from here (`python -m kiosk.events`); a test keeps them equal.
"""

from __future__ import annotations

import logging
import string
import sys
import traceback
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NAMESPACE: Final = uuid.UUID("5f1d2c0e-8a53-5d0a-9a53-6b8f7a0c1e44")
"""Message ids are made from it and an event's name (UUID version 5): they never change while the name does not."""

Word = str | int | float


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of thing that happens. `sentence` has its fields in braces; `about` says what it means and what to do."""

    name: str
    level: int
    sentence: str
    about: str

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(name for _, name, _, _ in string.Formatter().parse(self.sentence) if name)

    @property
    def message_id(self) -> str:
        return uuid.uuid5(NAMESPACE, self.name).hex

    def tell(self, **fields: Word) -> None:
        """Log it. Blocks no longer than the log's handler does."""
        logger = logging.getLogger(f"dazheng.{self.name.partition('.')[0]}")
        if logger.isEnabledFor(self.level):
            logger.log(
                self.level, "%s: %s", self.name, self.sentence.format(**fields), extra={"event": self, "event_fields": fields}
            )


def place(mistake: BaseException) -> str:
    """Where it happened, in our own code; never its message, which may quote a person."""
    frames = traceback.extract_tb(mistake.__traceback__)
    return " < ".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in reversed(frames[-4:]))


_D, _I, _W, _E, _C = logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL

# ---- the terminal ---------------------------------------------------------------------------------------------------------

FIRST_FRAME = Event(
    "terminal.first-frame", _I, "first frame after {milliseconds} ms", "The window shows something. Nothing to do."
)
PART_BROKE = Event(
    "terminal.part-broke",
    _C,
    "a part of the terminal broke: {kind} at {place}",
    "The terminal ends and is started anew; what was being issued is judged at the start. Report it with the place.",
)
LOOP_FIGURES = Event(
    "terminal.loop-figures", _I, "event loop: p99.9 {p999} ms, longest {longest} ms", "Said at the end of a run. Nothing to do."
)
OBSTACLE = Event(
    "terminal.obstacle",
    _W,
    "obstacle: {code} ({detail})",
    "Something that a service needs is missing; the home screen says so and offers less. It clears by itself.",
)
VISIT_ENDED = Event("visit.ended", _I, "visit {case}: {service}: {outcome}", "One citizen's stay is over. Nothing to do.")
VISIT_BROKE = Event(
    "visit.broke",
    _E,
    "visit {case} broke: {kind} at {place}",
    "A mistake in the software; the citizen was told and staff were called. Report it with the place.",
)
STAFF_CALLED = Event("visit.staff-called", _W, "staff called: {reason}", "Somebody should go to the terminal.")
RECORD_OF_OTHERS = Event(
    "visit.record-of-others",
    _E,
    "a record that names somebody else was listed",
    "The platform listed a record that is not the citizen's; it was not shown. The platform's operator must look.",
)
RECORD_UNTRUSTED = Event(
    "visit.record-untrusted",
    _W,
    "record not trusted: {code}",
    "A record's signature, chain or dates do not hold: the registry's or the platform's to look at. Nothing was printed.",
)
GLYPHS_MISSING = Event(
    "visit.glyphs-missing",
    _W,
    "{count} characters without a glyph",
    "A name cannot be printed with the fonts that are installed; the citizen was sent to a counter.",
)
PAGE_FAILED = Event("visit.page-failed", _E, "page failed: {code}", "A page could not be typeset. Report it.")
SLIP_FAILED = Event(
    "visit.slip-failed",
    _W,
    "no slip: {code}",
    "A slip for a citizen did not come out; the case number was on the screen. Look at the receipt printer.",
)
LINK_TROUBLE = Event(
    "platform.trouble", _W, "platform: {kind}: {code}", "The platform does not answer as it should. Heals; else ask its operator."
)
LINK_RETRY = Event("platform.retry", _I, "{method} {path}: attempt {attempt}: {kind}", "A request is tried again. Nothing to do.")
SESSION_LEFT_OPEN = Event(
    "platform.session-left-open", _I, "session not closed: {kind}", "The platform ends it by itself. Nothing to do."
)
NOT_GONE_ON = Event(
    "platform.not-gone-on",
    _W,
    "platform did not go on: {code}",
    "The platform refused or broke during a visit; the citizen was told.",
)
JOURNAL_FAILED = Event(
    "store.journal-failed",
    _E,
    "journal: {code}",
    "The store cannot write. The terminal takes itself out of service: see the disk.",
)
SAID_BEFORE = Event("store.said-before", _I, "{kind}: was said before", "The platform knows it already. Nothing to do.")
WORD_NOT_KEPT = Event(
    "platform.word-not-kept",
    _W,
    "what the platform said is not kept or not found: {code}",
    "Profile, revocation lists or time could not be written or read: a start without a link would not have them. See the disk.",
)
REQUEST_TAKEN_BACK = Event(
    "platform.request-taken-back",
    _W,
    "a request for an authorisation is taken back",
    "Its answer was lost, or nothing was begun under it. The platform hears it through the outbox. Nothing to do.",
)
SUPPLIES_TROUBLE = Event(
    "township.supplies-trouble",
    _W,
    "supplies: {kind}",
    "What is granted beforehand for appointments could not be fetched or swept; it is tried again.",
)
SUPPLIES_RETURNED = Event("township.supplies-returned", _I, "pre-grants given back: {why}", "Nothing to do.")
RECOVERY_WAITS = Event(
    "issuance.recovery-waits",
    _E,
    "recovery: {code}, tried again",
    "What an issuance left open cannot be written: see the disk. Nothing new is begun meanwhile.",
)
OUTBOX_TROUBLE = Event("store.outbox-trouble", _W, "outbox: {code}", "The outbox cannot be read or written: see the disk.")
OUTBOX_REFUSED = Event(
    "store.outbox-refused",
    _E,
    "outbox: event {seq} refused: {code}",
    "The platform refused an event for good; somebody must settle with its operator what became of it.",
)
HEAD_NOT_SIGNED = Event(
    "store.head-not-signed",
    _E,
    "journal's head not signed: {code}",
    "The store cannot write or the terminal's key cannot be had; tried again in five minutes. See the disk, the token or the TPM.",
)
NOT_IN_ESCROW = Event(
    "store.not-in-escrow",
    _E,
    "journal not put in escrow: {kind}",
    "The escrow certificate or directory cannot be used; the copy of before is still there. See [escrow] in the settings.",
)
STORE_ROLLED_BACK = Event(
    "store.rolled-back",
    _C,
    "the platform knows entry {seq} of the journal, this store does not",
    "An older copy of the store was put back; nothing is printed. Put the newest one back (docs/operations.md).",
)
ISSUANCE_STORE = Event(
    "issuance.store-failed",
    _E,
    "issuance {authorisation}: {code} after hand-over",
    "The store failed while something was printed; it is judged as soon as the store can write.",
)
ISSUANCE_TYPESETTING = Event("issuance.typesetting-failed", _E, "typesetting failed", "Nothing was printed. Report it.")
ISSUANCE_LATER = Event(
    "issuance.given-back-later", _E, "issuance {authorisation}: {code}, given back later", "It is given back at the next start."
)
ISSUANCE_RECOVERED = Event(
    "issuance.recovered",
    _W,
    "recovery: {authorisation} found {before}, now {after}",
    "An issuance was open from before. Where it is now unknown, two of the staff look (`kiosk blanks settle`).",
)
ISSUANCE_JUDGED = Event("issuance.judged", _W, "{authorisation}: {detail}: {verdict}", "The three witnesses were heard.")

# ---- the watchdog ---------------------------------------------------------------------------------------------------------

WATCHDOG_STARTED = Event("watchdog.started", _I, "watching {parts} parts, metrics on port {port}", "Nothing to do.")
WATCHDOG_HOLDS_BACK = Event(
    "watchdog.holds-back",
    _E,
    "{loop}: remedies are held back",
    "Machine or watchdog were started too often in half an hour: it looks and reports, but restarts nothing. Find out why it is started so often.",
)
WATCHDOG_FORGOT = Event(
    "watchdog.forgot", _E, "the state file could not be read; begun anew", "Budgets of remedies begin anew. See the disk."
)
MEMORY_UNWRITABLE = Event(
    "watchdog.memory-unwritable",
    _E,
    "{detail}; no remedy is applied",
    "A remedy that cannot be counted could loop. Make the state file writable.",
)
PART_ILL = Event(
    "watchdog.part-ill", _W, "{part} is ill: {symptom} ({detail})", "The watchdog does what it can; see what follows."
)
PART_WELL = Event("watchdog.part-well", _I, "{part} is well after {seconds} s", "Nothing to do.")
REMEDY_APPLIED = Event("watchdog.remedy", _W, "{part}: {remedy} {target} ({symptom})", "Nothing to do yet.")
REMEDY_FAILED = Event(
    "watchdog.remedy-failed",
    _E,
    "{part}: {remedy} {target} failed: {code}",
    "systemd refused or did not answer. Is the polkit rule in place? `kiosk doctor` tells.",
)
OUT_OF_SERVICE = Event(
    "watchdog.out-of-service",
    _E,
    "{part} is out of service: {symptom} ({detail})",
    "Everything that may be tried was tried. Somebody should go to the terminal; the ladder is climbed anew in half an hour.",
)

CATALOGUE: Final = tuple(value for value in list(vars().values()) if isinstance(value, Event))
_LEVELS: Final = {_D: "debug", _I: "info", _W: "warning", _E: "error", _C: "critical"}


def document() -> str:
    """docs/events.md."""
    lines = [
        "# Events",
        "",
        "What terminal and watchdog say in the log. Printed from `kiosk/events.py` by `python -m kiosk.events`; a test keeps both equal.",
        "Under systemd every field is a field of the journal (`DAZHENG_PART=…`), and `journalctl -o verbose DAZHENG_EVENT=NAME` finds one kind.",
        "",
        "| event | weight | says | what it means, what to do |",
        "|---|---|---|---|",
    ]
    lines += [f"| {one.name} | {_LEVELS[one.level]} | {one.sentence} | {one.about} |" for one in CATALOGUE]
    return "\n".join(lines) + "\n"


def journal_catalogue() -> str:
    """The same for `journalctl --catalog` (systemd's message catalogue format)."""
    head = "# Printed from kiosk/events.py by `python -m kiosk.events --catalogue`.\n"
    return head + "".join(
        f"\n-- {one.message_id}\nSubject: {one.name}\nDefined-By: dazheng\n\n{one.about}\n" for one in CATALOGUE
    )


if __name__ == "__main__":
    sys.stdout.write(journal_catalogue() if "--catalogue" in sys.argv[1:] else document())

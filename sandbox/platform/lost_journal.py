"""What the registry's staff do for a terminal whose store is lost: close its journal, and say of each of its blanks where it is.

Three accounts are held against one another: the last export (from escrow), what the platform has heard since, and what two people have counted
in the terminal's bins and its safe. What they explain together is settled; what they do not is *unknown* and listed by serial. Only then
may the terminal begin a new journal.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from kiosk.issuance import replay
from kiosk.issuance.blanks import BlankState
from kiosk.platform.types import JournalHead
from offline_cache.export import Export
from sandbox.platform.paper import OPEN, Paper, Problem

_BY_THE_EXPORT = {
    BlankState.ISSUED: "used",
    BlankState.RETAINED: "used",
    BlankState.SPOILED: "void",
    BlankState.DESTROYED: "void",
    BlankState.RECEIVED: "issued",
    BlankState.AT_TERMINAL: "issued",
    BlankState.LOADED: "issued",
}
"""What an export's state of a blank is at the platform; of any other (bound, quarantined, missing, returned) it says too little."""


@dataclass(frozen=True, slots=True)
class ClosedJournal:
    """A journal that its terminal cannot go on with.

    `complete`: the export reaches as far as the newest head that the platform was told; else things were done after it. `unexplained`: serials
    on which the three accounts do not agree, now unknown. `unresolved`: authorisations that nobody has ended; `Paper.resolve` is for them.
    """

    terminal_id: str
    head: JournalHead | None
    entries: int
    complete: bool
    unexplained: tuple[str, ...]
    unresolved: tuple[str, ...]
    by: tuple[str, str]
    at: datetime


def closed(paper: Paper, heads: list[JournalHead], told: Export, counted: Collection[str], by: tuple[str, str]) -> ClosedJournal:
    """Settle every blank of the terminal that `told` (checked against its key) is of. `counted`: the blanks that two found there.

    Raises `Problem` for one person alone, and for an export of another journal than the one whose heads were told.
    """
    if len({person.strip() for person in by} - {""}) != 2:
        raise Problem("two-people", 403)
    written = {entry.seq: entry.hash.hex() for entry in told.entries}
    if any(head.seq in written and written[head.seq] != head.hash for head in heads):
        raise Problem("journal-of-another", 409)
    exported = replay.blanks_of(told.entries)
    unexplained: list[str] = []
    for serial in sorted(serial for serial, terminal in paper.blank_terminal.items() if terminal == told.terminal):
        heard, here = paper.blanks[serial].state, serial in counted
        # What the platform has heard of an end is newer than any export; only what it has heard nothing of is settled by it.
        state = heard if heard in ("used", "void") else _BY_THE_EXPORT.get(exported.get(serial, BlankState.MISSING), "unknown")
        if here is not (state == "issued"):
            state = "unknown"
        if state == "unknown":
            unexplained.append(serial)
        paper.blanks[serial] = paper.blanks[serial].model_copy(update={"state": state})
    unresolved = tuple(
        name
        for name, grant in paper.grants.items()
        if grant.authorisation.terminal_id == told.terminal and grant.state in (OPEN, "unknown", "left")
    )
    newest = heads[-1] if heads else None
    complete = newest is None or newest.seq in written
    return ClosedJournal(told.terminal, newest, len(told.entries), complete, tuple(unexplained), unresolved, by, paper.clock())

"""Where every blank is, told from the journal alone: a second account beside the ledger's tables, and the one that is left when a store
is lost with its key (an escrowed export still says it).
"""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.issuance.blanks import MOVES, BlankState
from kiosk.issuance.ledger import BLANK_AFTER
from kiosk.issuance.serial_runs import from_runs
from kiosk.issuance.states import TRANSITIONS, State
from offline_cache.journal import Entry

_RUNS = {
    "blanks.received": BlankState.RECEIVED,
    "blanks.at-terminal": BlankState.AT_TERMINAL,
    "blanks.unloaded": BlankState.AT_TERMINAL,
    "blanks.loaded": BlankState.LOADED,
    "blanks.destroyed": BlankState.DESTROYED,
    "blanks.handed-over": BlankState.ISSUED,
}
_ONE = {f"blanks.{end}": end for end in (BlankState.SPOILED, BlankState.RETURNED, BlankState.MISSING)}


def blanks_of(entries: Iterable[Entry]) -> dict[str, BlankState]:
    """The state of every blank that `entries` (a whole journal) speak of."""
    states: dict[str, BlankState] = {}
    for entry in entries:
        data = entry.data
        if after := _RUNS.get(entry.kind):
            states |= dict.fromkeys(from_runs(str(data["serials"])), after)
        elif after := _ONE.get(entry.kind):
            states[str(data["serial"])] = after
        elif entry.kind == "blanks.count-settled":
            states |= dict.fromkeys(from_runs(str(data["missing"])), BlankState.MISSING)
            for serial in from_runs(str(data["found"])):
                if BlankState.AT_TERMINAL in MOVES[states[serial]]:
                    states[serial] = BlankState.AT_TERMINAL
        elif (state := _state(entry)) and data.get("serial"):
            after = BlankState.RESERVED if state is State.RESERVED else BLANK_AFTER.get(state)
            if after is not None:
                states[str(data["serial"])] = after
    return states


def traces(entries: Iterable[Entry]) -> dict[str, list[State]]:
    """The states of each authorisation, in the order in which they were written."""
    found: dict[str, list[State]] = {}
    for entry in entries:
        if (state := _state(entry)) is not None:
            found.setdefault(str(entry.data["authorisation"]), []).append(state)
    return found


def astray(entries: Iterable[Entry]) -> list[str]:
    """What the machine does not allow: each issuance's entries must follow `TRANSITIONS` from its first state on. Empty when all do."""
    stands: dict[str, State] = {}
    wrong: list[str] = []
    for entry in entries:
        state = _state(entry)
        if state is None:
            continue
        authorisation = str(entry.data["authorisation"])
        before = stands.get(authorisation)
        allowed = state is State.AUTHORISED if before is None else state in TRANSITIONS[before]
        if not allowed:
            wrong.append(f"entry {entry.seq}: authorisation {authorisation} went from {before or 'nothing'} to {state}")
        stands[authorisation] = state
    return wrong


def _state(entry: Entry) -> State | None:
    room, _, word = entry.kind.partition(".")
    return State(word) if room == "issuance" and word in set(State) else None

"""The states of an issuance: one small explicit machine. docs/reliability.md holds its table; a test keeps both equal.

Each state is on disk before the act that it names, so that after a crash the worst case is known. None claims an act that may
not have happened; where nobody can know, the state is `unknown` or `left`, and only people who have looked leave it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where an authorisation and its blank stand."""

    AUTHORISED = "authorised"
    RESERVED = "reserved"
    SPOOLING = "spooling"
    PRINTING = "printing"
    PRINTED = "printed"
    PRESENTED = "presented"
    LEFT = "left"
    TAKEN = "taken"
    RETAINED = "retained"
    SPOILED = "spoiled"
    UNKNOWN = "unknown"
    GIVEN_BACK = "given-back"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What is true in a state, and what is done when the terminal finds it after a crash."""

    true: str
    after_crash: str


MEANINGS: dict[State, Meaning] = {
    State.AUTHORISED: Meaning("nothing physical has happened", "give the authorisation back"),
    State.RESERVED: Meaning("one blank's serial is bound to it", "release the blank, give the authorisation back"),
    State.SPOOLING: Meaning(
        "the page is typeset, its digest stored; the job is being handed over",
        "withdraw the job, ask guard, queue and printer by its name, and judge by the table below",
    ),
    State.PRINTING: Meaning("the queue has the job; the guard lets it through once", "the same"),
    State.PRINTED: Meaning(
        "the sheet carries this certificate", "nobody can say in whose hand it is: unknown, until two of the staff have looked"
    ),
    State.PRESENTED: Meaning(
        "the certificate is in the outlet", "nobody can say whether it was taken: unknown, until two of the staff have looked"
    ),
    State.LEFT: Meaning(
        "printed, and nobody has said that it was taken: in the outlet, or in somebody's hand; reported",
        "it stays so: one of the staff looks, and says who has it",
    ),
    State.TAKEN: Meaning("the end: in the citizen's hand; reported through the outbox", "tell the platform until it has heard"),
    State.RETAINED: Meaning(
        "the end: staff hold it for the citizen, by the unit's sensor or their own word; reported",
        "tell the platform until it has heard",
    ),
    State.SPOILED: Meaning("the end: the blank is void; reported", "tell the platform until it has heard"),
    State.UNKNOWN: Meaning(
        "nobody can say what became of the sheet; blank, bin and authorisation are quarantined; reported",
        "two of the staff look: spoiled, retained or taken",
    ),
    State.GIVEN_BACK: Meaning(
        "the end: nothing was printed under it and nothing will be; the platform is told", "tell the platform until it has heard"
    ),
}

TRANSITIONS: dict[State, frozenset[State]] = {
    State.AUTHORISED: frozenset({State.RESERVED, State.GIVEN_BACK}),
    State.RESERVED: frozenset({State.SPOOLING, State.GIVEN_BACK}),
    State.SPOOLING: frozenset({State.PRINTING, State.PRINTED, State.UNKNOWN, State.GIVEN_BACK}),
    State.PRINTING: frozenset({State.PRINTED, State.SPOILED, State.UNKNOWN, State.GIVEN_BACK}),
    State.PRINTED: frozenset({State.PRESENTED, State.RETAINED, State.SPOILED, State.UNKNOWN}),
    State.PRESENTED: frozenset({State.LEFT, State.TAKEN, State.RETAINED, State.UNKNOWN}),
    State.LEFT: frozenset({State.TAKEN, State.RETAINED}),
    State.UNKNOWN: frozenset({State.SPOILED, State.RETAINED, State.TAKEN}),
    State.TAKEN: frozenset(),
    State.RETAINED: frozenset(),
    State.SPOILED: frozenset(),
    State.GIVEN_BACK: frozenset(),
}

OPEN: frozenset[State] = frozenset(state for state, following in TRANSITIONS.items() if following)
"""States that are not an end."""

FOR_PEOPLE: frozenset[State] = frozenset({State.LEFT, State.UNKNOWN})
"""States that only the word of somebody who has looked leaves."""

REPORTED: dict[State, str] = {
    State.LEFT: "left",
    State.TAKEN: "taken",
    State.RETAINED: "retained",
    State.SPOILED: "spoiled",
    State.UNKNOWN: "unknown",
}
"""States whose entering the platform is told, by the name of the report's outcome."""


class IllegalTransition(Exception):
    """The machine does not go that way; nothing was written. A mistake in the software."""

    def __init__(self, before: State, after: State) -> None:
        super().__init__(f"{before} → {after}")
        self.before = before
        self.after = after


def table() -> str:
    """The machine as a Markdown table, for docs/reliability.md."""
    lines = ["| state | what is true | found after a crash | goes on to |", "|---|---|---|---|"]
    for state, meaning in MEANINGS.items():
        onward = ", ".join(following for following in State if following in TRANSITIONS[state])
        lines.append(f"| {state} | {meaning.true} | {meaning.after_crash} | {onward or '—'} |")
    return "\n".join(lines) + "\n"

"""Who may do what at the admin screen: one table. docs/operations.md shows it; a test keeps both equal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is at this terminal."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


class Act(StrEnum):
    """What can be done at the admin screen."""

    LOOK = "look"
    SEARCH = "search"
    REPORT = "report"
    EXPORT = "export"
    TEST = "test"
    CLEAN = "clean"
    PAUSE = "pause"
    LOAD = "load"
    VOID = "void"
    FIND = "find"
    RECEIVE = "receive"
    COUNT = "count"
    SETTLE = "settle"
    HAND_OVER = "hand-over"
    DESTROY = "destroy"
    CALIBRATE = "calibrate"
    POWER = "power"


_EVERYBODY = frozenset({Act.LOOK, Act.SEARCH, Act.REPORT})
_OPERATES = _EVERYBODY | {
    Act.TEST,
    Act.CLEAN,
    Act.PAUSE,
    Act.LOAD,
    Act.VOID,
    Act.FIND,
    Act.RECEIVE,
    Act.COUNT,
    Act.SETTLE,
    Act.HAND_OVER,
    Act.DESTROY,
}

ALLOWED: dict[Role, frozenset[Act]] = {
    Role.OPERATOR: _OPERATES,
    Role.SUPERVISOR: frozenset(Act),
    Role.AUDITOR: _EVERYBODY | {Act.EXPORT},
}

TWO_PEOPLE: frozenset[Act] = frozenset({Act.RECEIVE, Act.COUNT, Act.SETTLE, Act.DESTROY})
"""Acts that a second member of staff must attest, who may do the act too and signs in for it."""

SUPERVISED: frozenset[Act] = frozenset({Act.SETTLE})
"""Of these, one of the two must be a supervisor."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the staff, by number (never by name)."""

    number: str
    role: Role

    def may(self, act: Act) -> bool:
        return act in ALLOWED[self.role]


def may_attest(act: Act, first: Member, second: Member) -> bool:
    """Whether `second` may stand beside `first` in `act`."""
    if first.number == second.number or not (first.may(act) and second.may(act)):
        return False
    return act not in SUPERVISED or Role.SUPERVISOR in (first.role, second.role)


def table() -> str:
    """The roles as a Markdown table, for docs/operations.md."""
    lines = [f"| act | {' | '.join(Role)} | two people |", f"|---|{'---|' * (len(Role) + 1)}"]
    for act in Act:
        marks = " | ".join("yes" if act in ALLOWED[role] else "—" for role in Role)
        two = "yes, one a supervisor" if act in SUPERVISED else "yes" if act in TWO_PEOPLE else "—"
        lines.append(f"| {act} | {marks} | {two} |")
    return "\n".join(lines) + "\n"

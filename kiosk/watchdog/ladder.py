"""Ladders of remedies: what is tried, in which order, how often, and how long each is given to work. Pure; time comes in.

A climb begins when a part falls ill and ends when it has been well for `FORGET_SECONDS`, so a part that flaps goes on where it was.
Every remedy has a budget besides: so many times in a sliding window, whoever wants it and however often the watchdog itself was
started anew. Nothing loops; and what was given up is tried again when its budget allows, for a terminal that was broken at night
should be well in the morning.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

FORGET_SECONDS = 60.0
"""A part that was well for so long begins with the first rung the next time."""
AGAIN_SECONDS = 1800.0
"""How long after the last rung the ladder is climbed anew while the part stays ill."""


class Remedy(StrEnum):
    """What can be done about a part."""

    REOPEN = "reopen"
    """The terminal closes and opens its handle on the device."""
    RESTART_SERVICE = "restart-service"
    CLEAR_SOCKETS = "clear-sockets"
    """What a daemon's death left behind is removed, and it is started."""
    POWER_CYCLE = "power-cycle"
    """The device's USB port is switched off and on."""
    RESTART_TERMINAL = "restart-terminal"
    """In good order, at a quiet moment."""
    KILL_TERMINAL = "kill-terminal"
    """A terminal whose event loop stands still hears no SIGTERM: killed and started, never in the middle of an issuance."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One remedy on `target` (a unit, a device, a port): `tries` times in a climb, each given `wait` seconds to show, and never more
    than `budget` times in `per` seconds.
    """

    remedy: Remedy
    target: str
    tries: int = 1
    wait: float = 10.0
    budget: int = 6
    per: float = 3600.0

    @property
    def waits_for_quiet(self) -> bool:
        return self.remedy is Remedy.RESTART_TERMINAL


Ladder = tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class Attempt:
    """That a remedy was applied for `part`; `at` is wall-clock time (seconds since 1970), for it must survive a restart."""

    part: str
    remedy: Remedy
    target: str
    at: float


@dataclass(frozen=True, slots=True)
class Act:
    """Apply this rung now."""

    rung: Rung


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: `why` is "cool-down" (the last remedy may still work) or "busy" (somebody is being served)."""

    why: str


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Everything that may be tried was tried: staff."""


Step = Act | Wait | Exhausted


def next_step(ladder: Ladder, part: str, began: float, past: Sequence[Attempt], now: float, *, quiet: bool) -> Step:
    """What is to be done for `part`, whose climb began at `began`, after the attempts `past` (of all parts).

    A rung whose budget is used up is passed over. `quiet`: nobody is being served.
    """
    own = [attempt for attempt in past if attempt.part == part and attempt.at >= began]
    if own:
        last = max(own, key=lambda attempt: attempt.at)
        given = next((rung.wait for rung in ladder if (rung.remedy, rung.target) == (last.remedy, last.target)), 0.0)
        if now - last.at < given:
            return Wait("cool-down")
    for rung in ladder:
        if _times(own, rung) >= rung.tries or _times((one for one in past if now - one.at < rung.per), rung) >= rung.budget:
            continue
        return Wait("busy") if rung.waits_for_quiet and not quiet else Act(rung)
    return Exhausted()


def _times(attempts: Iterable[Attempt], rung: Rung) -> int:
    return sum((attempt.remedy, attempt.target) == (rung.remedy, rung.target) for attempt in attempts)

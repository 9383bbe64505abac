"""What one run does, from its seed alone: seeds below `SWEEP` walk every trouble through every named state, the others strike at random."""

from __future__ import annotations

import random
from dataclasses import dataclass

STATES = ("authorised", "reserved", "spooling", "printing", "printed", "presented", "taken")
POINTS = tuple(f"{side} {state}" for state in STATES for side in ("before", "after"))
"""Named instants: just before and just after the commit of each state."""

TROUBLES = (
    "kill terminal",
    "kill cupsd",
    "kill backend",
    "kill printer",
    "kill platform",
    "kill everything",
    "disk full",
    "disk fails",
    "disk read-only",
    "link cut",
    "link loses answers",
    "link flaps",
    "clock forward",
    "clock back",
    "jam",
    "disk slow",
)
SWEEP = len(POINTS) * len(TROUBLES)
LONGEST = 1.5
"""Seconds within which a random blow falls: a visit takes about as long."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`trouble` at `point`, or `after` so many seconds where `point` is empty; it lasts `outage` seconds.

    `again`: it comes twice. `walks`: she walks away from the outlet without a word.
    """

    seed: int
    trouble: str
    point: str
    after: float
    outage: float
    again: bool
    walks: bool = False

    def __str__(self) -> str:
        where = self.point or f"after {self.after:.3f} s"
        return f"seed {self.seed}: {self.trouble} {where}, for {self.outage:.2f} s{', twice' if self.again else ''}" + (
            ", she walks away" if self.walks else ""
        )


def plan_of(seed: int) -> Plan:
    """The same for the same seed, always."""
    dice = random.Random(seed)
    outage = dice.choice((0.0, 0.1, 0.5, 1.5))
    if seed < SWEEP:
        trouble, point = TROUBLES[seed % len(TROUBLES)], POINTS[seed // len(TROUBLES)]
        return Plan(seed, trouble, point, 0.0, outage, again=False)
    trouble, after, again = dice.choice(TROUBLES), dice.uniform(0.0, LONGEST), dice.random() < 0.25
    return Plan(seed, trouble, "", after, outage, again, walks=dice.random() < 0.125)

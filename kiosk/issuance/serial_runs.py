"""Serials of blanks in short: "41002186350+10 41002186371" are ten in a row and one. Blanks come in runs; a journal is read for years."""

from __future__ import annotations

import re
from collections.abc import Iterable

MOST_AT_ONCE = 10_000

_RUN = re.compile(r"([A-Z]?)([0-9]{1,20})(?:\+([0-9]{1,5}))?")


def in_runs(serials: Iterable[str]) -> str:
    """`serials` in their order, each run as its first and how many."""
    runs: list[tuple[str, int]] = []
    for serial in serials:
        if runs and serial == following(runs[-1][0], runs[-1][1]):
            runs[-1] = runs[-1][0], runs[-1][1] + 1
        else:
            runs.append((serial, 1))
    return " ".join(first if count == 1 else f"{first}+{count}" for first, count in runs)


def from_runs(text: str) -> list[str]:
    """What `in_runs` wrote. Raises `ValueError`."""
    serials: list[str] = []
    for word in text.split():
        found = _RUN.fullmatch(word)
        if found is None:
            raise ValueError("not a run of serials")
        first, count = found[1] + found[2], int(found[3] or 1)
        serials += [following(first, index) for index in range(count)]
    return serials


def following(first: str, by: int) -> str:
    """The serial `by` places after `first`, its letter and width kept."""
    letter, digits = (first[:1], first[1:]) if first[:1].isalpha() else ("", first)
    return f"{letter}{int(digits) + by:0{len(digits)}d}"

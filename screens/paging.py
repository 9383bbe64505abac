"""Long lists are paged and never scrolled: where the pages begin."""

from __future__ import annotations

from collections.abc import Sequence


def starts(heights: Sequence[float], gap: float, room: float) -> list[int]:
    """The index with which each page begins; what is taller than the room has a page of its own."""
    begins, used = [0], 0.0
    for index, height in enumerate(heights):
        if index > begins[-1] and used + height > room:
            begins.append(index)
            used = 0.0
        used += height + gap
    return begins

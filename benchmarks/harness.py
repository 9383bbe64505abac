"""One harness for all benchmark rows: ours and the peer in turn, medians, and the ratio of the medians.

Machines drift, so both sides run alternately in the same process (`paired`) and only their ratio is quoted against a goal.
A row that has no peer in time (a rate, a memory figure) is built directly as a `Row`.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of docs/performance.md.

    `ours` and `peer` are in `unit` (usually "ms"), as medians; `ratio` is ours / peer unless the row is a plain figure (peer
    None). `goal` is the words of the goal, `met` whether this run met it (None: no goal).
    """

    name: str
    ours: float
    peer_name: str = ""
    peer: float | None = None
    unit: str = "ms"
    goal: str = ""
    met: bool | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return None if not self.peer else self.ours / self.peer


def seconds_until(holds: Callable[[], bool], *, begin: float | None = None, give_up: float = 60.0) -> float:
    """Seconds from `begin` (time.monotonic; default: now) until it holds, looked at every 5 ms. Raises `TimeoutError` after `give_up`."""
    begin = time.monotonic() if begin is None else begin
    while not holds():
        if time.monotonic() - begin > give_up:
            raise TimeoutError("it did not come")
        time.sleep(0.005)
    return time.monotonic() - begin


def paired(ours: Callable[[], object], peer: Callable[[], object], *, runs: int = 30, warmup: int = 3) -> tuple[float, float]:
    """Median milliseconds of `ours` and of `peer`, run alternately (A B A B …) with the collector off."""
    for _ in range(warmup):
        ours()
        peer()
    ours_times: list[float] = []
    peer_times: list[float] = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(runs):
            ours_times.append(_milliseconds(ours))
            peer_times.append(_milliseconds(peer))
    finally:
        gc.enable()
    return statistics.median(ours_times), statistics.median(peer_times)


def compare(
    name: str,
    ours: Callable[[], object],
    peer_name: str,
    peer: Callable[[], object],
    *,
    goal: float | None = None,
    runs: int = 30,
    warmup: int = 3,
    note: str = "",
) -> Row:
    """A row that holds `ours` against `peer` in one run; `goal` is the largest ratio that still meets it."""
    ours_ms, peer_ms = paired(ours, peer, runs=runs, warmup=warmup)
    return ratio_row(name, ours_ms, peer_name, peer_ms, goal=goal, note=note)


def ratio_row(name: str, ours_ms: float, peer_name: str, peer_ms: float, *, goal: float | None = None, note: str = "") -> Row:
    """A row from two figures that were measured in the same run."""
    return Row(
        name=name,
        ours=ours_ms,
        peer_name=peer_name,
        peer=peer_ms,
        goal="" if goal is None else f"≤ {goal:g}×",
        met=None if goal is None else ours_ms <= goal * peer_ms,
        note=note,
    )


def _milliseconds(act: Callable[[], object]) -> float:
    begin = time.perf_counter_ns()
    act()
    return (time.perf_counter_ns() - begin) / 1e6

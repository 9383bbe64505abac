"""An event loop that knows what blocked it: every callback that holds the loop longer than 2 ms is recorded by name.

Nothing that can block may run on the terminal's loop (docs/architecture.md). This loop measures whether that is so, in
production too: two clock readings a callback. Only callbacks that are scheduled are seen, not those of file descriptors.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, NoReturn, cast

SLOW_SECONDS = 0.002
KEPT = 100_000
"""Durations kept for percentiles (the newest)."""
SWING_SECONDS = 0.005


def _doubles() -> array[float]:
    """No objects: a hundred thousand of them would be megabytes that grow with every visit of the first days."""
    return array("d")


@dataclass(slots=True)
class LoopBlocks:
    """What held the loop: how often and how long at most, by the callback's name; and all durations, in milliseconds.

    `longest`: of all since the start, also those whose durations are no longer kept. `ended`: when each of them ended (time.monotonic), so that a stretch of time can be looked at alone.
    `late`: of `swing`, when each swing came and by how many milliseconds too late.
    """

    slow: dict[str, tuple[int, float]] = field(default_factory=dict[str, "tuple[int, float]"])
    milliseconds: array[float] = field(default_factory=_doubles)
    ended: array[float] = field(default_factory=_doubles)
    longest: float = 0.0
    late: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])

    def record(self, name: Callable[[], str], seconds: float) -> None:
        if len(self.milliseconds) >= KEPT:
            del self.milliseconds[: KEPT // 2], self.ended[: KEPT // 2]
        self.milliseconds.append(seconds * 1000)
        self.ended.append(time.monotonic())
        self.longest = max(self.longest, seconds * 1000)
        if seconds >= SLOW_SECONDS:
            label = name()
            count, longest = self.slow.get(label, (0, 0.0))
            self.slow[label] = (count + 1, max(longest, seconds * 1000))

    def each(self) -> list[tuple[float, float]]:
        """(ended, milliseconds) of each."""
        return [(round(at, 4), round(ms, 3)) for at, ms in zip(self.ended, self.milliseconds, strict=True)]

    async def swing(self) -> NoReturn:
        """A pendulum on the loop, for measurements: how much later than due it swings is how long anything that comes has to wait,
        for other callbacks, for other threads and for the processor."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + SWING_SECONDS
            await asyncio.sleep(SWING_SECONDS)
            if len(self.late) < KEPT:
                now = loop.time()
                self.late.append((round(now, 4), round((now - due) * 1000, 3)))

    def percentile(self, share: float) -> float:
        """The duration in milliseconds below which `share` (0..1) of all callbacks stayed; 0.0 when there were none."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


class MonitoredLoop(asyncio.SelectorEventLoop):
    """A selector event loop with `blocks`."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = LoopBlocks()

    def call_soon(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:
        return super().call_soon(self._timed, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return super().call_at(when, self._timed, callback, *args, context=context)

    def call_soon_threadsafe(self, callback: Callable[..., object], *args: Any, context: Context | None = None) -> asyncio.Handle:
        return super().call_soon_threadsafe(self._timed, callback, *args, context=context)

    def _timed(self, callback: Callable[..., object], *args: Any) -> None:
        begin = time.perf_counter()
        try:
            callback(*args)
        finally:
            self.blocks.record(lambda: _name(callback), time.perf_counter() - begin)


def _name(callback: Callable[..., object]) -> str:
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        task = cast("asyncio.Task[object]", owner)
        return getattr(task.get_coro(), "__qualname__", task.get_name())
    return getattr(callback, "__qualname__", type(callback).__name__)

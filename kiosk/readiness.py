"""Refusal before effort: what works right now, so that the home screen says so before a card is asked for.

Each obstacle names what is missing and what it closes. The probe runs every second on a worker and at every device event;
a change wakes whoever waits in `Readiness.changed`. Obstacles clear by themselves when their cause does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from kiosk import events

PRINTING = frozenset({"power", "door", "unknown", "left", "paused", "store", "clock", "blanks", "printer", "reader", "platform"})
"""Obstacles that close the printing of certificates, in the order in which a citizen is told."""
LOOKING = frozenset({"power", "door", "reader", "platform", "link"})
"""Obstacles that close looking at one's own cases. "link": the platform is out of reach, but there is something to print without it."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that is missing: `code` picks the sentence ``oos.reason.<code>``, `detail` is for staff.

    Where staff said why ("repair"), the sentence is ``oos.reason.<code>.<why>``; `until` is when they expect it to end (local, 14:30).
    """

    code: str
    detail: str = ""
    why: str = ""
    until: str = ""


Probe = Callable[[], Obstacle | None]
"""Looks at one thing; may block; never raises."""


class Readiness:
    """The present obstacles, refreshed by `watch`."""

    def __init__(self, probes: Mapping[str, Probe], interval_seconds: float = 1.0) -> None:
        self._probes = probes
        self._interval = interval_seconds
        self._obstacles: tuple[Obstacle, ...] = ()
        self._changed = asyncio.Event()
        self._nudged = asyncio.Event()

    @property
    def obstacles(self) -> tuple[Obstacle, ...]:
        return self._obstacles

    @property
    def can_print(self) -> bool:
        return not any(obstacle.code in PRINTING for obstacle in self._obstacles)

    @property
    def can_look(self) -> bool:
        return not any(obstacle.code in LOOKING for obstacle in self._obstacles)

    @property
    def without_link(self) -> bool:
        """Whether certificates are printed from what was granted beforehand."""
        return any(obstacle.code == "link" for obstacle in self._obstacles)

    def changed(self) -> Awaitable[object]:
        """To be awaited until the obstacles are others than they were when this was called, however much later the waiting begins."""
        return self._changed.wait()

    def nudge(self) -> None:
        """Look again at once: a device just reported something. Call it on the event loop."""
        self._nudged.set()

    async def refresh(self) -> None:
        """Look at everything now."""
        found = await asyncio.to_thread(self._look)
        if found != self._obstacles:
            for obstacle in found:
                if obstacle not in self._obstacles:
                    events.OBSTACLE.tell(code=obstacle.code, detail=obstacle.detail)
            self._obstacles = found
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

    async def watch(self) -> None:
        """Refresh for ever."""
        while True:
            self._nudged.clear()
            await self.refresh()
            try:
                async with asyncio.timeout(self._interval):
                    await self._nudged.wait()
            except TimeoutError:
                continue

    def _look(self) -> tuple[Obstacle, ...]:
        return tuple(obstacle for probe in self._probes.values() if (obstacle := probe()))

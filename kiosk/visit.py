"""One citizen's stay at the terminal: what she is asked, how long we wait for her, and the wipe at the end.

A journey is a coroutine that asks through a `Visit` and reads top to bottom. Back, Home, idle time and staff come to it as
exceptions raised where it awaits; nothing is kept in flags. One visit at a time; the visit ends when its journey returns or
raises, and `Visit.__aexit__` wipes whatever was on the screen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, cast

from screens.prompts import Nav, Prompt, Stage, StillThere

A = TypeVar("A")
E = TypeVar("E")

CHOOSING = 20.0
"""Idle seconds before "are you still there?" on choices (ui-design, section 5)."""
READING = 60.0
"""The same on pages to read through and while a card is awaited."""
SOON = 0.3
"""What takes no longer than this many seconds needs no screen that says what the machine does."""
ANSWERING = 30
"""Seconds of the ring on "are you still there?"."""


class VisitEnded(Exception):
    """The journey is over before its end; nothing is wrong."""


class WentHome(VisitEnded):
    """The citizen pressed Home."""


class WentAway(VisitEnded):
    """Nobody answered "are you still there?"."""


class WentBack(Exception):
    """The citizen pressed Back: one question earlier, where the journey has one."""


class Visit:
    """One stay. `case` is the number that the citizen can give at a counter; it names nobody."""

    def __init__(self, stage: Stage, case: str, *, on_end: Callable[[str], None] | None = None) -> None:
        self.stage = stage
        self.case = case
        self._on_end = on_end

    async def __aenter__(self) -> Self:
        self.stage.touched()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stage.wipe()
        if self._on_end:
            self._on_end(self.case)

    async def ask(self, prompt: Prompt[A], *, idle: float | None = CHOOSING) -> A:
        """Ask and wait for the answer. `idle`: seconds without a touch before we ask whether she is still there; None: for ever.

        Raises `WentBack`, `WentHome`, `WentAway`.
        """
        return cast(A, (await self._first(asyncio.ensure_future(_never()), prompt, idle)).value)

    async def ask_until(self, prompt: Prompt[A], event: Coroutine[Any, Any, E], *, idle: float | None = READING) -> A | E:
        """Ask, but stop asking when `event` comes first: a card on the reader, the printer that finished.

        Returns the answer or the event's result; what lost is cancelled. Raises as `ask`, or what `event` raises.
        """
        return (await self._first(asyncio.ensure_future(event), prompt, idle)).value

    async def during(self, prompt: Prompt[None], work: Coroutine[Any, Any, E], *, grace: float = 0.0) -> E:
        """Show `prompt` while `work` runs, and return its result. Back and Home, where the prompt has them, cancel the work.

        Work that is done within `grace` seconds shows nothing: a screen that comes and goes at once is only unrest.
        """
        working = asyncio.ensure_future(work)
        try:
            await asyncio.wait({working}, timeout=grace)
            if working.done():
                self.stage.touched()
                return working.result()
            return cast(E, (await self._first(working, prompt, None)).value)
        finally:
            await _cancelled(working)

    def show(self, prompt: Prompt[Any]) -> None:
        """A newer version of what is being asked."""
        self.stage.show(prompt)

    async def _first(self, event: asyncio.Future[E], prompt: Prompt[A], idle: float | None) -> _Outcome[A | E]:
        asked = asyncio.ensure_future(self.stage.ask(prompt))
        try:
            while True:
                await asyncio.wait({asked, event}, timeout=self._patience_left(idle), return_when=asyncio.FIRST_COMPLETED)
                if event.done():
                    if idle is None:
                        # She could do nothing while the machine worked: none of that time counts against what she is asked next.
                        self.stage.touched()
                    return _Outcome(event.result())
                if asked.done():
                    return _Outcome(_translated(asked.result()))
                if idle is not None and self._patience_left(idle) == 0:
                    await self._still_there(event)
        finally:
            await _cancelled(asked, event)

    def _patience_left(self, idle: float | None) -> float | None:
        if idle is None:
            return None
        return max(0.0, idle * self.stage.patience - self.stage.idle_seconds)

    async def _still_there(self, event: asyncio.Future[Any]) -> None:
        sheet = asyncio.ensure_future(self.stage.ask(StillThere(ANSWERING)))
        try:
            await asyncio.wait({sheet, event}, timeout=ANSWERING * self.stage.patience + 1.0, return_when=asyncio.FIRST_COMPLETED)
            if event.done() or (sheet.done() and sheet.result() is True):
                self.stage.touched()
                return
        finally:
            await _cancelled(sheet)
        raise WentAway


@dataclass(frozen=True, slots=True)
class _Outcome(Generic[A]):
    """What came first, the person's answer or the event."""

    value: A


def _translated(answer: A | Nav) -> A:
    if answer is Nav.BACK:
        raise WentBack
    if answer is Nav.HOME:
        raise WentHome
    return cast(A, answer)


async def _never() -> None:
    await asyncio.Event().wait()


async def _cancelled(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

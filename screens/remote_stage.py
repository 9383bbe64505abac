"""The window as a stage for journeys on another thread: a frame that takes its time never holds their event loop.

The window draws on its own thread's loop; `RemoteStage` is made for it there and used on the journeys' loop. What is asked,
shown and forgotten arrives at the window in the order in which it was said; answers come back as callbacks.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

from screens.prompts import Nav, Prompt

A = TypeVar("A")


def say(loop: asyncio.AbstractEventLoop, what: Callable[..., object], *args: object) -> None:
    """Have `loop`, another thread's, call it; one that has ended hears nothing more."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(what, *args)


class StageWindow(Protocol):
    """What `RemoteStage` needs of a window. `touched`, `idle_seconds` and `patience` can be used on any thread."""

    def put_up(self, prompt: Prompt[Any], settle: Callable[[object], None]) -> Callable[[], None]: ...

    def show(self, prompt: Prompt[Any]) -> None: ...

    def forget(self) -> None: ...

    def wipe(self) -> None: ...

    def touched(self) -> None: ...

    @property
    def idle_seconds(self) -> float: ...

    @property
    def patience(self) -> float: ...


class RemoteStage:
    """A `screens.prompts.Stage` over `window`, which draws on `loop`."""

    def __init__(self, window: StageWindow, loop: asyncio.AbstractEventLoop) -> None:
        self._window = window
        self._loop = loop

    async def ask(self, prompt: Prompt[A]) -> A | Nav:
        """Show `prompt` and wait for the person's answer. Cancelling withdraws it."""
        here = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = here.create_future()
        withdraw: Callable[[], None] | None = None

        def settle(value: object) -> None:
            if not answer.done():
                answer.set_result(value)

        # The next two run on the window's loop, one after the other.

        def put_up() -> None:
            nonlocal withdraw
            withdraw = self._window.put_up(cast(Prompt[Any], prompt), lambda value: say(here, settle, value))

        def take_down() -> None:
            if withdraw is not None:
                withdraw()

        self._say(put_up)
        try:
            return await answer
        finally:
            self._say(take_down)

    def show(self, prompt: Prompt[Any]) -> None:
        """A newer version of the prompt being asked."""
        self._say(self._window.show, prompt)

    def forget(self) -> None:
        """Drop every word and picture of the visit."""
        self._say(self._window.forget)

    def wipe(self) -> None:
        """The same, and all that the access bar sets goes back to what it was."""
        self._say(self._window.wipe)

    def touched(self) -> None:
        """A sign of life; it counts at once."""
        self._window.touched()

    @property
    def idle_seconds(self) -> float:
        return self._window.idle_seconds

    @property
    def patience(self) -> float:
        return self._window.patience

    def _say(self, what: Callable[..., object], *args: object) -> None:
        say(self._loop, what, *args)

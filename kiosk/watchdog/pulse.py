"""The terminal's side: a heartbeat from its event loops, to the watchdog and to systemd, and the watchdog's advice on the way back.

It beats on the window's loop and asks the terminal's own before each beat, so it beats as long as both turn and at no other time.
Where there is no watchdog it beats unheard.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NoReturn

from kiosk.watchdog.messages import TERMINAL, WATCHDOG, Advice, Heartbeat, Post
from kiosk.watchdog.notify import Notifier

BEAT_SECONDS = 1.0


class Pulse:
    """`heartbeat` says how the terminal is, as soon as its loop gets to it; `advised` hears what the watchdog knows."""

    def __init__(
        self,
        directory: Path,
        heartbeat: Callable[[], Awaitable[Heartbeat]],
        advised: Callable[[Advice], None],
        notifier: Notifier | None = None,
    ) -> None:
        self._directory = directory
        self._heartbeat = heartbeat
        self._advised = advised
        self._notifier = notifier or Notifier()
        self._ready = False

    async def beat(self) -> NoReturn:
        """For ever. The first beat tells systemd that the unit is up: whatever the terminal still does before it serves (recovery may have
        to hear a printer) is watched by its heartbeat from then on, and no start is cut short.
        """
        post: Post | None = None
        try:
            while True:
                post = post or self._opened()
                heartbeat = await self._heartbeat()
                self._tell_systemd(heartbeat)
                if post is not None:
                    post.send(heartbeat)
                    while (advice := post.receive(Advice)) is not None:
                        self._advised(advice)
                await asyncio.sleep(BEAT_SECONDS)
        finally:
            self._notifier.tell(STOPPING="1")
            if post is not None:
                post.close()

    def _opened(self) -> Post | None:
        with contextlib.suppress(OSError):
            return Post(self._directory, TERMINAL, WATCHDOG)
        return None

    def _tell_systemd(self, heartbeat: Heartbeat) -> None:
        status = (
            ("serving" if not heartbeat.obstacles else f"missing: {', '.join(heartbeat.obstacles)}")
            if heartbeat.serving
            else "starting"
        )
        if not self._ready:
            self._ready = True
            self._notifier.tell(READY="1")
        self._notifier.tell(WATCHDOG="1", STATUS=status)

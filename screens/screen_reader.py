"""The window's end of a screen reader: keeps the process that speaks AT-SPI (`screens.at_spi`) and does what the reader does.

Only where there is a session bus; while nobody listens nothing is read and nothing is sent. Whatever becomes of that process, the
window does not wait for it: one that does not take what it is sent is ended, and one that ends is begun anew a few times.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from screens.outline import Outline

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.05
"""Changes within so long are sent as one."""
_STUCK_BYTES = 1 << 20
_TRIES = 5
WAIT_SECONDS = 2.0


def session_bus() -> bool:
    """Whether there is a bus on which a screen reader could be."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return "DBUS_SESSION_BUS_ADDRESS" in os.environ or (runtime is not None and (Path(runtime) / "bus").exists())


class ScreenReader:
    """`outline` reads the screen; `does` is told a deed ("press", "focus") and the identity of what it is done to."""

    def __init__(self, outline: Callable[[], Outline], does: Callable[[str, int], None]) -> None:
        self._outline = outline
        self._does = does
        self._process: asyncio.subprocess.Process | None = None
        self._sending: asyncio.TimerHandle | None = None
        self._forgets = False
        self.listened_to = False

    async def run(self) -> None:
        """Attend for ever; returns where there is no bus, or after the process ended too often."""
        if not session_bus():
            return
        ended = 0
        while ended < _TRIES:
            self._forgets = False
            try:
                await self._attend()
            except OSError as reason:
                log.warning("no screen reader: %s", reason.strerror)
                return
            if not self._forgets:
                ended += 1
                await asyncio.sleep(WAIT_SECONDS)
        log.warning("no screen reader: its process ended %d times", _TRIES)

    def changed(self) -> None:
        """Something on the screen is not as it was."""
        if self.listened_to and self._sending is None:
            self._sending = asyncio.get_running_loop().call_later(GATHER_SECONDS, self._send)

    def forget(self) -> None:
        """A visit is over: what was told in private goes with the process that knew it."""
        if self._process is not None and self._process.returncode is None:
            self._forgets = True
            self._process.kill()

    async def _attend(self) -> None:
        process = self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "screens.at_spi", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        try:
            while line := await process.stdout.readline():
                self._told(json.loads(line))
        finally:
            self.listened_to = False
            self._process = None
            if self._sending is not None:
                self._sending.cancel()
                self._sending = None
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _told(self, what: dict[str, Any]) -> None:
        if "heard" in what:
            self.listened_to = bool(what["heard"])
            self.changed()
        elif "deed" in what:
            self._does(str(what["deed"]), int(what["identity"]))

    def _send(self) -> None:
        self._sending = None
        process = self._process
        if process is None or process.stdin is None or not self.listened_to:
            return
        if process.stdin.transport.get_write_buffer_size() > _STUCK_BYTES:
            process.kill()
            return
        process.stdin.write(json.dumps(self._outline().values()).encode() + b"\n")

"""The terminal in its window: the window on the main thread, the terminal on a thread and an event loop of its own.

The window comes first and the rest behind it, so that nobody stands before a dark screen while the store is opened; and a frame
that takes its time holds up no device and no journey (docs/architecture.md). Ended in good order by SIGTERM: the process ends with
status 0 when it was asked to end, and with 1 when a part of it broke; systemd starts it anew then, and the journal tells where
the broken one stood.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
import threading
import time
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk import events
from kiosk import eyes as watched
from kiosk.events import place
from kiosk.loop_monitor import MonitoredLoop
from kiosk.watchdog.messages import Advice, Heartbeat
from kiosk.watchdog.pulse import Pulse
from screens.app import KioskWindow
from screens.hall import HallInfo
from screens.remote_stage import RemoteStage, say
from screens.voice.speaker import Speaker, aplay
from screens.wording import Language

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.platform.types import TerminalProfile
    from kiosk.settings import Settings
    from kiosk.terminal import Terminal
    from screens.prompts import Stage

SWITCH_SECONDS = 0.001
"""How long one thread may keep the others from running (Python's own is 5 ms): the terminal answers a device between two frames."""
NOT_BY_ITSELF = 1_000_000
"""How many times Python must have looked through its young objects before it looks through all of them unasked."""


def run_terminal(settings: Settings, *, eyes: Path | None = None) -> int:
    """Run until SIGTERM, SIGINT or the window's end. Raises what `Terminal` raises at its start."""
    sys.setswitchinterval(SWITCH_SECONDS)
    return asyncio.run(_at_work(settings, eyes))


async def _at_work(settings: Settings, eyes: Path | None) -> int:
    began = time.monotonic()
    screen = settings.screen
    speaker = Speaker(aplay(screen.sound) if screen.sound else None, private=screen.sound_is_private)
    changed = asyncio.Event()
    window = KioskWindow(
        (screen.width, screen.height),
        fullscreen=screen.fullscreen,
        hall=_hall(None),
        on_help=lambda: working.call_staff("help-key"),
        on_help_withdrawn=lambda: working.call_staff("help-withdrawn"),
        on_change=changed.set,
        language=Language(screen.language),
        show_cursor=not screen.fullscreen,
        reduced_motion={"on": False, "off": True}.get(screen.motion),
        speaker=speaker,
    )
    loop = asyncio.get_running_loop()

    def known(profile: TerminalProfile) -> None:
        say(loop, window.stands_in, _hall(profile))

    working = _TerminalThread(settings, RemoteStage(window, loop), known, swings=eyes is not None)
    seen = asyncio.Event()

    def first_frame() -> None:
        events.FIRST_FRAME.tell(milliseconds=round((time.monotonic() - began) * 1000))
        seen.set()

    window.on_first_frame = first_frame
    beating = asyncio.ensure_future(_beating(Pulse(settings.watchdog.socket_directory, working.heartbeat, working.advised), seen))
    ended = asyncio.Event()
    beating.add_done_callback(lambda _: ended.set())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    watching = asyncio.ensure_future(watched.keep(window, eyes, changed)) if eyes else None
    showing = asyncio.ensure_future(window.run())
    showing.add_done_callback(lambda _: ended.set())
    showing.add_done_callback(lambda _: seen.set())
    try:
        await seen.wait()
        working.start().add_done_callback(lambda _: say(loop, ended.set))
        await ended.wait()
        broke = _broke(showing) or _broke(beating)
    finally:
        # What is at the printer now reaches a state that is true and on disk before the process ends.
        await working.end()
        window.stop()
        await asyncio.to_thread(speaker.close)
        await _ended(showing, beating, *([watching] if watching else []))
        working.tell_of_loop(eyes)
    if working.refusal:
        raise working.refusal
    return 1 if broke or working.broke else 0


async def _beating(pulse: Pulse, seen: asyncio.Event) -> None:
    """Beat from the first frame on: the window stands, and its loop turns."""
    await seen.wait()
    await pulse.beat()


class _TerminalThread:
    """The terminal at work on its own thread. Everything here is called on the window's loop, but for what says otherwise.

    `refusal` is what kept it from starting; `broke` says whether a part of it broke at work. Both stand after `end`.
    """

    def __init__(self, settings: Settings, stage: Stage, on_profile: Callable[[TerminalProfile], None], *, swings: bool) -> None:
        self._settings = settings
        self._stage = stage
        self._on_profile = on_profile
        self._swings = swings
        self._done: Future[None] = Future()
        self._begun = self._ending = False
        self._loop: MonitoredLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self._terminal: Terminal | None = None
        self.refusal: Exception | None = None
        self.broke = False

    def start(self) -> Future[None]:
        """Begin; the future is done when the terminal has ended, in whatever way."""
        self._begun = True
        threading.Thread(target=self._run, name="terminal", daemon=True).start()
        return self._done

    async def end(self) -> None:
        """Let a begun issuance reach a true state, and stop."""
        if not self._begun:
            return
        self._ending = True
        if self._loop and self._task:
            say(self._loop, self._task.cancel)
        await asyncio.wrap_future(self._done)

    async def heartbeat(self) -> Heartbeat:
        """Through the terminal's own loop and back: it comes only as long as both loops turn."""
        if self._terminal is None or self._loop is None or self._done.done():
            return Heartbeat(pid=os.getpid())
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._beat(self._terminal, self._loop), self._loop))

    def call_staff(self, reason: str) -> None:
        if self._terminal and self._loop:
            say(self._loop, self._terminal.call_staff, reason)

    def advised(self, advice: Advice) -> None:
        if self._terminal and self._loop:
            say(self._loop, self._terminal.wellbeing.advised, advice)

    def tell_of_loop(self, eyes: Path | None) -> None:
        """Say how long the terminal's loop was ever held; beside the eyes' file as JSON too, for the benchmark."""
        if self._loop is None:
            return
        blocks = self._loop.blocks
        events.LOOP_FIGURES.tell(p999=round(blocks.percentile(0.999), 1), longest=round(blocks.longest, 1))
        if eyes is not None:
            told = {"callbacks": blocks.each(), "late": blocks.late, "slow": blocks.slow}
            with contextlib.suppress(OSError):
                eyes.with_name("loop.json").write_text(json.dumps(told), "utf-8")

    # ---- on the terminal's thread ------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._serve()
        finally:
            self._done.set_result(None)

    def _serve(self) -> None:
        try:
            # Its libraries alone (camera, typesetting, TLS) take as long to load as the window.
            from kiosk.terminal import Terminal

            terminal = Terminal(self._settings, self._stage, on_profile=self._on_profile)
        except Exception as refusal:  # noqa: BLE001 - raised to the caller of the whole
            self.refusal = refusal
            return
        try:
            with asyncio.Runner(loop_factory=MonitoredLoop) as runner:
                runner.run(self._at_work(terminal))
        except asyncio.CancelledError:
            pass
        except Exception as reason:  # noqa: BLE001 - the thread's end: told, and the process ends with status 1
            self.broke = True
            events.PART_BROKE.tell(kind=type(reason).__name__, place=place(reason))

    async def _at_work(self, terminal: Terminal) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, MonitoredLoop)
        self._loop, self._task, self._terminal = loop, asyncio.current_task(), terminal
        swinging = asyncio.ensure_future(loop.blocks.swing()) if self._swings else None
        try:
            if not self._ending:
                await terminal.run(before_serving=_settle_memory)
        finally:
            if swinging:
                swinging.cancel()
            await asyncio.to_thread(terminal.close)

    async def _beat(self, terminal: Terminal, loop: MonitoredLoop) -> Heartbeat:
        return terminal.heartbeat(loop_longest_ms=loop.blocks.longest)


def _settle_memory() -> None:
    """Nobody was served yet, and what is here now lives as long as the process: the wipe at a visit's end need not look through it again.

    A full collection stops every thread. It comes when nobody waits: at a visit's end, and while the machine stands alone (`screens.app`).
    """
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], NOT_BY_ITSELF)


def _broke(task: asyncio.Task[Any]) -> bool:
    if not task.done() or task.cancelled() or (reason := task.exception()) is None:
        return False
    events.PART_BROKE.tell(kind=type(reason).__name__, place=place(reason))
    return True


async def _ended(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _hall(profile: TerminalProfile | None) -> HallInfo:
    if profile is None:
        return HallInfo("", "", _local_time)
    return HallInfo(profile.city, profile.city_en, _local_time, profile.staff, profile.staff_en, profile.staff_minutes)


def _local_time() -> datetime:
    return datetime.now().astimezone()

"""The terminal in its window: one event loop for both, begun with a first frame and ended in good order by SIGTERM.

The window comes first and the rest behind it, so that nobody stands before a dark screen while the store is opened. The process
ends with status 0 when it was asked to end, and with 1 when a part of it broke; systemd starts it anew then, and the journal tells
where the broken one stood.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
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
from screens.voice.speaker import Speaker, aplay
from screens.wording import Language

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.platform.types import TerminalProfile
    from kiosk.settings import Settings
    from kiosk.terminal import Terminal


def run_terminal(settings: Settings, *, eyes: Path | None = None) -> int:
    """Run until SIGTERM, SIGINT or the window's end. Raises what `Terminal` raises at its start."""
    with asyncio.Runner(loop_factory=MonitoredLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, MonitoredLoop)
        try:
            return runner.run(_at_work(settings, eyes))
        finally:
            _tell_of(loop, eyes)


async def _at_work(settings: Settings, eyes: Path | None) -> int:
    began = time.monotonic()
    screen = settings.screen
    terminal: Terminal | None = None

    def called() -> None:
        if terminal is not None:
            terminal.call_staff("help-key")

    speaker = Speaker(aplay(screen.sound) if screen.sound else None, private=screen.sound_is_private)
    window = KioskWindow(
        (screen.width, screen.height),
        fullscreen=screen.fullscreen,
        hall=_hall(None),
        on_help=called,
        language=Language(screen.language),
        show_cursor=not screen.fullscreen,
        speaker=speaker,
    )
    seen = asyncio.Event()

    def first_frame() -> None:
        events.FIRST_FRAME.tell(milliseconds=round((time.monotonic() - began) * 1000))
        seen.set()

    window.on_first_frame = first_frame

    def known(profile: TerminalProfile) -> None:
        window.stands_in(_hall(profile))

    def heartbeat() -> Heartbeat:
        return terminal.heartbeat() if terminal is not None else Heartbeat(pid=os.getpid())

    def advised(advice: Advice) -> None:
        if terminal is not None:
            terminal.wellbeing.advised(advice)

    loop = asyncio.get_running_loop()
    beating = asyncio.ensure_future(Pulse(settings.watchdog.socket_directory, heartbeat, advised).beat())
    ended = asyncio.Event()
    beating.add_done_callback(lambda _: ended.set())
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    watching = asyncio.ensure_future(watched.keep(window, eyes)) if eyes else None
    showing = asyncio.ensure_future(window.run())
    showing.add_done_callback(lambda _: ended.set())
    showing.add_done_callback(lambda _: seen.set())
    try:
        await seen.wait()
        terminal = await asyncio.to_thread(_terminal, settings, window, known)
        working = asyncio.ensure_future(terminal.run())
        working.add_done_callback(lambda _: ended.set())
        await ended.wait()
        broke = _broke(working) or _broke(showing) or _broke(beating)
        await _ended(working)
    finally:
        if terminal is not None:
            # What is at the printer now reaches a state that is true and on disk before the process ends.
            await asyncio.to_thread(terminal.close)
        window.stop()
        await asyncio.to_thread(speaker.close)
        await _ended(showing, beating, *([watching] if watching else []))
    return 1 if broke else 0


def _terminal(settings: Settings, window: KioskWindow, on_profile: Callable[[TerminalProfile], None]) -> Terminal:
    """On a worker, behind the first frame: its libraries alone (camera, typesetting, TLS) take as long to load as the window."""
    from kiosk.terminal import Terminal

    return Terminal(settings, window, on_profile=on_profile)


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


def _tell_of(loop: MonitoredLoop, eyes: Path | None) -> None:
    """Say how long the loop was ever held; beside the eyes' file as JSON too, for the benchmark."""
    blocks = loop.blocks
    events.LOOP_FIGURES.tell(p999=round(blocks.percentile(0.999), 1), longest=round(blocks.percentile(1.0), 1))
    if eyes is not None:
        figures = {"p50": blocks.percentile(0.5), "p99": blocks.percentile(0.99), "p99.9": blocks.percentile(0.999)}
        figures["longest"] = blocks.percentile(1.0)
        with contextlib.suppress(OSError):
            each = [(round(at, 3), round(ms, 3)) for at, ms in zip(blocks.ended, blocks.milliseconds, strict=True)]
            eyes.with_name("loop.json").write_text(json.dumps({**figures, "slow": blocks.slow, "callbacks": each}), "utf-8")

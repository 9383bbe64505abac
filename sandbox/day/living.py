"""The day itself: one terminal at work before the crowd, until the last of them has gone and everything was told."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter

from kiosk.issuance.ledger import Ledger
from kiosk.issuance.states import State
from kiosk.settings import load
from kiosk.terminal import Terminal
from offline_cache import outbox
from offline_cache.store import Store
from sandbox.day.crowd import Codes, Crowd, Day, Visit
from sandbox.day.reckoning import reckoned
from sandbox.hall import Hall

LAST_SECONDS = 240.0
"""How long the last visit and what is still to be told may take."""


async def live(hall: Hall, visits: list[Visit], *, minutes: float) -> Day:
    """The whole day, and the reckoning at its end."""
    day, began = Day(), time.monotonic()
    crowd = Crowd(hall, visits, day)
    terminal = await asyncio.to_thread(
        lambda: Terminal(load(hall.settings_path), crowd, slots=(crowd, Codes(crowd)))  # pyright: ignore[reportArgumentType]
    )
    running = asyncio.create_task(terminal.run())
    staff = asyncio.create_task(crowd.staff(terminal))
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(minutes * 60):
                await asyncio.wait({running, asyncio.ensure_future(crowd.over.wait())}, return_when=asyncio.FIRST_COMPLETED)
        crowd.nobody_else()
        async with asyncio.timeout(LAST_SECONDS):
            await crowd.over.wait()
            await asyncio.to_thread(_told, terminal.store)
    finally:
        staff.cancel()
        running.cancel()
        await asyncio.gather(staff, running, return_exceptions=True)
        day.seconds = time.monotonic() - began
        day.outcomes = Counter(str(issuance.state) for issuance in Ledger(terminal.store).all())
        day.wrong = list(reckoned(hall, terminal, day))
        await asyncio.to_thread(terminal.close)
    return day


def _told(store: Store) -> None:
    """Wait until everything has ended and the platform has heard of it."""
    deadline = time.monotonic() + LAST_SECONDS
    while time.monotonic() < deadline:
        if not outbox.backlog(store).waiting and all(each.state is State.UNKNOWN for each in Ledger(store).open()):
            return
        time.sleep(0.2)

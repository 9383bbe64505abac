"""The accept gate tells whoever waits for a change, whenever it comes."""

from __future__ import annotations

import asyncio

from kiosk.readiness import Obstacle, Readiness


async def test_a_change_before_the_waiting_has_begun_is_not_missed() -> None:
    """The home screen is made from the obstacles of now; one that comes before its task takes its first step must still renew it."""
    printer: list[Obstacle] = []
    readiness = Readiness({"printer": lambda: printer[0] if printer else None})
    await readiness.refresh()
    assert readiness.can_print
    changed = readiness.changed()
    printer.append(Obstacle("printer", "offline"))
    await readiness.refresh()
    assert not readiness.can_print
    async with asyncio.timeout(5):
        await changed


async def test_without_a_change_nobody_is_woken() -> None:
    readiness = Readiness({"printer": lambda: Obstacle("printer", "offline")})
    await readiness.refresh()
    waiting = asyncio.ensure_future(readiness.changed())
    await readiness.refresh()
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()

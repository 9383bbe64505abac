"""The sensor at the outlet: believed where it saw the certificate, and never against the paper."""

from __future__ import annotations

import asyncio

from kiosk.journeys.outlet import OutletSensor


async def test_it_saw_the_certificate_and_saw_it_go() -> None:
    lies: list[bool | None] = [True]
    sensor = OutletSensor(lambda: lies[0])
    assert not await sensor.taken_within(0.02)
    assert sensor.denies()
    lies[0] = False
    assert not sensor.denies()
    assert await sensor.taken_within(5)


async def test_one_that_never_saw_it_says_nothing() -> None:
    for says in (False, None):
        sensor = OutletSensor(lambda says=says: says)
        assert not await sensor.taken_within(0.02)
        assert not sensor.denies()


async def test_it_sees_it_go_while_it_is_waited_for() -> None:
    lies = [True]
    sensor = OutletSensor(lambda: lies[0])
    waiting = asyncio.create_task(sensor.taken_within(30))
    await asyncio.sleep(0.05)
    lies[0] = False
    assert await waiting

"""The loop monitor names what blocked the loop."""

from __future__ import annotations

import asyncio
import sys
import time

from kiosk.loop_monitor import KEPT, LoopBlocks, MonitoredLoop


def test_a_blocking_coroutine_is_recorded_by_name_and_a_waiting_one_is_not() -> None:
    async def sleeps_on_the_loop() -> None:
        time.sleep(0.01)  # noqa: ASYNC251 - the very mistake that the monitor is for

    async def waits() -> None:
        await asyncio.sleep(0.01)

    async def main() -> None:
        await asyncio.gather(sleeps_on_the_loop(), waits())

    with asyncio.Runner(loop_factory=MonitoredLoop) as runner:
        runner.run(main())
        loop = runner.get_loop()
        assert isinstance(loop, MonitoredLoop)
        slow = loop.blocks.slow
    assert any("sleeps_on_the_loop" in name and longest >= 10 for name, (_, longest) in slow.items())
    assert not any("waits" in name for name in slow)


def test_what_it_remembers_takes_no_objects() -> None:
    blocks = LoopBlocks()
    before = sys.getallocatedblocks()
    for number in range(KEPT + 1):
        blocks.record(lambda: "", number * 1e-9)
    assert sys.getallocatedblocks() - before < 1000, "one object a callback: memory that grows for days"
    assert len(blocks.milliseconds) == len(blocks.ended) == KEPT // 2 + 1, "the newest are kept"


def test_exceptions_pass_through() -> None:
    async def fails() -> None:
        raise ValueError

    with asyncio.Runner(loop_factory=MonitoredLoop) as runner:
        try:
            runner.run(fails())
        except ValueError:
            return
    raise AssertionError("the exception was swallowed")

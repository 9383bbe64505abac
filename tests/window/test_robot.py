"""What visits leave behind: one of each kind by the robot (`tests.window.robot`), through the real window; `make robot` makes 2,000."""

from __future__ import annotations

import asyncio
import gc
from pathlib import Path

import pytest

from screens.samples import samples
from tests.journeys.made_up import made_up
from tests.window.conftest import Hands
from tests.window.robot import KINDS, Robot

pytestmark = pytest.mark.window


@pytest.mark.whole
async def test_one_visit_of_each_kind(hands: Hands, tmp_path: Path) -> None:
    robot = Robot(hands, made_up(tmp_path))
    report = await robot.visits(len(KINDS))
    assert report.ends == {"taken": 2, "WentHome": 2, "told": 1}
    assert report.samples[-1].threads <= report.samples[0].threads + 20  # workers of the loop, no more
    assert robot.hall.platform.open_sessions == set()
    assert len(list(report.lines())) == 6
    assert 0 < report.frames.median <= report.frames.slowest
    assert len(report.presses) == len(report.changes)


async def test_a_visit_leaves_no_texture_and_no_box_behind(hands: Hands) -> None:
    from kivy.graphics.texture import Texture

    async def left() -> tuple[int, int]:
        asked = await hands.asks(samples()["choose"])
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        hands.window.wipe()
        objects = gc.get_objects()
        return sum(type(each) is Texture for each in objects), len(objects)

    await left()
    textures, objects = await left()
    await left()
    textures_now, objects_now = await left()
    assert textures_now == textures
    assert objects_now - objects < 100, "one screen is some hundred objects"

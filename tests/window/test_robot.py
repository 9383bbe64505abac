"""One visit of each kind by the robot (`tests.window.robot`), through the real window; `make robot` makes 2,000."""

from __future__ import annotations

from pathlib import Path

import pytest

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

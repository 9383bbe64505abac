"""A finger and the picture that answers it: the terminal's window against a Kivy program of twelve buttons, in one process, drawn alike.

Both get the same touches through Kivy's input and draw the same window (1080x1920, software, no display). Timed from the touch until the
frame that shows it is drawn; for the terminal, the next screen too. What a thousand visits leave in memory takes longer: `make robot`.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, cast

from benchmarks.harness import Row, ratio_row
from tests.journeys.made_up import made_up
from tests.window.conftest import Hands
from tests.window.robot import MODES, Robot

VISITS = len(MODES)
TAPS = 100


def rows() -> list[Row]:
    os.environ["SDL_VIDEODRIVER"] = "offscreen"
    with tempfile.TemporaryDirectory(prefix="dazheng-b") as name:
        return asyncio.run(_rows(Path(name)))


async def _rows(directory: Path) -> list[Row]:
    from kivy.clock import Clock

    cast(Any, Clock)._max_fps = 0
    hands = Hands(directory / "player")
    robot = Robot(hands, made_up(directory))
    report = await robot.visits(VISITS)
    hands.speaker.close()
    bare = _bare(hands, robot)
    return [
        ratio_row(
            "touch → first changed frame",
            report.presses.median,
            "bare Kivy",
            median(drawn for _, drawn in bare),
            note=f"{len(report.presses)} touches of a robot in {VISITS} visits against {TAPS} on a Kivy program of twelve buttons; drawn by"
            " the processor, which is nearly all of it: these screens have more on them",
        ),
        ratio_row(
            "of it, until the renderer has it",
            report.handed.median,
            "bare Kivy",
            median(handed for handed, _ in bare),
            note="the same touches without the renderer's own time",
        ),
        Row(
            "answer → next screen drawn",
            report.changes.median,
            note="the same touches let go, until what comes of them is drawn",
        ),
    ]


def _bare(hands: Hands, robot: Robot) -> list[tuple[float, float]]:
    """Milliseconds from a touch until a plain button looks pressed: until the renderer has that frame, and until it is drawn."""
    from kivy.uix.button import Button  # pyright: ignore[reportMissingImports, reportUnknownVariableType]
    from kivy.uix.gridlayout import GridLayout  # pyright: ignore[reportMissingImports, reportUnknownVariableType]

    window = hands.kivy
    for child in list(window.children):
        window.remove_widget(child)
    grid: Any = GridLayout(cols=3, size=window.size)
    for number in range(12):
        grid.add_widget(Button(text=str(number)))
    window.add_widget(grid)
    robot.draws()
    times: list[tuple[float, float]] = []
    for number in range(TAPS):
        column, row = number % 3, number // 3 % 4
        touch = hands.finger(180 + 360 * column, 240 + 480 * row)
        begin = time.perf_counter()
        hands.down(touch)
        made = time.perf_counter() - begin
        handed = (made + robot.draws()) * 1e3
        times.append((handed, (time.perf_counter() - begin) * 1e3))
        hands.up(touch)
        robot.draws()
    return times

"""From a started process to its first frame: the terminal against a Kivy program with one rectangle, both on one Xvfb.

Timed from outside: from the start of the process to the line in which it says that its first frame is on the glass.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.harness import Row, ratio_row
from sandbox.display import VirtualDisplay
from sandbox.hall import Hall, HallOptions

SIZE = (1080, 1920)
RUNS = 5
MARK = "first frame"


def rows() -> list[Row]:
    ours: list[float] = []
    peer: list[float] = []
    with (
        tempfile.TemporaryDirectory(prefix="dazheng-b") as name,
        VirtualDisplay(*SIZE) as display,
        Hall(Path(name) / "hall", HallOptions(size=SIZE)) as hall,
    ):
        environment = hall.environment(display.name)
        terminal = ["kiosk", "run", "--settings", str(hall.settings_path)]
        bare = ["benchmarks.bare_window", str(SIZE[0]), str(SIZE[1])]
        for _ in range(RUNS + 1):
            ours.append(_first_frame(terminal, environment))
            peer.append(_first_frame(bare, environment))
    return [
        ratio_row(
            "start → first frame",
            median(ours[1:]),
            "bare Kivy",
            median(peer[1:]),
            goal=2,
            note="`kiosk run` and a Kivy program with one rectangle, each from the start of its process to its first frame on Xvfb",
        )
    ]


def _first_frame(words: list[str], environment: dict[str, str]) -> float:
    """Milliseconds until the module says it; then the process is ended."""
    begin = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", *words],
        env=environment,
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        said: list[str] = []
        for line in process.stdout:
            said.append(line)
            if MARK in line:
                took = (time.perf_counter() - begin) * 1e3
                process.terminate()
                process.communicate(timeout=20)
                return took
    raise RuntimeError(f"{words[0]} showed no frame: {''.join(said[-3:])}")

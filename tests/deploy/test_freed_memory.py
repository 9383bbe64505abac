"""What a process lets go of is overwritten at once, with the settings of kiosk.service and of nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.hall import FORGETFUL
from tests.process_memory import writable

UNIT = Path(__file__).parents[2] / "kiosk.service"
SETTINGS = tuple(FORGETFUL)

LETS_GO = """
import sys, threading

def lets_go(where):
    lines = ["".join(chr(0x7FE0 + each) for each in range(40)) * times for times in (1, 1, 1, 2, 3, 5, 8)]
    if where == "ends":
        return
    del lines
    waits.wait()

waits = threading.Event()
worker = threading.Thread(target=lets_go, args=(sys.argv[1],), daemon=True)
worker.start()
worker.join(0.3)
print("ready", flush=True)
sys.stdin.read()
"""
"""Holds lines in a worker alone, lets them go, and waits: the worker waits for more to do, or has ended."""
LINE = "".join(chr(0x7FE0 + each) for each in range(20, 30)).encode("utf-16-le")


def of_the_unit() -> dict[str, str]:
    words = [word for line in re.findall(r"^Environment=(.*)$", UNIT.read_text("utf-8"), re.M) for word in line.split()]
    return dict(word.split("=", 1) for word in words)


def left_behind(settings: dict[str, str], worker: str) -> int:
    """How often a line lies in the memory of a process with these settings that has let all of them go."""
    with subprocess.Popen(
        [sys.executable, "-S", "-c", LETS_GO, worker],
        env={"PATH": os.environ["PATH"], **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        counted = sum(data.count(LINE) for data in writable(process.pid))
        process.communicate(timeout=60)
    return counted


@pytest.mark.parametrize("worker", ["waits", "ends"])
def test_nothing_is_left_of_what_a_worker_let_go_of(worker: str) -> None:
    settings = {name: of_the_unit()[name] for name in SETTINGS}
    assert left_behind(settings, worker) == 0


@pytest.mark.parametrize("setting", SETTINGS)
def test_each_of_the_settings_is_needed(setting: str) -> None:
    settings = {name: of_the_unit()[name] for name in SETTINGS if name != setting}
    assert left_behind(settings, "waits") > 0


def test_the_sandbox_starts_the_terminal_with_the_units_settings() -> None:
    assert {name: of_the_unit()[name] for name in SETTINGS} == FORGETFUL

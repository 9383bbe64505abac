"""What a process lets go of is overwritten at once, with the settings of kiosk.service and of nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.hall import FORGETFUL

UNIT = Path(__file__).parents[2] / "kiosk.service"
SETTINGS = tuple(FORGETFUL)

LETS_GO = """
import sys, threading
from pathlib import Path

def count(mark):
    found = 0
    with Path("/proc/self/maps").open() as maps, Path("/proc/self/mem").open("rb", 0) as memory:
        for line in maps:
            place, rights = line.split()[:2]
            if rights.startswith("rw"):
                first, last = (int(address, 16) for address in place.split("-"))
                memory.seek(first)
                try:
                    data = memory.read(last - first)
                except (OSError, ValueError, OverflowError):
                    continue
                found += data.count(mark)
                del data
    return found

def lets_go(where):
    lines = ["".join(chr(0x7FE0 + each) for each in range(40)) * times for times in (1, 1, 1, 2, 3, 5, 8)]
    if where == "ends":
        return
    del lines
    waits.wait()

waits = threading.Event()
worker = threading.Thread(target=lets_go, args=(sys.argv[1],))
worker.start()
worker.join(0.3)
left = count("".join(chr(0x7FE0 + each) for each in range(20, 30)).encode("utf-16-le"))
waits.set()
print(left)
"""
"""Counts what is left of lines that only a worker held: one that waits for more to do, or has ended."""


def of_the_unit() -> dict[str, str]:
    words = [word for line in re.findall(r"^Environment=(.*)$", UNIT.read_text("utf-8"), re.M) for word in line.split()]
    return dict(word.split("=", 1) for word in words)


def left_behind(settings: dict[str, str], worker: str) -> int:
    told = subprocess.run(
        [sys.executable, "-S", "-c", LETS_GO, worker],
        env={"PATH": os.environ["PATH"], **settings},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return int(told.stdout)


@pytest.mark.parametrize("worker", ["waits", "ends"])
def test_nothing_is_left_of_what_a_worker_let_go_of(worker: str) -> None:
    settings = {name: of_the_unit()[name] for name in SETTINGS}
    # The line that it looks for is in memory once while it looks.
    assert left_behind(settings, worker) <= 1


@pytest.mark.parametrize("setting", SETTINGS)
def test_each_of_the_settings_is_needed(setting: str) -> None:
    settings = {name: of_the_unit()[name] for name in SETTINGS if name != setting}
    assert left_behind(settings, "waits") > 1


def test_the_sandbox_starts_the_terminal_with_the_units_settings() -> None:
    assert {name: of_the_unit()[name] for name in SETTINGS} == FORGETFUL

"""The admin screen as staff use it: a real window on a virtual display, a real pointer, two people."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.citizen import Citizen
from sandbox.display import VirtualDisplay
from tests.issuance.hall import SERIALS
from tests.journeys.office import PIN

pytestmark = [pytest.mark.window, pytest.mark.device, pytest.mark.timeout(300)]


def enters(staff: Citizen, digits: str) -> None:
    """Type into an entry that is up, and look away only when it is gone: the next one looks alike, but for its key that goes on."""
    staff.sees("StaffEntry", key="digit-0")
    staff.types(digits)
    staff.touches("go")
    staff.waits_for(lambda view: view.prompt != "StaffEntry" or "go" not in view.keys, "what comes of it")


def signs_in(staff: Citizen, number: str) -> None:
    for digits in (number, PIN):
        enters(staff, digits)


def counts(staff: Citizen, found: int, top: str, second: str) -> None:
    """How many lie in bin A, which lies on top, and the second person."""
    enters(staff, str(found))
    staff.sees("StaffList", key=top)
    staff.touches(top)
    if top == "other":
        enters(staff, SERIALS[0])
    signs_in(staff, second)


def test_a_bin_is_counted_a_difference_settled_by_two_and_somebody_logs_out(tmp_path: Path) -> None:
    eyes = tmp_path / "eyes.json"
    with VirtualDisplay(1080, 1920) as display:
        window = subprocess.Popen(
            [sys.executable, "-m", "tests.window.office_window", str(tmp_path), str(eyes)],
            env={**os.environ, "DISPLAY": display.name, "SDL_VIDEODRIVER": "x11"},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            staff = Citizen(display.name, eyes, tmp_path / "pictures", lambda: window.poll() is None)
            staff.sees("Home")
            mark = ["xdotool", "mousemove", "80", "68", *["click", "1"] * 5]
            subprocess.run(mark, env={"DISPLAY": display.name, "PATH": "/usr/bin:/bin"}, check=True, timeout=10)
            signs_in(staff, "0317")
            for thing, found, top in (("count", 4, SERIALS[0]), ("settle-count", 5, "other")):
                staff.sees("StaffBoard", key="more")
                staff.touches("more")
                staff.sees("StaffList", key=thing)
                staff.touches(thing)
                if thing == "settle-count":
                    staff.sees("StaffList", key="A")
                    staff.touches("A")
                    staff.sees("StaffList", key="go")
                    staff.touches("go")
                counts(staff, found, top, "0402")
                staff.sees("StaffList", key="good")
                staff.touches("good")
            staff.sees("StaffBoard", key="sign-out")
            staff.touches("sign-out")
            said, _ = window.communicate(timeout=30)
        finally:
            window.kill()
            window.wait()
    assert said.startswith("signed-out, agrees, 5 left")
    assert said.split().count("blanks.count-settled") == 1
    assert said.split().count("staff.signed-in") >= 3

"""Daemons die in every way, behind the watchdog's process; it brings them back, and says what it cannot bring back."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from kiosk.watchdog.messages import ISSUING, TERMINAL, WATCHDOG, Advice, Heartbeat, Post
from kiosk.watchdog.sign import IssuingSign
from sandbox.hall import Hall, HallOptions

pytestmark = pytest.mark.device

PATIENCE = 60.0


def eventually(holds: Callable[[], object], what: str = "it") -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"{what} never came true"
        time.sleep(0.05)


class Watched:
    """A hall with its watchdog at work; the test is the terminal: it sends the heartbeat and hears the advice."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.post = Post(hall.run_directory, TERMINAL, WATCHDOG)
        self.advice = Advice()

    def beats(self, heartbeat: Heartbeat | None = None) -> None:
        self.post.send(heartbeat or Heartbeat(pid=os.getpid(), serving=True))
        while (advice := self.post.receive(Advice)) is not None:
            self.advice = advice

    def says(self, event: str) -> int:
        return self.hall.watchdog_log.read_text("utf-8").count(f"{event}:") if self.hall.watchdog_log.exists() else 0

    def until(self, holds: Callable[[], object], what: str) -> None:
        def beaten() -> object:
            self.beats()
            return holds()

        eventually(beaten, what)

    def starts(self, unit: str) -> int:
        return self.hall.systemd.units[unit].starts


@pytest.fixture
def watched(tmp_path: Path) -> Generator[Watched]:
    with Hall(tmp_path / "hall", HallOptions(blanks=0)) as hall:
        hall.start_watchdog(haste=3)
        ward = Watched(hall)
        try:
            ward.until(lambda: ward.says("watchdog.started"), "start")
            yield ward
        finally:
            ward.post.close()


def test_pcscd_dies_and_hangs_and_is_brought_back(watched: Watched) -> None:
    hall = watched.hall
    hall.pcsc.kill()
    watched.until(lambda: hall.pcsc.running and watched.says("watchdog.part-well") == 1, "pcscd back after SIGKILL")
    hall.pcsc.freeze()
    watched.until(lambda: watched.says("watchdog.part-well") == 2, "pcscd back after SIGSTOP")
    assert watched.starts("dazheng-clear@pcscd.service") == 0


def test_a_stale_socket_is_cleared_when_a_restart_does_not_help(watched: Watched) -> None:
    watched.hall.pcsc.kill(stale=True)
    watched.until(lambda: watched.starts("dazheng-clear@pcscd.service") == 1 and watched.hall.pcsc.running, "cleared")
    watched.until(lambda: watched.says("watchdog.part-well") == 1, "well")
    state = json.loads((watched.hall.directory / "watchdog" / "state.json").read_text("utf-8"))
    assert [attempt["remedy"] for attempt in state["attempts"]] == ["restart-service", "restart-service", "clear-sockets"]


def test_cupsd_dies_and_hangs_and_is_brought_back_but_not_while_a_certificate_is_printed(watched: Watched) -> None:
    hall = watched.hall
    hall.cups.kill()
    watched.until(lambda: hall.cups.running and watched.says("watchdog.part-well") == 1, "cupsd back after SIGKILL")
    with IssuingSign(hall.run_directory / ISSUING).held():
        hall.cups.freeze()
        watched.until(lambda: watched.says("watchdog.part-ill") == 2, "cupsd found silent")
        for _ in range(30):
            watched.beats()
            time.sleep(0.1)
        assert watched.starts("cups.service") == 1, "nothing is touched now"
    watched.until(lambda: watched.says("watchdog.part-well") == 2, "cupsd back after SIGSTOP")


def test_what_cannot_be_brought_back_is_said_to_the_terminal_and_counted(watched: Watched) -> None:
    hall = watched.hall
    unit = hall.systemd.units["cups.service"]

    def refuses() -> None:
        raise RuntimeError("no")

    unit.start = hall.systemd.units["dazheng-clear@cups.service"].start = refuses
    hall.cups.kill()
    watched.until(lambda: watched.advice.complaints, "a complaint")
    (complaint,) = watched.advice.complaints
    assert (complaint.obstacle, complaint.symptom) == ("printer", "print-service-down")
    assert watched.advice.calls[0].part == "print-service"
    port = hall.watchdog_log.read_text("utf-8").rpartition("metrics on port ")[2].split()[0]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    assert 'dazheng_part_out_of_service{part="print-service"} 1.0' in text
    unit.start = hall.cups.start
    hall.cups.start()
    watched.until(lambda: not watched.advice.complaints, "the complaint's end")


def test_a_terminal_that_hangs_is_killed_and_started(watched: Watched) -> None:
    killed: list[int] = []
    unit = watched.hall.systemd.units["kiosk.service"]
    unit.running, unit.kill = lambda: True, killed.append
    unit.start = lambda: None
    watched.beats()
    eventually(lambda: unit.starts == 1, "restart of a silent terminal")  # no heartbeat from now on
    assert killed == [signal.SIGKILL]

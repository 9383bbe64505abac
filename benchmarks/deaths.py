"""pcscd and cupsd die in every way, in random order, with the watchdog's process at work: how often and how fast they come back.

    python -m benchmarks.deaths [--deaths 40] [--seed 1] [--daemon cupsd]

Well again means: asked by a client of our own, pcscd shows the reader and cupsd its queue, and the watchdog has said so. The time runs
from the death to the client's first good answer. Beside it runs a process with pyscard's own reader monitor, for comparison.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from kiosk.watchdog.messages import TERMINAL, WATCHDOG, Advice, Heartbeat, Post
from kiosk.watchdog.probes import queue_look
from peripherals.card_reader import PcscReader
from sandbox.devices.cups import QUEUE
from sandbox.hall import Hall, HallOptions

GIVE_UP_SECONDS = 120.0
MONITOR = """
import time
from smartcard.ReaderMonitoring import ReaderMonitor, ReaderObserver
class Sees(ReaderObserver):
    def update(self, observable, actions):
        print("+" if actions[0] else "-", flush=True)
monitor = ReaderMonitor(period=0.5)
monitor.addObserver(Sees())
time.sleep(1e6)
"""


class Ward:
    """The hall, its watchdog, a client of each daemon, and the terminal's heartbeat."""

    def __init__(self, hall: Hall) -> None:
        self.hall = hall
        self.post = Post(hall.run_directory, TERMINAL, WATCHDOG)
        os.environ.update(hall.pcsc.environment)  # read at this process's first PC/SC call, which comes next
        self.reader = PcscReader()
        self.reader.open()
        self.queue = queue_look(str(hall.cups.socket_path), QUEUE, seconds=1.0)
        self.heartbeat_at = 0.0

    def beat(self) -> None:
        if time.monotonic() - self.heartbeat_at >= 0.5:
            self.post.send(Heartbeat(pid=os.getpid(), serving=True))
            self.heartbeat_at = time.monotonic()
        while self.post.receive(Advice) is not None:
            pass

    def until(self, holds: Callable[[], bool]) -> float | None:
        """Seconds until it holds; None when it does not within `GIVE_UP_SECONDS`."""
        began = time.monotonic()
        while not holds():
            self.beat()
            if time.monotonic() - began > GIVE_UP_SECONDS:
                return None
            time.sleep(0.02)
        return time.monotonic() - began

    def well(self) -> bool:
        return self.reader.status().usable and self.queue() is None

    def rest(self) -> None:
        """The climb is forgotten, as if a quiet hour had passed; else deaths one after the other would end on the last rung."""
        self.hall.stop_watchdog()
        (self.hall.directory / "watchdog" / "state.json").unlink(missing_ok=True)
        self.hall.start_watchdog()
        log = self.hall.watchdog_log
        said = log.read_text("utf-8").count("watchdog.started:") if log.exists() else 0
        self.until(lambda: log.exists() and log.read_text("utf-8").count("watchdog.started:") > said)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deaths", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--daemon", choices=["pcscd", "cupsd"], help="only this one dies (default: both, in every way)")
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as directory, Hall(Path(directory), HallOptions(blanks=0)) as hall:
        hall.start_watchdog()
        ward = Ward(hall)
        monitor = subprocess.Popen(
            [sys.executable, "-c", MONITOR],
            env=hall.environment(None),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        deaths: dict[str, Callable[[], None]] = {
            "pcscd SIGKILL": hall.pcsc.kill,
            "pcscd SIGSTOP": hall.pcsc.freeze,
            "pcscd SIGKILL, stale socket": lambda: hall.pcsc.kill(stale=True),
            "cupsd SIGKILL": hall.cups.kill,
            "cupsd SIGSTOP": hall.cups.freeze,
        }
        deaths = {kind: act for kind, act in deaths.items() if not arguments.daemon or kind.startswith(arguments.daemon)}
        order = [kind for kind, _ in zip(list(deaths) * arguments.deaths, range(arguments.deaths), strict=False)]
        chance.shuffle(order)
        times: dict[str, list[float | None]] = {kind: [] for kind in deaths}
        for number, kind in enumerate(order):
            ward.until(ward.well)
            ward.rest()
            deaths[kind]()
            ward.until(lambda: not ward.well())
            took = ward.until(ward.well)
            times[kind].append(took)
            print(
                f"{number + 1}/{len(order)} {kind}: {'never' if took is None else f'{took:.1f} s'}", file=sys.stderr, flush=True
            )
        time.sleep(3)
        monitor.kill()
        sees = (monitor.communicate()[0] or "").split()
        ward.post.close()
        ward.reader.close()
    print("| death | times | recovered | median | worst |\n|---|---|---|---|---|")
    for kind, found in times.items():
        back = [one for one in found if one is not None]
        figures = f"{statistics.median(back):.1f} s | {max(back):.1f} s" if back else "— | —"
        print(f"| {kind} | {len(found)} | {len(back)} | {figures} |")
    print(f"\npyscard's ReaderMonitor saw: {' '.join(sees)}")
    return 0 if all(one is not None for found in times.values() for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())

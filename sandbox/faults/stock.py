"""The same blows at a stock CUPS without the guard: default settings, one job, one kill; how many sheets come out?"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import cups

from sandbox.devices.cups import QUEUE, CupsDaemon
from sandbox.devices.printer import VirtualPrinter

PAGE = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
REST_SECONDS = 6.0
"""The IPP backend looks once a second and waits longer each time; a job that CUPS takes up again begins well within this."""


def blow_at_stock(directory: Path, seed: int) -> int:
    """Sheets that the unit printed of one job, by its own log, after one kill at a random instant. Settings follow from the seed."""
    dice = random.Random(seed)
    interval = dice.choice((30, 0))
    kill = dice.choice(("cupsd", "cupsd and backends", "backend"))
    after = dice.uniform(0.0, 1.0)
    with (
        VirtualPrinter(directory, seconds=0.5, blanks=["41002100001", "41002100002", "41002100003"]) as unit,
        CupsDaemon(guarded=False, dirty_clean_seconds=interval) as daemon,
    ):
        daemon.add_queue(unit.uri)
        connection = cups.Connection(host=str(daemon.socket_path))
        job = connection.createJob(QUEUE, "a1b2c3.1", {})
        connection.startDocument(QUEUE, job, "a1b2c3.1", "application/pdf", 1)
        connection.writeRequestData(PAGE, len(PAGE))
        connection.finishDocument(QUEUE)
        time.sleep(after)
        if kill == "backend":
            daemon.kill_backends()
        else:
            daemon.kill(backends_too=kill == "cupsd and backends")
            daemon.start()
        _wait(lambda: not _live(daemon) and unit.working_on is None, REST_SECONDS)
        return len(unit.printed)


def _live(daemon: CupsDaemon) -> bool:
    connection = cups.Connection(host=str(daemon.socket_path))
    return bool(connection.getJobs(which_jobs="not-completed", my_jobs=False))


def _wait(done: Callable[[], bool], seconds: float) -> None:
    """At least a second of rest, at most `seconds`."""
    deadline, quiet = time.monotonic() + seconds, 0
    while quiet < 10 and time.monotonic() < deadline:
        quiet = quiet + 1 if done() else 0
        time.sleep(0.1)

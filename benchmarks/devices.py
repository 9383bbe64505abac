"""The watchdog's own weight, how fast a reader is back with its daemon, and a resident ID card on a SAM-V reader against the same exchange without a driver."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import date
from pathlib import Path

import psutil

from benchmarks.harness import Row, compare
from kiosk.watchdog.messages import TERMINAL, WATCHDOG, DeviceWord, Heartbeat, Post
from peripherals.card_reader import SamVReader, read_document
from peripherals.card_reader.sam_v_frames import Answer, Command, FrameScanner, Reply, Request
from peripherals.serial_line import open_line
from sandbox.devices.sam_v import VirtualSamVReader, resident_card
from sandbox.hall import Hall, HallOptions

TODAY = date(2026, 3, 2)
WATCHED_SECONDS = 20.0
BAUD = 115200
BITS = 10
"""A byte on the line, with start and stop."""


def rows() -> list[Row]:
    return [*_watchdog(), *_sam_v()]


def _watchdog() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="dazheng-b") as name, Hall(Path(name), HallOptions(blanks=0)) as hall:
        hall.start_watchdog()
        assert hall.watchdog is not None
        process = psutil.Process(hall.watchdog.pid)
        words = tuple(
            DeviceWord(name=device, state="online") for device in ("card-reader", "code-scanner", "printer", "ups", "door")
        )
        post = Post(hall.run_directory, TERMINAL, WATCHDOG)
        _beat(post, words, 5.0)
        before = process.cpu_times()
        _beat(post, words, WATCHED_SECONDS)
        after = process.cpu_times()
        used = (after.user + after.system - before.user - before.system) / WATCHED_SECONDS * 100
        resident = process.memory_full_info().uss / 1e6
        post.close()
    return [
        Row(
            "watchdog, memory",
            resident,
            unit="MB",
            goal="< 60 MB",
            met=resident < 60,
            note="its own pages (USS), all probes at work",
        ),
        Row(
            "watchdog, processor",
            used,
            unit="%",
            goal="< 1 %",
            met=used < 1,
            note=f"of one core over {WATCHED_SECONDS:.0f} s, a heartbeat every second",
        ),
    ]


def _beat(post: Post, words: tuple[DeviceWord, ...], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        post.send(Heartbeat(pid=os.getpid(), serving=True, devices=words))
        time.sleep(1.0)


def _sam_v() -> list[Row]:
    card = resident_card("赵建国", "11010519491231002X")
    with tempfile.TemporaryDirectory(prefix="dazheng-b") as name:
        ours, bare = Path(name) / "ours", Path(name) / "bare"
        with VirtualSamVReader(ours) as first, VirtualSamVReader(bare) as second:
            first.lay(card)
            second.lay(card)
            reader = SamVReader(str(ours), "card-reader", baud=BAUD)
            reader.open()
            deadline = time.monotonic() + 10
            while not reader.card_present and time.monotonic() < deadline:
                time.sleep(0.01)
            read_document(reader, today=TODAY)
            exchanged = 0
            with open_line(str(bare), BAUD) as line:

                def ask(command: Command) -> Answer:
                    nonlocal exchanged
                    asked = Request(command).encode()
                    line.write(asked)
                    scanner, bodies = FrameScanner(), list[bytes]()
                    exchanged = len(asked)
                    while not bodies:
                        data = line.read(2.0)
                        exchanged += len(data)
                        bodies = scanner.feed(data)
                    return Reply.parse(bodies[0]).answer

                ask(Command.FIND)
                ask(Command.SELECT)
                try:
                    row = compare(
                        "SAM-V card → identity",
                        lambda: read_document(reader, today=TODAY),
                        "bare frames",
                        lambda: ask(Command.READ),
                        goal=1.3,
                        runs=30,
                    )
                finally:
                    reader.close()
    line_ms = exchanged * BITS / BAUD * 1e3
    note = f"a card that was found and selected is read; {exchanged} bytes, which take {line_ms:.0f} ms more at {BAUD} baud for either"
    return [
        Row(
            row.name,
            row.ours + line_ms,
            row.peer_name,
            (row.peer or 0) + line_ms,
            goal=row.goal,
            met=row.ours + line_ms <= 1.3 * ((row.peer or 0) + line_ms),
            note=note,
        )
    ]

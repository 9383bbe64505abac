"""The watchdog's own weight, how fast a reader is back with its daemon, and a resident ID card on a SAM-V reader against the same exchange without a driver."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

import psutil
from smartcard import scard

from benchmarks.harness import Row, compare, ratio_row, seconds_until
from kiosk.watchdog.messages import TERMINAL, WATCHDOG, DeviceWord, Heartbeat, Post
from peripherals.card_reader import PcscReader, SamVReader, read_document
from peripherals.card_reader.sam_v_frames import Answer, Command, FrameScanner, Reply, Request
from peripherals.serial_line import open_line
from sandbox.devices.pcsc import ENVIRONMENT, PcscDaemon
from sandbox.devices.sam_v import VirtualSamVReader, resident_card
from sandbox.hall import Hall, HallOptions

TODAY = date(2026, 3, 2)
WATCHED_SECONDS = 20.0
DEATHS = 15
BAUD = 115200
BITS = 10
"""A byte on the line, with start and stop."""


def rows() -> list[Row]:
    return [*_watchdog(), _recovery(), *_sam_v()]


def _recovery() -> Row:
    """A driver that saw its daemon die, until it sees the new one's reader; beside it a client that asks every 5 ms and nothing else."""
    ours: list[float] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory(prefix="dazheng-b") as name:
        os.environ[ENVIRONMENT] = str(Path(name) / "pcscd.comm")
        with PcscDaemon(Path(name)) as daemon:
            reader = PcscReader()
            reader.open()
            try:
                for _ in range(DEATHS):
                    seconds_until(lambda: reader.status().usable)
                    daemon.kill()
                    seconds_until(lambda: not reader.status().usable)
                    begin = time.monotonic()
                    threads = [
                        threading.Thread(target=_notes, args=(ours, begin, lambda: reader.status().usable)),
                        threading.Thread(target=_notes, args=(bare, begin, _reader_listed)),
                    ]
                    for thread in threads:
                        thread.start()
                    daemon.start()
                    for thread in threads:
                        thread.join()
            finally:
                reader.close()
    return ratio_row(
        "pcscd started again → reader usable",
        median(ours) * 1e3,
        "asking every 5 ms",
        median(bare) * 1e3,
        note=f"{DEATHS} times killed and started by hand; from the start of the daemon, whose own start is in both. The driver looks"
        " four times a second",
    )


def _notes(times: list[float], begin: float, holds: Callable[[], bool]) -> None:
    times.append(seconds_until(holds, begin=begin))


def _reader_listed() -> bool:
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    if result != scard.SCARD_S_SUCCESS:
        return False
    result, readers = scard.SCardListReaders(context, [])
    scard.SCardReleaseContext(context)
    return result == scard.SCARD_S_SUCCESS and bool(readers)


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

"""Platform, unit, cupsd and terminal as processes that can be killed and come back on the same files.

Forked from a director without threads of its own, so that a part is up in milliseconds. Each dies with its director.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import logging
import mmap
import os
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from kiosk.issuance import blanks
from kiosk.settings import Settings, load
from offline_cache.keys import FileKey
from offline_cache.store import Store
from sandbox.devices.cups import QUEUE, CupsDaemon
from sandbox.faults import terminal
from sandbox.faults.people import citizen
from sandbox.faults.unit import LoggedUnit, SheetLog
from sandbox.people import Person
from sandbox.platform import TERMINAL, SandboxPlatform
from sandbox.platform.server import profile_of

PAGE_SECONDS = 0.15
FIRST_SERIAL = 41002100000
PR_SET_PDEATHSIG = 1
UNLIMITED = resource.RLIM_INFINITY


class Part:
    """One process of ours: `act` gets its end of a socket and runs until it is killed."""

    def __init__(self, name: str, log: Path, act: Callable[[socket.socket], int]) -> None:
        self.name = name
        self._log = log
        self._act = act
        self.pid = 0
        self.status = 0
        self._channel: socket.socket | None = None
        self._heard = b""

    def start(self) -> None:
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            self._become(theirs)
        theirs.close()
        self.pid, self._channel, self._heard = pid, ours, b""

    @property
    def alive(self) -> bool:
        if self.pid:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.pid, self.status = 0, os.waitstatus_to_exitcode(status)
        return self.pid != 0

    def kill(self) -> None:
        """SIGKILL; nothing of it runs when this returns."""
        if self.alive:
            os.kill(self.pid, signal.SIGKILL)
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            self.pid = 0

    def hears(self, seconds: float) -> dict[str, Any] | None:
        """The next thing that it says, within `seconds`; None for silence or death."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._heard:
            left = deadline - time.monotonic()
            if self._channel is None or left < 0 or not select.select([self._channel], [], [], left)[0]:
                return None
            more = b""
            with contextlib.suppress(OSError):
                more = self._channel.recv(65536)
            if not more:
                self._channel = None
                return None
            self._heard += more
        line, _, self._heard = self._heard.partition(b"\n")
        return cast("dict[str, Any]", json.loads(line))

    def tell(self, *words: str) -> None:
        if self._channel is not None:
            with contextlib.suppress(OSError):
                self._channel.sendall((" ".join(words) + "\n").encode())

    def asks(self, *words: str, seconds: float = 20.0) -> dict[str, Any]:
        """Tell it something and wait for its answer; {} from a dead one."""
        if not self.alive:
            return {}
        self.tell(*words)
        return self.hears(seconds) or {}

    def _become(self, channel: socket.socket) -> None:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        code = 1
        try:
            log = os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(log, 1)
            os.dup2(log, 2)
            logging.basicConfig(
                level=logging.INFO, format=f"%(asctime)s {os.getpid()} %(name)s: %(message)s", stream=sys.stderr, force=True
            )
            code = self._act(channel)
        except BaseException:  # noqa: BLE001 - the outermost frame of a process: what ended it goes into its log
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)


class World:
    """One terminal and everything around it, for as many visits as there are citizens. All of it lies in `directory`."""

    def __init__(self, directory: Path, visits: int) -> None:
        self.directory = directory
        self._stack = contextlib.ExitStack()
        self.people = tuple(citizen(index) for index in range(visits))
        self.serials = [f"{FIRST_SERIAL + index:011d}" for index in range(visits * 2)]
        self._shared = mmap.mmap(-1, 16)
        self.disk = directory / "disk"
        self.sheets = SheetLog(directory / "unit" / "sheets.log")

    def __enter__(self) -> World:
        with contextlib.ExitStack() as stack:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.disk.mkdir()
            self.mounted = os.geteuid() == 0 and _mounts(self.disk)
            if self.mounted:
                stack.callback(subprocess.run, ["umount", "-l", str(self.disk)], check=False)
            # Never started in this process: what it knows is read from its memory.
            self.platform = SandboxPlatform(
                self.directory / "platform",
                people=self.people,
                memory=self.directory / "platform.memory",
                port=free_port(),
            )
            core = self.platform.core
            core.issue_blanks(TERMINAL, self.serials)
            hall = profile_of(TERMINAL).hall
            self.codes = [core.appointment_code(person, hall, lasts=timedelta(days=1)) for person in self.people]
            assert self.platform.memory
            self.platform.memory.save()
            self.platform_part = self._part("platform", self._be_platform)
            self.unit_port = free_port()
            self.unit_part = self._part("unit", self._be_unit)
            self.cups = CupsDaemon()
            stack.callback(self.cups.close)
            self.cups.start()
            self.cups.add_queue(f"ipp://127.0.0.1:{self.unit_port}/ipp/print")
            self.settings = self._settings()
            key = FileKey(self.settings.store.key)
            key.create()
            with contextlib.closing(self.open_store()) as store:
                blanks.supply(store, self.platform.clock(), "A", "title", self.serials, ("s-017", "s-021"))
            for part in (self.platform_part, self.unit_part):
                stack.callback(part.kill)
                part.start()
                assert part.hears(30), f"{part.name} did not come up"
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def open_store(self) -> Store:
        return Store.open(self.settings.store.path, FileKey(self.settings.store.key).keys())

    def terminal(self, index: int | None, *, walks: bool = False) -> Part:
        """The terminal with the citizen of visit `index` before it, who may walk away from the outlet, or with nobody."""
        person: Person | None = None if index is None else self.people[index]
        code = b"" if index is None else self.codes[index]
        part = self._part(
            "terminal",
            lambda channel: terminal.run(
                self.settings, channel, person, code, lambda: self.shift_seconds, lambda: self.commit_seconds, walks=walks
            ),
        )
        part.start()
        return part

    @property
    def shift_seconds(self) -> float:
        """How far the terminal's clock is wrong; shared with its process."""
        return float(struct.unpack("d", self._shared[:8])[0])

    @shift_seconds.setter
    def shift_seconds(self, seconds: float) -> None:
        self._shared[:8] = struct.pack("d", seconds)

    @property
    def commit_seconds(self) -> float:
        """How long the store's disk keeps each commit waiting; shared with the terminal's process."""
        return float(struct.unpack("d", self._shared[8:])[0])

    @commit_seconds.setter
    def commit_seconds(self, seconds: float) -> None:
        self._shared[8:] = struct.pack("d", seconds)

    def restart(self, part: Part) -> None:
        """Start a dead part again and wait until it is up."""
        if not part.alive:
            part.start()
            part.hears(30)

    # ---- what the parts are ----------------------------------------------------------------------------------------------

    def _part(self, name: str, act: Callable[[socket.socket], int]) -> Part:
        return Part(name, self.directory / f"{name}.log", act)

    def _be_platform(self, channel: socket.socket) -> int:
        return be_platform(self.platform, channel)

    def _be_unit(self, channel: socket.socket) -> int:
        unit = LoggedUnit(self.directory / "unit", port=self.unit_port, seconds=PAGE_SECONDS, loaded=self.serials)
        return be_unit(unit, channel)

    def _settings(self) -> Settings:
        files = self.platform.files
        path = self.directory / "kiosk.toml"
        path.write_text(
            f"""{files.settings(TERMINAL, self.platform.url)}[store]
path = "{self.disk}/terminal.db"
key = "terminal.key"
[printer]
queue = "{QUEUE}"
server = "{self.cups.socket_path}"
guard_directory = "{self.cups.guard_directory}"
paper = "plain"
page_seconds = 1
give_up_seconds = 15
""",
            "utf-8",
        )
        return load(path)


def be_platform(platform: SandboxPlatform, channel: socket.socket) -> int:
    """What the platform's process does: serves, and hears ``fault WORD`` and ``digits PERSON`` (the newest one-time code on her phone)."""
    assert platform.memory
    platform.memory.load()
    platform.start()
    channel.sendall(b'{"up": true}\n')
    for line in channel.makefile("r", encoding="utf-8"):
        act, _, what = line.strip().partition(" ")
        answer: dict[str, Any] = {"done": True}
        if act == "digits":
            answer = {"digits": platform.phone(what)[-1:]}
        else:
            platform.fault(cast(Any, None if what == "none" else what))
        channel.sendall(f"{json.dumps(answer)}\n".encode())
    return 0


def be_unit(unit: LoggedUnit, channel: socket.socket) -> int:
    """What the unit's process does: prints, and hears ``fault WORD``, ``remove SERIAL``, ``take`` and ``look``."""
    unit.start()
    channel.sendall(b'{"up": true}\n')
    for line in channel.makefile("r", encoding="utf-8"):
        act, _, what = line.strip().partition(" ")
        if act == "fault":
            unit.fault(cast(Any, None if what == "none" else what))
        elif act == "remove":
            unit.remove(what)
        elif act == "take":
            unit.take()
        answer = {"job": unit.working_on, "outlet": len(unit.outlet)}
        channel.sendall(f"{json.dumps(answer)}\n".encode())
    return 0


def free_port() -> int:
    """A port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _mounts(directory: Path) -> bool:
    """A small disk of its own, that can be filled and made read-only."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96m,mode=0700", "tmpfs", str(directory)], check=False, capture_output=True
    )
    return mounted.returncode == 0

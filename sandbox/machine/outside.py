"""What stands outside the terminal, on this machine: the platform over TLS, the certificate unit over IPP, and the disk's own process.

The guest reaches the first two at 10.0.2.2 through QEMU's user network. The unit's log on this machine's disk is the witness of what was
printed; the terminal cannot write to it.
"""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Self

from sandbox.faults.parts import Part, be_platform, be_unit, free_port
from sandbox.faults.people import citizen
from sandbox.faults.unit import LoggedUnit, SheetLog
from sandbox.machine import disk
from sandbox.machine.disk import Lost
from sandbox.machine.qemu import HOST
from sandbox.people import BY_SLUG, Person
from sandbox.platform import TERMINAL, SandboxPlatform
from sandbox.platform.server import profile_of

FIRST_SERIAL = 41002300000
WALK_IN = "zhang-jianguo"
"""Who comes to the window: a card, and a phone on record."""
PAGE_SECONDS = 4.0
UP_SECONDS = 30.0


class Outside:
    """Everything that is not the machine, in `directory`; `guests` people come while the power is cut."""

    def __init__(self, directory: Path, disk_image: Path, guests: int) -> None:
        self.directory = directory
        self.people: tuple[Person, ...] = tuple(citizen(index) for index in range(guests))
        self.serials = [f"{FIRST_SERIAL + index:011d}" for index in range(2 * guests + 10)]
        self.sheets = SheetLog(directory / "unit" / "sheets.log")
        self.disk_socket = directory / "disk.sock"
        # Never started in this process: what it knows is read from its memory.
        self.platform = SandboxPlatform(
            directory / "platform",
            people=(BY_SLUG[WALK_IN], *self.people),
            memory=directory / "platform.memory",
            port=free_port(),
            addresses=(HOST,),
        )
        self.unit_port = free_port()
        core = self.platform.core
        core.issue_blanks(TERMINAL, self.serials)
        self.codes = [core.appointment_code(person, profile_of(TERMINAL).hall, lasts=timedelta(days=1)) for person in self.people]
        self.platform_part = self._part("platform", lambda channel: be_platform(self.platform, channel))
        self.unit_part = self._part("unit", self._be_unit)
        self.disk_part = self._part("disk", lambda channel: disk.serve(disk_image, self.disk_socket, channel))

    def __enter__(self) -> Self:
        assert self.platform.memory
        self.platform.memory.save()
        with contextlib.ExitStack() as stack:
            for part in (self.platform_part, self.unit_part, self.disk_part):
                stack.callback(part.kill)
                self.put_up(part)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.keep_disk()
        self._stack.close()

    def put_up(self, part: Part) -> None:
        """Start a part that is not up."""
        if not part.alive:
            part.start()
            if not part.hears(UP_SECONDS):
                raise RuntimeError(f"{part.name} did not come up; see {part.name}.log")

    def cut_disk(self, seed: int) -> Lost:
        """The disk loses its power: of what was not flushed everything is lost for `seed` -1, else each block by chance."""
        told = self.disk_part.asks("cut", str(seed))
        return Lost(told["waiting"], told["gone"])

    def keep_disk(self) -> None:
        """The disk's memory goes to its file, as when a machine is shut down in good order."""
        self.disk_part.asks("flush")

    def digits(self) -> str:
        """The one-time code on the walk-in's phone."""
        return str(self.platform_part.asks("digits", WALK_IN)["digits"][0])

    def printed(self, serial: str) -> bool:
        """Whether the unit's own log says that this blank came out printed."""
        mark = self.sheets.last().get(serial)
        return mark is not None and mark.what == "printed"

    def settings(self, slowness: float) -> str:
        """/etc/dazheng/kiosk.toml of a terminal that is to work with these; its certificates lie beside it. `slowness`: how many times
        longer it waits for an answer.
        """
        return f"""terminal_id = "{TERMINAL}"

[platform]
url = "https://{HOST}:{self.platform.url.rpartition(":")[2]}"
certificate = "terminal.pem"
key = "terminal.key"
ca = "platform-ca.pem"
connect_seconds = {3 * slowness}
read_seconds = {10 * slowness}
total_seconds = {20 * slowness}

[trust]
registry_root = "registry-root.pem"
platform_root = "platform-root.pem"

[store]
path = "/var/lib/dazheng/terminal.db"
key = "/var/lib/dazheng/store.key"

[code_scanner]
source = "camera:/dev/video0?width=640&height=360"

[printer]
paper = "plain"
page_seconds = {round(PAGE_SECONDS)}
"""

    def files(self) -> dict[str, bytes]:
        """What lies beside the settings."""
        files = self.platform.files
        return {
            "terminal.pem": files.terminal_certificate.read_bytes(),
            "terminal.key": files.terminal_key.read_bytes(),
            "platform-ca.pem": files.tls_ca.read_bytes(),
            "registry-root.pem": files.registry_root.read_bytes(),
            "platform-root.pem": files.platform_root.read_bytes(),
        }

    @property
    def printer_uri(self) -> str:
        return f"ipp://{HOST}:{self.unit_port}/ipp/print"

    def _part(self, name: str, act: Callable[[socket.socket], int]) -> Part:
        return Part(name, self.directory / f"{name}.log", act)

    def _be_unit(self, channel: socket.socket) -> int:
        unit = LoggedUnit(self.directory / "unit", port=self.unit_port, seconds=PAGE_SECONDS, loaded=self.serials)
        return be_unit(unit, channel)


def seed_of(number: int) -> int:
    """Every third cut loses all that was not flushed; the others lose by chance."""
    return -1 if number % 3 == 0 else random.Random(number).randrange(1 << 30)

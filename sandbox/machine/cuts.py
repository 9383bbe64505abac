"""The power goes while a certificate is printed; the machine boots, and it is looked at what became of it.

One cut: the citizen comes, QEMU is killed at a named instant (before or after the commit of a state) or a random one, the disk forgets
what was not flushed, and for every second cut the certificate unit loses its power too (it forgets its jobs; a sheet under way is stuck
in it). Then the machine boots, with nobody before it, until recovery is at rest. Two of the staff settle what only they can by looking at
the unit's log, with the installed command; blanks and journal are asked of the installed commands. At the end the store is read out of
the switched-off machine's disk and counted as after the fault runs (`sandbox.faults.counting`).
"""

from __future__ import annotations

import contextlib
import json
import random
import select
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, cast

from kiosk.issuance.states import State
from offline_cache.keys import FileKey
from offline_cache.store import Store
from sandbox.faults.counting import violations
from sandbox.faults.plan import POINTS
from sandbox.machine import installing
from sandbox.machine.checks import NotSo, ledgers_hold
from sandbox.machine.disk import Lost
from sandbox.machine.installing import STAFF
from sandbox.machine.outside import Outside, seed_of
from sandbox.machine.qemu import HOST, SHARE, Machine

PATIENCE_SECONDS = 300.0
"""How long a boot, a visit or a recovery may take without KVM."""
LONGEST_AFTER = 12.0
"""Seconds after her question within which a random cut falls; on this machine her visit takes about as long."""
INSIDE = (
    "__init__.py",
    "people.py",
    "faults/__init__.py",
    "faults/people.py",
    "faults/terminal.py",
    "machine/__init__.py",
    "machine/visitor.py",
)
"""What of the sandbox lies in the host's folder for the visitor; nothing of it is installed."""
DROP_IN = """[Service]
ExecStart=
ExecStart=/usr/bin/python3 -I {share}/sandbox/machine/visitor.py {host} {port}
TimeoutStartSec=300
TimeoutStopSec=5
"""
NO_DISPLAY = "[Service]\nExecStartPre=\nExecStart=\nExecStart=/bin/sleep infinity\nExecStartPost=\n"

Say = Callable[[str], None]


@dataclass(slots=True)
class Cut:
    """One power cut and what came of it. `at`: where she was; `end`: how the issuance ended ("" where none was begun)."""

    number: int
    plan: str
    unit_too: bool
    at: str = ""
    lost: Lost = field(default_factory=lambda: Lost(0, 0))
    end: str = ""
    boot_seconds: float = 0.0
    rest_seconds: float = 0.0
    wrong: list[str] = field(default_factory=list[str])

    def __str__(self) -> str:
        return (
            f"cut {self.number:2} {self.plan:22} {'with the unit' if self.unit_too else 'unit stays up':13} "
            f"{self.lost.gone:4} of {self.lost.waiting:4} unflushed blocks lost; {self.end or 'nothing begun'}; "
            f"up after {self.boot_seconds:.0f} s, at rest after {self.rest_seconds:.0f} s: {'; '.join(self.wrong) or 'holds'}"
        )


class Director:
    """Where the visitors inside call: one at a time."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._channel: socket.socket | None = None
        self._heard = b""

    def close(self) -> None:
        self.hang_up()
        self._listener.close()

    def hang_up(self) -> None:
        if self._channel is not None:
            self._channel.close()
        self._channel, self._heard = None, b""

    def receives(self, index: int, code: bytes, seconds: float) -> None:
        """The next visitor that calls is citizen `index`. Raises `NotSo`."""
        self.hang_up()
        self._listener.settimeout(seconds)
        try:
            self._channel = self._listener.accept()[0]
        except TimeoutError:
            raise NotSo("no terminal called within") from None
        self._channel.sendall(f"{json.dumps({'index': index, 'code': code.hex()})}\n".encode())

    def hears(self, seconds: float) -> dict[str, Any] | None:
        """What it says next; None for silence or the end."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._heard:
            left = deadline - time.monotonic()
            if self._channel is None or left <= 0 or not select.select([self._channel], [], [], left)[0]:
                return None
            part = b""
            with contextlib.suppress(OSError):
                part = self._channel.recv(65536)
            if not part:
                self.hang_up()
                return None
            self._heard += part
        line, _, self._heard = self._heard.partition(b"\n")
        return cast("dict[str, Any]", json.loads(line))

    def goes_on(self) -> None:
        if self._channel is not None:
            with contextlib.suppress(OSError):
                self._channel.sendall(b"go\n")


class Cuts:
    """A series of cuts on one machine; prepare it once (`prepare`), then `cut` as often as there are citizens."""

    def __init__(self, machine: Machine, outside: Outside, say: Say) -> None:
        self._machine = machine
        self._outside = outside
        self._say = say
        self._director = Director()
        self.cuts: list[Cut] = []
        self._seen: list[str] = []
        self._status: dict[str, Any] = {}
        self._patience = PATIENCE_SECONDS * machine.build.slowness

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._director.close()

    def prepare(self) -> None:
        """In the running machine: the visitor takes the window's place, and the X server rests."""
        guest = self._machine.guest
        drop_in = DROP_IN.format(share=SHARE, host=HOST, port=self._director.port)
        guest.sh("mkdir -p /etc/systemd/system/kiosk.service.d /etc/systemd/system/kiosk-display.service.d")
        guest.write("/etc/systemd/system/kiosk.service.d/visitor.conf", drop_in.encode())
        guest.write("/etc/systemd/system/kiosk-display.service.d/none.conf", NO_DISPLAY.encode())
        guest.sh(f"rm -f /etc/systemd/system/kiosk.service.d/eyes.conf; mkdir -p {SHARE}")
        guest.sh(f"grep -q {SHARE} /etc/fstab || echo 'share {SHARE} 9p ro,trans=virtio,version=9p2000.L 0 0' >>/etc/fstab")
        installing.share(self._machine)
        guest.sh("systemctl daemon-reload; systemctl restart --no-block kiosk; sync", seconds=120)

    def cut(self, number: int) -> Cut:
        """Citizen `number` comes, and the power goes."""
        dice = random.Random(number)
        point = POINTS[number] if number < len(POINTS) else ""
        after = dice.uniform(0.0, LONGEST_AFTER)
        cut = Cut(number, point or f"{after:.1f} s after she came", unit_too=number % 2 == 1)
        self.cuts.append(cut)
        self._visit(number, point, after, cut)
        self._machine.kill()
        cut.lost = self._outside.cut_disk(seed_of(number))
        if cut.unit_too:
            self._outside.unit_part.kill()
            self._outside.put_up(self._outside.unit_part)
        self._comes_back(cut)
        self._say(str(cut))
        return cut

    def undisturbed(self, number: int) -> None:
        """Citizen `number` comes, and nothing happens to her. Raises `NotSo` when she is not served."""
        cut = Cut(number, "no cut", unit_too=False)
        self._visit(number, "never", 0.0, cut)
        self._wait_for_rest(cut)
        if cut.at != "Home":
            raise NotSo(f"after all cuts a citizen sees {self._seen[-4:]}")
        self._say(f"after all cuts: a citizen is served, {self._seen[-3:]}")

    def count(self, directory: Path) -> list[str]:
        """The switched-off machine's store, held against the unit's log and the platform. Each is one sentence."""
        self._machine.shut_down()
        self._outside.keep_disk()
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        subprocess.run(
            ["debugfs", "-R", f"rdump /var/lib/dazheng {directory}", str(self._outside.directory / "disk.img")],
            check=True, capture_output=True,
        )  # fmt: skip
        place = directory / "dazheng"
        with contextlib.closing(Store.open(place / "terminal.db", FileKey(place / "store.key").keys())) as store:
            return violations(self._outside, store)

    # ---- one cut ---------------------------------------------------------------------------------------------------------

    def _visit(self, number: int, point: str, after: float, cut: Cut) -> None:
        """Until the instant has come, or her visit is over."""
        self._director.receives(number, self._outside.codes[number], self._patience)
        self._seen = []
        deadline = time.monotonic() + self._patience
        blow: float | None = None
        while time.monotonic() < deadline:
            if blow is not None and time.monotonic() >= blow:
                cut.at = self._seen[-1]
                return
            said = self._director.hears(0.05)
            if said is None:
                continue
            if "at" in said:
                if said["at"] == point:
                    cut.at = point
                    return
                self._director.goes_on()
            elif "sees" in said:
                self._seen.append(said["sees"])
                if said["sees"] == "Identify" and not point and blow is None:
                    blow = time.monotonic() + after
                if "Identify" in self._seen and said["sees"] in ("Home", "OutOfService"):
                    cut.at = said["sees"]
                    return
            elif "waiting" in said:
                self._status = said
        cut.wrong.append(f"the instant never came; she saw {self._seen[-3:]}")

    def _comes_back(self, cut: Cut) -> None:
        """Boot with nobody before the screen, and wait until recovery is at rest; then staff, blanks, journal."""
        self._machine.start(blind=True)
        self._director.receives(-1, b"", self._patience)
        cut.boot_seconds = time.monotonic() - self._machine.started
        self._wait_for_rest(cut)
        cut.rest_seconds = time.monotonic() - self._machine.started
        self._machine.wait_for_boot()
        self._settle(cut)
        try:
            ledgers_hold(self._machine)
        except Exception as reason:  # noqa: BLE001 - whatever it is, it belongs into this cut's line
            cut.wrong.append(str(reason))
        # The next citizen's terminal is a new process.
        self._director.hang_up()
        self._machine.guest.sh("systemctl restart --no-block kiosk")

    def _wait_for_rest(self, cut: Cut) -> None:
        self._status, self._seen = {}, [] if cut.plan != "no cut" else self._seen
        deadline = time.monotonic() + self._patience
        while time.monotonic() < deadline:
            said = self._director.hears(0.1)
            if said is None:
                continue
            if "at" in said:
                self._director.goes_on()
            elif "sees" in said:
                self._seen.append(said["sees"])
            elif "waiting" in said:
                self._status = said
                known = said["waiting"] == 0 and said["asked"] == 0 and set(said["open"]) <= {State.UNKNOWN.value}
                if known and self._seen and self._seen[-1] in ("Home", "OutOfService"):
                    return
        cut.wrong.append(f"it never came to rest: {self._status}, {self._seen[-3:]}")

    def _settle(self, cut: Cut) -> None:
        """What became of her certificate, and what two of the staff say who have looked for the sheet."""
        guest = self._machine.guest
        waiting = guest.run("/bin/sh", "-c", f"{STAFF} blanks settle", seconds=60).out.split("\n")
        for line in filter(None, waiting):
            serial = line.split()[0]
            printed = self._outside.printed(serial)
            end = State.RETAINED if printed else State.SPOILED
            guest.sh(f"{STAFF} blanks settle {serial} --end {end} --by s-017 --and s-023", seconds=60)
            if not printed:
                self._outside.unit_part.asks("remove", serial)
            cut.end = f"unknown, settled as {end}"
        if not cut.end:
            certificate = self._outside.people[cut.number].cases[0].certificate_id
            marks = self._outside.sheets.last().values()
            grants = self._outside.platform
            assert grants.memory
            grants.memory.load()
            ends = [grant.state for grant in grants.core.grants.values() if grant.authorisation.certificate_id == certificate]
            cut.end = ", ".join(ends) + (f" ({sum(mark.what == 'printed' for mark in marks)} sheets so far)" if ends else "")


def lay_out(share: Path, sandbox: Path) -> None:
    """Put what the visitor needs into the host's folder, readable for everybody."""
    for name in INSIDE:
        target = share / "sandbox" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(sandbox / name, target)
    for path in (share, *share.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)

"""The machine: QEMU without KVM, with the devices of a terminal. It boots, is plugged and unplugged, touched, looked at, and cut off.

What is plugged in: a USB CCID reader on an xHCI controller, the i6300esb hardware watchdog, a screen with a touch-like absolute
pointer, one wired network (the host answers at 10.0.2.2), a disk behind NBD (`disk`), and a folder of the host's, read-only.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from sandbox.machine.guest import Guest
from sandbox.machine.image import Image

HOST: Final = "10.0.2.2"
"""Where the guest finds this machine's loopback."""
SHARE: Final = "/run/share"
READER: Final = "reader"
FULL: Final = 0x7FFF
"""The far edge of an absolute axis."""
UNPLUG_SECONDS = 20.0
MACHINE: Final = "q35,sata=off,smbus=off,i8042=off,hpet=off"
PROCESSOR: Final = "Nehalem"
"""No more than a terminal has, and no instructions that are slow to emulate: without KVM each device found and each word decoded costs seconds."""


class MachineFailed(Exception):
    """QEMU did not start or refused a command."""


@dataclass(frozen=True, slots=True)
class Build:
    """How the machine is built: pixels of its screen, MiB of its memory, its processors. `slowness`: how many times longer everything may
    take than on two idle cores of the host.
    """

    size: tuple[int, int] = (540, 960)
    memory: int = 2048
    processors: int = 2
    slowness: float = 1.0


class Machine:
    """One machine; `directory` has its sockets and what its serial console says."""

    def __init__(self, image: Image, disk: Path, share: Path, directory: Path, build: Build = Build()) -> None:
        self._image = image
        self._disk = disk
        self._share = share
        self._directory = directory
        self.build = build
        self._process: subprocess.Popen[bytes] | None = None
        self._monitor: socket.socket | None = None
        self._heard = b""
        self.events: list[dict[str, Any]] = []
        self.started = 0.0
        self.computing = 0.0
        """Seconds for which it has run, all in all."""

    # ---- power -----------------------------------------------------------------------------------------------------------

    def start(self, *, blind: bool = False) -> None:
        """Power on; returns when QEMU takes commands. `blind`: without screen, pointer and camera, which saves half of the boot."""
        for name in ("qmp", "agent", "card"):
            self._at(name).unlink(missing_ok=True)
        self._heard, self.events = b"", []
        with (self._directory / "qemu.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(blind=blind), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self.started = time.monotonic()
        self._monitor = self._connected("qmp")
        self._answer()  # the greeting
        self.does("qmp_capabilities")
        self.guest = Guest(self._at("agent"), self.build.slowness)

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL: what the power does. The disk's part is `Disk.cut`."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._over()

    def shut_down(self, seconds: float = 90.0) -> None:
        """In good order, from within."""
        with contextlib.suppress(Exception):
            self.guest.run("/bin/systemctl", "poweroff", "--no-block")
        assert self._process
        try:
            self._process.wait(seconds * self.build.slowness)
        except subprocess.TimeoutExpired:
            raise MachineFailed("it does not shut down") from None
        self._over()

    def _over(self) -> None:
        self.computing += time.monotonic() - self.started
        self._process = None
        if self._monitor:
            self._monitor.close()
        self.guest.close()

    def wait_for_boot(self, seconds: float = 180.0) -> float:
        """Until somebody inside answers; the seconds since the power came."""
        self.guest.awaits(seconds * self.build.slowness)
        return time.monotonic() - self.started

    # ---- plugs, fingers, eyes --------------------------------------------------------------------------------------------

    @property
    def card_socket(self) -> Path:
        return self._at("card")

    def unplug_reader(self) -> None:
        """Returns when the kernel has let it go."""
        self.does("device_del", id=READER)
        self.await_event("DEVICE_DELETED", READER)

    def plug_reader(self) -> None:
        self.does("device_add", driver="usb-ccid", id=READER, bus="usb.0")
        self.does("device_add", driver="ccid-card-passthru", id="card", bus=f"{READER}.0", chardev="card")

    def plug_keyboard(self) -> None:
        """Somebody has opened the case."""
        self.does("device_add", driver="usb-kbd", id="keyboard", bus="usb.0")

    def unplug_keyboard(self) -> None:
        self.does("device_del", id="keyboard")
        self.await_event("DEVICE_DELETED", "keyboard")

    def press(self, *keys: str) -> None:
        """Hold these keys down together and let them go; QEMU's names (QKeyCode)."""
        self.does("send-key", keys=[{"type": "qcode", "data": key} for key in keys])

    def touch(self, x: float, y: float) -> None:
        """Put a finger down at a place of the screen (pixels from the top left) and lift it."""
        width, height = self.build.size
        place = [
            {"type": "abs", "data": {"axis": axis, "value": round(value * FULL / size)}}
            for axis, value, size in (("x", x, width), ("y", y, height))
        ]
        self.does("input-send-event", events=place)
        for down in (True, False):
            time.sleep(0.15)
            self.does("input-send-event", events=[{"type": "btn", "data": {"button": "left", "down": down}}])

    def picture(self, path: Path) -> None:
        """What the screen shows, as PNG."""
        self.does("screendump", filename=str(path.absolute()), format="png")

    # ---- QMP -------------------------------------------------------------------------------------------------------------

    def does(self, command: str, **arguments: Any) -> Any:
        """One command of QEMU's. Raises `MachineFailed`."""
        assert self._monitor
        self._monitor.sendall(f"{json.dumps({'execute': command, 'arguments': arguments})}\n".encode())
        while True:
            answer = self._answer()
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                raise MachineFailed(f"{command}: {answer['error']['desc']}")
            else:
                return answer.get("return")

    def await_event(self, name: str, device: str = "", seconds: float = UNPLUG_SECONDS) -> dict[str, Any]:
        """The next event of this name (of this device), also if it came already since the last command."""
        deadline = time.monotonic() + seconds
        while True:
            for event in self.events:
                if event["event"] == name and device in (event["data"].get("device", ""), ""):
                    self.events.remove(event)
                    return event
            self.events.append(self._answer(max(0.1, deadline - time.monotonic())))

    def _answer(self, seconds: float = 30.0) -> dict[str, Any]:
        assert self._monitor
        self._monitor.settimeout(seconds)
        while b"\n" not in self._heard:
            try:
                part = self._monitor.recv(65536)
            except TimeoutError:
                raise MachineFailed("QEMU says nothing") from None
            if not part:
                raise MachineFailed("QEMU has ended; see qemu.log")
            self._heard += part
        line, _, self._heard = self._heard.partition(b"\n")
        return cast("dict[str, Any]", json.loads(line))

    def _connected(self, name: str) -> socket.socket:
        deadline = time.monotonic() + 20
        while True:
            line = socket.socket(socket.AF_UNIX)
            try:
                line.connect(str(self._at(name)))
            except OSError:
                line.close()
                if not self.runs or time.monotonic() > deadline:
                    raise MachineFailed("QEMU did not start; see qemu.log") from None
                time.sleep(0.05)
            else:
                return line

    def _at(self, name: str) -> Path:
        return self._directory / name

    def _command(self, *, blind: bool) -> list[str]:
        width, height = self.build.size

        def line(name: str) -> str:
            return f"socket,id={name},path={self._at(name)},server=on,wait=off"

        devices = (
            *(() if blind else (f"virtio-vga,xres={width},yres={height}", "virtio-tablet-pci")),
            "i6300esb",
            "qemu-xhci,id=usb",
            f"usb-ccid,id={READER},bus=usb.0",
            f"ccid-card-passthru,id=card,bus={READER}.0,chardev=card",
            "virtio-serial-pci",
            "virtserialport,chardev=agent,name=org.qemu.guest_agent.0",
            "virtio-9p-pci,fsdev=share,mount_tag=share",
            "virtio-net-pci,netdev=wire",
            "virtio-rng-pci",
        )
        words = ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-machine", MACHINE, "-cpu", PROCESSOR, "-display", "none"]
        words += ["-m", str(self.build.memory), "-smp", str(self.build.processors), "-nodefaults", "-action", "watchdog=reset"]
        words += ["-kernel", str(self._image.kernel), "-initrd", str(self._image.initrd)]
        without = " module_blacklist=vivid" if blind else ""
        words += ["-append", f"root=/dev/vda rw console=ttyS0 quiet mitigations=off{without}"]
        words += ["-drive", f"file=nbd+unix:///?socket={self._disk},format=raw,if=virtio,cache=writeback"]
        words += ["-serial", f"file:{self._directory / 'console.log'}", "-qmp", f"unix:{self._at('qmp')},server=on,wait=off"]
        words += ["-netdev", "user,id=wire", "-fsdev", f"local,id=share,path={self._share},security_model=none,readonly=on"]
        for name in ("agent", "card"):
            words += ["-chardev", line(name)]
        for device in devices:
            words += ["-device", device]
        return words

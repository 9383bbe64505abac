"""A serial line with a virtual device at its other end: a pseudo-terminal under a name that stays the same, and faults on the line.

The device's side is a function from what arrives to what is answered; the line breaks what is answered as it is told: silence, noise between frames,
half frames, wrong checks, slowness. Unplugged, the name is gone and whoever holds the line sees it hang up.
"""

from __future__ import annotations

import contextlib
import os
import random
import select
import termios
import threading
import tty
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

LineFault = Literal["silence", "noise", "half-frames", "wrong-checks", "slow"]
SLOW_SECONDS = 0.6
IDLE_SECONDS = 0.2
"""After so long without a byte a device gives up the frame that had begun."""


class VirtualSerialPort:
    """`link`: the name under which the line is found, a symbolic link as in /dev/serial/by-id.

    `answer` is called with what arrived, on the port's own thread, and returns the frames to send; `idle` when nothing came for a while.
    `baud`: the speed that the device speaks; at any other both sides hear garbage. 0: any.
    """

    def __init__(
        self,
        link: Path,
        answer: Callable[[bytes], list[bytes]],
        idle: Callable[[], None] = lambda: None,
        *,
        baud: int = 0,
    ) -> None:
        self.link = link
        self.baud = baud
        self._answer = answer
        self._idle = idle
        self._random = random.Random(20260302)
        self._lock = threading.Lock()
        self._fault: LineFault | None = None
        self._left = 0
        self._master: int | None = None
        self._slave: int | None = None
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.unplug()

    def plug(self) -> None:
        """Put the plug in; the line appears under its name."""
        if self._thread is not None:
            return
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(self._slave))
        self._closing.clear()
        self._thread = threading.Thread(target=self._serve, args=(self._master,), name="virtual serial device", daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Pull the plug: the name is gone, and the line hangs up on whoever holds it."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self.link.unlink(missing_ok=True)
        self._closing.set()
        thread.join(5)
        for handle in (self._master, self._slave):
            if handle is not None:
                os.close(handle)
        self._master = self._slave = None

    def fault(self, fault: LineFault | None, times: int = -1) -> None:
        """Break what is sent from now on, `times` frames of it or (-1) all until the next word."""
        with self._lock:
            self._fault, self._left = fault, times

    def send(self, frame: bytes) -> None:
        """Send by the device's own will."""
        master = self._master
        if master is not None:
            self._send(master, frame)

    def _serve(self, master: int) -> None:
        while not self._closing.is_set():
            readable, _, _ = select.select([master], [], [], IDLE_SECONDS)
            if not readable:
                self._idle()
                continue
            try:
                arrived = os.read(master, 4096)
            except OSError:
                return
            if self._garbled(master):
                continue
            for frame in self._answer(arrived):
                self._send(master, frame)

    def _garbled(self, master: int) -> bool:
        """Whether the other side speaks at another speed."""
        if not self.baud:
            return False
        speed: int = termios.tcgetattr(master)[5]
        return speed != getattr(termios, f"B{self.baud}")

    def _send(self, master: int, frame: bytes) -> None:
        with self._lock:
            fault = self._fault if self._left else None
            if self._left > 0:
                self._left -= 1
        match fault:
            case "silence":
                return
            case "noise":
                frame = self._noise() + frame + self._noise()
            case "half-frames":
                frame = frame[: len(frame) // 2]
            case "wrong-checks":
                frame = frame[:-1] + bytes((frame[-1] ^ 0x5A,))
            case "slow":
                self._closing.wait(SLOW_SECONDS)
            case None:
                pass
        with contextlib.suppress(OSError):
            while frame:
                frame = frame[os.write(master, frame) :]

    def _noise(self) -> bytes:
        return self._random.randbytes(self._random.randrange(1, 40))

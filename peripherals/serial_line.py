"""A serial line (RS-232, USB-serial, or a pseudo-terminal with a virtual device behind it), opened through pyserial.

Claimed for this process alone; read and written by one driver. Everything that the system can say about a line that is no good any more is
`LineBroken`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import termios
import time
from collections.abc import Generator

import serial


class LineBroken(Exception):
    """The line is not there, was pulled out, or is held by another program; opening it anew may help."""


class SerialLine:
    """An open line, 8 data bits, no parity, 1 stop bit. `path`: a device, best one of /dev/serial/by-id."""

    def __init__(self, path: str, baud: int) -> None:
        """Raises `LineBroken`."""
        with _translated():
            self._port = serial.Serial(path, baud, timeout=0, write_timeout=2.0, exclusive=True)

    @property
    def baud(self) -> int:
        return int(self._port.baudrate)

    def set_baud(self, baud: int) -> None:
        """Speak at another speed from now on; what had arrived is thrown away."""
        with _translated():
            self._port.baudrate = baud
            self._port.reset_input_buffer()

    def write(self, data: bytes) -> None:
        with _translated():
            self._port.write(data)
            self._port.flush()

    def read(self, seconds: float) -> bytes:
        """What has arrived; waits up to `seconds` for the first byte, empty when none came."""
        with _translated():
            self._port.timeout = max(0.0, seconds)
            first = self._port.read(1)
            return bytes(first) + bytes(self._port.read(self._port.in_waiting)) if first else b""

    def purge(self) -> None:
        """Throw away what has arrived and was not read."""
        with _translated():
            self._port.reset_input_buffer()

    def close(self) -> None:
        """Never raises."""
        with contextlib.suppress(OSError, termios.error):
            self._port.close()


@contextlib.contextmanager
def open_line(path: str, baud: int) -> Generator[SerialLine]:
    """A line for the length of a `with`. Raises `LineBroken`."""
    line = SerialLine(path, baud)
    try:
        yield line
    finally:
        line.close()


@contextlib.contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except (
        OSError,
        termios.error,
        ValueError,
        TypeError,
    ) as reason:  # pyserial: SerialException is an OSError; TypeError: closed meanwhile
        raise LineBroken(_words(reason)) from None


def _words(reason: BaseException) -> str:
    number = getattr(reason, "errno", None)
    if number in (errno.EAGAIN, errno.EBUSY):
        return "another program holds it"
    return os.strerror(number) if isinstance(number, int) and number else "the line hung up"


def remaining(deadline: float) -> float:
    """Seconds until `deadline` (time.monotonic), not less than zero."""
    return max(0.0, deadline - time.monotonic())


def exclusive_or(data: bytes | bytearray) -> int:
    """Exclusive or of all bytes: the check byte of most serial protocols."""
    value = 0
    for byte in data:
        value ^= byte
    return value

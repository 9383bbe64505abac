"""Virtual scanners that decode by themselves: one on a serial line, one that types.

The kernel of a test machine may have no uinput: what types here is a pipe that carries the kernel's own event records, and stands where the grabbed
keyboard would.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from peripherals.code_scanner.keyboard import DOWN, ENTER, EV_KEY, EV_SYN, INPUT_EVENT, KEYS, SHIFT, UP, GrabbedKeyboard
from sandbox.devices.serial_port import VirtualSerialPort

ON, OFF = b"\x16T\r", b"\x16U\r"


class VirtualSerialScanner:
    """A scanner on a serial line; its light obeys `ON` and `OFF`. `link`: the name of its line."""

    def __init__(self, link: Path, *, end: bytes = b"\r") -> None:
        self._end = end
        self.lit = False
        self.port = VirtualSerialPort(link, self._obey)

    def __enter__(self) -> Self:
        self.port.plug()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.port.unplug()

    @property
    def line(self) -> str:
        """The settings line that opens it."""
        return f"serial:{self.port.link}?end={self._end.hex()}&on={ON.hex()}&off={OFF.hex()}"

    def read(self, payload: bytes) -> None:
        """It has read a code."""
        self.port.send(payload + self._end)

    def _obey(self, arrived: bytes) -> list[bytes]:
        if ON in arrived:
            self.lit = True
        if OFF in arrived:
            self.lit = False
        return []


def typed(text: str) -> bytes:
    """The kernel's events when `text` is typed on an American keyboard, without Enter."""
    places = {
        character: (code, shifted)
        for code, pair in reversed(KEYS.items())
        for shifted, character in ((True, pair[1]), (False, pair[0]))
    }
    shift = min(SHIFT)
    events = b""
    for character in text:
        code, shifted = places[character]
        press = _event(code, DOWN) + _event(code, UP)
        events += _event(shift, DOWN) + press + _event(shift, UP) if shifted else press
    return events


class VirtualKeyboardScanner:
    """A scanner that types; give `take` to the driver in place of the kernel's grab."""

    def __init__(self) -> None:
        self._write: int | None = None

    def take(self, path: str) -> GrabbedKeyboard:
        """The reading end of a fresh pipe, as a grabbed keyboard. Raises OSError while it is unplugged."""
        if path != "plugged":
            raise FileNotFoundError(2, "no such device")
        read, self._write = os.pipe()
        return os.fdopen(read, "rb", buffering=0)

    def read(self, text: str, *, enter: bool = True) -> None:
        """It has read a code."""
        assert self._write is not None
        end = _event(min(ENTER), DOWN) + _event(min(ENTER), UP) if enter else b""
        os.write(self._write, typed(text) + end)

    def unplug(self) -> None:
        # Forgotten first: the driver may open it again as soon as it is closed.
        write, self._write = self._write, None
        if write is not None:
            os.close(write)


def _event(code: int, value: int) -> bytes:
    return INPUT_EVENT.pack(0, 0, EV_KEY, code, value) + INPUT_EVENT.pack(0, 0, EV_SYN, 0, 0)

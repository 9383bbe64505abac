"""A code scanner on a serial line (RS-232, USB-serial, USB "virtual COM").

    serial:/dev/serial/by-id/usb-Newland…?baud=9600&end=0d&on=16540d&off=16550d

A code ends with the silence after it; with the bytes `end` (hexadecimal) in front of a short silence it ends sooner, and they are not part of it. A
payload of bytes may hold them anywhere else. `on` and `off` switch a scanner's trigger, where it obeys such commands.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from peripherals.address import Address, AddressWrong
from peripherals.code_scanner.scanner import LONGEST_PAYLOAD
from peripherals.code_scanner.source import SourceBroken
from peripherals.serial_line import LineBroken, SerialLine, remaining

GAP_SECONDS = 0.08
"""Silence after which a code is whole."""
END_GAP_SECONDS = 0.02
"""The same, when the last bytes were the scanner's own end."""


class Framer:
    """Puts what arrives on a line together to codes, by silence and by their end."""

    def __init__(self, end: bytes = b"\r", longest: int = LONGEST_PAYLOAD) -> None:
        self._end = end
        self._longest = longest + len(end)
        self._kept = bytearray()
        self._overlong = False

    @property
    def begun(self) -> bool:
        """Whether a code has begun to arrive."""
        return bool(self._kept) or self._overlong

    @property
    def gap(self) -> float:
        """Seconds of silence that make what has arrived a whole code."""
        return END_GAP_SECONDS if self._end and self._kept.endswith(self._end) else GAP_SECONDS

    def feed(self, data: bytes) -> None:
        self._kept += data
        if len(self._kept) > self._longest:
            # No code is so long: what comes until the next silence is noise.
            self._overlong = True
            self._kept = bytearray()

    def silence(self) -> bytes | None:
        """It has been silent for `gap`: the code that has ended, without its end; None for noise."""
        raw, overlong = bytes(self._kept), self._overlong
        # Not cleared: a bytearray that is made shorter keeps its first bytes in memory, and these may be a person's.
        self._kept = bytearray()
        self._overlong = False
        return None if overlong else raw.removesuffix(self._end) or None


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """How this scanner speaks."""

    path: str
    baud: int = 9600
    end: bytes = b"\r"
    on: bytes = b""
    off: bytes = b""

    @classmethod
    def at(cls, address: Address) -> SerialSettings:
        """Raises `AddressWrong`."""
        address.only("baud", "end", "on", "off")
        return cls(
            address.where,
            address.whole("baud", 9600),
            _bytes(address, "end", "0d"),
            _bytes(address, "on"),
            _bytes(address, "off"),
        )


class SerialSource:
    """A `CodeSource`: the scanner on an open line."""

    def __init__(self, settings: SerialSettings) -> None:
        """Raises `SourceBroken`."""
        self._settings = settings
        self._framer = Framer(settings.end)
        try:
            self._line = SerialLine(settings.path, settings.baud)
        except LineBroken as broken:
            raise SourceBroken(f"{settings.path}: {broken}") from None

    def next(self, seconds: float) -> bytes | None:
        deadline = time.monotonic() + seconds
        try:
            while self._framer.begun or remaining(deadline):
                data = self._line.read(self._framer.gap if self._framer.begun else remaining(deadline))
                if data:
                    self._framer.feed(data)
                elif self._framer.begun:
                    return self._framer.silence()
        except LineBroken as broken:
            raise SourceBroken(str(broken)) from None
        return None

    def light(self, on: bool) -> None:
        command = self._settings.on if on else self._settings.off
        if command:
            try:
                self._line.write(command)
            except LineBroken as broken:
                raise SourceBroken(str(broken)) from None

    def close(self) -> None:
        self._line.close()


def _bytes(address: Address, option: str, default: str = "") -> bytes:
    try:
        return bytes.fromhex(address.options.get(option, default))
    except ValueError:
        raise AddressWrong(f"serial: {option}: bytes in hexadecimal, e.g. {option}=0d0a") from None

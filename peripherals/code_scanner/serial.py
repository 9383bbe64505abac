"""A code scanner on a serial line (RS-232, USB-serial, USB "virtual COM").

    serial:/dev/serial/by-id/usb-Newland…?baud=9600&end=0d&on=16540d&off=16550d

A code ends with the silence after it; with the bytes `end` (hexadecimal) in front of a short silence it ends sooner, and they are not part of it. A
payload of bytes may hold them anywhere else. `on` and `off` switch a scanner's trigger, where it obeys such commands.

    serial:/dev/serial/by-id/usb-…?baud=115200&begin=02&skip=3&end=030d&silent=15

A scanner that says other things too (answers to commands, a sign of life) is told apart by `begin`, the bytes before each code: then only what stands
between `begin` and `end` is a code, less its first `skip` bytes (3 for an AIM identifier such as ``]Q1``). With `silent` it counts as ill when nothing at
all was heard of it for so many seconds; `ask` is sent three times in that time, where a scanner speaks only when it is asked.
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

    def __init__(self, end: bytes = b"\r", longest: int = LONGEST_PAYLOAD, *, begin: bytes = b"", skip: int = 0) -> None:
        self._begin, self._end, self._skip = begin, end, skip
        self._longest = longest + len(begin) + skip + len(end)
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
        """It has been silent for `gap`: the code that has ended, without what stands before and after it; None for noise."""
        raw, overlong = bytes(self._kept), self._overlong
        # Not cleared: a bytearray that is made shorter keeps its first bytes in memory, and these may be a person's.
        self._kept = bytearray()
        self._overlong = False
        return None if overlong else self._bare(raw) or None

    def _bare(self, raw: bytes) -> bytes:
        """The code in what arrived between two silences; empty where there is none."""
        if not self._begin:
            return raw.removesuffix(self._end)[self._skip :]
        start, stop = raw.find(self._begin), raw.rfind(self._end) if self._end else len(raw)
        return raw[start + len(self._begin) + self._skip : stop] if 0 <= start < stop else b""


@dataclass(frozen=True, slots=True)
class SerialSettings:
    """How this scanner speaks."""

    path: str
    baud: int = 9600
    end: bytes = b"\r"
    on: bytes = b""
    off: bytes = b""
    begin: bytes = b""
    skip: int = 0
    silent: int = 0
    ask: bytes = b""

    @classmethod
    def at(cls, address: Address) -> SerialSettings:
        """Raises `AddressWrong`."""
        address.only("baud", "end", "on", "off", "begin", "skip", "silent", "ask")
        if "ask" in address.options and not address.whole("silent", 0):
            raise AddressWrong("serial: ask needs silent: after how many seconds without an answer the scanner is ill")
        return cls(
            address.where,
            address.speed(9600),
            _bytes(address, "end", "0d"),
            _bytes(address, "on"),
            _bytes(address, "off"),
            _bytes(address, "begin"),
            address.whole("skip", 0),
            address.whole("silent", 0),
            _bytes(address, "ask"),
        )


class SerialSource:
    """A `CodeSource`: the scanner on an open line."""

    def __init__(self, settings: SerialSettings) -> None:
        """Raises `SourceBroken`."""
        self._settings = settings
        self._framer = Framer(settings.end, begin=settings.begin, skip=settings.skip)
        self._heard = self._asked = float("-inf")
        try:
            self._line = SerialLine(settings.path, settings.baud)
        except LineBroken as broken:
            raise SourceBroken(f"{settings.path}: {broken}") from None

    @property
    def heard(self) -> bool:
        """Whether it gave a sign of life lately (since it was opened, to begin with); always true of one that is not expected to."""
        return not self._settings.silent or time.monotonic() - self._heard < self._settings.silent

    def next(self, seconds: float) -> bytes | None:
        self._ask()
        deadline = time.monotonic() + seconds
        try:
            while self._framer.begun or remaining(deadline):
                data = self._line.read(self._framer.gap if self._framer.begun else remaining(deadline))
                if data:
                    self._heard = time.monotonic()
                    self._framer.feed(data)
                elif self._framer.begun:
                    return self._framer.silence()
        except LineBroken as broken:
            raise SourceBroken(str(broken)) from None
        return None

    def light(self, on: bool) -> None:
        self._write(self._settings.on if on else self._settings.off)

    def _ask(self) -> None:
        now = time.monotonic()
        if self._settings.ask and now - self._asked >= self._settings.silent / 3:
            self._asked = now
            self._write(self._settings.ask)

    def _write(self, command: bytes) -> None:
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

"""Frames of a page turner (one vendor's "FE" protocol), both directions by the same tables.

``FE to length from command data check``: the length counts from itself through the check, the check is the exclusive or of everything after FE.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from peripherals.serial_line import exclusive_or

START = 0xFE
HOST, UNIT = 0x97, 0x01
"""The addresses as they stand in the vendor's own examples (``FE 01 05 97 …`` goes to the unit)."""
SHORTEST, LONGEST = 4, 32
"""Length field of the shortest frame (no data) and of the longest that is believed."""
SET = 0x11
"""A flag that is set."""


class Command(IntEnum):
    QUERY = 0xBC
    MOVE = 0xB2
    EVENT = 0xB0


class Act(IntEnum):
    """What the unit can be told to do (data of MOVE). FEED and EJECT are the vendor's; the others differ between firmwares: set them here."""

    FEED = 0x11
    EJECT = 0x22
    REJECT = 0x33
    TURN = 0x44
    STAMP = 0x55


class Event(IntEnum):
    """What the unit reports (data of EVENT)."""

    ACCEPTED = 0x00
    PHOTOGRAPH = 0x11
    OUT = 0x66
    LOADED = 0x88
    FAILED = 0xFF


class FrameWrong(ValueError):
    """A whole frame that says nothing we know."""


@dataclass(frozen=True, slots=True)
class Flags:
    """Answer to QUERY: no booklet to feed (缺证), a booklet is stuck (卡证), out of order (故障)."""

    empty: bool = False
    jammed: bool = False
    broken: bool = False

    def encode(self) -> bytes:
        return bytes(SET if flag else 0 for flag in (self.empty, self.jammed, self.broken))

    @classmethod
    def parse(cls, data: bytes) -> Flags:
        """Raises `FrameWrong`."""
        if len(data) != 3 or any(byte not in (0, SET) for byte in data):
            raise FrameWrong("not three flags")
        return cls(*(byte == SET for byte in data))


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame."""

    to: int
    sender: int
    command: int
    data: bytes = b""

    def encode(self) -> bytes:
        content = bytes((self.to, len(self.data) + 4, self.sender, self.command)) + self.data
        return bytes((START,)) + content + bytes((exclusive_or(content),))

    def meaning(self) -> Flags | Event:
        """What the unit says with it. Raises `FrameWrong`."""
        if self.command == Command.QUERY:
            return Flags.parse(self.data)
        if self.command == Command.EVENT and len(self.data) == 1:
            try:
                return Event(self.data[0])
            except ValueError:
                pass
        raise FrameWrong("neither flags nor an event")


def query() -> Frame:
    return Frame(UNIT, HOST, Command.QUERY, b"\xcc")


def move(act: Act) -> Frame:
    return Frame(UNIT, HOST, Command.MOVE, bytes((act,)))


class FrameScanner:
    """Finds whole, right frames in what arrives; after noise it is in step again with the next frame. Holds no more than one longest frame."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete now."""
        self._kept += data
        found: list[Frame] = []
        while (start := self._kept.find(START)) >= 0:
            del self._kept[:start]
            if len(self._kept) < 3:
                return found
            length = self._kept[2]
            if SHORTEST <= length <= LONGEST:
                if len(self._kept) < 2 + length:
                    return found
                content, check = self._kept[1 : 1 + length], self._kept[1 + length]
                if exclusive_or(content) == check:
                    found.append(Frame(content[0], content[2], content[3], bytes(content[4:])))
                    del self._kept[: 2 + length]
                    continue
            del self._kept[:1]
        self._kept.clear()
        return found

    def forget(self) -> None:
        """Throw away what has come of a frame so far."""
        self._kept.clear()

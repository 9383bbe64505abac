"""Frames between a host and a SAM-V reader (the security module of resident ID readers, GA 467): both directions, both ways.

Request ``AA AA AA 96 69 | length (2) | command (2) | data | check``, reply ``AA AA AA 96 69 | length (2) | SW1 SW2 SW3 | data | check``. Lengths are
big-endian and count what follows them; the check is the exclusive or of everything between preamble and itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum

from peripherals.serial_line import exclusive_or

PREAMBLE = bytes.fromhex("AAAAAA9669")
LONGEST = 2321 - 7
"""Length field of the longest frame there is: text, photo and two fingerprints."""
TEXT_LENGTH, PHOTO_LENGTH = 256, 1024


class Command(Enum):
    """Command and parameter bytes."""

    RESET = b"\x10\xff"
    STATUS = b"\x11\xff"
    SAM_ID = b"\x12\xff"
    FIND = b"\x20\x01"
    SELECT = b"\x20\x02"
    READ = b"\x30\x01"
    """Text and photo."""
    READ_NEWEST_ADDRESS = b"\x30\x03"


class Answer(IntEnum):
    """SW3: what came of a command."""

    BAD_CHECK = 0x10
    BAD_LENGTH = 0x11
    BAD_COMMAND = 0x21
    UNKNOWN = 0x24
    CARD_NOT_AUTHENTICATED = 0x31
    SAM_NOT_AUTHENTICATED = 0x32
    BAD_INFORMATION = 0x33
    WRONG_CARD = 0x40
    READ_FAILED = 0x41
    RANDOM_FAILED = 0x47
    SELF_TEST_FAILED = 0x60
    NOT_AUTHORISED = 0x66
    FIND_FAILED = 0x80
    SELECT_FAILED = 0x81
    OK = 0x90
    NO_SUCH_DATA = 0x91
    FOUND = 0x9F

    @classmethod
    def _missing_(cls, value: object) -> Answer:
        return cls.UNKNOWN


class FrameWrong(ValueError):
    """A whole frame whose content is none that we know."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the host sends."""

    command: Command
    data: bytes = b""

    def encode(self) -> bytes:
        return _framed(self.command.value + self.data)

    @classmethod
    def parse(cls, body: bytes) -> Request:
        """From a frame's body. Raises `FrameWrong`."""
        try:
            return cls(Command(body[:2]), body[2:])
        except ValueError:
            raise FrameWrong("no such command") from None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the reader sends; data is kept out of `repr`: it names a person."""

    answer: Answer
    data: bytes = field(default=b"", repr=False)

    def encode(self) -> bytes:
        return _framed(bytes((0, 0, self.answer)) + self.data)

    @classmethod
    def parse(cls, body: bytes) -> Reply:
        """From a frame's body. Raises `FrameWrong`."""
        if len(body) < 3 or body[:2] != b"\x00\x00":
            raise FrameWrong("not a reply")
        return cls(Answer(body[2]), body[3:])


def encode_reading(text: bytes, photo: bytes) -> bytes:
    """The data of a good reply to READ: both lengths, then both."""
    return len(text).to_bytes(2, "big") + len(photo).to_bytes(2, "big") + text + photo


def parse_reading(data: bytes) -> tuple[bytes, bytes]:
    """Text and photo of a reading. Raises `FrameWrong`."""
    text_length, photo_length = int.from_bytes(data[:2], "big"), int.from_bytes(data[2:4], "big")
    if (text_length, len(data)) != (TEXT_LENGTH, 4 + text_length + photo_length) or photo_length not in (0, PHOTO_LENGTH):
        raise FrameWrong("a reading of other lengths")
    return data[4 : 4 + text_length], data[4 + text_length :]


class FrameScanner:
    """Finds whole, right frames in what arrives on a line, whatever lies between them.

    After noise it is in step again with the next frame: from a frame that turns out wrong only its first byte is dropped, and the rest is
    looked through once more. Holds no more than one longest frame.
    """

    def __init__(self) -> None:
        self._kept = bytearray()
        self.damaged = 0
        """How many frames had a wrong check or an impossible length."""

    def feed(self, data: bytes) -> list[bytes]:
        """The bodies (between length and check) of the frames that are complete now."""
        self._kept += data
        found: list[bytes] = []
        while True:
            start = self._kept.find(PREAMBLE)
            if start < 0:
                del self._kept[: max(0, len(self._kept) - len(PREAMBLE) + 1)]
                return found
            del self._kept[:start]
            if len(self._kept) < len(PREAMBLE) + 2:
                return found
            length = int.from_bytes(self._kept[5:7], "big")
            if 3 <= length <= LONGEST:
                if len(self._kept) < 7 + length:
                    return found
                if exclusive_or(self._kept[5 : 6 + length]) == self._kept[6 + length]:
                    found.append(bytes(self._kept[7 : 6 + length]))
                    # A bytearray that is made shorter keeps its first bytes in memory: this one is let go of whole.
                    self._kept = self._kept[7 + length :]
                    continue
            self.damaged += 1
            del self._kept[:1]

    def forget(self) -> None:
        """Throw away what has come of a frame so far: the rest is not coming any more."""
        self._kept = bytearray()


def _framed(body: bytes) -> bytes:
    content = (len(body) + 1).to_bytes(2, "big") + body
    return PREAMBLE + content + bytes((exclusive_or(content),))

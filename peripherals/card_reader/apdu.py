"""Commands and answers between terminal and card (ISO/IEC 7816-4), free of any reader.

Protocols above (`documents`) know a `Channel` and nothing of PC/SC; what carries the bytes implements it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol


class Instruction(IntEnum):
    """Instruction bytes (ISO/IEC 7816-4, table 4) that we send."""

    EXTERNAL_AUTHENTICATE = 0x82
    GET_CHALLENGE = 0x84
    GENERAL_AUTHENTICATE = 0x87
    SELECT = 0xA4
    READ_BINARY = 0xB0
    READ_RECORD = 0xB2
    GET_RESPONSE = 0xC0
    GET_DATA = 0xCB


class StatusWord(IntEnum):
    """Status words (ISO/IEC 7816-4, section 5.1.3) that mean something here; any other is `OTHER`."""

    OK = 0x9000
    END_OF_RECORD = 0x6282
    FILE_INVALIDATED = 0x6283
    NOT_VERIFIED = 0x6300
    SECURITY_NOT_SATISFIED = 0x6982
    CONDITIONS_NOT_SATISFIED = 0x6985
    SEAL_WRONG = 0x6988
    WRONG_DATA = 0x6A80
    NOT_SUPPORTED = 0x6A81
    FILE_NOT_FOUND = 0x6A82
    RECORD_NOT_FOUND = 0x6A83
    WRONG_PARAMETERS = 0x6A86
    DATA_NOT_FOUND = 0x6A88
    WRONG_LENGTH = 0x6700
    WRONG_OFFSET = 0x6B00
    INSTRUCTION_UNKNOWN = 0x6D00
    CLASS_UNKNOWN = 0x6E00
    OTHER = 0x6F00

    @classmethod
    def _missing_(cls, value: object) -> StatusWord:
        return cls.OTHER


@dataclass(frozen=True, slots=True)
class CommandApdu:
    """A short command: class, instruction, two parameters, at most 255 bytes of data, expected length (None: no Le)."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    le: int | None = None

    def encode(self) -> bytes:
        """The bytes on the line."""
        head = bytes((self.cla, self.ins, self.p1, self.p2))
        body = bytes((len(self.data),)) + self.data if self.data else b""
        return head + body + (b"" if self.le is None else bytes((self.le & 0xFF,)))


@dataclass(frozen=True, slots=True)
class ResponseApdu:
    """An answer: data (kept out of `repr`: it may name a person) and status."""

    data: bytes = field(repr=False)
    sw: StatusWord


class Channel(Protocol):
    """An open line to one card."""

    def transmit(self, command: CommandApdu) -> ResponseApdu:
        """Send one command and wait for its answer, chained answers (61xx, 6Cxx) put together.

        Raises `CardFault` (lifted, mute) or `ReaderFault`.
        """
        ...


def select_by_name(name: bytes) -> CommandApdu:
    """SELECT by DF name."""
    return CommandApdu(0x00, Instruction.SELECT, 0x04, 0x00, name)


def select_application(name: bytes) -> CommandApdu:
    """SELECT by DF name without asking for its description."""
    return CommandApdu(0x00, Instruction.SELECT, 0x04, 0x0C, name)


def select_file(identifier: int) -> CommandApdu:
    """SELECT an elementary file of the current DF."""
    return CommandApdu(0x00, Instruction.SELECT, 0x02, 0x00, identifier.to_bytes(2, "big"))


def read_record_number(number: int) -> CommandApdu:
    """READ RECORD by record number."""
    return CommandApdu(0x00, Instruction.READ_RECORD, number, 0x04, le=0)


def read_record_tag(tag: int, length: int) -> CommandApdu:
    """READ RECORD by tag, as social security cards take it: P1 the tag, P2 0, Le the value's length and two."""
    return CommandApdu(0x00, Instruction.READ_RECORD, tag, 0x00, le=length + 2)


def select_readable_file(identifier: int) -> CommandApdu:
    """SELECT an elementary file of the current DF without asking for its description."""
    return CommandApdu(0x00, Instruction.SELECT, 0x02, 0x0C, identifier.to_bytes(2, "big"))


def read_binary(offset: int, length: int) -> CommandApdu:
    """READ BINARY of the selected file. `offset`: below 32,768; `length`: at most 256."""
    return CommandApdu(0x00, Instruction.READ_BINARY, offset >> 8, offset & 0xFF, le=length)

"""IPP messages (RFC 8010) and the words in them (RFC 8011): one coder for both directions.

The driver asks a printer directly with it, the virtual printer answers with it. Only the value types that a print job needs are
understood; what a peer sends beyond them is kept as bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum

MAX_ATTRIBUTES = 200_000
"""In one message: a printer that remembers ten thousand jobs, and tells twenty things of each though fewer were asked for."""


class Operation(IntEnum):
    """Operations (RFC 8011, section 5.4.15)."""

    PRINT_JOB = 0x0002
    VALIDATE_JOB = 0x0004
    CREATE_JOB = 0x0005
    SEND_DOCUMENT = 0x0006
    CANCEL_JOB = 0x0008
    GET_JOB_ATTRIBUTES = 0x0009
    GET_JOBS = 0x000A
    GET_PRINTER_ATTRIBUTES = 0x000B


class Status(IntEnum):
    """Status codes (RFC 8011, section 4.1.6) that are used here."""

    OK = 0x0000
    BAD_REQUEST = 0x0400
    NOT_POSSIBLE = 0x0404
    NOT_FOUND = 0x0406
    DOCUMENT_FORMAT_NOT_SUPPORTED = 0x040A
    OPERATION_NOT_SUPPORTED = 0x0501
    NOT_ACCEPTING_JOBS = 0x0506
    BUSY = 0x0507


class PrinterState(IntEnum):
    """printer-state."""

    IDLE = 3
    PROCESSING = 4
    STOPPED = 5


class JobState(IntEnum):
    """job-state."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9

    @property
    def ended(self) -> bool:
        return self >= JobState.CANCELED


class Severity(IntEnum):
    """How much a printer-state-reason weighs (RFC 8011, section 5.4.12): only an error has stopped the printer."""

    REPORT = 1
    WARNING = 2
    ERROR = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """One printer-state-reason: its keyword without the suffix, and its severity. `plain`: the severity was said, not supposed."""

    word: str
    severity: Severity
    plain: bool = field(default=True, compare=False)

    @classmethod
    def of(cls, keyword: str) -> Reason:
        """`media-empty-warning` is (`media-empty`, WARNING); a keyword without a suffix is taken for an error."""
        for severity in Severity:
            suffix = f"-{severity.name.lower()}"
            if keyword.endswith(suffix):
                return cls(keyword.removesuffix(suffix), severity)
        return cls(keyword, Severity.ERROR, plain=False)


class Group(IntEnum):
    """Attribute group tags."""

    OPERATION = 0x01
    JOB = 0x02
    PRINTER = 0x04
    UNSUPPORTED = 0x05


class Tag(IntEnum):
    """Value tags."""

    INTEGER = 0x21
    BOOLEAN = 0x22
    ENUM = 0x23
    OCTETS = 0x30
    DATE_TIME = 0x31
    RESOLUTION = 0x32
    RANGE = 0x33
    TEXT_WITH_LANGUAGE = 0x35
    NAME_WITH_LANGUAGE = 0x36
    TEXT = 0x41
    NAME = 0x42
    KEYWORD = 0x44
    URI = 0x45
    CHARSET = 0x47
    LANGUAGE = 0x48
    MIME_TYPE = 0x49


_END = 0x03
_NUMBERS = frozenset({Tag.INTEGER, Tag.ENUM})
_WITH_LANGUAGE = frozenset({Tag.TEXT_WITH_LANGUAGE, Tag.NAME_WITH_LANGUAGE})
_WORDS = frozenset({Tag.TEXT, Tag.NAME, Tag.KEYWORD, Tag.URI, Tag.CHARSET, Tag.LANGUAGE, Tag.MIME_TYPE})

Value = int | bool | str | bytes


class IppError(ValueError):
    """Bytes that are no IPP message."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A name with one or more values of one type."""

    name: str
    tag: int
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A request (`code` is the operation) or response (`code` is the status)."""

    code: int
    request_id: int
    groups: tuple[tuple[int, tuple[Attribute, ...]], ...] = ()
    version: tuple[int, int] = (2, 0)

    def value(self, name: str, group: Group | None = None) -> Value | None:
        """The first value of the first attribute of that name."""
        for tag, attributes in self.groups:
            if group is None or tag == group:
                for attribute in attributes:
                    if attribute.name == name and attribute.values:
                        return attribute.values[0]
        return None

    def jobs(self) -> list[dict[str, tuple[Value, ...]]]:
        """Each job group as a mapping."""
        return [{a.name: a.values for a in attributes} for tag, attributes in self.groups if tag == Group.JOB]


@dataclass(slots=True)
class _Reader:
    data: bytes
    at: int = 0
    attributes: int = field(default=0)

    def take(self, count: int) -> bytes:
        if count < 0 or self.at + count > len(self.data):
            raise IppError("cut off")
        part = self.data[self.at : self.at + count]
        self.at += count
        return part

    def short(self) -> int:
        return int(struct.unpack(">H", self.take(2))[0])


def decode(data: bytes) -> tuple[Message, bytes]:
    """A message and what follows it (the document). Raises `IppError`."""
    reader = _Reader(data)
    major, minor, code, request_id = struct.unpack(">bbHi", reader.take(8))
    groups: list[tuple[int, tuple[Attribute, ...]]] = []
    current: list[Attribute] | None = None
    tag = reader.take(1)[0]
    group = 0
    while tag != _END:
        if tag < 0x10:
            if current is not None:
                groups.append((group, tuple(current)))
            group, current = tag, []
        else:
            if current is None:
                raise IppError("attribute outside a group")
            _take_attribute(reader, tag, current)
        tag = reader.take(1)[0]
    if current is not None:
        groups.append((group, tuple(current)))
    return Message(code, request_id, tuple(groups), (major, minor)), data[reader.at :]


def encode(message: Message) -> bytes:
    """The bytes of a message, without a document."""
    parts = [struct.pack(">bbHi", *message.version, message.code, message.request_id)]
    for group, attributes in message.groups:
        parts.append(bytes((group,)))
        for attribute in attributes:
            name = attribute.name.encode()
            for value in attribute.values:
                raw = _raw(attribute.tag, value)
                parts.append(struct.pack(">BH", attribute.tag, len(name)) + name + struct.pack(">H", len(raw)) + raw)
                name = b""
    parts.append(bytes((_END,)))
    return b"".join(parts)


def attribute(name: str, tag: Tag, *values: Value) -> Attribute:
    """Shorthand."""
    return Attribute(name, tag, values)


def operation_group(uri: str, *more: Attribute) -> tuple[int, tuple[Attribute, ...]]:
    """The operation attributes that begin every request to a printer."""
    head = (
        attribute("attributes-charset", Tag.CHARSET, "utf-8"),
        attribute("attributes-natural-language", Tag.LANGUAGE, "en"),
        attribute("printer-uri", Tag.URI, uri),
    )
    return Group.OPERATION, head + more


def reasons_of(keywords: Sequence[str]) -> tuple[Reason, ...]:
    """printer-state-reasons, "none" left out, each word once with its worst severity, order kept."""
    worst: dict[str, Reason] = {}
    for reason in map(Reason.of, keywords):
        if reason.word and reason.word != "none":
            worst[reason.word] = max(worst.get(reason.word, reason), reason, key=lambda each: each.severity)
    return tuple(worst.values())


def _take_attribute(reader: _Reader, tag: int, current: list[Attribute]) -> None:
    reader.attributes += 1
    if reader.attributes > MAX_ATTRIBUTES:
        raise IppError("too many attributes")
    try:
        name = reader.take(reader.short()).decode()
        value = _value(tag, reader.take(reader.short()))
    except UnicodeDecodeError:
        raise IppError("text is not UTF-8") from None
    if name:
        current.append(Attribute(name, tag, (value,)))
    elif current:
        last = current[-1]
        current[-1] = Attribute(last.name, last.tag, (*last.values, value))
    else:
        raise IppError("a value without a name")


def _value(tag: int, raw: bytes) -> Value:
    if tag in _NUMBERS:
        if len(raw) != 4:
            raise IppError("a number is not of four bytes")
        return int(struct.unpack(">i", raw)[0])
    if tag == Tag.BOOLEAN:
        return raw == b"\x01"
    if tag in _WITH_LANGUAGE:
        return _without_language(raw)
    return raw.decode() if tag in _WORDS else raw


def _without_language(raw: bytes) -> str:
    """The text of a textWithLanguage or nameWithLanguage (RFC 8010, section 3.9): two strings, each after its length."""
    reader = _Reader(raw)
    reader.take(reader.short())
    text = reader.take(reader.short()).decode()
    if reader.at != len(raw):
        raise IppError("bytes after a text with its language")
    return text


def _raw(tag: int, value: Value) -> bytes:
    if isinstance(value, bool):
        return b"\x01" if value else b"\x00"
    if isinstance(value, int):
        return struct.pack(">i", value)
    return value.encode() if isinstance(value, str) else value

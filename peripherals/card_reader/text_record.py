"""The text record of cards read by SAM-V readers: 256 bytes of UTF-16LE with a place for each field, declared as data.

One table works in both directions: the driver decodes by it, the virtual card encodes by it. Places are padded with spaces (or zeros). A text
that is too long for its place goes on in a later place of the same name (`continues`); the cut may fall inside a character
of two code units.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

LENGTH = 256
LONG_TERM = "长期"
"""What stands in the place of the last day where a document does not expire."""
TYPE_AT = 248
"""Where the letter of the card's type stands (2 bytes); a resident ID card has a blank there."""


class Form(Enum):
    """How a value is written."""

    TEXT = "text"
    DATE = "date"
    """Eight digits, year month day."""
    TERM = "term"
    """A date, or `LONG_TERM`."""


@dataclass(frozen=True, slots=True)
class Place:
    """A field: where it begins and how long it is (bytes), its name here, its form, and whether it only goes on with an earlier text."""

    offset: int
    length: int
    name: str
    form: Form = Form.TEXT
    continues: bool = False


Value = str | date | None


class RecordError(ValueError):
    """Bytes or values that do not fit the table; names the place, never its content."""


def decode_record(layout: Sequence[Place], record: bytes) -> dict[str, Value]:
    """All values of a record: texts without their padding, dates, None for a term without end. Raises `RecordError`."""
    if len(record) != LENGTH:
        raise RecordError(f"a record of {len(record)} bytes instead of {LENGTH}")
    raw: dict[str, bytes] = {}
    for place in layout:
        part = record[place.offset : place.offset + place.length]
        raw[place.name] = raw.get(place.name, b"") + part
    values = {place.name: _decode(place, raw[place.name]) for place in layout if not place.continues}
    for place in layout:
        if place.continues:
            # An issuer that goes on with a new word leaves blanks at the end of the first place.
            values[place.name] = _BLANKS.sub(" ", str(values[place.name]))
    return values


def encode_record(layout: Sequence[Place], values: Mapping[str, Value]) -> bytes:
    """The record with `values` in their places, blanks in all others. Raises `RecordError`."""
    record = bytearray(_BLANK * (LENGTH // 2))
    rest: dict[str, bytes] = {}
    for index, place in enumerate(layout):
        raw = rest.pop(place.name, b"") if place.continues else _encode(place, values.get(place.name))
        if any(later.continues and later.name == place.name for later in layout[index + 1 :]):
            raw, rest[place.name] = raw[: place.length], raw[place.length :]
        if len(raw) > place.length:
            raise RecordError(f"{place.name}: longer than {place.length} bytes")
        record[place.offset : place.offset + len(raw)] = raw
    return bytes(record)


def type_letter(record: bytes) -> str:
    """The letter that says which kind of card this is; empty for a resident ID card."""
    return record[TYPE_AT : TYPE_AT + 2].decode("utf-16-le", "replace").strip(_PADDING)


_BLANK = b"\x20\x00"
_PADDING = " \x00\u3000"
_BLANKS = re.compile(f"[{_PADDING}]{{2,}}")


def _decode(place: Place, raw: bytes) -> Value:
    try:
        text = raw.decode("utf-16-le").rstrip(_PADDING)
    except UnicodeDecodeError:
        raise RecordError(f"{place.name}: not UTF-16") from None
    if place.form is Form.TEXT:
        return text
    if place.form is Form.TERM and text == LONG_TERM:
        return None
    if len(text) == 8 and text.isascii() and text.isdigit():
        try:
            return date(int(text[:4]), int(text[4:6]), int(text[6:]))
        except ValueError:
            pass
    raise RecordError(f"{place.name}: not a date")


def _encode(place: Place, value: Value) -> bytes:
    match place.form, value:
        case Form.TEXT, str():
            text = value
        case Form.TEXT, None:
            text = ""
        case Form.DATE | Form.TERM, date():
            text = f"{value.year:04}{value.month:02}{value.day:02}"
        case Form.TERM, None:
            text = LONG_TERM
        case _:
            raise RecordError(f"{place.name}: a {type(value).__name__} is no {place.form.value}")
    try:
        return text.encode("utf-16-le")
    except UnicodeEncodeError:
        raise RecordError(f"{place.name}: not text") from None

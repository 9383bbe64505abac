"""Record layouts declared as data, one table for both directions: the driver decodes by it, the virtual card encodes by it.

A record of a social security card is tag (1 byte), length (1), value. Values are text in GBK (read as GB 18030, its superset),
plain bytes, or dates in packed decimal (BCD, "cn"). Unused bytes at the end of a text are spaces, zeros or FF. A text that is too
long for its record goes on in a later record of the same name (`continues`); the cut may fall inside a character.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum


class Form(Enum):
    """How a value is written."""

    BYTES = "bytes"
    TEXT = "text"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Field:
    """One record: its tag, its name here, the length of its value in bytes, its form, and whether it only goes on with the text
    of the record before that has the same name.
    """

    tag: int
    name: str
    length: int
    form: Form
    continues: bool = False


Value = str | bytes | date | None


class LayoutError(ValueError):
    """Bytes that do not fit the layout; names the field's tag, never its content."""


def decode_file(layout: Sequence[Field], records: Mapping[int, bytes]) -> dict[str, Value]:
    """The values of a file from its records by tag; records that the card does not have are left out. Raises `LayoutError`."""
    raw: dict[str, bytes] = {}
    forms: dict[str, Field] = {}
    for field in layout:
        if field.tag not in records:
            continue
        part = record_value(field, records[field.tag])
        if not field.continues:
            forms[field.name] = field
            raw[field.name] = part
        elif field.name in raw:
            raw[field.name] = raw[field.name].rstrip(_PADDING) + part
    return {name: decode_value(field, raw[name]) for name, field in forms.items()}


def encode_file(layout: Sequence[Field], values: Mapping[str, Value]) -> list[bytes]:
    """All records of a file, in the layout's order; a field without a value is written empty. Raises `LayoutError`."""
    records: list[bytes] = []
    rest: dict[str, bytes] = {}
    for field in layout:
        raw = rest.pop(field.name, b"") if field.continues else _encode(field, values.get(field.name, _EMPTY[field.form]))
        if any(later.continues and later.name == field.name for later in layout[len(records) + 1 :]):
            raw, rest[field.name] = raw[: field.length], raw[field.length :]
        records.append(_record(field, raw))
    return records


def record_value(field: Field, record: bytes) -> bytes:
    """The bare value of one record, its head checked. Raises `LayoutError`."""
    if len(record) < 2 or record[0] != field.tag or record[1] > len(record) - 2:
        raise LayoutError(f"record {field.tag:02X}: bad head")
    return record[2 : 2 + record[1]]


def decode_value(field: Field, raw: bytes) -> Value:
    """What a bare value says. Raises `LayoutError`."""
    match field.form:
        case Form.BYTES:
            return raw
        case Form.TEXT:
            try:
                return raw.rstrip(_PADDING).decode("gb18030")
            except UnicodeDecodeError:
                raise LayoutError(f"record {field.tag:02X}: not GBK") from None
        case Form.DATE:
            return _date(field, raw)


_PADDING = b"\x00 \xff"
"""None of these ends a character of GB 18030."""

_EMPTY: dict[Form, Value] = {Form.TEXT: "", Form.BYTES: b"", Form.DATE: None}


def _date(field: Field, raw: bytes) -> date | None:
    digits = raw.hex()
    if set(digits) <= {"0"} or set(digits) <= {"f"}:
        return None
    try:
        if len(digits) == 8:
            return date(int(digits[0:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        pass
    raise LayoutError(f"record {field.tag:02X}: not a date")


def _encode(field: Field, value: Value) -> bytes:
    match field.form, value:
        case Form.TEXT, str():
            try:
                return value.encode("gb18030")
            except UnicodeEncodeError:
                raise LayoutError(f"record {field.tag:02X}: not text") from None
        case Form.DATE, date():
            return bytes.fromhex(f"{value.year:04}{value.month:02}{value.day:02}")
        case Form.DATE, None:
            return b"\x00" * field.length
        case Form.BYTES, bytes():
            return value
        case _:
            raise LayoutError(f"record {field.tag:02X}: a {type(value).__name__} is no {field.form.value}")


def _record(field: Field, raw: bytes) -> bytes:
    if len(raw) > field.length:
        raise LayoutError(f"record {field.tag:02X}: longer than {field.length}")
    return bytes((field.tag, field.length)) + raw.ljust(field.length, b" " if field.form is Form.TEXT else b"\x00")

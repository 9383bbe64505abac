"""Record layouts declared as data, one table for both directions: the driver decodes by it, the virtual card encodes by it.

A record of a social security card is tag (1 byte), length (1), value. Values are digits in text, GBK text, plain bytes or dates in
packed decimal (BCD, "cn"). Unused bytes of a text are spaces or zeros.
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
    """One record: its tag, its name here, the length of its value in bytes, and its form."""

    tag: int
    name: str
    length: int
    form: Form


Value = str | bytes | date | None


class LayoutError(ValueError):
    """Bytes that do not fit the layout; names the field's tag, never its content."""


def decode_record(field: Field, record: bytes) -> Value:
    """The value of one record. Raises `LayoutError`."""
    if len(record) < 2 or record[0] != field.tag or record[1] > len(record) - 2:
        raise LayoutError(f"record {field.tag:02X}: bad head")
    return decode_value(field, record[2 : 2 + record[1]])


def decode_value(field: Field, raw: bytes) -> Value:
    """A bare value. Raises `LayoutError`."""
    match field.form:
        case Form.BYTES:
            return raw
        case Form.TEXT:
            try:
                return raw.rstrip(b"\x00 ").decode("gb18030")
            except UnicodeDecodeError:
                raise LayoutError(f"record {field.tag:02X}: not GBK") from None
        case Form.DATE:
            return _date(field, raw)


def encode_record(field: Field, value: Value) -> bytes:
    """The record that says `value`: the other direction. Raises `LayoutError` for what does not fit."""
    match field.form, value:
        case Form.TEXT, str():
            raw = value.encode("gb18030")
        case Form.DATE, date():
            raw = bytes.fromhex(value.strftime("%Y%m%d"))
        case Form.DATE, None:
            raw = b"\x00" * field.length
        case Form.BYTES, bytes():
            raw = value
        case _:
            raise LayoutError(f"record {field.tag:02X}: a {type(value).__name__} is no {field.form.value}")
    if len(raw) > field.length:
        raise LayoutError(f"record {field.tag:02X}: longer than {field.length}")
    padding = b" " if field.form is Form.TEXT else b"\x00"
    return bytes((field.tag, field.length)) + raw.ljust(field.length, padding)


def encode_file(layout: Sequence[Field], values: Mapping[str, Value]) -> list[bytes]:
    """All records of a file, in the layout's order; a field without a value is written empty."""
    empty: dict[Form, Value] = {Form.TEXT: "", Form.BYTES: b"", Form.DATE: None}
    return [encode_record(field, values.get(field.name, empty[field.form])) for field in layout]


def _date(field: Field, raw: bytes) -> date | None:
    digits = raw.hex()
    if set(digits) <= {"0"} or set(digits) <= {"f"}:
        return None
    try:
        return date(int(digits[0:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        raise LayoutError(f"record {field.tag:02X}: not a date") from None

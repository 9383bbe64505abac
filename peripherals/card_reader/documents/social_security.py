"""Social security card (社会保障卡, PC/SC contact interface): application by name, basic files EF05 (card) and EF06 (holder).

Records are read by number and, where a card does not do that, by tag. Third-generation cards keep further fields behind a PSAM;
what identifies a person is readable without one.
"""

from __future__ import annotations

from datetime import date
from typing import cast

from peripherals.card_reader.apdu import (
    Channel,
    StatusWord,
    read_record_number,
    read_record_tag,
    select_by_name,
    select_file,
)
from peripherals.card_reader.documents.checks import name_checked, not_expired, number_checked
from peripherals.card_reader.documents.identity import IdentityDocument
from peripherals.card_reader.faults import CardRecordsBroken
from peripherals.card_reader.layout import Field, Form, LayoutError, Value, decode_file

APPLICATION = bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")
"""DF name: "sx1.sh.社会保障" in GBK."""
CARD_FILE = 0xEF05
HOLDER_FILE = 0xEF06

CARD_LAYOUT = (
    Field(0x01, "card_id", 16, Form.BYTES),
    Field(0x02, "class", 1, Form.TEXT),
    Field(0x03, "version", 4, Form.TEXT),
    Field(0x04, "issuer", 12, Form.BYTES),
    Field(0x05, "issued", 4, Form.DATE),
    Field(0x06, "valid_to", 4, Form.DATE),
    Field(0x07, "card_number", 9, Form.TEXT),
)
HOLDER_LAYOUT = (
    Field(0x08, "number", 18, Form.TEXT),
    Field(0x09, "name", 30, Form.TEXT),
    Field(0x4E, "name", 20, Form.TEXT, continues=True),
    Field(0x0A, "sex", 1, Form.TEXT),
    Field(0x0B, "nation", 1, Form.BYTES),
    Field(0x0C, "birthplace", 3, Form.BYTES),
    Field(0x0D, "birth", 4, Form.DATE),
)
KIND = "social-security"
NEEDED = frozenset({"number", "name"})
"""Fields without which the card identifies nobody; others may be missing on older cards."""
ABSENT = frozenset(
    {
        StatusWord.RECORD_NOT_FOUND,
        StatusWord.DATA_NOT_FOUND,
        StatusWord.FILE_NOT_FOUND,
        StatusWord.NOT_SUPPORTED,
        StatusWord.WRONG_PARAMETERS,
        StatusWord.SECURITY_NOT_SATISFIED,
        StatusWord.CONDITIONS_NOT_SATISFIED,
    }
)
"""Answers that say "there is no such record, or not for you"; any other is a fault (half a name must not pass for a name)."""


def is_present(channel: Channel) -> bool:
    """Select the application; whether the card has it."""
    return channel.transmit(select_by_name(APPLICATION)).sw is StatusWord.OK


def read(channel: Channel, today: date) -> IdentityDocument:
    """Read the selected card. Raises `CardRecordsBroken`, `CardNumberWrong`, `CardExpired`, or what the channel raises."""
    card = _file(channel, CARD_FILE, CARD_LAYOUT)
    holder = _file(channel, HOLDER_FILE, HOLDER_LAYOUT)
    name = name_checked(_text(holder, "name"))
    number = number_checked(_text(holder, "number"))
    valid_to = not_expired(cast("date | None", card.get("valid_to")), today)
    nation = cast("bytes | None", holder.get("nation"))
    return IdentityDocument(
        kind=KIND,
        name=name,
        number=number,
        sex=_text(holder, "sex") or None,
        nation=nation.hex() if nation else None,
        birth=cast("date | None", holder.get("birth")),
        valid_from=cast("date | None", card.get("issued")),
        valid_to=valid_to,
        issuer=cast("bytes", card.get("issuer", b"")).hex() or None,
        card_number=_text(card, "card_number") or None,
    )


def _file(channel: Channel, identifier: int, layout: tuple[Field, ...]) -> dict[str, Value]:
    if channel.transmit(select_file(identifier)).sw is not StatusWord.OK:
        raise CardRecordsBroken(f"file {identifier:04X} is missing")
    records: dict[int, bytes] = {}
    for position, field in enumerate(layout, start=1):
        record = _record(channel, position, field)
        if record is not None:
            records[field.tag] = record
        elif field.name in NEEDED and not field.continues:
            raise CardRecordsBroken(f"record {field.tag:02X} is missing")
    try:
        return decode_file(layout, records)
    except LayoutError as reason:
        raise CardRecordsBroken(str(reason)) from None


def _record(channel: Channel, position: int, field: Field) -> bytes | None:
    """The record by its number, or by its tag where the card orders its file differently; None when it has none."""
    answer = channel.transmit(read_record_number(position))
    if answer.sw is StatusWord.OK and answer.data[:1] == bytes((field.tag,)):
        return answer.data
    answer = channel.transmit(read_record_tag(field.tag, field.length))
    if answer.sw is StatusWord.OK:
        return answer.data
    if answer.sw in ABSENT:
        return None
    raise CardRecordsBroken(f"record {field.tag:02X}: status {answer.sw:04X}")


def _text(values: dict[str, Value], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""

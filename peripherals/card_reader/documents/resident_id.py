"""Resident identity card (居民身份证, second generation), read by a SAM-V reader. Number after GB 11643."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import cast

from peripherals.card_reader.documents.checks import name_checked, not_expired, number_checked
from peripherals.card_reader.documents.identity import IdentityDocument
from peripherals.card_reader.text_record import Form, Place, Value, decode_record

KIND = "resident-id"
LETTER = ""
LAYOUT = (
    Place(0, 30, "name"),
    Place(30, 2, "sex"),
    Place(32, 4, "nation"),
    Place(36, 16, "birth", Form.DATE),
    Place(52, 70, "address"),
    Place(122, 36, "number"),
    Place(158, 30, "issuer"),
    Place(188, 16, "valid_from", Form.DATE),
    Place(204, 16, "valid_to", Form.TERM),
)


def read(record: bytes, today: date) -> IdentityDocument:
    """Raises `RecordError`, `CardRecordsBroken`, `CardNumberWrong`, `CardExpired`."""
    return document(decode_record(LAYOUT, record), today)


def document(values: Mapping[str, Value], today: date) -> IdentityDocument:
    """The document that says `values`, by the names of `LAYOUT`, in whatever form the reader gave them; every check is made here.

    Raises `CardRecordsBroken`, `CardNumberWrong`, `CardExpired`.
    """
    birth = cast("date", values["birth"])
    return IdentityDocument(
        kind=KIND,
        name=name_checked(str(values["name"])),
        number=number_checked(str(values["number"]), birth),
        sex=str(values["sex"]) or None,
        nation=str(values["nation"]) or None,
        birth=birth,
        valid_from=cast("date", values["valid_from"]),
        valid_to=not_expired(cast("date | None", values["valid_to"]), today),
        issuer=str(values["issuer"]) or None,
    )

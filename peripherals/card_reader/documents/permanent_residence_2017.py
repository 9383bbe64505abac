"""Foreign permanent resident's ID card (外国人永久居留身份证) of 2017, type I, read by a SAM-V reader.

Its number has fifteen characters: three letters of nationality, four digits of the place, the birth date (yymmdd), one of order, one check
digit, whose rule is not published; the birth date in it is held against the card's own.
"""

from __future__ import annotations

import re
from datetime import date
from typing import cast

from peripherals.card_reader.documents.checks import name_checked, not_expired
from peripherals.card_reader.documents.identity import IdentityDocument
from peripherals.card_reader.faults import CardNumberWrong
from peripherals.card_reader.text_record import Form, Place, decode_record

KIND = "permanent-residence-2017"
LETTER = "I"
LAYOUT = (
    Place(0, 120, "latin_name"),
    Place(120, 2, "sex"),
    Place(122, 30, "number"),
    Place(152, 6, "nationality"),
    Place(158, 30, "name"),
    Place(188, 16, "valid_from", Form.DATE),
    Place(204, 16, "valid_to", Form.TERM),
    Place(220, 16, "birth", Form.DATE),
    Place(236, 4, "version"),
    Place(240, 8, "authority"),
    Place(248, 2, "type"),
)
NUMBER = re.compile(r"[A-Z]{3}[0-9]{4}(?P<birth>[0-9]{6})[0-9]{2}", re.ASCII)


def read(record: bytes, today: date) -> IdentityDocument:
    """Raises `RecordError`, `CardRecordsBroken`, `CardNumberWrong`, `CardExpired`."""
    values = decode_record(LAYOUT, record)
    birth, number = cast("date", values["birth"]), str(values["number"])
    form = NUMBER.fullmatch(number)
    if form is None or form["birth"] != f"{birth:%y%m%d}":
        raise CardNumberWrong
    latin = name_checked(str(values["latin_name"]))
    return IdentityDocument(
        kind=KIND,
        name=name_checked(str(values["name"]) or latin),
        number=number,
        sex=str(values["sex"]) or None,
        birth=birth,
        valid_from=cast("date", values["valid_from"]),
        valid_to=not_expired(cast("date | None", values["valid_to"]), today),
        issuer=str(values["authority"]) or None,
        latin_name=latin,
        nationality=str(values["nationality"]) or None,
    )

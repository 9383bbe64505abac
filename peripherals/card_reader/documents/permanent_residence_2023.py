"""Foreign permanent resident's ID card (外国人永久居留身份证) of 2023, type Y, read by a SAM-V reader. Number after GB 11643, beginning with 9.

A long name in Latin letters goes on in a second place.
"""

from __future__ import annotations

from datetime import date
from typing import cast

from peripherals.card_reader.documents.checks import name_checked, not_expired, number_checked
from peripherals.card_reader.documents.identity import IdentityDocument
from peripherals.card_reader.text_record import Form, Place, decode_record

KIND = "permanent-residence-2023"
LETTER = "Y"
LAYOUT = (
    Place(0, 30, "name"),
    Place(30, 2, "sex"),
    Place(32, 4, "renewals"),
    Place(36, 16, "birth", Form.DATE),
    Place(52, 70, "latin_name"),
    Place(122, 36, "number"),
    Place(188, 16, "valid_from", Form.DATE),
    Place(204, 16, "valid_to", Form.TERM),
    Place(220, 22, "latin_name", continues=True),
    Place(242, 6, "nationality"),
    Place(248, 2, "type"),
    Place(250, 6, "old_number"),
)


def read(record: bytes, today: date) -> IdentityDocument:
    """Raises `RecordError`, `CardRecordsBroken`, `CardNumberWrong`, `CardExpired`."""
    values = decode_record(LAYOUT, record)
    birth = cast("date", values["birth"])
    latin = name_checked(str(values["latin_name"]))
    return IdentityDocument(
        kind=KIND,
        name=name_checked(str(values["name"]) or latin),
        number=number_checked(str(values["number"]), birth),
        sex=str(values["sex"]) or None,
        birth=birth,
        valid_from=cast("date", values["valid_from"]),
        valid_to=not_expired(cast("date | None", values["valid_to"]), today),
        latin_name=latin,
        nationality=str(values["nationality"]) or None,
    )

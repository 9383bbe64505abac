"""Residence permit of Hong Kong, Macao and Taiwan residents (港澳台居民居住证, type J), read by a SAM-V reader.

Laid out as a resident ID card, with the number of the travel permit and how often the card was issued behind it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from peripherals.card_reader.documents import resident_id
from peripherals.card_reader.documents.identity import IdentityDocument
from peripherals.card_reader.text_record import Place, decode_record

KIND = "residence-permit"
LETTER = "J"
LAYOUT = (
    *resident_id.LAYOUT,
    Place(220, 18, "pass_number"),
    Place(238, 4, "issues"),
    Place(248, 2, "type"),
)


def read(record: bytes, today: date) -> IdentityDocument:
    """Raises `RecordError`, `CardRecordsBroken`, `CardNumberWrong`, `CardExpired`."""
    values = decode_record(LAYOUT, record)
    document = resident_id.read(record, today)
    return replace(document, kind=KIND, nation=None, card_number=str(values["pass_number"]) or None)

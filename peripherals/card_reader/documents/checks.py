"""What every document must pass before it names anybody, whichever reader it came from."""

from __future__ import annotations

import unicodedata
from datetime import date

from peripherals.card_reader.documents.resident_number import birth_date, number_holds
from peripherals.card_reader.faults import CardExpired, CardNumberWrong, CardRecordsBroken

UNWRITABLE = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Unicode categories that no name is written with: controls, direction marks and other invisible signs, line ends. Characters for private use
(Co) pass: old cards have them, and whoever prints decides; they are never guessed at here.
"""


def name_checked(name: str) -> str:
    """The name, if it is one. Raises `CardRecordsBroken`."""
    if not name:
        raise CardRecordsBroken("the name is empty")
    if any(unicodedata.category(character) in UNWRITABLE for character in name):
        raise CardRecordsBroken("the name holds control characters")
    return name


def number_checked(number: str, birth: date | None = None) -> str:
    """The number after GB 11643, if it holds and agrees with the `birth` that the card names. Raises `CardNumberWrong`, `CardRecordsBroken`."""
    if not number:
        raise CardRecordsBroken("the number is empty")
    if not number_holds(number.upper()):
        raise CardNumberWrong
    if birth is not None and birth_date(number) != birth:
        raise CardRecordsBroken("number and date of birth do not agree")
    return number.upper()


def not_expired(valid_to: date | None, today: date) -> date | None:
    """The last day, if it is not over; None for a document without one. Raises `CardExpired`."""
    if valid_to is not None and valid_to < today:
        raise CardExpired
    return valid_to

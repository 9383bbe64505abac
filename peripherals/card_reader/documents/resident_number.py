"""Resident identity numbers (公民身份号码), as GB 11643-1999 makes them.

Eighteen characters: six of region, eight of birth date, three of order, one check character (ISO 7064 MOD 11-2). Residence permits of
Hong Kong, Macao and Taiwan residents (81, 82, 83) and foreign permanent residents' cards from 2023 (9) are numbered in the same way.
"""

from __future__ import annotations

import re
from datetime import date

_FORM = re.compile(r"[0-9]{17}[0-9X]", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def check_character(first17: str) -> str:
    """The check character of seventeen ASCII digits (GB 11643-1999, 4.2: weights and table of ISO 7064 MOD 11-2)."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def birth_date(number: str) -> date | None:
    """The date of birth in characters 7 to 14; None where it is no date."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def number_holds(number: str) -> bool:
    """Whether this is a whole number: its form, a birth date that exists, the right check character."""
    return _FORM.fullmatch(number) is not None and birth_date(number) is not None and check_character(number[:17]) == number[17]

"""What any identity document says of its holder, and how a resident's number is checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


@dataclass(frozen=True, slots=True, repr=False)
class IdentityDocument:
    """A document that was read whole. `kind` names the type ("social-security"); dates are None where the card has none.

    Its `repr` says the kind only: names and numbers never reach a log by accident.
    """

    kind: str
    name: str
    number: str
    sex: str | None = None
    nation: str | None = None
    birth: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    issuer: str | None = None
    card_number: str | None = None

    def __repr__(self) -> str:
        return f"IdentityDocument({self.kind})"

    __str__ = __repr__


def number_holds(number: str) -> bool:
    """Whether a resident number's check character is right (GB 11643-1999: ISO 7064 MOD 11-2 over 17 digits)."""
    if re.fullmatch(r"[0-9]{17}[0-9X]", number, re.ASCII) is None:
        return False
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11] == number[17]

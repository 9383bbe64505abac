"""What any identity document says of its holder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, repr=False)
class IdentityDocument:
    """A document that was read whole. `kind` names the type ("social-security"); dates are None where the card has none.
    `name` is what the registry knows the holder by, `latin_name` the same person's name in Latin letters where the card has both. `photo` is as
    the card holds it (WLT, a closed format: only its vendor's decoder opens it).

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
    latin_name: str | None = None
    nationality: str | None = None
    photo: bytes | None = None

    def __repr__(self) -> str:
        return f"IdentityDocument({self.kind})"

    __str__ = __repr__

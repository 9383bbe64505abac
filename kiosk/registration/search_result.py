"""查询结果证明: what the registry found when somebody asked about properties, as it signs it.

Like a registration it arrives as a COSE_Sign1 over deterministic CBOR and becomes a value in `kiosk.registration.trust` only; it is
printed on plain paper, so there is no blank to account for.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field

from kiosk.registration.record import LongText, Party, ShortText, Signed


class FoundProperty(Signed):
    """One registered property. `state` is as the register says it: 正常, 已抵押, 已查封 …"""

    number: ShortText
    location: ShortText
    unit_code: ShortText
    right_type: ShortText
    area: ShortText
    registered_on: date
    state: ShortText


class SearchResult(Signed):
    """The answer to one search. `scope` says where was looked, `found` may be empty: that nothing was found is an answer too."""

    number: ShortText
    registry: ShortText
    applicant: Party
    purpose: ShortText
    scope: ShortText
    searched_at: AwareDatetime
    found: Annotated[tuple[FoundProperty, ...], Field(max_length=500)] = ()
    note: LongText = ""
    code: bytes
    seal: str

    def __repr__(self) -> str:
        return f"SearchResult({self.number}, {len(self.found)} found)"

    __str__ = __repr__

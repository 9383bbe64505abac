"""A completed registration as the registry signs it, parsed once at the border.

The signed bytes are a COSE_Sign1 (RFC 9052) whose payload is the deterministic CBOR (RFC 8949, section 4.2) of the map below;
`kiosk.registration.trust` turns bytes into a `Registration`, and nothing else does. Field names and their order on paper are
those of the certificate (../docs/integration.md). All texts are exactly as the registry signed them: no normalisation.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator


class CertificateKind(StrEnum):
    """What is printed: 不动产权证书 (a title) or 不动产登记证明 (a proof, e.g. of a mortgage)."""

    TITLE = "title"
    PROOF = "proof"


class Edition(StrEnum):
    """Which blank a title is for: 单一版 (a sheet, one unit) or 集成版 (a booklet, one or more units)."""

    SINGLE = "single"
    BOOKLET = "booklet"


class Signed(BaseModel):
    """A value that the registry signed: frozen, and with no field that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


LongText = Annotated[str, StringConstraints(max_length=4000)]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class Party(Signed):
    """A holder, applicant, obligor or collector.

    `number` is the document's number, `document` its kind (身份证, 统一社会信用代码…).
    """

    name: ShortText
    document: ShortText
    number: ShortText
    share: str | None = None

    def __repr__(self) -> str:
        return "Party(…)"

    __str__ = __repr__


class Unit(Signed):
    """One more real-estate unit on the same title (集成版); holders, co-ownership and remarks are those of the title."""

    location: ShortText
    unit_code: ShortText
    right_type: ShortText
    right_nature: ShortText
    purpose: ShortText
    area: ShortText
    term: ShortText
    other: LongText = ""


class TitleContent(Signed):
    """The fields of a 不动产权证书, in their order on paper. `further_units` only where the title is a booklet."""

    holders: tuple[Party, ...] = Field(min_length=1)
    co_ownership: ShortText
    location: ShortText
    unit_code: ShortText
    right_type: ShortText
    right_nature: ShortText
    purpose: ShortText
    area: ShortText
    term: ShortText
    other: LongText = ""
    remarks: LongText = ""
    further_units: Annotated[tuple[Unit, ...], Field(max_length=40)] = ()


class ProofContent(Signed):
    """The fields of a 不动产登记证明, in their order on paper."""

    subject: ShortText
    holders: tuple[Party, ...] = Field(min_length=1)
    obligors: tuple[Party, ...] = ()
    location: ShortText
    unit_code: ShortText
    other: LongText = ""
    remarks: LongText = ""


class Registration(Signed):
    """One completed registration that may become one certificate.

    `version` counts the states of the record at the registry: a terminal prints only the version it was authorised for.
    `code` is the COSE_Sign1 printed as the QR code; `seal` an SVG; `drawings` SVGs of 宗地图 and 房屋平面图.
    `seal_data` is the electronic seal with its signature (GB/T 38540, DER) where the registry puts one on: it is kept with the
    record as signed, and not printed.
    """

    certificate_id: ShortText
    version: Annotated[int, Field(ge=1)]
    kind: CertificateKind
    edition: Edition = Edition.SINGLE
    number: ShortText
    registry: ShortText
    registered_on: date
    title: TitleContent | None = None
    proof: ProofContent | None = None
    collector: Party | None = None
    code: bytes
    seal: str
    seal_data: Annotated[bytes, Field(max_length=200_000)] | None = None
    drawings: tuple[str, ...] = ()

    @property
    def content(self) -> TitleContent | ProofContent:
        """The fields of whichever certificate this is."""
        content = self.title if self.kind is CertificateKind.TITLE else self.proof
        if content is None:
            raise ValueError("record has no content of its own kind")
        return content

    @model_validator(mode="after")
    def _fits_its_edition(self) -> Self:
        booklet = self.edition is Edition.BOOKLET
        if (booklet and self.title is None) or (self.title is not None and self.title.further_units and not booklet):
            raise ValueError("content that this edition has no place for")
        return self

    @property
    def holders(self) -> tuple[Party, ...]:
        return self.content.holders

    def __repr__(self) -> str:
        return f"Registration({self.certificate_id}, version {self.version})"

    __str__ = __repr__

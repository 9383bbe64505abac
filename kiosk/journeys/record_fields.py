"""A registration as the rows of the check screen: labels in both languages, values masked by default.

The order is that of the certificate (domain: 不动产权证书 and 不动产登记证明); the values are the registry's own words.
"""

from __future__ import annotations

from kiosk.registration.masking import mask_name, mask_number
from kiosk.registration.numbers import grouped_unit_code
from kiosk.registration.record import Party, ProofContent, Registration, TitleContent
from screens.prompts import RecordField
from screens.wording import t


def certificate_title(registration: Registration) -> str:
    """The heading printed on this kind of certificate."""
    return "不动产权证书" if registration.title is not None else "不动产登记证明"


def fields(registration: Registration) -> tuple[RecordField, ...]:
    """The rows, in the certificate's order; empty ones are left out."""
    content = registration.content
    rows = _title(content) if isinstance(content, TitleContent) else _proof(content)
    return tuple(row for row in rows if row.masked)


def _title(content: TitleContent) -> list[RecordField]:
    return [
        *_parties("check.field.holder", content.holders),
        _row("co_ownership", content.co_ownership),
        _row("location", content.location),
        _row("unit_code", grouped_unit_code(content.unit_code)),
        _row("right_type", content.right_type),
        _row("purpose", content.purpose),
        _row("area", content.area),
        _row("term", content.term),
    ]


def _proof(content: ProofContent) -> list[RecordField]:
    return [
        _row("subject", content.subject),
        *_parties("check.field.holder", content.holders),
        *_parties("check.field.obligor", content.obligors),
        _row("location", content.location),
        _row("unit_code", grouped_unit_code(content.unit_code)),
    ]


def _row(name: str, value: str) -> RecordField:
    return RecordField(t(f"check.field.{name}"), value)


def _parties(label: str, parties: tuple[Party, ...]) -> list[RecordField]:
    if not parties:
        return []
    names = RecordField(
        t(label), "、".join(mask_name(party.name) for party in parties), "、".join(party.name for party in parties)
    )
    numbers = RecordField(
        t("check.field.number"),
        "、".join(mask_number(party.number) for party in parties),
        "、".join(party.number for party in parties),
    )
    return [names, numbers]

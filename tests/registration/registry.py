"""A registry for one test: root, signer, revocation list and the record of 张建国's flat."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509

from kiosk.registration.chains import Anchors, Policy
from kiosk.registration.record import Registration
from kiosk.registration.trust import Purpose, verify
from sandbox.people import BY_SLUG
from sandbox.platform.records import RecordOffice
from sandbox.registry import Authority, Identity, sign_map

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
CASE = replace(BY_SLUG["zhang-jianguo"].cases[0], drawings=False)


@dataclass(frozen=True)
class Registry:
    """An authority with one signer, as the terminal sees it at `NOW`."""

    authority: Authority
    signer: Identity

    @classmethod
    def founded(cls, *, sm2: bool = False, **signer: Any) -> Registry:
        authority = Authority("Test registry root", NOW, sm2=sm2)
        return cls(authority, authority.issue("Test registry signer", **signer))

    @property
    def office(self) -> RecordOffice:
        return RecordOffice(self.authority, self.signer, lambda: NOW)

    def anchors(self, *crls: x509.CertificateRevocationList, known: tuple[Identity, ...] = ()) -> Anchors:
        """Without `crls`: the present list."""
        signers = (self.signer, *known)
        return Anchors(
            (self.authority.root.certificate,),
            tuple(identity.certificate for identity in signers),
            crls or (self.authority.crl(NOW),),
        )

    def record(self, signer: Identity | None = None, **changes: Any) -> bytes:
        """The record of 张建国, its map changed by `changes`, signed by `signer` (its code too)."""
        content = self.office.content(CASE, signer or self.signer) | changes
        return sign_map(Purpose.RECORD, content, signer or self.signer)

    def verify(self, data: bytes, at: datetime = NOW, policy: Policy = Policy()) -> Registration:  # noqa: B008 - a frozen value
        return verify(data, self.anchors(), at, policy)


def years(count: float) -> timedelta:
    return timedelta(days=365 * count)

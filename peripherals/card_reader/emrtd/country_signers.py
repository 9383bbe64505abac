"""Whose signatures on travel documents count: for each issuing state the certificates of its signing authority (CSCA), given by the integrator.

A directory holds them, one PEM file for each state, named as the state stands in the printed zone: ``CHN.pem``, ``D.pem``. So one state's
authority cannot vouch for another's documents. A file may hold several certificates, and revocation lists (``BEGIN X509 CRL``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509

from peripherals.card_reader.emrtd.certificates import UNREADABLE, is_signed_by, public_key

_STATE = re.compile(r"[A-Z]{1,3}")
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.+?-----END \1-----", re.DOTALL)


class CountrySignersWrong(Exception):
    """The directory of country signers cannot be used; the integrator's turn. The message names file and fault."""


@dataclass(frozen=True, slots=True)
class StateSigners:
    """One state's authorities, and the serial numbers of the document signers that they took back.

    Whichever of them did: a state's newest list speaks for every key and name that its authority has had, and one name is not always written in the
    same bytes. Should two of its authorities have given the same number, both signers are refused.
    """

    authorities: tuple[x509.Certificate, ...]
    revoked: frozenset[int] = frozenset()
    lists_until: datetime | None = None
    """When the newest list was to be followed by the next; None where there is no list, or none that says so."""

    def has_revoked(self, certificate: x509.Certificate) -> bool:
        return certificate.serial_number in self.revoked


@dataclass(frozen=True, slots=True)
class CountrySigners:
    """The authorities by issuing state. Empty: no travel document proves anything here."""

    states: Mapping[str, StateSigners] = field(default_factory=dict[str, StateSigners])

    @classmethod
    def load(cls, directory: Path) -> CountrySigners:
        """All states' files. Raises `CountrySignersWrong`: a certificate that is left out in silence would send its people away for ever."""
        try:
            files = sorted(directory.glob("*.pem"))
            states = {file.stem: _state(file) for file in files}
        except OSError as reason:
            raise CountrySignersWrong(f"{directory}: {reason.strerror}") from None
        if not states:
            raise CountrySignersWrong(f"{directory}: no file like CHN.pem")
        return cls(states)

    def of(self, state: str) -> StateSigners | None:
        """The authorities of the state as its name stands in the zone (``CHN``, ``D``)."""
        return self.states.get(state)

    def expired(self, now: datetime) -> list[str]:
        """States none of whose authorities is valid any more: their documents prove nothing."""
        return [
            state
            for state, signers in self.states.items()
            if all(authority.not_valid_after_utc < now for authority in signers.authorities)
        ]

    def outdated(self, now: datetime) -> list[str]:
        """States whose newest revocation list here was to be followed by another before `now`: whoever was taken back since still counts."""
        return [state for state, signers in self.states.items() if signers.lists_until and signers.lists_until < now]


def _state(file: Path) -> StateSigners:
    if _STATE.fullmatch(file.stem) is None:
        raise CountrySignersWrong(f"{file}: not named as a state stands in the zone (CHN.pem, D.pem)")
    authorities: list[x509.Certificate] = []
    lists: list[x509.CertificateRevocationList] = []
    for number, block in enumerate(_BLOCK.finditer(file.read_bytes()), start=1):
        try:
            if block[1] == b"X509 CRL":
                lists.append(x509.load_pem_x509_crl(block[0]))
            else:
                authorities.append(_authority(block[0]))
        except UNREADABLE as reason:
            raise CountrySignersWrong(f"{file}: block {number}: {reason}") from None
    if not authorities:
        raise CountrySignersWrong(f"{file}: no certificate")
    for crl in lists:
        if not any(is_signed_by(crl, each) for each in authorities):
            raise CountrySignersWrong(f"{file}: a revocation list that none of its authorities signed")
    standing = [each for each in authorities if not any(_names(crl, each) for crl in lists)]
    if not standing:
        raise CountrySignersWrong(f"{file}: every authority in it was taken back")
    # Older lists count too: nothing is ever un-revoked.
    revoked = frozenset(entry.serial_number for crl in lists for entry in crl)
    return StateSigners(
        tuple(standing), revoked, max((crl.next_update_utc for crl in lists if crl.next_update_utc), default=None)
    )


def _authority(pem: bytes) -> x509.Certificate:
    certificate = x509.load_pem_x509_certificate(pem)
    public_key(certificate)
    if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
        raise ValueError("not an authority's certificate")
    return certificate


def _names(crl: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    """Whether the list takes an authority itself back. Here its issuer counts: authorities often have small numbers, and another's 1 is not this one's."""
    return crl.issuer == authority.issuer and crl.get_revoked_certificate_by_serial_number(authority.serial_number) is not None

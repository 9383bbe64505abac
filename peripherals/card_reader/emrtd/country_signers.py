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
from cryptography.exceptions import UnsupportedAlgorithm

_STATE = re.compile(r"[A-Z]{1,3}")
_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.+?-----END \1-----", re.DOTALL)


class CountrySignersWrong(Exception):
    """The directory of country signers cannot be used; the integrator's turn. The message names file and fault."""


@dataclass(frozen=True, slots=True)
class StateSigners:
    """One state's authorities, and what they took back: serial numbers by the authority that did (its subject, DER)."""

    authorities: tuple[x509.Certificate, ...]
    revoked: frozenset[tuple[bytes, int]] = frozenset()

    def has_revoked(self, certificate: x509.Certificate) -> bool:
        return (certificate.issuer.public_bytes(), certificate.serial_number) in self.revoked


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
        except (ValueError, UnsupportedAlgorithm) as reason:
            raise CountrySignersWrong(f"{file}: block {number}: {reason}") from None
    if not authorities:
        raise CountrySignersWrong(f"{file}: no certificate")
    return StateSigners(tuple(authorities), _revoked(file, authorities, lists))


def _authority(pem: bytes) -> x509.Certificate:
    certificate = x509.load_pem_x509_certificate(pem)
    certificate.public_key()
    if not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
        raise ValueError("not an authority's certificate")
    return certificate


def _revoked(
    file: Path, authorities: list[x509.Certificate], lists: list[x509.CertificateRevocationList]
) -> frozenset[tuple[bytes, int]]:
    """What the lists that an authority really signed take back. Older lists count too: nothing is ever un-revoked."""
    revoked: set[tuple[bytes, int]] = set()
    for crl in lists:
        issuers = [each for each in authorities if each.subject == crl.issuer and crl.is_signature_valid(each.public_key())]  # pyright: ignore[reportArgumentType]
        if not issuers:
            raise CountrySignersWrong(f"{file}: a revocation list that none of its authorities signed")
        revoked.update((crl.issuer.public_bytes(), entry.serial_number) for entry in crl)
    return frozenset(revoked)

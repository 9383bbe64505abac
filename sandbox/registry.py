"""The registry and the platform as signers: roots, signing certificates, revocation lists, and everything they sign.

Two authorities, as in life: the registry signs records and the code on the paper, the platform signs appointments,
authorisations and its time. A third, the TLS authority, issues the certificates of server and terminals.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kiosk.registration.cose import Header, encode
from kiosk.registration.trust import Purpose, key_id


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def certificate_der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Authority:
    """A root that issues certificates and takes them back."""

    def __init__(self, name: str, now: datetime) -> None:
        self._now = now
        self._revoked: list[tuple[int, datetime]] = []
        self.root = self._make_root(name)

    def issue(
        self,
        name: str,
        *,
        days: float = 365,
        since: datetime | None = None,
        server: bool = False,
        client: bool = False,
        signs: bool = True,
    ) -> Identity:
        """A certificate for `name`: a signer, or with `server`/`client` one for TLS (server: valid for loopback)."""
        begin = since or self._now - timedelta(hours=1)
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(self.root.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=signs or server or client), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root.key.public_key()), critical=False)
        )
        if server:
            loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
            builder = builder.add_extension(
                x509.SubjectAlternativeName([loopback, x509.DNSName("localhost")]), critical=False
            ).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        if client:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        return Identity(builder.sign(self.root.key, hashes.SHA256()), key)

    def revoke(self, identity: Identity, when: datetime) -> None:
        """Take a certificate back; the next `crl` says so."""
        self._revoked.append((identity.certificate.serial_number, when))

    def crl(self, now: datetime, *, days: float = 7) -> x509.CertificateRevocationList:
        """The revocation list as of `now`."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.root.certificate.subject)
            .last_update(now - timedelta(minutes=1))
            .next_update(now + timedelta(days=days))
        )
        for serial, when in self._revoked:
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when).build()
            )
        return builder.sign(self.root.key, hashes.SHA256())

    def _make_root(self, name: str) -> Identity:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(_name(name))
            .issuer_name(_name(name))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - timedelta(days=1))
            .not_valid_after(self._now + timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
            .add_extension(_usage(ca=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return Identity(certificate, key)


def sign_map(purpose: Purpose, content: dict[Any, Any], signer: Identity, *, by_key_id: bool = False) -> bytes:
    """`content` as deterministic CBOR, signed for `purpose`; the signer is carried whole, or named by key id in small codes."""
    payload = cbor2.dumps(content, canonical=True)
    named: dict[int, Any] = (
        {Header.KID.value: key_id(signer.certificate)} if by_key_id else {Header.X5CHAIN.value: signer.certificate_der}
    )
    return encode(payload, signer.key, {Header.CONTENT_TYPE.value: purpose.value, **named})


def bundle(certificates: Iterable[x509.Certificate]) -> bytes:
    """Certificates as one PEM file."""
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Dazheng sandbox"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _usage(*, ca: bool = False, signs: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )

"""The registry and the platform as signers: roots, signing certificates, revocation lists, and everything they sign.

Two authorities, as in life: the registry signs records and the code on the paper, the platform signs appointments,
authorisations and its time. A third, the TLS authority, issues the certificates of server and terminals.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
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
from kiosk.registration.sm2 import Sm2PrivateKey
from kiosk.registration.trust import Purpose, key_id
from sandbox.sm2_paper import signed_anew

Key = ec.EllipticCurvePrivateKey | Sm2PrivateKey


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def certificate_der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def key_pem(self) -> bytes:
        if isinstance(self.key, Sm2PrivateKey):
            raise TypeError("SM2 keys sign records here, not TLS")
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Authority:
    """A root that issues certificates and takes them back, in P-256 or, with `sm2`, in SM2."""

    def __init__(self, name: str, now: datetime, *, sm2: bool = False) -> None:
        self._now = now
        self._sm2 = sm2
        self._revoked: list[tuple[int, datetime, x509.ReasonFlags | None]] = []
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
        addresses: Sequence[str] = (),
        more: Sequence[tuple[x509.ExtensionType, bool]] = (),
    ) -> Identity:
        """A certificate for `name`: a signer, or with `server`/`client` one for TLS (server: valid for loopback and `addresses`).

        `more`: further extensions, each with whether it is critical.
        """
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
            .add_extension(_issuer_key(self.root), critical=False)
        )
        if server:
            places = [x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", *addresses)]
            builder = builder.add_extension(
                x509.SubjectAlternativeName([*places, x509.DNSName("localhost")]), critical=False
            ).add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        if client:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        for extension, critical in more:
            builder = builder.add_extension(extension, critical=critical)
        return self._signed(builder, key)

    def revoke(self, identity: Identity, when: datetime, reason: x509.ReasonFlags | None = None) -> None:
        """Take a certificate back; the next `crl` says so."""
        self._revoked.append((identity.certificate.serial_number, when, reason))

    def crl(
        self, now: datetime, *, days: float = 7, more: Sequence[tuple[x509.ExtensionType, bool]] = ()
    ) -> x509.CertificateRevocationList:
        """The revocation list as of `now`. `more`: further extensions, each with whether it is critical."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.root.certificate.subject)
            .last_update(now - timedelta(minutes=1))
            .next_update(now + timedelta(days=days))
        )
        for extension, critical in more:
            builder = builder.add_extension(extension, critical=critical)
        for serial, when, reason in self._revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when)
            if reason is not None:
                entry = entry.add_extension(x509.CRLReason(reason), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        key = self.root.key
        if not isinstance(key, Sm2PrivateKey):
            return builder.sign(key, hashes.SHA256())
        built = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
        return x509.load_der_x509_crl(signed_anew(built.tbs_certlist_bytes, key))

    def _signed(self, builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey, *, root: bool = False) -> Identity:
        """The certificate and its key; in SM2 `key` is only a stand-in for building."""
        if not self._sm2:
            issuer = key if root else self.root.key
            assert isinstance(issuer, ec.EllipticCurvePrivateKey)
            return Identity(builder.sign(issuer, hashes.SHA256()), key)
        true_key = Sm2PrivateKey.generate()
        issuer = true_key if root else self.root.key
        assert isinstance(issuer, Sm2PrivateKey)
        body = builder.sign(key, hashes.SHA256()).tbs_certificate_bytes
        der = signed_anew(body, issuer, (key.public_key(), true_key.public_key()))
        return Identity(x509.load_der_x509_certificate(der), true_key)

    def _make_root(self, name: str) -> Identity:
        key = ec.generate_private_key(ec.SECP256R1())
        builder = (
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
        )
        return self._signed(builder, key, root=True)


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


def _issuer_key(root: Identity) -> x509.AuthorityKeyIdentifier:
    named = root.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(named)


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

"""The public key of a certificate and what it signed, in both families: P-256 with SHA-256, and SM2 with SM3.

`cryptography` reads certificates and revocation lists of both, but knows no SM2 key; for those the key is taken out of the
certificate here, and the signature over it checked by `kiosk.registration.sm2`.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Any, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kiosk.registration.sm2 import Sm2PublicKey

SM2_WITH_SM3 = x509.ObjectIdentifier("1.2.156.10197.1.501")
"""Signature algorithm of certificates and lists (GM/T 0015)."""

SM2_CURVE = x509.ObjectIdentifier("1.2.156.10197.1.301")
SM2_KEY_INFO = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d034200")
"""SubjectPublicKeyInfo of an SM2 key up to its point (RFC 5480 with the curve of GM/T 0015)."""

EC_PUBLIC_KEY = x509.ObjectIdentifier("1.2.840.10045.2.1")

PublicKey = ec.EllipticCurvePublicKey | Sm2PublicKey


@asn1.sequence
class _Algorithm:
    algorithm: x509.ObjectIdentifier
    curve: x509.ObjectIdentifier


@asn1.sequence
class _KeyInfo:
    """SubjectPublicKeyInfo (RFC 5480, section 2.1)."""

    algorithm: _Algorithm
    key: asn1.BitString


@asn1.sequence
class _Body:
    """TBSCertificate of version 3 (RFC 5280, section 4.1)."""

    version: Annotated[int, asn1.Explicit(0)]
    serial: int
    signature: asn1.TLV
    issuer: asn1.TLV
    validity: asn1.TLV
    subject: asn1.TLV
    key: asn1.TLV
    extensions: Annotated[asn1.TLV, asn1.Explicit(3)]


def public_key(certificate: x509.Certificate) -> PublicKey:
    """The key of `certificate`. Raises `ValueError` for one of another family."""
    try:
        key = certificate.public_key()
    except UnsupportedAlgorithm:
        return _sm2_key(certificate)
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("neither P-256 nor SM2")
    return key


def key_id(certificate: x509.Certificate) -> bytes:
    """Eight bytes that name a signer in a code too small for its certificate: SHA-256 over its SubjectPublicKeyInfo, cut.

    Raises `ValueError` for a key of another family.
    """
    key = public_key(certificate)
    if isinstance(key, Sm2PublicKey):
        info = SM2_KEY_INFO + key.point
    else:
        info = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return sha256(info).digest()[:8]


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether `issuer` signed `certificate` and bears the name that it gives as its issuer's."""
    try:
        if certificate.signature_algorithm_oid != SM2_WITH_SM3:
            certificate.verify_directly_issued_by(issuer)
            return True
        key = public_key(issuer)
        return (
            certificate.issuer == issuer.subject
            and isinstance(key, Sm2PublicKey)
            and key.verify_der(certificate.signature, certificate.tbs_certificate_bytes)
        )
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False


def is_list_of(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Whether `issuer` signed `crl` and bears the name that it gives as its issuer's."""
    try:
        if crl.issuer != issuer.subject:
            return False
        key = public_key(issuer)
        if isinstance(key, Sm2PublicKey):
            signed = crl.signature_algorithm_oid == SM2_WITH_SM3
            return signed and key.verify_der(crl.signature, crl.tbs_certlist_bytes)
        return crl.is_signature_valid(cast(CertificateIssuerPublicKeyTypes, key))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False


def _sm2_key(certificate: x509.Certificate) -> Sm2PublicKey:
    body = asn1.decode_der(_Body, certificate.tbs_certificate_bytes)
    info = cast("_KeyInfo", cast("Any", body.key).parse(_KeyInfo))
    if (info.algorithm.algorithm, info.algorithm.curve) != (EC_PUBLIC_KEY, SM2_CURVE):
        raise ValueError("neither P-256 nor SM2")
    return Sm2PublicKey.from_point(info.key.as_bytes())

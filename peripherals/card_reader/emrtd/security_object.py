"""Passive authentication (ICAO Doc 9303-11, 5.1): whether the issuing state signed what the chip says.

    country signing authority (given) → document signer (in EF.SOD) → digests of the data groups → data groups

Pure: nothing is read or fetched, and time comes in as an argument. EF.SOD is a CMS SignedData (RFC 5652) around an LDSSecurityObject (Doc
9303-10, 4.6.2); asn1crypto takes it apart, `cryptography` checks signatures and chains. It shows that the data is the state's, not that the chip
is the original one: a copied chip passes.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar

from asn1crypto import algos, cms, core
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from peripherals.card_reader.emrtd.certificates import DIGESTS, UNREADABLE, is_signed_by, public_key
from peripherals.card_reader.emrtd.country_signers import StateSigners
from peripherals.card_reader.emrtd.tlv import TlvWrong, encode_tlv, only
from peripherals.card_reader.faults import DocumentUnproven

E = TypeVar("E", bound=x509.ExtensionType)

SECURITY_OBJECT_TAG, SET_TAG = 0x77, 0x31
LDS_SECURITY_OBJECT = "2.23.136.1.1.1"
CONTENT_TYPE, MESSAGE_DIGEST = "content_type", "message_digest"
KNOWN_EXTENSIONS = frozenset({x509.BasicConstraints.oid, x509.KeyUsage.oid, x509.ExtendedKeyUsage.oid})
"""Critical extensions that are looked at here; a certificate with any other is refused (RFC 5280, 4.2)."""


class DataGroupHash(core.Sequence):
    """DataGroupHash (Doc 9303-10, 4.6.2.3)."""

    _fields = [("number", core.Integer), ("digest", core.OctetString)]  # noqa: RUF012 (asn1crypto's own form)


class DataGroupHashes(core.SequenceOf):
    """SEQUENCE OF DataGroupHash."""

    _child_spec = DataGroupHash


class LdsSecurityObject(core.Sequence):
    """LDSSecurityObject (Doc 9303-10, 4.6.2.3)."""

    _fields = [  # noqa: RUF012
        ("version", core.Integer),
        ("hash_algorithm", algos.DigestAlgorithm),
        ("hashes", DataGroupHashes),
        ("lds_version", core.Sequence, {"optional": True}),
    ]


class SecurityObject:
    """An EF.SOD that was taken apart; nothing of it is believed before `verify`."""

    def __init__(self, file: bytes) -> None:
        """Raises `DocumentUnproven` for anything that is no security object."""
        try:
            self._take_apart(only(SECURITY_OBJECT_TAG, file))
        except (TlvWrong, ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError):
            # asn1crypto takes values apart when they are looked at, and says so in several ways.
            raise DocumentUnproven("security object: malformed") from None

    def _take_apart(self, content: bytes) -> None:
        info = cms.ContentInfo.load(content, strict=True)
        if info["content_type"].native != "signed_data":
            raise ValueError
        signed = info["content"]
        encapsulated = signed["encap_content_info"]
        if encapsulated["content_type"].dotted != LDS_SECURITY_OBJECT or len(signed["signer_infos"]) != 1:
            raise ValueError
        self._content: bytes = encapsulated["content"].native
        lds = LdsSecurityObject.load(self._content, strict=True)
        self._hash_name: str = lds["hash_algorithm"]["algorithm"].native
        pairs = [(int(each["number"].native), bytes(each["digest"].native)) for each in lds["hashes"]]
        self.digests: Mapping[int, bytes] = dict(pairs)
        """The digest of each data group by its number. Believed only after `verify`."""
        if len(self.digests) != len(pairs):
            raise ValueError
        signer = signed["signer_infos"][0]
        self._digest_name: str = signer["digest_algorithm"]["algorithm"].native
        algorithm = signer["signature_algorithm"]
        self._scheme: str = algorithm.signature_algo
        self._signature_hash, self._salt_bytes = _signature_hash(algorithm, self._digest_name)
        self._signature: bytes = signer["signature"].native
        attributes = signer["signed_attrs"]
        # The signature is over the attributes as a SET OF (RFC 5652, 5.4). Some states do not sort them: then as they came, or as they should have come.
        in_order = b"".join(sorted(attribute.dump() for attribute in attributes))
        self._signed_attributes = tuple(dict.fromkeys((attributes.untag().dump(), encode_tlv(SET_TAG, in_order))))
        named: dict[str, list[core.Asn1Value]] = {}
        for attribute in attributes:
            named.setdefault(attribute["type"].native, []).extend(attribute["values"])
        if len(named[CONTENT_TYPE]) != 1 or len(named[MESSAGE_DIGEST]) != 1:
            raise ValueError
        if named[CONTENT_TYPE][0].dotted != LDS_SECURITY_OBJECT:
            raise ValueError
        self._message_digest: bytes = named[MESSAGE_DIGEST][0].native
        self._signer_name = _signer_name(signer["sid"])
        self._certificates: list[bytes] = [
            choice.chosen.dump() for choice in signed["certificates"] if choice.name == "certificate"
        ]

    def verify(self, groups: Mapping[int, bytes], signers: StateSigners, at: datetime) -> None:
        """That these data groups, by number, are what one of `signers`' document signers signed. Raises `DocumentUnproven`, with why."""
        certificate = self._signer_certificate()
        _check_signer(certificate, signers, at)
        if not hmac.compare_digest(self._message_digest, _digest(self._digest_name, self._content)):
            raise DocumentUnproven("security object: message digest")
        self._check_signature(certificate)
        for number, data in groups.items():
            stated = self.digests.get(number)
            if stated is None or not hmac.compare_digest(stated, _digest(self._hash_name, data)):
                raise DocumentUnproven(f"data group {number}: digest")

    def _signer_certificate(self) -> x509.Certificate:
        """The certificate that is the signer's by its own word, or the only one. The word is no proof, and not always the certificate's; signatures decide."""
        certificates: list[x509.Certificate] = []
        for der in self._certificates:
            with contextlib.suppress(*UNREADABLE):
                certificates.append(x509.load_der_x509_certificate(der))
        named = [each for each in certificates if self._signer_name in (each.serial_number, _key_id(each))]
        if not named and len(certificates) != 1:
            raise DocumentUnproven("security object: its signer's certificate is not in it")
        return (named or certificates)[0]

    def _check_signature(self, certificate: x509.Certificate) -> None:
        if not any(self._holds(certificate, attributes) for attributes in self._signed_attributes):
            raise DocumentUnproven("security object: signature")

    def _holds(self, certificate: x509.Certificate, attributes: bytes) -> bool:
        hash_algorithm = _hash(self._signature_hash)
        try:
            key = public_key(certificate)
            match self._scheme, key:
                case "ecdsa", ec.EllipticCurvePublicKey():
                    key.verify(self._signature, attributes, ec.ECDSA(hash_algorithm))
                case "rsassa_pkcs1v15", rsa.RSAPublicKey():
                    key.verify(self._signature, attributes, padding.PKCS1v15(), hash_algorithm)
                case "rsassa_pss", rsa.RSAPublicKey():
                    scheme = padding.PSS(padding.MGF1(hash_algorithm), self._salt_bytes)
                    key.verify(self._signature, attributes, scheme, hash_algorithm)
                case _:
                    raise DocumentUnproven("security object: a scheme that does not count")
        except (InvalidSignature, OverflowError, *UNREADABLE):
            return False
        return True


def _signature_hash(algorithm: algos.SignedDigestAlgorithm, digest_name: str) -> tuple[str, int]:
    """The digest that the scheme signs, and a PSS salt's length. Bare schemes ("rsaEncryption") mean the signer's digest algorithm."""
    if algorithm.signature_algo == "rsassa_pss":
        parameters = algorithm["parameters"]
        name: str = parameters["hash_algorithm"]["algorithm"].native
        mask = parameters["mask_gen_algorithm"]
        if mask["algorithm"].native != "mgf1" or mask["parameters"]["algorithm"].native != name:
            raise ValueError
        return name, int(parameters["salt_length"].native)
    try:
        return algorithm.hash_algo, 0
    except ValueError:
        return digest_name, 0


def _signer_name(sid: core.Asn1Value) -> int | bytes:
    """Who signed: its certificate's serial number (of the issuer's name beside it the bytes may differ), or a subject key identifier."""
    if sid.name == "issuer_and_serial_number":
        return int(sid.chosen["serial_number"].native)
    return bytes(sid.chosen.native)


def _key_id(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except UNREADABLE:
        return None


def _check_signer(certificate: x509.Certificate, signers: StateSigners, at: datetime) -> None:
    """One link: an authority that was given issued it, both are valid now, it is for documents, and nobody took it back.

    A document signer's certificate is valid as long as the documents that it signed (Doc 9303-12, 4.1), so the present is the time that counts.
    """
    # An authority may have several certificates for one key, of which the newest is valid.
    authorities = [each for each in signers.authorities if is_signed_by(certificate, each)]
    if not authorities:
        raise DocumentUnproven("document signer: none of the state's authorities issued it")
    if not _is_valid(certificate, at) or not any(_is_valid(each, at) for each in authorities):
        raise DocumentUnproven("document signer: not valid now")
    if signers.has_revoked(certificate):
        raise DocumentUnproven("document signer: revoked")
    try:
        extensions = certificate.extensions
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        constraints, purposes = _optional(extensions, x509.BasicConstraints), _optional(extensions, x509.ExtendedKeyUsage)
    except UNREADABLE:
        raise DocumentUnproven("document signer: extensions") from None
    if any(extension.critical and extension.oid not in KNOWN_EXTENSIONS for extension in extensions):
        raise DocumentUnproven("document signer: a critical extension")
    if not usage.digital_signature:
        raise DocumentUnproven("document signer: not for signatures")
    if constraints is not None and constraints.ca:
        raise DocumentUnproven("document signer: an authority's certificate")
    if purposes is not None and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE not in purposes:
        # Doc 9303-12 names no purpose for documents: this one is for master lists, deviation lists, bar codes or a web server.
        raise DocumentUnproven("document signer: for another purpose")


def _optional(extensions: x509.Extensions, kind: type[E]) -> E | None:
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _is_valid(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _hash(name: str) -> hashes.HashAlgorithm:
    algorithm = DIGESTS.get(name)
    if algorithm is None:
        raise DocumentUnproven("security object: a digest that does not count")
    return algorithm()


def _digest(name: str, data: bytes) -> bytes:
    return hashlib.new(_hash(name).name, data).digest()

"""Whether signed bytes are to be believed: a pure function of bytes, anchors, revocation data, time and policy.

    root certificate → signing certificate (validity, key usage, revocation list) → message (COSE_Sign1) → value

Errors form one hierarchy and say what failed; nothing is fetched here, and nothing unsigned is looked at. Modelled on the
separation of validation and fetching in pyHanko's certificate validator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from kiosk.registration.cose import Algorithm, CoseError, Header, Sign1, decode, decode_canonical, signature_holds
from kiosk.registration.record import Registration


class Purpose(StrEnum):
    """What a message was signed for (content type in the protected header); one is never taken for another."""

    RECORD = "application/vnd.dazheng.record+cbor"
    CODE = "application/vnd.dazheng.code+cbor"
    APPOINTMENT = "application/vnd.dazheng.appointment+cbor"
    AUTHORISATION = "application/vnd.dazheng.authorisation+cbor"
    TIME = "application/vnd.dazheng.time+cbor"


class Untrusted(Exception):
    """Not to be believed; `code` says why (kebab-case). Carries no content of the message."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class RecordUntrusted(Untrusted):
    """A registration that must not be shown as printable."""


class Malformed(RecordUntrusted):
    """Not a message of the expected form: not canonical, wrong purpose, missing or unknown fields."""


class SignatureWrong(RecordUntrusted):
    """The bytes are not what the signer signed, or the algorithm is not one that counts."""


class SignerUnknown(RecordUntrusted):
    """No chain from the signer to an anchor."""


class SignerInvalid(RecordUntrusted):
    """The signer's certificate is not valid now, or not for signing."""


class SignerRevoked(RecordUntrusted):
    """The authority took the signer's certificate back."""


class RevocationUnknown(RecordUntrusted):
    """No current revocation list: nobody can say whether the signer still counts."""


@dataclass(frozen=True)
class Anchors:
    """What is believed beforehand: root certificates, signers known by key id, and the roots' newest revocation lists."""

    roots: tuple[x509.Certificate, ...]
    signers: tuple[x509.Certificate, ...] = ()
    crls: tuple[x509.CertificateRevocationList, ...] = ()

    @cached_property
    def by_key_id(self) -> dict[bytes, x509.Certificate]:
        return {key_id(certificate): certificate for certificate in self.signers}


@dataclass(frozen=True, slots=True)
class Policy:
    """Which algorithms count, how far clocks may differ, and whether a current revocation list is demanded."""

    algorithms: frozenset[int] = frozenset({Algorithm.ES256.value})
    clock_tolerance: timedelta = timedelta(minutes=2)
    revocation: Literal["required", "if-present"] = "required"
    max_chain: int = 3


DEFAULT_POLICY = Policy()


def key_id(certificate: x509.Certificate) -> bytes:
    """Eight bytes that name a signer in a code too small for its certificate: SHA-256 over its public key, cut."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    return digest.finalize()[:8]


def verify(data: bytes, anchors: Anchors, at: datetime, policy: Policy = DEFAULT_POLICY) -> Registration:
    """The registration that `data` signs, or a `RecordUntrusted` that says why not. `at` is aware."""
    payload = verify_message(data, Purpose.RECORD, anchors, at, policy)
    try:
        registration = Registration.model_validate(_text_map(payload))
        _ = registration.content
    except (ValidationError, ValueError):
        # The reason could quote the record: it stays here.
        raise Malformed("record-fields") from None
    if registration.registered_on > (at + timedelta(days=1)).date():
        raise Malformed("record-from-the-future")
    return registration


def verify_message(data: bytes, purpose: Purpose, anchors: Anchors, at: datetime, policy: Policy = DEFAULT_POLICY) -> bytes:
    """The payload that a trusted signer signed for `purpose`. Raises `RecordUntrusted`."""
    try:
        message = decode(data)
    except CoseError as reason:
        raise Malformed(reason.code) from None
    if message.protected.get(Header.CONTENT_TYPE) != purpose.value:
        raise Malformed("wrong-purpose")
    if message.protected.get(Header.ALG) not in policy.algorithms:
        raise SignatureWrong("algorithm")
    chain = _chain(message, anchors)
    _check_chain(chain, anchors, at, policy)
    if not signature_holds(message, chain[0].public_key()):
        raise SignatureWrong("signature")
    return message.payload


class AuthorisationClaims(BaseModel):
    """What the platform's signed permission says (terminal, certificate, version, expiry)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    authorisation_id: str
    certificate_id: str
    record_version: int
    terminal_id: str
    expires_at: AwareDatetime


def verify_authorisation(
    token: bytes, *, registration: Registration, terminal_id: str, anchors: Anchors, at: datetime, policy: Policy = DEFAULT_POLICY
) -> AuthorisationClaims:
    """The claims of a print authorisation that is for this terminal, this record and this moment. Raises `RecordUntrusted`."""
    payload = verify_message(token, Purpose.AUTHORISATION, anchors, at, policy)
    try:
        claims = AuthorisationClaims.model_validate(_text_map(payload))
    except (ValidationError, ValueError):
        raise Malformed("authorisation-fields") from None
    if claims.terminal_id != terminal_id:
        raise Malformed("authorisation-other-terminal")
    if (claims.certificate_id, claims.record_version) != (registration.certificate_id, registration.version):
        raise Malformed("authorisation-other-record")
    if at > claims.expires_at:
        raise Malformed("authorisation-expired")
    return claims


def verify_time(token: bytes, anchors: Anchors, at: datetime, policy: Policy = DEFAULT_POLICY) -> timedelta:
    """How far this terminal's clock `at` is behind the platform's signed time (negative: ahead). Raises `RecordUntrusted`.

    The certificates are judged by the platform's own time, so that a terminal with a wrong clock can still find out.
    """
    try:
        claimed = _text_map(decode(token).payload)["time"]
        moment = datetime.fromisoformat(cast(str, claimed))
        if moment.tzinfo is None:
            raise ValueError("naive")
    except (CoseError, Malformed, KeyError, TypeError, ValueError):
        raise Malformed("time-fields") from None
    verify_message(token, Purpose.TIME, anchors, moment, policy)
    return moment - at


def load_certificates(pem: bytes) -> tuple[x509.Certificate, ...]:
    """All certificates of a PEM file. Raises `Malformed`."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem))
    except ValueError:
        raise Malformed("anchor-not-pem") from None


def load_crl(der: bytes) -> x509.CertificateRevocationList:
    """A revocation list (DER). Raises `Malformed`."""
    try:
        return x509.load_der_x509_crl(der)
    except ValueError:
        raise Malformed("crl-not-der") from None


def _text_map(payload: bytes) -> dict[str, Any]:
    try:
        value = decode_canonical(payload)
    except CoseError as reason:
        raise Malformed(f"payload-{reason.code}") from None
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in cast("dict[object, object]", value)):
        raise Malformed("payload-not-a-map")
    return cast("dict[str, Any]", value)


def _chain(message: Sign1, anchors: Anchors) -> list[x509.Certificate]:
    """The signer's certificate first, as named in the protected header: carried (x5chain) or known by key id."""
    carried: object = message.protected.get(Header.X5CHAIN)
    kid: object = message.protected.get(Header.KID)
    if isinstance(kid, bytes) and carried is None:
        if kid not in anchors.by_key_id:
            raise SignerUnknown("key-id")
        return [anchors.by_key_id[kid]]
    if kid is not None or not isinstance(carried, bytes | list):
        raise Malformed("no-signer")
    encoded: Sequence[object] = [carried] if isinstance(carried, bytes) else cast("list[object]", carried)
    chain: list[x509.Certificate] = []
    for der in encoded:
        try:
            chain.append(x509.load_der_x509_certificate(cast(bytes, der)))
        except (ValueError, TypeError):
            raise Malformed("signer-not-a-certificate") from None
    if not chain:
        raise Malformed("no-signer")
    return chain


def _check_chain(chain: list[x509.Certificate], anchors: Anchors, at: datetime, policy: Policy) -> None:
    """Every link up to an anchor: issued by the next, valid at the time, allowed to do what it did, not revoked."""
    if len(chain) > policy.max_chain:
        raise SignerUnknown("chain-too-long")
    if not _usage(chain[0], "digital_signature"):
        raise SignerInvalid("key-usage")
    for index, certificate in enumerate(chain):
        _check_validity(certificate, at, policy)
        issuers = chain[index + 1 : index + 2] or [root for root in anchors.roots if root.subject == certificate.issuer]
        issuer = next((candidate for candidate in issuers if _issued(certificate, candidate)), None)
        if issuer is None:
            raise SignerUnknown("chain")
        if issuer in anchors.roots:
            _check_validity(issuer, at, policy)
            _check_revocation(certificate, issuer, anchors, at, policy)
            return
        if index + 1 >= len(chain):
            raise SignerUnknown("chain")
        _check_revocation(certificate, issuer, anchors, at, policy)
    raise SignerUnknown("chain")


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound, x509.DuplicateExtension):
        return False
    return bool(constraints.ca) and _usage(issuer, "key_cert_sign")


def _usage(certificate: x509.Certificate, bit: str) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return bool(getattr(usage, bit))


def _check_validity(certificate: x509.Certificate, at: datetime, policy: Policy) -> None:
    moment = at.astimezone(UTC)
    if moment + policy.clock_tolerance < certificate.not_valid_before_utc:
        raise SignerInvalid("not-yet-valid")
    if moment - policy.clock_tolerance > certificate.not_valid_after_utc:
        raise SignerInvalid("expired")


def _check_revocation(
    certificate: x509.Certificate, issuer: x509.Certificate, anchors: Anchors, at: datetime, policy: Policy
) -> None:
    crls = [crl for crl in anchors.crls if crl.issuer == issuer.subject and _crl_signed(crl, issuer)]
    if not crls:
        if policy.revocation == "required":
            raise RevocationUnknown("crl-missing")
        return
    newest = max(crls, key=lambda crl: crl.last_update_utc)
    if newest.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
        raise SignerRevoked("revoked")
    moment = at.astimezone(UTC)
    late = newest.next_update_utc is None or moment - policy.clock_tolerance > newest.next_update_utc
    if policy.revocation == "required" and (late or moment + policy.clock_tolerance < newest.last_update_utc):
        raise RevocationUnknown("crl-stale")


def _crl_signed(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        return crl.is_signature_valid(cast(CertificateIssuerPublicKeyTypes, issuer.public_key()))
    except (ValueError, TypeError):
        return False

"""Whether signed bytes are to be believed: a pure function of bytes, anchors, revocation data, time and policy.

    root certificate → signing certificate (validity, key usage, revocation list) → message (COSE_Sign1) → value

Errors form one hierarchy and say what failed; nothing is fetched here, and nothing unsigned is looked at. Modelled on the
separation of validation and fetching in pyHanko's certificate validator. Certificates are judged in `kiosk.registration.chains`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from cryptography import x509
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from kiosk.registration.chains import (
    DEFAULT_POLICY,
    Anchors,
    Malformed,
    Policy,
    RecordUntrusted,
    RevocationUnknown,
    SignatureWrong,
    SignerInvalid,
    SignerRevoked,
    SignerUnknown,
    Untrusted,
    check_chain,
)
from kiosk.registration.claims import CodeClaims, read_claims, record_digest
from kiosk.registration.cose import CoseError, Header, Sign1, decode, decode_canonical, signature_holds
from kiosk.registration.keys import key_id, public_key
from kiosk.registration.record import Registration
from kiosk.registration.search_result import SearchResult

__all__ = [
    "DEFAULT_POLICY",
    "Anchors",
    "AuthorisationClaims",
    "Malformed",
    "Policy",
    "Purpose",
    "RecordUntrusted",
    "RevocationUnknown",
    "SignatureWrong",
    "SignerInvalid",
    "SignerRevoked",
    "SignerUnknown",
    "Untrusted",
    "key_id",
    "load_certificates",
    "load_crl",
    "verify",
    "verify_authorisation",
    "verify_code",
    "verify_message",
    "verify_search_result",
    "verify_time",
]


class Purpose(StrEnum):
    """What a message was signed for (content type in the protected header); one is never taken for another."""

    RECORD = "application/vnd.dazheng.record+cbor"
    CODE = "application/vnd.dazheng.code+cbor"
    APPOINTMENT = "application/vnd.dazheng.appointment+cbor"
    AUTHORISATION = "application/vnd.dazheng.authorisation+cbor"
    TIME = "application/vnd.dazheng.time+cbor"
    SEARCH = "application/vnd.dazheng.search+cbor"


def verify(data: bytes, anchors: Anchors, at: datetime, policy: Policy = DEFAULT_POLICY) -> Registration:
    """The registration that `data` signs, or a `RecordUntrusted` that says why not. `at` is aware.

    The code for the paper must be of the same registry and of this very record: what cannot be proven later is not printed.
    """
    message, signer = _believed(data, Purpose.RECORD, anchors, at, policy)
    content = _text_map(message.payload)
    try:
        registration = Registration.model_validate(content)
        _ = registration.content
    except (ValidationError, ValueError):
        # The reason could quote the record: it stays here.
        raise Malformed("record-fields") from None
    if registration.registered_on > (at + timedelta(days=1)).date():
        raise Malformed("record-from-the-future")
    claims = verify_code(registration.code, anchors.with_signer(signer), at, policy)
    if not claims.is_of(registration, record_digest(content)):
        raise Malformed("code-of-another-record")
    return registration


def verify_search_result(data: bytes, anchors: Anchors, at: datetime, policy: Policy = DEFAULT_POLICY) -> SearchResult:
    """The search result that `data` signs, its code held against it as a record's is. Raises `RecordUntrusted`."""
    message, signer = _believed(data, Purpose.SEARCH, anchors, at, policy)
    content = _text_map(message.payload)
    try:
        result = SearchResult.model_validate(content)
    except ValidationError:
        raise Malformed("search-fields") from None
    if result.searched_at > at + policy.clock_tolerance:
        raise Malformed("search-from-the-future")
    claims = verify_code(result.code, anchors.with_signer(signer), at, policy)
    if (claims.number, claims.record_digest) != (result.number, record_digest(content)):
        raise Malformed("code-of-another-record")
    return result


def verify_code(code: bytes, anchors: Anchors, at: datetime, policy: Policy = DEFAULT_POLICY) -> CodeClaims:
    """What the code on a paper proves. Raises `RecordUntrusted`.

    A paper may be years old, so its signer is judged by the day on which it signed, as the code says it; a signer revoked since
    then for cause is believed in nothing (`chains.check_chain`). The revocation lists are judged by now.
    """
    try:
        claims = read_claims(decode(code).payload)
    except CoseError as reason:
        raise Malformed(reason.code) from None
    if claims.signed_at > at + policy.clock_tolerance:
        raise Malformed("code-from-the-future")
    _believed(code, Purpose.CODE, anchors, at, policy, claims.signed_at)
    return claims


def verify_message(data: bytes, purpose: Purpose, anchors: Anchors, at: datetime, policy: Policy = DEFAULT_POLICY) -> bytes:
    """The payload that a trusted signer signed for `purpose`. Raises `RecordUntrusted`."""
    return _believed(data, purpose, anchors, at, policy)[0].payload


def _believed(
    data: bytes, purpose: Purpose, anchors: Anchors, at: datetime, policy: Policy, signed_at: datetime | None = None
) -> tuple[Sign1, x509.Certificate]:
    """The message and its signer's certificate."""
    try:
        message = decode(data)
    except CoseError as reason:
        raise Malformed(reason.code) from None
    if message.protected.get(Header.CONTENT_TYPE) != purpose.value:
        raise Malformed("wrong-purpose")
    if message.protected.get(Header.ALG) not in policy.algorithms:
        raise SignatureWrong("algorithm")
    chain = _chain(message, anchors)
    check_chain(chain, anchors, at, policy, signed_at)
    try:
        holds = signature_holds(message, public_key(chain[0]))
    except ValueError:
        raise SignerInvalid("key-family") from None
    if not holds:
        raise SignatureWrong("signature")
    return message, chain[0]


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
    except (ValueError, x509.InvalidVersion):
        raise Malformed("anchor-not-pem") from None


def load_crl(der: bytes) -> x509.CertificateRevocationList:
    """A revocation list (DER). Raises `Malformed`."""
    try:
        crl = x509.load_der_x509_crl(der)
    except (ValueError, x509.InvalidVersion):
        raise Malformed("crl-not-der") from None
    if not _whole_octets(der, crl.signature):
        raise Malformed("crl-not-der")
    return crl


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
            certificate = anchors.certificate(cast(bytes, der))
        except (ValueError, TypeError, x509.InvalidVersion):
            raise Malformed("signer-not-a-certificate") from None
        if not _whole_octets(cast(bytes, der), certificate.signature):
            raise Malformed("signer-not-a-certificate")
        chain.append(certificate)
    if not chain:
        raise Malformed("no-signer")
    return chain


def _whole_octets(der: bytes, signature: bytes) -> bool:
    """Whether the signature at the end of `der` is a bit string of whole octets: the parser does not mind if it is not."""
    return der[-len(signature) - 1] == 0

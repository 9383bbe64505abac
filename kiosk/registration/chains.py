"""Whether a certificate counts: links up to an anchor, validity, what each may be used for, and revocation lists.

    root certificate → (intermediate →) signing certificate

Pure: nothing is fetched, and time comes in as an argument. All refusals are `RecordUntrusted` and say what failed, never about whom.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Literal, TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

from kiosk.registration.cose import Algorithm
from kiosk.registration.keys import is_issued_by, is_list_of, key_id


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


Signed = TypeVar("Signed", x509.Certificate, x509.CertificateRevocationList)


@dataclass(frozen=True, slots=True)
class Proven:
    """What bears a root's signature, worked out once: that never changes. Time and revocation are judged each time."""

    signed: set[tuple[bytes, x509.Certificate]] = field(default_factory=set[tuple[bytes, x509.Certificate]])
    certificates: dict[bytes, x509.Certificate] = field(default_factory=dict[bytes, x509.Certificate])


@dataclass(frozen=True)
class Anchors:
    """What is believed beforehand: root certificates, signers known by key id, and the roots' newest revocation lists."""

    roots: tuple[x509.Certificate, ...]
    signers: tuple[x509.Certificate, ...] = ()
    crls: tuple[x509.CertificateRevocationList, ...] = ()
    proven: Proven = field(default_factory=Proven, repr=False, compare=False)

    def with_signer(self, signer: x509.Certificate) -> Anchors:
        """These, and `signer` known by its key id."""
        return Anchors(self.roots, (*self.signers, signer), self.crls, self.proven)

    def certificate(self, der: bytes) -> x509.Certificate:
        """The certificate of these bytes; one that a root is known to have issued is not taken apart again. Raises `ValueError`."""
        return self.proven.certificates.get(der) or x509.load_der_x509_certificate(der)

    def bears(self, what: Signed, issuer: x509.Certificate, proof: Callable[[Signed, x509.Certificate], bool]) -> bool:
        """Whether `what` is signed by `issuer`, as `proof` finds out. Only a root's yes is remembered: others' could be made by the
        thousand.
        """
        der = what.public_bytes(Encoding.DER)
        pair = (der, issuer)
        if pair in self.proven.signed:
            return True
        if not proof(what, issuer):
            return False
        if issuer in self.roots:
            self.proven.signed.add(pair)
            if isinstance(what, x509.Certificate):
                self.proven.certificates[der] = what
        return True

    @cached_property
    def by_key_id(self) -> dict[bytes, x509.Certificate]:
        named: dict[bytes, x509.Certificate] = {}
        for certificate in self.signers:
            try:
                named[key_id(certificate)] = certificate
            except ValueError:
                continue  # a key of a family that signs nothing here
        return named


@dataclass(frozen=True, slots=True)
class Policy:
    """Which algorithms count, how far clocks may differ, and whether a current revocation list is demanded."""

    algorithms: frozenset[int] = frozenset({Algorithm.ES256.value, Algorithm.SM2_SM3.value})
    clock_tolerance: timedelta = timedelta(minutes=2)
    revocation: Literal["required", "if-present"] = "required"
    max_chain: int = 3


DEFAULT_POLICY = Policy()

KNOWN_EXTENSIONS = frozenset({ExtensionOID.BASIC_CONSTRAINTS, ExtensionOID.KEY_USAGE, ExtensionOID.EXTENDED_KEY_USAGE})
"""Extensions that are looked at here. A certificate with any other that is critical is refused (RFC 5280, section 4.2)."""

TLS_PURPOSES = frozenset({ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH})

RETIRED = frozenset({x509.ReasonFlags.superseded, x509.ReasonFlags.cessation_of_operation, x509.ReasonFlags.affiliation_changed})
"""Reasons for taking a certificate back that say nothing against what it signed before."""


def check_chain(
    chain: list[x509.Certificate], anchors: Anchors, at: datetime, policy: Policy, signed_at: datetime | None = None
) -> None:
    """Every link up to an anchor: issued by the next, valid at the time, allowed to do what it did, not revoked.

    A message is judged by the present, `at`. One that was signed long ago, at `signed_at`, is judged by that day, except that a
    certificate revoked since then for any other reason than that it retired makes all that it signed worthless, whenever that
    was: whoever has the key writes what day he likes. Raises `RecordUntrusted`.
    """
    if len(chain) > policy.max_chain:
        raise SignerUnknown("chain-too-long")
    _check_signer(chain[0])
    for index, certificate in enumerate(chain):
        candidates = chain[index + 1 : index + 2] or anchors.roots
        issuer = next(
            (each for each in candidates if _may_issue(each, index) and anchors.bears(certificate, each, is_issued_by)), None
        )
        if issuer is None:
            raise SignerUnknown("chain")
        _check_critical(certificate)
        _check_validity(certificate, signed_at or at, policy)
        _check_revocation(certificate, issuer, anchors, at, policy, signed_at)
        if issuer in anchors.roots:
            _check_critical(issuer)
            _check_validity(issuer, signed_at or at, policy)
            return
    raise SignerUnknown("chain")


def _check_signer(certificate: x509.Certificate) -> None:
    """A signer's certificate says that it is for signatures, and is neither an authority's nor one for TLS."""
    if not _usage(certificate, "digital_signature"):
        raise SignerInvalid("key-usage")
    extensions = _extensions(certificate)
    try:
        if extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            raise SignerInvalid("signer-is-authority")
    except x509.ExtensionNotFound:
        pass
    try:
        purposes = set(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return
    if purposes & TLS_PURPOSES:
        raise SignerInvalid("key-usage")


def _may_issue(certificate: x509.Certificate, below: int) -> bool:
    """Whether it is an authority's, with `below` intermediates between it and the signer."""
    try:
        constraints = _extensions(certificate).get_extension_for_class(x509.BasicConstraints).value
    except (x509.ExtensionNotFound, SignerInvalid):
        return False
    short_enough = constraints.path_length is None or below <= constraints.path_length
    return constraints.ca and short_enough and _usage(certificate, "key_cert_sign")


def _extensions(certificate: x509.Certificate) -> x509.Extensions:
    try:
        return certificate.extensions
    except (ValueError, x509.DuplicateExtension):
        raise SignerInvalid("extensions") from None


def _usage(certificate: x509.Certificate, bit: str) -> bool:
    try:
        usage = _extensions(certificate).get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, SignerInvalid):
        return False
    return bool(getattr(usage, bit))


def _check_critical(certificate: x509.Certificate) -> None:
    if any(extension.critical and extension.oid not in KNOWN_EXTENSIONS for extension in _extensions(certificate)):
        raise SignerInvalid("critical-extension")


def _check_validity(certificate: x509.Certificate, at: datetime, policy: Policy) -> None:
    moment = at.astimezone(UTC)
    if moment + policy.clock_tolerance < certificate.not_valid_before_utc:
        raise SignerInvalid("not-yet-valid")
    if moment - policy.clock_tolerance > certificate.not_valid_after_utc:
        raise SignerInvalid("expired")


def _check_revocation(
    certificate: x509.Certificate,
    issuer: x509.Certificate,
    anchors: Anchors,
    at: datetime,
    policy: Policy,
    signed_at: datetime | None,
) -> None:
    """By the newest whole list that the issuer signed; where one is demanded, it must be of now (RFC 5280, section 5.1.2)."""
    crls = [crl for crl in anchors.crls if _whole(crl) and _usage(issuer, "crl_sign") and anchors.bears(crl, issuer, is_list_of)]
    if not crls:
        if policy.revocation == "required":
            raise RevocationUnknown("crl-missing")
        return
    newest = max(crls, key=lambda crl: crl.last_update_utc)
    entry = newest.get_revoked_certificate_by_serial_number(certificate.serial_number)
    if entry is not None and not (signed_at is not None and _retired_after(entry, signed_at)):
        raise SignerRevoked("revoked")
    moment = at.astimezone(UTC)
    late = newest.next_update_utc is None or moment - policy.clock_tolerance > newest.next_update_utc
    if policy.revocation == "required" and (late or moment + policy.clock_tolerance < newest.last_update_utc):
        raise RevocationUnknown("crl-stale")


def _whole(crl: x509.CertificateRevocationList) -> bool:
    """Whether it lists all that was revoked: no delta, no list of one distribution point, nothing critical that is not known."""
    try:
        return not any(extension.critical for extension in crl.extensions)
    except (ValueError, x509.DuplicateExtension):
        return False


def _retired_after(entry: x509.RevokedCertificate, signed_at: datetime) -> bool:
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return False
    return reason in RETIRED and entry.revocation_date_utc > signed_at.astimezone(UTC)

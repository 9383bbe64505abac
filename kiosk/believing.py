"""What this terminal believes: its anchors from the settings, the newest revocation lists, and its own name.

`kiosk.registration.trust` is pure; here its arguments are kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509

from kiosk.issuance.issue import AuthorisationWrong
from kiosk.platform.types import Authorisation, SignedTime
from kiosk.registration.appointment import Appointment, verify_appointment
from kiosk.registration.record import Registration
from kiosk.registration.trust import (
    Anchors,
    Malformed,
    Policy,
    RecordUntrusted,
    load_certificates,
    load_crl,
    verify,
    verify_authorisation,
    verify_time,
)


class AnchorsMissing(Exception):
    """The installed certificates cannot be used; the integrator's turn."""


class Believing:
    """The terminal's trust. Thread-safe; `refresh` replaces the revocation lists as a whole."""

    def __init__(
        self,
        registry: Path,
        platform: Path,
        terminal_id: str,
        hall: Callable[[], str],
        clock: Callable[[], datetime],
        tolerance: timedelta,
    ) -> None:
        self._registry = anchors_of(registry)
        self._platform = anchors_of(platform)
        self._terminal_id = terminal_id
        self._hall = hall
        self._clock = clock
        self._policy = Policy(clock_tolerance=tolerance)
        self._lock = threading.Lock()

    def refresh(self, crls: Sequence[bytes]) -> None:
        """Newest revocation lists (DER). Raises `RecordUntrusted` when one is no list; then the old ones stay."""
        loaded = tuple(load_crl(der) for der in crls)
        with self._lock:
            self._registry = Anchors(self._registry.roots, self._registry.signers, loaded)
            self._platform = Anchors(self._platform.roots, self._platform.signers, loaded)

    def registration(self, record: bytes) -> Registration:
        """Raises `RecordUntrusted`."""
        return verify(record, self._registry, self._clock(), self._policy)

    def appointment(self, code: bytes) -> Appointment:
        """Raises `AppointmentRefused`."""
        return verify_appointment(code, hall=self._hall(), anchors=self._platform, at=self._clock(), policy=self._policy)

    def authorisation(self, authorisation: Authorisation, registration: Registration) -> None:
        """Raises `AuthorisationWrong`."""
        try:
            claims = verify_authorisation(
                authorisation.token,
                registration=registration,
                terminal_id=self._terminal_id,
                anchors=self._platform,
                at=self._clock(),
                policy=self._policy,
            )
        except RecordUntrusted as distrust:
            raise AuthorisationWrong(distrust.code) from None
        if claims.authorisation_id != authorisation.authorisation_id:
            raise AuthorisationWrong("authorisation-other")

    def clock_error(self, signed: SignedTime) -> timedelta:
        """How far our clock is behind the platform's signed time. Raises `RecordUntrusted`."""
        return verify_time(signed.token, self._platform, self._clock(), self._policy)

    def clock_is_wrong(self, signed: SignedTime) -> bool:
        """Whether it is further off than the tolerance. Raises `RecordUntrusted`."""
        return abs(self.clock_error(signed)) > self._policy.clock_tolerance


def anchors_of(path: Path) -> Anchors:
    """A PEM file of roots (CA certificates) and of signers known by key id (the others). Raises `AnchorsMissing`."""
    try:
        certificates = load_certificates(path.read_bytes())
    except (OSError, Malformed):
        raise AnchorsMissing(f"{path}: no certificates (PEM) can be read from it") from None
    roots = tuple(certificate for certificate in certificates if _is_ca(certificate))
    if not roots:
        raise AnchorsMissing(f"{path}: holds no root certificate")
    return Anchors(roots, tuple(certificate for certificate in certificates if not _is_ca(certificate)))


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False

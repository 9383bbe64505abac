"""Appointment codes: what the platform signed onto a citizen's phone, checked before anybody is asked.

A COSE_Sign1 (at most some 150 bytes, so that the QR code is coarse) with a CBOR map of small integers. No national format
exists; ours is short-lived, bound to one hall and single-use (the platform keeps count of uses). The holder is in it only as a
salted hash: the card's number can be compared, not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import cast

from kiosk.registration.cose import CoseError, decode_canonical
from kiosk.registration.trust import DEFAULT_POLICY, Anchors, Policy, Purpose, RecordUntrusted, verify_message


class AppointmentRefused(Exception):
    """A code that does not count here and now; `code` says why. The citizen's turn."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Appointment:
    """A code that counts: its id (single use), hall and hours, and the salted hash of its holder's number."""

    appointment_id: bytes
    hall: str
    not_before: datetime
    not_after: datetime
    holder: bytes

    def is_of(self, number: str) -> bool:
        """Whether the person with this document number is its holder."""
        return holder_hash(self.appointment_id, number) == self.holder


def holder_hash(appointment_id: bytes, number: str) -> bytes:
    """SHA-256 over the appointment's id and the document number, cut to 16 bytes."""
    return sha256(b"dazheng appointment" + appointment_id + number.encode()).digest()[:16]


def verify_appointment(code: bytes, *, hall: str, anchors: Anchors, at: datetime, policy: Policy = DEFAULT_POLICY) -> Appointment:
    """The appointment that `code` proves. Raises `AppointmentRefused` (malformed, forged, other hall, early, expired)."""
    try:
        payload = verify_message(code, Purpose.APPOINTMENT, anchors, at, policy)
    except RecordUntrusted as distrust:
        malformed = distrust.code in ("malformed", "not-sign1", "not-canonical", "too-large")
        raise AppointmentRefused("appointment-malformed" if malformed else "appointment-forged") from None
    appointment = _parsed(payload)
    if appointment.hall != hall:
        raise AppointmentRefused("appointment-other-hall")
    if at < appointment.not_before - policy.clock_tolerance:
        raise AppointmentRefused("appointment-early")
    if at > appointment.not_after + policy.clock_tolerance:
        raise AppointmentRefused("appointment-expired")
    return appointment


def _parsed(payload: bytes) -> Appointment:
    try:
        match decode_canonical(payload):
            case {1: bytes() as number, 2: str() as hall, 3: int() as begin, 4: int() as end, 5: bytes() as holder}:
                epoch = datetime(1970, 1, 1, tzinfo=UTC)
                return Appointment(number, hall, epoch + timedelta(seconds=begin), epoch + timedelta(seconds=end), holder)
            case _:
                raise AppointmentRefused("appointment-malformed")
    except (CoseError, OverflowError, ValueError):
        raise AppointmentRefused("appointment-malformed") from None


def claims(appointment: Appointment) -> dict[int, object]:
    """The map that is signed; the other direction of the parser (used by the sandbox platform)."""
    return {
        1: appointment.appointment_id,
        2: appointment.hall,
        3: int(appointment.not_before.timestamp()),
        4: int(appointment.not_after.timestamp()),
        5: cast(object, appointment.holder),
    }

"""Values that cross the border between terminal and platform, and the errors that come back.

JSON on the wire (snake_case, as here), bytes as base64url.
`openapi.yaml` is the contract; a test holds both equal.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Literal, Protocol

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer


def _from_wire(value: object) -> object:
    """base64url (padded or not) as bytes; anything but a string is left to the next validator."""
    if not isinstance(value, str):
        return value
    if re.fullmatch(r"([A-Za-z0-9_-]{4})*([A-Za-z0-9_-]{2}(==)?|[A-Za-z0-9_-]{3}=?)?", value) is None:
        raise ValueError("not base64url")
    return urlsafe_b64decode(value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4))


WireBytes = Annotated[
    bytes,
    BeforeValidator(_from_wire),
    PlainSerializer(lambda data: urlsafe_b64encode(data).decode(), return_type=str, when_used="json"),
]
"""Bytes in Python, base64url in JSON."""


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


# ---- who is there ---------------------------------------------------------------------------------------------------


class CardProof(_Wire):
    """An identity document read by the terminal.

    `latin_name`: the same person's name in Latin letters, where the document has both. `issuing_state`: of a travel document, as its zone has it
    (``CHN``, ``D``): two states may number theirs alike.
    """

    type: Literal["card"] = "card"
    document: Annotated[str, Field(min_length=1, max_length=40)]
    number: Annotated[str, Field(min_length=1, max_length=40)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    latin_name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    issuing_state: Annotated[str, Field(pattern="^[A-Z]{1,3}$")] | None = None

    def __repr__(self) -> str:
        return "CardProof(…)"

    __str__ = __repr__


class AppointmentProof(_Wire):
    """The payload of a scanned appointment code (COSE_Sign1). Redeeming it uses it up."""

    type: Literal["appointment"] = "appointment"
    code: WireBytes


class OneTimeCodeProof(_Wire):
    """The digits that the platform sent to the phone on record."""

    type: Literal["one-time-code"] = "one-time-code"
    digits: Annotated[str, Field(pattern=r"^[0-9]{4,8}$")]

    def __repr__(self) -> str:
        return "OneTimeCodeProof(…)"

    __str__ = __repr__


Proof = Annotated[CardProof | AppointmentProof | OneTimeCodeProof, Field(discriminator="type")]


class Session(_Wire):
    """An identified applicant at this terminal. `level`: number of different proofs of the same person (1 or 2).

    `required_level` says what each service needs, e.g. ``{"progress": 1, "print": 2}``. `proofs` lists the kinds given.
    `name_masked` and `phone_masked` are safe to show. `phone_masked` is None where the platform has no phone on record.
    """

    session_id: str
    level: int
    required_level: dict[str, int]
    proofs: tuple[str, ...]
    name_masked: str
    phone_masked: str | None
    expires_at: AwareDatetime


class CodeSent(_Wire):
    """A one-time code is on its way. Seconds are counted from the answer's arrival."""

    phone_masked: str
    length: int
    expires_in_seconds: int
    resend_after_seconds: int


# ---- what there is --------------------------------------------------------------------------------------------------


class Availability(StrEnum):
    """Whether a certificate may be printed here and now, as the registration core says."""

    READY = "ready"
    UNFINISHED = "unfinished"
    FEE_UNPAID = "fee-unpaid"
    OTHER_COLLECTOR = "other-collector"
    COUNTER_ONLY = "counter-only"
    ELECTRONIC_ONLY = "electronic-only"
    PRINTED = "printed"
    FROZEN = "frozen"
    AUTHORISED_ELSEWHERE = "authorised-elsewhere"
    KEPT_FOR_APPOINTMENT = "kept-for-appointment"
    UNRESOLVED = "unresolved"


class Listing(_Wire):
    """One case or certificate of the applicant. `record` is the signed registration, present only where READY.

    `summary` fields are masked by the platform and may be shown at level 1; `usage` picks the picture (住宅, 车位, 商业…).
    `stage` is the case's present node in words of the platform (受理, 审核, 登簿, 缮证, 已发证).
    """

    certificate_id: str
    kind: Literal["title", "proof"]
    availability: Availability
    usage: str
    location: str
    area: str
    number: str | None
    stage: str
    counter: str
    record: WireBytes | None = None


class Authorisation(_Wire):
    """The platform's permission to print one certificate once. `token` is the signed original (COSE_Sign1)."""

    authorisation_id: str
    certificate_id: str
    record_version: int
    terminal_id: str
    expires_at: AwareDatetime
    token: WireBytes


class PreGrant(_Wire):
    """What a terminal that may lose its link gets beforehand for one certificate of one of its own appointments.

    The authorisation is exclusive as any other; it expires with the appointment. `listing` is complete, with the signed record.
    `appointment_id` (from the signed appointment code) and `holder_number` are what the holder will show: card and code.
    """

    authorisation: Authorisation
    appointment_id: WireBytes
    holder_number: Annotated[str, Field(min_length=1, max_length=40)]
    listing: Listing

    def __repr__(self) -> str:
        return "PreGrant(…)"

    __str__ = __repr__


class PreGrants(_Wire):
    """`pre_grants`: those that the terminal does not hold yet. `wanted_back`: held ones that must be given back unless used."""

    pre_grants: tuple[PreGrant, ...]
    wanted_back: tuple[str, ...]


class IssuanceOutcome(StrEnum):
    """What became of an authorisation and its blank."""

    LEFT = "left"
    TAKEN = "taken"
    RETAINED = "retained"
    SPOILED = "spoiled"
    UNKNOWN = "unknown"


class IssuanceReport(_Wire):
    """What the terminal did under one authorisation. `evidence` says how *taken* and *retained* are known (citizen, sensor, staff)."""

    authorisation_id: str
    certificate_id: str
    blank_serial: str | None
    outcome: IssuanceOutcome
    page_digest: str | None
    evidence: str | None
    happened_at: AwareDatetime


class StaffCall(_Wire):
    """Staff are wanted at the terminal. `reason`: "help-key", "certificate-not-taken", "printing-media-jam", …"""

    reason: str
    case: str | None
    happened_at: AwareDatetime


class Evaluation(_Wire):
    """What a citizen says of the service (好差评, GB/T 39734-2020): voluntary, once a matter. It names nobody.

    `matter`: the authorisation under which she got her certificate. `grade`: 5 very satisfied … 1 very dissatisfied. `reason`: for a
    grade of 2 or 1, if she gave one: "slow", "hard" (she did not know what to do) or "machine" (something did not work).
    """

    matter: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,53}$")]
    case: Annotated[str, Field(max_length=40)]
    grade: Annotated[int, Field(ge=1, le=5)]
    reason: Literal["slow", "hard", "machine"] | None
    happened_at: AwareDatetime


class Blank(_Wire):
    """One pre-printed blank that the platform issued to this terminal."""

    serial: str
    kind: Literal["title", "proof"]
    state: str


class JournalHead(_Wire):
    """How the terminal's journal stood: entry `seq` had `hash`; signed by the terminal over `offline_cache.heads.statement`."""

    seq: Annotated[int, Field(ge=1, le=10**12)]
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    at: Annotated[str, Field(min_length=1, max_length=40)]
    """The time (ISO) to the letter as it was signed."""
    signature: WireBytes


class TerminalProfile(_Wire):
    """What the platform says about this terminal: its hall, its counters, who is on duty, which services are open."""

    terminal_id: str
    hall: str
    hall_name: str
    city: str
    city_en: str
    counter: str
    staff: str
    staff_en: str
    staff_minutes: int
    services: dict[str, int]
    pre_grants: int = 0
    """How many certificates this terminal may be granted beforehand; 0 where the link can be relied upon."""


class SignedTime(_Wire):
    """The platform's clock, signed, so that a wrong terminal clock shows."""

    time: AwareDatetime
    token: WireBytes


# ---- what can go wrong ----------------------------------------------------------------------------------------------


class PlatformError(Exception):
    """The platform did not do what was asked. Messages carry no personal data."""


class PlatformUnreachable(PlatformError):
    """No answer: no link, time-out, TLS refused, half a body. Whether a write took effect is unknown; repeat it with its key."""


class PlatformBroken(PlatformError):
    """An answer that no contract allows: 500, garbage, a body that does not fit the schema."""


class CertificateProblem(PlatformError):
    """TLS identity trouble: the terminal's or platform's certificate is expired, unknown or wrong. The integrator's turn."""


class Refused(PlatformError):
    """The platform answered no, with a reason (RFC 9457 problem details).

    `code` is the last part of the problem's `type` URI, e.g. ``wrong-code``, ``code-locked``, ``appointment-used``,
    ``appointment-expired``, ``appointment-other-hall``, ``other-person``, ``level-too-low``, ``fee-unpaid``,
    ``already-authorised``,
    ``record-changed``, ``unknown-person``. `facts` are the problem's extension members (attempts_left, retry_after_seconds, …).
    """

    def __init__(self, code: str, status: int, facts: dict[str, str | int] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.facts = facts or {}


class Desk(Protocol):
    """What a visit asks of the platform. All calls block (up to their time-out) and raise `PlatformError`. Run them on a worker."""

    def open_session(self, proof: Proof, *, idempotency_key: str) -> Session: ...

    def add_proof(self, session_id: str, proof: Proof, *, idempotency_key: str) -> Session: ...

    def send_one_time_code(self, session_id: str, *, idempotency_key: str) -> CodeSent: ...

    def close_session(self, session_id: str) -> None: ...

    def listings(self, session_id: str) -> list[Listing]: ...

    def authorise(self, session_id: str, certificate_id: str, record_version: int, *, idempotency_key: str) -> Authorisation: ...


class Platform(Desk, Protocol):
    """Everything that a terminal asks of the platform."""

    def profile(self) -> TerminalProfile: ...

    def time(self) -> SignedTime: ...

    def revocations(self) -> list[bytes]:
        """The newest revocation lists (DER) of the registry and of the platform."""
        ...

    def blanks(self) -> list[Blank]: ...

    def pre_grants(self, held: Sequence[str], *, idempotency_key: str) -> PreGrants:
        """What this terminal needs for its own appointments while the link is gone; `held`: the authorisations that it has."""
        ...

    def renew(self, authorisation_id: str, *, idempotency_key: str) -> Authorisation: ...

    def give_back(self, authorisation_id: str, *, idempotency_key: str) -> None: ...

    def report(self, report: IssuanceReport, *, idempotency_key: str) -> None: ...

    def deliver(self, path: str, body: bytes, *, idempotency_key: str) -> None:
        """Deliver one outbox event: POST `body` (JSON) to `path` as it was stored."""
        ...

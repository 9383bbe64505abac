"""A terminal's counterparts without machines: the real rules of the sandbox's core, asked directly; slots and paper of the test's own.

Whole journeys run in milliseconds. The same journeys go through real daemons in `tests/hall` and through the window in `tests/window`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kiosk.believing import Believing
from kiosk.devices import any_code
from kiosk.issuance.issue import IssuanceStopped
from kiosk.journeys.counterparts import Counterparts, Presented, Progress
from kiosk.platform.types import (
    Authorisation,
    Blank,
    CodeSent,
    IssuanceReport,
    Listing,
    PlatformError,
    PreGrants,
    Proof,
    Refused,
    Session,
    SignedTime,
    TerminalProfile,
)
from kiosk.registration.record import Registration
from peripherals.card_reader import IdentityDocument
from peripherals.card_reader.emrtd import MachineReadableZone
from peripherals.device import DeviceFault
from sandbox.people import BY_SLUG
from sandbox.platform import TERMINAL, SandboxPlatform
from sandbox.platform.paper import Problem


class DirectPlatform:
    """The `Platform` port over the sandbox's core in this process. `broken` is raised by every call instead, where set."""

    def __init__(self, sandbox: SandboxPlatform) -> None:
        self.core = sandbox.core
        self.sandbox = sandbox
        self.broken: PlatformError | None = None
        self.open_sessions: set[str] = set()

    def _ask(self, act: Callable[..., Any], *given: Any) -> Any:
        if self.broken:
            raise self.broken
        try:
            return act(TERMINAL, *given)
        except Problem as problem:
            raise Refused(problem.code, problem.status, dict(problem.facts)) from None

    def profile(self) -> TerminalProfile:
        return self._ask(self.core.profile)

    def time(self) -> SignedTime:
        return self.core.time()

    def revocations(self) -> list[bytes]:
        return self.sandbox.crls()

    def blanks(self) -> list[Blank]:
        return self._ask(self.core.blanks_of)

    def open_session(self, proof: Proof, *, idempotency_key: str) -> Session:
        session: Session = self._ask(self.core.open_session, proof)
        self.open_sessions.add(session.session_id)
        return session

    def add_proof(self, session_id: str, proof: Proof, *, idempotency_key: str) -> Session:
        return self._ask(self.core.add_proof, session_id, proof)

    def send_one_time_code(self, session_id: str, *, idempotency_key: str) -> CodeSent:
        return self._ask(self.core.send_one_time_code, session_id)

    def close_session(self, session_id: str) -> None:
        self._ask(self.core.close_session, session_id)
        self.open_sessions.discard(session_id)

    def listings(self, session_id: str) -> list[Listing]:
        return self._ask(self.core.listings, session_id)

    def authorise(self, session_id: str, certificate_id: str, record_version: int, *, idempotency_key: str) -> Authorisation:
        return self._ask(self.core.authorise, session_id, certificate_id, record_version, idempotency_key)

    def pre_grants(self, held: Sequence[str], *, idempotency_key: str) -> PreGrants:
        return self._ask(self.core.pre_grants, held)

    def renew(self, authorisation_id: str, *, idempotency_key: str) -> Authorisation:
        return self._ask(self.core.renew, authorisation_id)

    def give_back(self, authorisation_id: str, *, idempotency_key: str) -> None:
        self._ask(self.core.give_back, authorisation_id)

    def report(self, report: IssuanceReport, *, idempotency_key: str) -> None:
        self._ask(self.core.report, report)

    def deliver(self, path: str, body: bytes, *, idempotency_key: str) -> None:
        raise NotImplementedError("the outbox is not a journey's")


class Slot:
    """Cards or codes that the test hands over, one after the other."""

    def __init__(self) -> None:
        self.waiting: asyncio.Queue[Any] = asyncio.Queue()
        self.occupied = False
        self.left_behind = self.must_be_lifted = False
        self.reads_travel_documents = False

    def put(self, what: object) -> None:
        self.waiting.put_nowait(what)


class Cards(Slot):
    async def next(self, on_reading: Callable[[], None], zone: MachineReadableZone | None = None) -> IdentityDocument:
        card = await self.waiting.get()
        on_reading()
        if isinstance(card, DeviceFault):
            raise card
        return card

    def lay(self, slug: str) -> None:
        """Lay this person's card."""
        person = BY_SLUG[slug]
        self.put(IdentityDocument(kind="social-security", name=person.name, number=person.number))


class Codes(Slot):
    async def next(self, wanted: Callable[[bytes], bool] = any_code) -> bytes:
        while not wanted(payload := await self.waiting.get()):
            continue
        return payload


class Paper:
    """The `Issuing` port: remembers what was printed; `stops` is raised instead, where set."""

    def __init__(self) -> None:
        self.printed: list[str] = []
        self.ends: list[tuple[str, str]] = []
        self.stops: IssuanceStopped | None = None

    async def issue(
        self,
        registration: Registration,
        authorise: Callable[[], Authorisation],
        case: str,
        on_progress: Callable[[Progress], None],
    ) -> Presented:
        authorisation = authorise()
        for stage in ("authorised", "printing"):
            on_progress(Progress(stage))
        await asyncio.sleep(0)
        if self.stops:
            raise self.stops
        self.printed.append(registration.certificate_id)
        on_progress(Progress("printed"))
        return Presented(authorisation.authorisation_id, "41002186350")

    async def taken(self, presented: Presented, evidence: str) -> None:
        self.ends.append(("taken", evidence))

    async def left(self, presented: Presented) -> None:
        self.ends.append(("left", ""))


class Pages:
    """The `Pages` port: a picture, or the error that the test asked for."""

    def __init__(self) -> None:
        self.fails: Exception | None = None

    def preview(self, registration: Registration) -> bytes:
        if self.fails:
            raise self.fails
        return b"PNG"


@dataclass(slots=True)
class MadeUp:
    """Counterparts and the hands that feed them."""

    platform: DirectPlatform
    trust: Believing
    cards: Cards = field(default_factory=Cards)
    codes: Codes = field(default_factory=Codes)
    paper: Paper = field(default_factory=Paper)
    pages: Pages = field(default_factory=Pages)
    stocked: bool = True
    calls: list[str] = field(default_factory=list[str])
    evaluations: list[tuple[str, int, str | None]] = field(default_factory=list[tuple[str, int, str | None]])

    @property
    def counterparts(self) -> Counterparts:
        return Counterparts(
            profile=self.platform.core.profile(TERMINAL),
            platform=self.platform,
            trust=self.trust,
            pages=self.pages,
            issuing=self.paper,
            cards=self.cards,
            codes=self.codes,
            print_seconds=45,
            has_blank=lambda _: self.stocked,
            call_staff=lambda reason, _: self.calls.append(reason),
            evaluated=lambda matter, case, grade, reason: self.evaluations.append((matter, grade, reason)),
        )

    def shows(self, slug: str) -> None:
        """Hold this person's appointment code up."""
        self.codes.put(self.platform.sandbox.appointment_code(slug))


def made_up(directory: Path) -> MadeUp:
    """A hall without machines; certificates and keys lie in `directory`."""
    sandbox = SandboxPlatform(directory)
    files = sandbox.files
    hall = sandbox.core.profile(TERMINAL).hall
    trust = Believing(
        files.registry_root, files.platform_root, TERMINAL, lambda: hall, lambda: datetime.now(UTC), timedelta(seconds=120)
    )
    trust.refresh(sandbox.crls())
    return MadeUp(DirectPlatform(sandbox), trust)

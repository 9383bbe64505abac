"""What a journey works with besides the citizen: the ports, each narrower than the thing behind it.

`kiosk.terminal` fills them with the real platform, devices, pages and store; a test fills them with what its story needs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ParamSpec, Protocol, TypeVar

from kiosk.devices import CardSlot, CodeSlot
from kiosk.platform.types import Authorisation, Desk, TerminalProfile
from kiosk.registration.appointment import Appointment
from kiosk.registration.record import CertificateKind, Registration
from screens.wording import Text

P = ParamSpec("P")
R = TypeVar("R")


class Trust(Protocol):
    """What the terminal believes without asking anybody (`kiosk.registration.trust` with this terminal's anchors)."""

    def registration(self, record: bytes) -> Registration:
        """The registration that `record` signs. Raises `RecordUntrusted`."""
        ...

    def appointment(self, code: bytes) -> Appointment:
        """What a scanned code proves: the platform's appointment, for this hall and hour. Raises `AppointmentRefused`."""
        ...


class Pages(Protocol):
    """The certificate as a page, before any blank is touched."""

    def preview(self, registration: Registration) -> bytes:
        """PNG of the page with personal data masked. Raises `GlyphMissing` when a character cannot be printed."""
        ...


Authorise = Callable[[], Authorisation]
"""Asks the platform for the permission to print; blocks."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the machine is: `stage` is one of "authorised", "printing", "printed"; `fraction` of that stage, if known."""

    stage: str
    fraction: float | None = None


@dataclass(frozen=True, slots=True)
class Presented:
    """A certificate lies in the outlet; the journey says what became of it with `Issuing.taken` or `.left`."""

    issuance_id: str
    serial: str


class Issuing(Protocol):
    """From an authorisation to paper, exactly once (`kiosk.issuance`)."""

    async def issue(
        self,
        registration: Registration,
        authorise: Callable[[], Authorisation],
        case: str,
        on_progress: Callable[[Progress], None],
    ) -> Presented:
        """Authorise, reserve a blank, typeset, spool, print, present. Not to be cancelled half-way: runs to its end by itself.

        Raises `PlatformError` (nothing was spent), `IssuanceStopped` (something physical went wrong; its state is on disk).
        """
        ...

    async def taken(self, presented: Presented, evidence: str) -> None:
        """The paper is in a hand; `evidence` is "citizen", "sensor" or "staff"."""
        ...

    async def left(self, presented: Presented) -> None:
        """Nobody has said that it was taken: drawn back by the unit where it can, else staff must look."""
        ...


class Slips(Protocol):
    """Slips with the case number (`kiosk.slips`). Each says whether it came out, and raises nothing."""

    @property
    def ready(self) -> bool:
        """Whether one would come out now."""
        ...

    async def of_certificate(self, case: str, kind: CertificateKind, name_masked: str, serial: str) -> bool: ...

    async def of_case(self, case: str, said: Sequence[Text]) -> bool: ...


@dataclass(frozen=True, slots=True)
class Counterparts:
    """Everything a journey may talk to, in one value."""

    profile: TerminalProfile
    platform: Desk
    trust: Trust
    pages: Pages
    issuing: Issuing
    cards: CardSlot
    codes: CodeSlot
    print_seconds: int
    has_blank: Callable[[str], bool]
    """Whether a blank of this kind ("title", "proof") is left; blocks."""
    call_staff: Callable[[str, str | None], None]
    """Call staff to this terminal: the reason's code, and the visit's case number."""
    evaluated: Callable[[str, str, int, str | None], None]
    """Keep for the platform what a citizen said of the service: the matter, the visit's case number, grade, reason."""
    outlet: Callable[[], bool | None] = lambda: None
    """Whether something lies in the outlet, by its sensor; None where there is none that could say."""
    slips: Slips | None = None
    """None where the terminal has no receipt printer."""


async def on_worker(act: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run something that blocks away from the event loop."""
    return await asyncio.to_thread(act, *args, **kwargs)

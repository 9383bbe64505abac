"""A platform without its socket: the core with its rules, on a clock that a test can turn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.platform.types import AppointmentProof, Authorisation, CardProof, IssuanceOutcome, IssuanceReport
from sandbox.people import BY_SLUG
from sandbox.platform import SandboxPlatform
from sandbox.platform.core import Core
from sandbox.platform.paper import Problem
from sandbox.platform.server import profile_of

HALL, OTHER, TOWN = "xy-hall-01", "xy-hall-02", "xy-town-001"
ZHANG, FLAT, PARKING = "zhang-jianguo", "cert-0012345", "cert-0012346"
SERIALS = {HALL: "41002186350", OTHER: "41002186351", TOWN: "41002186352"}


class Clock:
    """A time that only a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 18, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def goes_on(self, **by: float) -> None:
        self.now += timedelta(**by)


class Registry:
    """The platform's core, and terminals that talk to it."""

    def __init__(self, core: Core, clock: Clock) -> None:
        self.core = core
        self.clock = clock
        self._asked = 0
        for terminal, serial in SERIALS.items():
            core.issue_blanks(terminal, [serial])

    def books(self, slug: str, terminal: str, **times: timedelta) -> bytes:
        """The code on the phone of somebody with an appointment at this terminal's hall."""
        return self.core.appointment_code(BY_SLUG[slug], profile_of(terminal).hall, **times)

    def identified(self, terminal: str, slug: str = ZHANG) -> str:
        """A session in which this person has given card and code."""
        person = BY_SLUG[slug]
        session = self.core.open_session(terminal, CardProof(document="card", number=person.number, name=person.name))
        code = self.books(slug, terminal)
        return self.core.add_proof(terminal, session.session_id, AppointmentProof(code=code)).session_id

    def authorised(
        self, terminal: str, certificate: str = FLAT, *, version: int = 1, slug: str = ZHANG, key: str | None = None
    ) -> Authorisation:
        self._asked += 1
        session = self.identified(terminal, slug)
        return self.core.authorise(terminal, session, certificate, version, key or f"request-{self._asked:04}")

    def availability(self, terminal: str, certificate: str = FLAT, slug: str = ZHANG) -> str:
        listings = self.core.listings(terminal, self.identified(terminal, slug))
        return next(listing.availability.value for listing in listings if listing.certificate_id == certificate)

    def reports(self, authorisation: Authorisation, outcome: str = "taken", serial: str | None = None) -> None:
        terminal = authorisation.terminal_id
        self.core.report(
            terminal,
            IssuanceReport(
                authorisation_id=authorisation.authorisation_id,
                certificate_id=authorisation.certificate_id,
                blank_serial=serial or SERIALS[terminal],
                outcome=IssuanceOutcome(outcome),
                page_digest="a" * 64,
                evidence="citizen",
                happened_at=self.clock.now,
            ),
        )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(tmp_path: Path, clock: Clock) -> Registry:
    return Registry(SandboxPlatform(tmp_path, clock=clock).core, clock)


def refusal(problem: pytest.ExceptionInfo[Problem]) -> str:
    return problem.value.code

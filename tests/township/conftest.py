"""A township's terminal without machines: real store, issuer and journeys' desks, a real platform over TLS, paper of the test's own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.believing import Believing
from kiosk.delivery import deliver_next
from kiosk.issuance import blanks
from kiosk.issuance.issue import Issuer
from kiosk.issuance.ledger import Issuance, Ledger
from kiosk.platform.client import Limits, PlatformClient
from kiosk.platform.types import AppointmentProof, CardProof, Desk, Session
from kiosk.township.desk import TownshipDesk
from kiosk.township.requests import Requests
from kiosk.township.supplies import Supplies
from offline_cache import outbox
from offline_cache.keys import derive
from offline_cache.ratchet import Ratchet
from offline_cache.store import Store
from sandbox.people import BY_SLUG
from sandbox.platform import SandboxPlatform
from sandbox.platform.server import Files
from tests.issuance.hall import Fuse, Press, Typesetting, World

TOWN, HALL = "xy-town-001", "xy-hall-01"
ZHANG, FLAT, PARKING = "zhang-jianguo", "cert-0012345", "cert-0012346"
SERIALS = [f"410021863{number:02}" for number in range(50, 60)]
PATIENT = Limits(connect=20.0, read=60.0, total=60.0)

Custody = Callable[[Files], tuple[Store, Ratchet | None]]


class Town:
    """One terminal in a township centre, and the platform far away. `clock` is everybody's unless `shift` is set: the terminal's own."""

    def __init__(self, directory: Path, custody: Custody | None = None) -> None:
        """`custody` opens the store, and what ties it to a counter; else it is a plain one."""
        self.now = datetime.now(UTC)
        self.shift = timedelta(0)
        self.platform = SandboxPlatform(directory / "platform", clock=lambda: self.now)
        self.platform.core.issue_blanks(TOWN, SERIALS)
        self.platform.start()
        self.files = self.platform.files_of(TOWN)
        self.client = client(self.platform, self.files)
        self.profile = self.client.profile()
        self.believing = Believing(
            self.files.registry_root, self.files.platform_root, TOWN, lambda: self.profile.hall, self.clock, timedelta(minutes=2)
        )
        self.believing.refresh(self.client.revocations())
        self.store, ratchet = custody(self.files) if custody else (Store.open(directory / "town.db", derive(b"t" * 32)), None)
        blanks.supply(self.store, self.now, "A", "title", SERIALS, ("s-017", "s-021"))
        self.ledger = Ledger(self.store, self.clock, ratchet)
        self.world = World()
        press = Press(self.world, Fuse())
        self.issuer = Issuer(self.ledger, Typesetting(), press, press, self.believing.authorisation)
        self.requests = Requests(self.store, self.client, self.clock)
        self.supplies = Supplies(self.store, self.client, self.clock)
        self.desk = TownshipDesk(self.store, self.profile, self.believing.appointment, self.requests.settle, self.clock)

    def clock(self) -> datetime:
        return self.now + self.shift

    def books(self, slug: str = ZHANG, **times: timedelta) -> bytes:
        return self.platform.appointment_code(slug, TOWN, **times)

    def loses_its_link(self) -> None:
        self.platform.fault("cut")

    def has_its_link_again(self) -> None:
        self.platform.fault(None)

    def shows(self, desk: Desk, slug: str, code: bytes) -> Session:
        """Card, then code."""
        session = desk.open_session(card(slug), idempotency_key=key())
        return desk.add_proof(session.session_id, AppointmentProof(code=code), idempotency_key=key())

    async def prints(self, desk: Desk, session: Session, certificate: str = FLAT) -> Issuance:
        """From the list to the hand."""
        listing = next(each for each in desk.listings(session.session_id) if each.certificate_id == certificate)
        registration = self.believing.registration(listing.record or b"")

        def authorise():
            return desk.authorise(session.session_id, certificate, registration.version, idempotency_key=key())

        issuance = await self.issuer.issue(registration, authorise, "0518-120000", lambda _stage, _fraction: None)
        return await self.issuer.taken(issuance, "citizen")

    def delivers(self) -> int:
        """Everything that waits; returns how many events went out."""
        delivered = 0
        while deliver_next(self.store, self.client, self.clock):
            delivered += 1
        return delivered

    def agrees(self) -> None:
        """Terminal and platform say the same of every authorisation and every blank, and nothing waits."""
        assert outbox.backlog(self.store).waiting == outbox.backlog(self.store).refused == 0
        core = self.platform.core
        with self.store.reading() as tx:
            held = {str(row[0]) for row in tx.rows("SELECT grant_id FROM pre_grants WHERE state = 'held'")}
        for name, grant in core.grants.items():
            issuance = self.ledger.get(name)
            if issuance is not None:
                assert grant.state == {"given-back": "returned"}.get(issuance.state.value, issuance.state.value)
            else:
                assert (grant.state == "open") is (name in held)
        words = {"issued": "used", "retained": "used", "spoiled": "void", "quarantined": "unknown", "loaded": "issued"}
        assert {blank.serial: words[blank.state.value] for blank in blanks.listed(self.store)} == {
            serial: blank.state for serial, blank in core.blanks.items() if core.paper.blank_terminal[serial] == TOWN
        }

    def closes(self) -> None:
        self.issuer.close()
        self.store.close()
        self.client.close()
        self.platform.stop()


def client(platform: SandboxPlatform, files: Files) -> PlatformClient:
    return PlatformClient(
        platform.url,
        certificate=files.terminal_certificate,
        key=files.terminal_key,
        ca=files.tls_ca,
        limits=PATIENT,
        sleep=lambda _: None,
    )


def card(slug: str) -> CardProof:
    person = BY_SLUG[slug]
    return CardProof(document="social-security", number=person.number, name=person.name)


def key() -> str:
    return str(uuid.uuid4())


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.closes()

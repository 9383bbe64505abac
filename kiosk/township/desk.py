"""The platform's desk while the link is gone: it knows only who has an appointment here, and only when she shows both proofs.

Implements `kiosk.platform.types.Desk`, so that journeys do not change. A card finds what is kept for its number, a code what is kept
for it; both together open it. No one-time code can be sent, and whoever has nothing kept here is told what works instead.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kiosk.issuance.issue import IssuanceStopped
from kiosk.platform.types import (
    AppointmentProof,
    Authorisation,
    Availability,
    CardProof,
    CodeSent,
    Listing,
    PreGrant,
    Proof,
    Refused,
    Session,
    TerminalProfile,
)
from kiosk.registration.appointment import Appointment, AppointmentRefused
from kiosk.registration.masking import mask_name
from offline_cache import journal, pre_grants
from offline_cache.pre_grants import Sealed, SealUnbroken
from offline_cache.store import Store, StoreError

LASTS = timedelta(minutes=15)
LEVEL = 2
"""Card and code: what can be verified here without asking anybody."""


@dataclass(slots=True)
class _Visit:
    """What is known of who is there. Gone with the session; nothing of it is ever on disk."""

    card: CardProof | None = None
    appointment: Appointment | None = None
    opened: list[PreGrant] = field(default_factory=list[PreGrant])


class TownshipDesk:
    """One visit at a time. Every call blocks and raises `Refused` as the platform would, with `no-appointment` as its own word."""

    def __init__(
        self,
        store: Store,
        profile: TerminalProfile,
        read_code: Callable[[bytes], Appointment],
        settle: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        """`read_code` raises `AppointmentRefused`; `settle` ends what earlier visits left (`Requests.settle`)."""
        self._store = store
        self._profile = profile
        self._read_code = read_code
        self._settle = settle
        self._clock = clock
        self._visits: dict[str, _Visit] = {}

    def open_session(self, proof: Proof, *, idempotency_key: str) -> Session:
        visit = _Visit()
        self._take(visit, proof)
        if not self._kept(visit):
            raise Refused("no-appointment", 404)
        session_id = secrets.token_hex(16)
        self._visits = {session_id: visit}
        return self._session(session_id, visit)

    def add_proof(self, session_id: str, proof: Proof, *, idempotency_key: str) -> Session:
        visit = self._visit(session_id)
        self._take(visit, proof)
        if visit.card and visit.appointment:
            visit.opened = self._open(visit.card.number, visit.appointment)
            if not visit.opened:
                raise Refused("no-appointment", 404)
        return self._session(session_id, visit)

    def send_one_time_code(self, session_id: str, *, idempotency_key: str) -> CodeSent:
        raise Refused("no-phone", 409)

    def close_session(self, session_id: str) -> None:
        self._visits.clear()

    def listings(self, session_id: str) -> list[Listing]:
        visit = self._visit(session_id)
        held = set(pre_grants.held(self._store))
        return [self._listing(grant, held) for grant in visit.opened]

    def authorise(self, session_id: str, certificate_id: str, record_version: int, *, idempotency_key: str) -> Authorisation:
        """Use up what was granted beforehand. Called where nothing is being issued."""
        visit = self._visit(session_id)
        grant = next((each for each in visit.opened if each.authorisation.certificate_id == certificate_id), None)
        if grant is None or grant.authorisation.record_version != record_version:
            raise Refused("not-yours", 403)
        now = self._clock()
        if now >= grant.authorisation.expires_at:
            raise Refused("authorisation-expired", 409)
        grant_id = grant.authorisation.authorisation_id
        try:
            self._settle()
            with self._store.transaction() as tx:
                if not pre_grants.use(tx, grant_id):
                    raise Refused("authorisation-expired", 409)
                journal.append(tx, now, "pre-grant.used", {"authorisation": grant_id, "certificate": certificate_id})
        except StoreError as failure:
            raise IssuanceStopped(failure.code, unknown=False) from None
        return grant.authorisation

    # ---- within --------------------------------------------------------------------------------------------------------

    def _take(self, visit: _Visit, proof: Proof) -> None:
        """Believe one more proof, if it is of the same person."""
        if isinstance(proof, CardProof):
            if visit.appointment and not visit.appointment.is_of(proof.number):
                raise Refused("other-person", 409)
            visit.card = proof
        elif isinstance(proof, AppointmentProof):
            try:
                appointment = self._read_code(proof.code)
            except AppointmentRefused as refusal:
                raise Refused(refusal.code, 409) from None
            if visit.card and not appointment.is_of(visit.card.number):
                raise Refused("other-person", 409)
            visit.appointment = appointment
        else:
            raise Refused("no-phone", 409)

    def _kept(self, visit: _Visit) -> list[Sealed]:
        """What lies here for the first proof, still closed."""
        if visit.card:
            return pre_grants.of_holder(self._store, visit.card.number, self._clock())
        assert visit.appointment
        return pre_grants.of_code(self._store, visit.appointment.appointment_id, self._clock())

    def _open(self, number: str, appointment: Appointment) -> list[PreGrant]:
        opened: list[PreGrant] = []
        for sealed in pre_grants.of_code(self._store, appointment.appointment_id, self._clock()):
            try:
                content = sealed.opened(number, appointment.appointment_id)
            except SealUnbroken:
                continue
            opened.append(PreGrant.model_validate_json(content))
        return opened

    def _listing(self, grant: PreGrant, held: set[str]) -> Listing:
        if grant.authorisation.authorisation_id in held:
            return grant.listing
        with self._store.reading() as tx:
            begun = tx.row("SELECT 1 FROM issuances WHERE authorisation_id = ?", (grant.authorisation.authorisation_id,))
        closed = Availability.PRINTED if begun else Availability.UNRESOLVED
        return grant.listing.model_copy(update={"availability": closed, "record": None})

    def _visit(self, session_id: str) -> _Visit:
        if session_id not in self._visits:
            raise Refused("session-expired", 404)
        return self._visits[session_id]

    def _session(self, session_id: str, visit: _Visit) -> Session:
        proofs = (*(["card"] if visit.card else []), *(["appointment"] if visit.appointment else []))
        return Session(
            session_id=session_id,
            level=len(proofs),
            required_level={**self._profile.services, "print": max(LEVEL, self._profile.services.get("print", LEVEL))},
            proofs=proofs,
            name_masked=mask_name(visit.card.name) if visit.card else "",
            phone_masked=None,
            expires_at=self._clock() + LASTS,
        )

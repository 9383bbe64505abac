"""The registration core behind the sandbox platform: who may see what, and who may print what, once.

A plain object without HTTP; `app` puts the contract around it. It enforces what a real core checks before a terminal may print
(the flow node, the fee, the holder or the named collector, the blank's state) and answers with problems that have a code.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from kiosk.platform.types import (
    AppointmentProof,
    Authorisation,
    Availability,
    Blank,
    CardProof,
    CodeSent,
    Evaluation,
    IssuanceReport,
    JournalHead,
    Listing,
    OneTimeCodeProof,
    PreGrant,
    PreGrants,
    Proof,
    Session,
    SignedTime,
    StaffCall,
    TerminalProfile,
)
from kiosk.registration.appointment import Appointment, AppointmentRefused, claims, holder_hash, verify_appointment
from kiosk.registration.masking import mask_name, mask_phone
from kiosk.registration.trust import Anchors, Policy, Purpose
from offline_cache.export import Export
from sandbox.people import Case, Person
from sandbox.platform.lost_journal import ClosedJournal, closed
from sandbox.platform.paper import OPEN, Grant, Paper, Problem
from sandbox.platform.records import RecordOffice
from sandbox.registry import Authority, Identity, sign_map

REQUIRED_LEVEL = {"progress": 1, "print": 2}
CODE_SECONDS = 300
RESEND_SECONDS = 30
TRIES = 5
SLOWED = (0, 0, 3, 8, 15)
"""Seconds of waiting after the first, second, … wrong one-time code."""
LOCK = timedelta(minutes=15)
SESSION = timedelta(minutes=15)
BEFORE = timedelta(days=14)
"""How far ahead a township's terminal is given what its appointments need."""


@dataclass(slots=True)
class _Visit:
    session_id: str
    terminal_id: str
    person: Person
    proofs: list[str]
    expires_at: datetime


@dataclass(slots=True)
class _OneTimeCode:
    digits: str
    expires_at: datetime


@dataclass(slots=True)
class _Tries:
    wrong: int = 0
    not_before: datetime | None = None
    locked_until: datetime | None = None
    sent_at: datetime | None = None


@dataclass(slots=True)
class Message:
    """One text message on a virtual phone."""

    phone: str
    text: str
    digits: str


@dataclass(slots=True)
class Booking:
    """One appointment that the platform has given: whose it is, at which hall, when."""

    slug: str
    appointment: Appointment
    used: bool = False
    cancelled: bool = False


@dataclass(slots=True)
class Core:
    """The core's whole memory. Thread-safe: one lock around everything."""

    people: Sequence[Person]
    office: RecordOffice
    platform_authority: Authority
    platform_signer: Identity
    profiles: dict[str, TerminalProfile]
    clock: Callable[[], datetime]
    messages: list[Message] = field(default_factory=list[Message])
    paper: Paper = field(init=False)
    journal_heads: dict[str, list[JournalHead]] = field(default_factory=dict[str, list[JournalHead]])
    closed_journals: list[ClosedJournal] = field(default_factory=list[ClosedJournal])
    calls: list[tuple[str, StaffCall]] = field(default_factory=list[tuple[str, StaffCall]])
    evaluations: list[Evaluation] = field(default_factory=list[Evaluation])
    _visits: dict[str, _Visit] = field(default_factory=dict[str, _Visit])
    _codes: dict[str, _OneTimeCode] = field(default_factory=dict[str, _OneTimeCode])
    _tries: dict[str, _Tries] = field(default_factory=dict[str, _Tries])
    bookings: dict[bytes, Booking] = field(default_factory=dict[bytes, Booking])
    _changed: dict[str, Case] = field(default_factory=dict[str, Case])
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.paper = Paper(self.platform_signer, self.clock)

    @property
    def grants(self) -> dict[str, Grant]:
        """Every authorisation that was ever granted."""
        return self.paper.grants

    @property
    def reports(self) -> list[IssuanceReport]:
        """What terminals have told, in the order in which it was taken note of."""
        return self.paper.reports

    @property
    def blanks(self) -> dict[str, Blank]:
        """Every blank that was issued to a terminal."""
        return self.paper.blanks

    # ---- what the terminal asks once in a while ------------------------------------------------------------------------

    def profile(self, terminal_id: str) -> TerminalProfile:
        if terminal_id not in self.profiles:
            raise Problem("unknown-terminal", 403)
        return self.profiles[terminal_id]

    def time(self) -> SignedTime:
        now = self.clock()
        return SignedTime(time=now, token=sign_map(Purpose.TIME, {"time": now.isoformat()}, self.platform_signer))

    def blanks_of(self, terminal_id: str) -> list[Blank]:
        with self.lock:
            return self.paper.blanks_of(terminal_id)

    def issue_blanks(self, terminal_id: str, serials: Iterable[str], kind: str = "title") -> None:
        """Hand numbered blanks to a terminal."""
        with self.lock:
            self.paper.issue_blanks(terminal_id, serials, kind)

    def journal_head(self, terminal_id: str) -> JournalHead | None:
        """The newest head that this terminal has told."""
        with self.lock:
            told = self.journal_heads.get(terminal_id)
            return told[-1] if told else None

    def keep_journal_head(self, terminal_id: str, head: JournalHead) -> None:
        """A journal only grows: a head that is not beyond the newest one, and was not told before, is another journal's."""
        with self.lock:
            told = self.journal_heads.setdefault(terminal_id, [])
            if any((known.seq, known.hash) == (head.seq, head.hash) for known in told):
                return
            if told and head.seq <= told[-1].seq:
                raise Problem("journal-rolled-back", 409)
            told.append(head)

    def close_journal(self, told: Export, counted: Collection[str], by: tuple[str, str]) -> ClosedJournal:
        """A terminal's store is lost: settle its blanks by its last export and a count; then it may begin a new journal. See `closed`."""
        with self.lock:
            done = closed(self.paper, self.journal_heads.get(told.terminal, []), told, counted, by)
            self.closed_journals.append(done)
            self.journal_heads[told.terminal] = []
            return done

    # ---- who is there --------------------------------------------------------------------------------------------------

    def open_session(self, terminal_id: str, proof: Proof) -> Session:
        with self.lock:
            person = self._person(terminal_id, proof)
            visit = _Visit(secrets.token_hex(16), terminal_id, person, [proof.type], self.clock() + SESSION)
            self._visits[visit.session_id] = visit
            session = self._session(visit)
        threading.Thread(target=self._fetch, args=(person,), daemon=True).start()
        return session

    def _fetch(self, person: Person) -> None:
        """What is registered for her comes from the registry while she shows her second proof."""
        for case in person.cases:
            with self.lock:
                newest = self._changed.get(case.certificate_id, case)
            if newest.availability is Availability.READY:
                self.office.record(newest)

    def add_proof(self, terminal_id: str, session_id: str, proof: Proof) -> Session:
        with self.lock:
            visit = self._visit(terminal_id, session_id)
            if isinstance(proof, OneTimeCodeProof):
                self._check_digits(visit.person, proof.digits)
            elif self._person(terminal_id, proof, expected=visit.person).slug != visit.person.slug:
                raise Problem("other-person", 409)
            if proof.type not in visit.proofs:
                visit.proofs.append(proof.type)
            return self._session(visit)

    def send_one_time_code(self, terminal_id: str, session_id: str) -> CodeSent:
        with self.lock:
            person = self._visit(terminal_id, session_id).person
            if person.phone is None:
                raise Problem("no-phone", 409)
            tries = self._tries.setdefault(person.slug, _Tries())
            self._refuse_locked(tries)
            now = self.clock()
            if tries.sent_at and now < tries.sent_at + timedelta(seconds=RESEND_SECONDS) and person.slug in self._codes:
                raise Problem("too-fast", 429, retry_after_seconds=RESEND_SECONDS)
            digits = f"{secrets.randbelow(1_000_000):06d}"
            self._codes[person.slug] = _OneTimeCode(digits, now + timedelta(seconds=CODE_SECONDS))
            tries.sent_at = now
            self.messages.append(
                Message(
                    person.phone, f"【信阳不动产】验证码 {digits}，5 分钟内在自助机上输入。工作人员不会向您要验证码。", digits
                )
            )
            return CodeSent(
                phone_masked=mask_phone(person.phone),
                length=6,
                expires_in_seconds=CODE_SECONDS,
                resend_after_seconds=RESEND_SECONDS,
            )

    def close_session(self, terminal_id: str, session_id: str) -> None:
        with self.lock:
            self._visit(terminal_id, session_id)
            del self._visits[session_id]

    def appointment_code(
        self, person: Person, hall: str, *, begins: timedelta = timedelta(0), lasts: timedelta = timedelta(hours=2)
    ) -> bytes:
        """What the phone of `person` shows: a fresh code for `hall`."""
        begin = self.clock() + begins
        number = secrets.token_bytes(8)
        appointment = Appointment(number, hall, begin, begin + lasts, holder_hash(number, person.number))
        with self.lock:
            self.bookings[number] = Booking(person.slug, appointment)
        return sign_map(Purpose.APPOINTMENT, claims(appointment), self.platform_signer, by_key_id=True)

    # ---- what there is -------------------------------------------------------------------------------------------------

    def listings(self, terminal_id: str, session_id: str) -> list[Listing]:
        with self.lock:
            visit = self._visit(terminal_id, session_id)
            level = len(visit.proofs)
            return [self._listing(visit.person, case, level, terminal_id) for case in visit.person.cases]

    def case_numbered(self, number: str) -> Case | None:
        """The case of the certificate with this number, as the registry has it now."""
        with self.lock:
            listed = (case.certificate_id for person in self.people for case in person.cases if case.number == number)
            certificate_id = next(listed, None)
            return None if certificate_id is None else self._case(certificate_id)

    def change_record(self, certificate_id: str, change: Callable[[Case], Case]) -> None:
        """The registry changed a record: its next version."""
        with self.lock:
            case = self._case(certificate_id)
            self._changed[certificate_id] = replace(change(case), version=case.version + 1)

    # ---- paper ---------------------------------------------------------------------------------------------------------

    def authorise(
        self, terminal_id: str, session_id: str, certificate_id: str, record_version: int, request_key: str
    ) -> Authorisation:
        with self.lock:
            self.paper.refuse_withdrawn(terminal_id, request_key)
            visit = self._visit(terminal_id, session_id)
            if len(visit.proofs) < REQUIRED_LEVEL["print"]:
                raise Problem("level-too-low", 403)
            if certificate_id not in {case.certificate_id for case in visit.person.cases}:
                raise Problem("not-yours", 403)
            case = self._case(certificate_id)
            available = self._availability(case, terminal_id)
            if available is Availability.AUTHORISED_ELSEWHERE:
                raise Problem("already-authorised", 409)
            if available is not Availability.READY:
                raise Problem(available.value, 409)
            if record_version != case.version:
                raise Problem("record-changed", 409)
            return self.paper.authorise(terminal_id, certificate_id, record_version, request_key)

    def renew(self, terminal_id: str, authorisation_id: str) -> Authorisation:
        with self.lock:
            grant = self.paper.granted(terminal_id, authorisation_id)
            return self.paper.renew(terminal_id, authorisation_id, self._case(grant.authorisation.certificate_id).version)

    def give_back(self, terminal_id: str, authorisation_id: str) -> None:
        with self.lock:
            self.paper.give_back(terminal_id, authorisation_id)

    def withdraw_request(self, terminal_id: str, request_key: str) -> None:
        with self.lock:
            self.paper.withdraw_request(terminal_id, request_key)

    def report(self, terminal_id: str, report: IssuanceReport) -> None:
        with self.lock:
            grant = self.paper.report(terminal_id, report, lambda: self._case(report.certificate_id).version)
            if grant.appointment in self.bookings:
                # Whoever printed without a link has redeemed the code there; it counts once, here too.
                self.bookings[grant.appointment].used = True

    def pre_grants(self, terminal_id: str, held: Sequence[str]) -> PreGrants:
        """What this terminal needs for its own appointments while it may be out of reach: exclusive, within its quota.

        `held`: the authorisations that it has. Those that must not be used any more are wanted back; they stay exclusive until the
        terminal has given them back, for nobody here can know whether they have been used meanwhile.
        """
        with self.lock:
            quota, now = self.profile(terminal_id).pre_grants, self.clock()
            if not quota:
                raise Problem("no-quota", 403)
            open_here = {
                grant.authorisation.authorisation_id: grant
                for grant in self.grants.values()
                if grant.state == OPEN and grant.appointment is not None and grant.authorisation.terminal_id == terminal_id
            }
            unwanted = [name for name in held if name not in open_here or not self._still_wanted(open_here[name], now)]
            for booking in sorted(self.bookings.values(), key=lambda each: each.appointment.not_before):
                self._grant_before(booking, terminal_id, now, open_here, quota)
            fresh = [grant for name, grant in open_here.items() if name not in held and self._still_wanted(grant, now)]
            return PreGrants(pre_grants=tuple(self._pre_grant(grant) for grant in fresh), wanted_back=tuple(unwanted))

    def call_staff(self, terminal_id: str, call: StaffCall) -> None:
        """Ring whoever is on duty."""
        with self.lock:
            self.calls.append((terminal_id, call))

    def evaluate(self, terminal_id: str, said: Evaluation) -> None:
        """Keep what a citizen said of a matter of hers, once."""
        with self.lock:
            self.paper.granted(terminal_id, said.matter)
            if any(kept.matter == said.matter for kept in self.evaluations):
                raise Problem("already-evaluated", 409)
            self.evaluations.append(said)

    # ---- within --------------------------------------------------------------------------------------------------------

    def _person(self, terminal_id: str, proof: Proof, expected: Person | None = None) -> Person:
        if isinstance(proof, CardProof):
            for person in self.people:
                named = person.number == proof.number and person.name in (proof.name, proof.latin_name)
                if named and proof.issuing_state == (person.travels[1] if person.travels else None):
                    return person
            raise Problem("other-person" if expected else "unknown-person", 409 if expected else 404)
        if isinstance(proof, AppointmentProof):
            return self._redeem(terminal_id, proof.code, expected)
        raise Problem("proof-not-first", 409)

    def _redeem(self, terminal_id: str, code: bytes, expected: Person | None) -> Person:
        anchors = Anchors((self.platform_authority.root.certificate,), (self.platform_signer.certificate,))
        try:
            appointment = verify_appointment(
                code,
                hall=self.profile(terminal_id).hall,
                anchors=anchors,
                at=self.clock(),
                policy=Policy(revocation="if-present"),
            )
        except AppointmentRefused as refusal:
            raise Problem(refusal.code, 409) from None
        booking = self.bookings.get(appointment.appointment_id)
        if booking is None or booking.cancelled:
            raise Problem("appointment-forged", 409)
        if booking.used:
            raise Problem("appointment-used", 409)
        person = next((person for person in self.people if appointment.is_of(person.number)), None)
        if person is None:
            raise Problem("unknown-person", 404)
        if expected is not None and person.slug != expected.slug:
            raise Problem("other-person", 409)
        booking.used = True
        return person

    def _check_digits(self, person: Person, digits: str) -> None:
        tries = self._tries.setdefault(person.slug, _Tries())
        self._refuse_locked(tries)
        now = self.clock()
        if tries.not_before and now < tries.not_before:
            raise Problem("too-fast", 429, retry_after_seconds=max(1, round((tries.not_before - now).total_seconds())))
        code = self._codes.get(person.slug)
        if code is None or now > code.expires_at:
            raise Problem("code-expired", 409)
        if secrets.compare_digest(code.digits.encode(), digits.encode()):
            del self._codes[person.slug]
            self._tries[person.slug] = _Tries()
            return
        tries.wrong += 1
        if tries.wrong >= TRIES:
            tries.locked_until = now + LOCK
            self._codes.pop(person.slug, None)
            raise Problem("code-locked", 423, retry_after_seconds=round(LOCK.total_seconds()))
        wait = SLOWED[tries.wrong]
        tries.not_before = now + timedelta(seconds=wait)
        raise Problem("wrong-code", 409, attempts_left=TRIES - tries.wrong, retry_after_seconds=wait)

    def _refuse_locked(self, tries: _Tries) -> None:
        if tries.locked_until is None:
            return
        left = round((tries.locked_until - self.clock()).total_seconds())
        if left > 0:
            raise Problem("code-locked", 423, retry_after_seconds=left)
        tries.locked_until, tries.wrong = None, 0

    def _visit(self, terminal_id: str, session_id: str) -> _Visit:
        visit = self._visits.get(session_id)
        if visit is None or visit.terminal_id != terminal_id or self.clock() > visit.expires_at:
            raise Problem("session-expired", 404)
        return visit

    def _session(self, visit: _Visit) -> Session:
        person = visit.person
        return Session(
            session_id=visit.session_id,
            level=len(visit.proofs),
            required_level=REQUIRED_LEVEL,
            proofs=tuple(visit.proofs),
            name_masked=mask_name(person.name),
            phone_masked=mask_phone(person.phone) if person.phone else None,
            expires_at=visit.expires_at,
        )

    def _case(self, certificate_id: str) -> Case:
        if certificate_id in self._changed:
            return self._changed[certificate_id]
        # A case may stand with two people (holder and collector); the one that may be collected is the true one.
        cases = [case for person in self.people for case in person.cases if case.certificate_id == certificate_id]
        if not cases:
            raise Problem("unknown-certificate", 404)
        return next((case for case in cases if case.availability is Availability.READY), cases[0])

    def _availability(self, case: Case, terminal_id: str) -> Availability:
        return self.paper.availability(case.certificate_id, terminal_id) or case.availability

    def _grant_before(self, booking: Booking, terminal_id: str, now: datetime, open_here: dict[str, Grant], quota: int) -> None:
        """Grant what the person of this appointment can print, as far as it is this terminal's and the quota allows."""
        appointment = booking.appointment
        mine = appointment.hall == self.profile(terminal_id).hall and appointment.not_before <= now + BEFORE
        if booking.used or booking.cancelled or not mine or now >= appointment.not_after:
            return
        for listed in self._someone(booking.slug).cases:
            case = self._case(listed.certificate_id)
            ready = listed.availability is Availability.READY and self._availability(case, terminal_id) is Availability.READY
            if len(open_here) >= quota or not ready or self.paper.unresolved(case.certificate_id):
                continue
            name = secrets.token_hex(16)
            self.paper.grant(
                name, case.certificate_id, case.version, terminal_id,
                lasts_until=appointment.not_after, appointment=appointment.appointment_id,
            )  # fmt: skip
            open_here[name] = self.grants[name]

    def _still_wanted(self, grant: Grant, now: datetime) -> bool:
        case = self._case(grant.authorisation.certificate_id)
        booking = self.bookings.get(grant.appointment or b"")
        booked = booking is not None and not booking.cancelled
        return booked and not grant.late(now) and case.version == grant.authorisation.record_version

    def _pre_grant(self, grant: Grant) -> PreGrant:
        assert grant.appointment is not None
        booking = self.bookings[grant.appointment]
        person = self._someone(booking.slug)
        case = next(case for case in person.cases if case.certificate_id == grant.authorisation.certificate_id)
        return PreGrant(
            authorisation=grant.authorisation,
            appointment_id=grant.appointment,
            holder_number=person.number,
            listing=self._listing(person, case, REQUIRED_LEVEL["print"], grant.authorisation.terminal_id),
        )

    def _someone(self, slug: str) -> Person:
        return next(person for person in self.people if person.slug == slug)

    def _listing(self, person: Person, listed: Case, level: int, terminal_id: str) -> Listing:
        case = self._changed.get(listed.certificate_id, listed)
        availability = self._availability(case, terminal_id)
        shown = level >= REQUIRED_LEVEL["print"]
        record = self.office.record(case) if shown and availability is Availability.READY else None
        return Listing(
            certificate_id=case.certificate_id,
            kind="proof" if case.kind == "proof" else "title",
            availability=availability,
            usage=case.usage,
            location=case.location if shown else case.location[:6] + "******",
            area=case.area.removeprefix("房屋建筑面积 ") if shown else "",
            number=case.number if shown else None,
            stage="已发证" if availability is Availability.PRINTED else case.stage,
            counter=self.profile(terminal_id).counter,
            record=record,
        )

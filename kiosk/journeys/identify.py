"""Who is there: one proof for a look, two proofs of the same person for paper.

A card (read) or an appointment code (scanned) opens a session at the platform; the platform says which level each service
needs. Where one proof is not enough, the other is asked for, or, for walk-ins, a one-time code that the platform sends to
the phone on record. The platform alone decides whether two proofs are of one person; the terminal only carries them.

A travel document's chip opens with what is printed on it: the page is held before the code scanner, before or after the document is laid on the
reader. What was read from the page is forgotten with this step.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, replace
from typing import Any

from kiosk import events
from kiosk.journeys.counterparts import Counterparts, on_worker
from kiosk.journeys.notices import notice
from kiosk.platform.types import (
    AppointmentProof,
    CardProof,
    CodeSent,
    OneTimeCodeProof,
    PlatformError,
    PlatformUnreachable,
    Refused,
    Session,
)
from kiosk.registration.applicant import Applicant
from kiosk.registration.appointment import AppointmentRefused
from kiosk.visit import READING, Visit, WentBack
from peripherals.card_reader import IdentityDocument
from peripherals.card_reader.emrtd import KIND as TRAVEL_DOCUMENT
from peripherals.card_reader.emrtd.zone import MachineReadableZone, ZoneLines, is_of_page
from peripherals.card_reader.faults import ZoneOfAnother
from peripherals.device import DeviceFault
from screens.prompts import EnterCode, Identify, IdentifyAnswer, SlotState, Step
from screens.wording import Text, t, verbatim

CLOSING_SECONDS = 0.5
"""How long the last screen may stay up for the sake of the platform."""

AGAIN = frozenset(
    {
        "appointment-used",
        "appointment-expired",
        "appointment-early",
        "appointment-other-hall",
        "appointment-forged",
        "appointment-malformed",
        "other-person",
    }
)
"""Refusals after which another code or card may be tried on the same screen."""


@dataclass(frozen=True, slots=True)
class _Trouble:
    """A proof that did not count, with the kind sentence that says why."""

    words: Text


@dataclass(frozen=True, slots=True)
class Identified:
    """Who is there: the platform's session of her, and what the terminal itself has seen proof of."""

    session: Session
    applicant: Applicant


class _Printed:
    """What of a travel document's page was held before the scanner in this step."""

    def __init__(self) -> None:
        self.lines = ZoneLines()
        self.zone: MachineReadableZone | None = None


async def identify(visit: Visit, with_: Counterparts, service: str) -> Identified:
    """Ask for proofs until the platform's level for `service` is reached. Raises `WentBack`, `VisitEnded`, `PlatformError`."""
    known = await _first_proof(visit, with_)
    while known.session.level < known.session.required_level.get(service, 2):
        known = await _further_proof(visit, with_, known)
    return known


async def _first_proof(visit: Visit, with_: Counterparts) -> Identified:
    sub = t("id.sub.travel" if with_.cards.reads_travel_documents else "id.sub")
    prompt = asked = Identify(t("id.title"), sub, trouble=t("card.left_behind") if with_.cards.left_behind else None)
    printed = _Printed()
    while True:
        answer = await visit.ask_until(prompt, _proof(visit, with_, prompt, None, printed), idle=READING)
        match answer:
            case Identified():
                return answer
            case _Trouble(words):
                prompt = _said(asked, printed, words)
            case MachineReadableZone():
                printed.zone = answer
                prompt = _said(asked, printed, t("card.left_behind") if with_.cards.must_be_lifted else None)
            case IdentifyAnswer.OTHER_WAY:  # offered only for a second proof
                continue


async def _further_proof(visit: Visit, with_: Counterparts, known: Identified) -> Identified:
    session = known.session
    by_phone = session.phone_masked is not None and "one-time-code" not in session.proofs
    card_given = "card" in session.proofs
    prompt = asked = Identify(
        title=t("id.second.code.title" if card_given else "id.second.card.title"),
        sub=t("id.second.code.sub" if card_given else "id.second.card.sub"),
        card=SlotState.DONE if card_given else SlotState.WAITING,
        code=SlotState.WAITING if card_given else SlotState.DONE,
        person=verbatim(session.name_masked),
        other_way=t("id.other_way") if by_phone else None,
    )
    printed = _Printed()
    while True:
        answer = await visit.ask_until(prompt, _proof(visit, with_, prompt, known, printed), idle=READING)
        match answer:
            case Identified():
                return answer
            case _Trouble(words):
                prompt = _said(asked, printed, words)
            case MachineReadableZone():
                printed.zone = answer
                prompt = _said(asked, printed, t("card.left_behind") if with_.cards.must_be_lifted else None)
            case IdentifyAnswer.OTHER_WAY:
                try:
                    return replace(known, session=await _by_phone(visit, with_, session))
                except WentBack:
                    continue


def _said(asked: Identify, printed: _Printed, trouble: Text | None) -> Identify:
    """What was asked, with what she must know now: that a page was read and is kept, or that something did not count."""
    return replace(asked, sub=t("id.zone.seen") if printed.zone else asked.sub, trouble=trouble)


async def _proof(
    visit: Visit, with_: Counterparts, prompt: Identify, known: Identified | None, printed: _Printed
) -> Identified | MachineReadableZone | _Trouble:
    """Whichever comes first, card or code, brought to the platform; or the zone of a document's page."""
    by_card, by_code = prompt.card is SlotState.WAITING, prompt.code is SlotState.WAITING
    by_page = by_card and with_.cards.reads_travel_documents
    card = asyncio.ensure_future(_card(visit, with_, prompt, printed)) if by_card else None
    page = _Page(printed, again=prompt.trouble is not None) if by_page else None
    code = asyncio.ensure_future(_scanned(with_, by_code, page)) if by_code or by_page else None
    waiting: set[asyncio.Future[Any]] = {task for task in (card, code) if task}
    applicant = known.applicant if known else Applicant()
    try:
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        visit.stage.touched()
        try:
            if card in done and card:
                document = card.result()
                proof = _of_card(document)
                names = (document.name, document.latin_name or "") if document.kind == TRAVEL_DOCUMENT else ()
                applicant = applicant.with_card(document.number, filter(None, names))
            else:
                assert code
                payload = code.result()
                if isinstance(payload, MachineReadableZone):
                    return payload
                applicant = applicant.with_appointment(await on_worker(with_.trust.appointment, payload))
                visit.show(replace(prompt, code=SlotState.READING, trouble=None))
                proof = AppointmentProof(code=payload)
        except DeviceFault as fault:
            if isinstance(fault, ZoneOfAnother):
                printed.zone = None
            return _Trouble(t(f"trouble.{fault.code}"))
        except AppointmentRefused as refusal:
            return _Trouble(t(f"trouble.{refusal.code}"))
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    if not applicant.is_one_person:
        return _Trouble(t("trouble.other-person"))
    return await _brought(visit, with_, proof, known.session if known else None, applicant)


def _of_card(document: IdentityDocument) -> CardProof:
    return CardProof(
        document=document.kind,
        number=document.number,
        name=document.name,
        latin_name=document.latin_name if document.latin_name != document.name else None,
        issuing_state=document.issuer if document.kind == TRAVEL_DOCUMENT else None,
    )


async def _card(visit: Visit, with_: Counterparts, prompt: Identify, printed: _Printed) -> IdentityDocument:
    return await with_.cards.next(lambda: visit.show(replace(prompt, card=SlotState.READING, trouble=None)), printed.zone)


async def _scanned(with_: Counterparts, by_code: bool, page: _Page | None) -> bytes | MachineReadableZone:
    """A code's payload, if one is waited for, or the zone of a document's page. Raises `ZoneWrong`."""
    if page is None:
        return await with_.codes.next()
    payload = await with_.codes.next(lambda said: page.completed_by(said) if is_of_page(said) else by_code)
    return page.zone or payload


class _Page:
    """A document's page, which scanners say whole or line by line. One that was shown before is nothing new, or a scanner that has it before its eyes
    all the time would interrupt the chip's reading for ever; it counts `again` where she was told of a trouble.
    """

    def __init__(self, printed: _Printed, *, again: bool) -> None:
        self._printed = printed
        self._again = again
        self.zone: MachineReadableZone | None = None

    def completed_by(self, said: bytes) -> bool:
        """Whether the page is whole and new with this. Raises `ZoneWrong`."""
        zone = self._printed.lines.feed(said)
        if self._again or zone != self._printed.zone:
            self.zone = zone
        return self.zone is not None


async def _brought(
    visit: Visit, with_: Counterparts, proof: CardProof | AppointmentProof, session: Session | None, applicant: Applicant
) -> Identified | _Trouble:
    key = str(uuid.uuid4())
    try:
        if session is None:
            session = await on_worker(with_.platform.open_session, proof, idempotency_key=key)
        else:
            session = await on_worker(with_.platform.add_proof, session.session_id, proof, idempotency_key=key)
        return Identified(session, applicant)
    except Refused as refusal:
        if refusal.code in AGAIN:
            return _Trouble(t(f"trouble.{refusal.code}"))
        raise


async def _by_phone(visit: Visit, with_: Counterparts, session: Session) -> Session:
    """A one-time code to the phone on record, typed on the keypad."""
    trouble: Text | None = None
    wait_seconds = 0
    sent = await _send(with_, session)
    while True:
        digits = await visit.ask(
            EnterCode(
                t("otp.title"),
                t("otp.sub", phone=sent.phone_masked),
                length=sent.length,
                trouble=trouble,
                wait_seconds=wait_seconds,
                resend_after_seconds=sent.resend_after_seconds,
            ),
            idle=READING,
        )
        if not digits:
            sent, trouble, wait_seconds = await _send(with_, session), None, 0
            continue
        try:
            return await on_worker(
                with_.platform.add_proof, session.session_id, OneTimeCodeProof(digits=digits), idempotency_key=str(uuid.uuid4())
            )
        except Refused as refusal:
            if refusal.code not in ("wrong-code", "code-expired", "too-fast"):
                raise
            trouble = t(f"otp.{refusal.code}", left=refusal.facts.get("attempts_left", 0))
            wait_seconds = int(refusal.facts.get("retry_after_seconds", 0))


async def _send(with_: Counterparts, session: Session) -> CodeSent:
    return await on_worker(with_.platform.send_one_time_code, session.session_id, idempotency_key=str(uuid.uuid4()))


async def explain_refusal(visit: Visit, with_: Counterparts, problem: PlatformError) -> str:
    """Say why the platform did not go on. Returns the word of the outcome."""
    code = problem.code if isinstance(problem, Refused) else "net" if isinstance(problem, PlatformUnreachable) else "broken"
    known = {
        "unknown-person": "nothing",
        "code-locked": "locked",
        "session-expired": "session",
        "no-phone": "level",
        "level-too-low": "level",
        "record-changed": "changed",
        "already-authorised": "elsewhere",
        "request-withdrawn": "elsewhere",
        "kept-for-appointment": "kept",
        "unresolved": "unresolved",
        "authorisation-expired": "session",
        "no-appointment": "no-appointment",
        "net": "net",
    }
    outcome = known.get(code, "broken")
    events.NOT_GONE_ON.tell(code=code)
    await visit.ask(notice(outcome, visit.case, step=Step.VERIFY, counter=with_.profile.counter), idle=READING)
    return outcome


async def close_session(with_: Counterparts, session: Session) -> None:
    """Tell the platform that the citizen left; if it cannot hear, the session runs out by itself.

    The screen is not held up by it: a platform that takes its time is told by the worker alone.
    """
    try:
        async with asyncio.timeout(CLOSING_SECONDS):
            await on_worker(with_.platform.close_session, session.session_id)
    except (PlatformError, TimeoutError) as problem:
        events.SESSION_LEFT_OPEN.tell(kind=type(problem).__name__)

"""打证: from two proofs of a person to a certificate in her hand.

    identify → choose → check → print → take → evaluate

Nothing reaches paper that was not verified, nothing is authorised that she has not read, and whatever happens after "print"
ends in one of three sentences: it is in your hand, staff have it, or staff will look before anything is printed again.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from kiosk import events
from kiosk.certificate.glyphs import GlyphMissing
from kiosk.certificate.typeset import PageFailed
from kiosk.issuance.issue import IssuanceStopped
from kiosk.journeys.counterparts import Counterparts, Presented, Progress, Slips, on_worker
from kiosk.journeys.evaluate import evaluate
from kiosk.journeys.identify import close_session, explain_refusal, identify
from kiosk.journeys.notices import PRINTER_NOTICES, notice
from kiosk.journeys.outlet import OutletSensor
from kiosk.journeys.record_fields import certificate_title, fields
from kiosk.journeys.telling import tell
from kiosk.platform.types import Authorisation, Availability, Listing, PlatformError, Session
from kiosk.registration.applicant import Applicant
from kiosk.registration.record import Edition, Registration
from kiosk.registration.trust import RecordUntrusted
from kiosk.visit import READING, SOON, Visit, VisitEnded, WentBack
from screens.prompts import (
    SLIP,
    CheckAnswer,
    CheckCertificate,
    ChooseOne,
    Option,
    OptionState,
    Printing,
    PrintStage,
    SlipState,
    StageState,
    Step,
    Take,
    Working,
)
from screens.wording import t, verbatim

TAKE_SECONDS = 60
"""How long the certificate waits in the outlet before staff are called (ui-design, section 5)."""


@dataclass(frozen=True, slots=True)
class _Printable:
    """A listing whose record was verified here, with the masked picture of its page."""

    listing: Listing
    registration: Registration
    preview: bytes


class _OfAnother(Exception):
    """A good record in which she is neither a holder nor the collector."""


async def print_certificate(visit: Visit, with_: Counterparts) -> str:
    """The whole journey. Returns the outcome's word: "taken", "not-taken", "wrong", … Raises `VisitEnded` where she left."""
    try:
        known = await identify(visit, with_, "print")
    except WentBack:
        raise VisitEnded from None
    except PlatformError as problem:
        return await explain_refusal(visit, with_, problem)
    try:
        ended = await _with_session(visit, with_, known.session, known.applicant)
    except PlatformError as problem:
        return await explain_refusal(visit, with_, problem)
    finally:
        await close_session(with_, known.session)
    if isinstance(ended, str):
        return ended
    await evaluate(visit, with_, ended.issuance_id)
    return "taken"


async def _with_session(visit: Visit, with_: Counterparts, session: Session, applicant: Applicant) -> str | Presented:
    """From the list to the paper. Returns the certificate that she took, or the word for how it ended without one."""
    listings = await visit.during(
        Working(t("working.registry.title"), t("working.registry.sub"), step=Step.CHOOSE),
        on_worker(with_.platform.listings, session.session_id),
        grace=SOON,
    )
    if not listings:
        return await _told(visit, with_, "nothing", Step.CHOOSE)
    while True:
        try:
            async with _verified_ahead(with_, listings, applicant) as verified:
                chosen = await _choose(visit, with_, session, listings)
                printable = await visit.during(
                    Working(t("working.verify.title"), t("working.verify.sub"), step=Step.CHECK), verified(chosen), grace=SOON
                )
        except _OfAnother:
            events.RECORD_OF_OTHERS.tell()
            with_.call_staff("record-of-another", visit.case)
            return await _told(visit, with_, "of-another", Step.CHOOSE)
        except RecordUntrusted as distrust:
            events.RECORD_UNTRUSTED.tell(code=distrust.code)
            with_.call_staff("record-untrusted", visit.case)
            return await _told(visit, with_, "untrusted", Step.CHOOSE)
        except GlyphMissing as missing:
            events.GLYPHS_MISSING.tell(count=missing.count)
            return await _told(visit, with_, "glyph", Step.CHOOSE)
        except PageFailed as failed:
            events.PAGE_FAILED.tell(code=failed.code)
            return await _told(visit, with_, "page", Step.CHOOSE)
        try:
            if await _check(visit, with_, printable) is CheckAnswer.WRONG:
                return await _told(visit, with_, "wrong", Step.CHECK)
        except WentBack:
            continue
        return await _print(visit, with_, session, printable.registration)


@asynccontextmanager
async def _verified_ahead(
    with_: Counterparts, listings: list[Listing], applicant: Applicant
) -> AsyncGenerator[Callable[[Listing], Coroutine[Any, Any, _Printable]]]:
    """While she reads the list, the first that can be printed is verified already; gives what to ask for the one that she chooses.

    Only the first: more would make the machine slow under her finger.
    """

    first = next((listing for listing in listings if listing.availability is Availability.READY and listing.record), None)
    ahead = asyncio.create_task(on_worker(_verified, with_, first, applicant)) if first is not None else None

    async def verified(listing: Listing) -> _Printable:
        if ahead is not None and listing is first:
            return await ahead
        return await on_worker(_verified, with_, listing, applicant)

    try:
        yield verified
    finally:
        if ahead is not None:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)


async def _choose(visit: Visit, with_: Counterparts, session: Session, listings: list[Listing]) -> Listing:
    stocked = {kind: await on_worker(with_.has_blank, kind) for kind in ("title", "proof")}
    options = tuple(_option(listing, stocked[listing.kind]) for listing in listings)
    ready = [option.name for option in options if option.state is OptionState.READY]
    if not ready:
        await visit.ask(
            ChooseOne(
                title=t("choose.none.title"),
                options=options,
                go=None,
                person=verbatim(session.name_masked),
                note=t("choose.missing", counter=with_.profile.counter),
            ),
            idle=READING,
        )
        raise VisitEnded
    try:
        name = await visit.ask(
            ChooseOne(
                title=t("choose.title"),
                options=options,
                go=t("choose.go"),
                person=verbatim(session.name_masked),
                note=t("choose.missing", counter=with_.profile.counter),
                preselected=ready[0] if len(ready) == 1 else None,
            )
        )
    except WentBack:
        raise VisitEnded from None
    return next(listing for listing in listings if listing.certificate_id == name)


def _option(listing: Listing, has_blank: bool) -> Option:
    ready = listing.availability is Availability.READY and has_blank
    printed = listing.availability is Availability.PRINTED
    out_of_blanks = listing.availability is Availability.READY and not has_blank
    reason = "refuse.no-blank" if out_of_blanks else f"refuse.{listing.availability.value}"
    return Option(
        name=listing.certificate_id,
        icon={"住宅": "house-line", "车位": "garage", "车库": "garage"}.get(listing.usage, "certificate"),
        title=verbatim(listing.usage) if listing.kind == "title" else t("kind.proof"),
        lines=tuple(verbatim(line) for line in (listing.location, listing.area, listing.number) if line),
        state=OptionState.READY if ready else OptionState.DONE if printed else OptionState.CLOSED,
        chip=t("choose.printable") if ready else t(f"{reason}.chip"),
        why=None if ready else t(f"{reason}.why", counter=listing.counter),
    )


def _verified(with_: Counterparts, listing: Listing, applicant: Applicant) -> _Printable:
    """The listing's record, believed only if it is signed, is the one that was listed and names the applicant; its page, masked."""
    registration = with_.trust.registration(listing.record or b"")
    if registration.certificate_id != listing.certificate_id or registration.kind.value != listing.kind:
        raise RecordUntrusted("record-mismatch")
    if not applicant.is_named_in(registration):
        raise _OfAnother
    return _Printable(listing, registration, with_.pages.preview(registration))


def is_sheet(registration: Registration) -> bool:
    """Whether the paper is a sheet; else a booklet."""
    return registration.edition is Edition.SINGLE


async def _check(visit: Visit, with_: Counterparts, printable: _Printable) -> CheckAnswer:
    registration = printable.registration
    return await visit.ask(
        CheckCertificate(
            title=t("check.title"),
            sub=t("check.sub"),
            heading=certificate_title(registration),
            number=registration.number,
            fields=fields(registration),
            fee=t("check.fee.sheet" if is_sheet(registration) else "check.fee"),
            go=t("check.go"),
            preview=printable.preview,
        ),
        idle=READING,
    )


async def _print(visit: Visit, with_: Counterparts, session: Session, registration: Registration) -> str | Presented:
    key = str(uuid.uuid4())

    def authorise() -> Authorisation:
        return with_.platform.authorise(
            session.session_id, registration.certificate_id, registration.version, idempotency_key=key
        )

    begun = time.monotonic()
    latest = Progress("authorised")

    def screen() -> Printing:
        drawn = _printing(latest, with_.print_seconds, time.monotonic() - begun)
        return replace(drawn, sheet=is_sheet(registration))

    def on_progress(progress: Progress) -> None:
        nonlocal latest
        latest = progress
        visit.show(screen())

    # The machine's work is its own task: whatever happens to the visit, a begun issuance runs to a state that is true.
    work = asyncio.ensure_future(with_.issuing.issue(registration, authorise, visit.case, on_progress))
    try:
        presented = await visit.during(screen(), _ticking(work, visit, screen))
    except IssuanceStopped as stopped:
        code = "unknown" if stopped.unknown else PRINTER_NOTICES.get(stopped.reason, "printer")
        with_.call_staff(f"printing-{stopped.reason}", visit.case)
        return await _told(visit, with_, code, Step.PRINT)
    return await _take(visit, with_, presented, registration, session.name_masked)


async def _ticking(work: asyncio.Future[Presented], visit: Visit, screen: Callable[[], Printing]) -> Presented:
    """Redraw the countdown once a second until the machine is done."""
    while not work.done():
        await asyncio.wait({work}, timeout=1.0)
        if not work.done():
            visit.show(screen())
    return work.result()


def _printing(progress: Progress, seconds: int, elapsed: float) -> Printing:
    order = ("authorised", "printing", "printed")
    reached = order.index(progress.stage)
    icons = ("shield-check", "printer", "tray-arrow-down")
    states = [StageState.DONE if i < reached else StageState.RUNNING if i == reached else StageState.WAITING for i in range(3)]
    return Printing(
        title=t("print.title"),
        sub=t("print.sub"),
        stages=tuple(
            PrintStage(
                icon,
                t(f"print.{name}"),
                t(f"print.{name}.hint"),
                state,
                progress.fraction if state is StageState.RUNNING else None,
            )
            for icon, name, state in zip(icons, order, states, strict=True)
        ),
        safe=t("print.safe"),
        seconds_left=max(1, round(seconds - elapsed)),
        seconds_total=seconds,
    )


async def _take(
    visit: Visit, with_: Counterparts, presented: Presented, registration: Registration, name_masked: str
) -> str | Presented:
    """The certificate is in the outlet: until she says she has it, or time runs out and staff are called to look. She may have a slip."""
    slip = SlipState.OFFERED if with_.slips is not None and with_.slips.ready else SlipState.NONE
    deadline = time.monotonic() + TAKE_SECONDS * visit.stage.patience
    total = round(deadline - time.monotonic())
    sensor = OutletSensor(with_.outlet)

    def screen() -> Take:
        left = max(0, round(deadline - time.monotonic()))
        title = t("take.still") if sensor.contradicts else t("take.title")
        occupied = with_.cards.occupied
        return Take(title, t("take.sub"), presented.serial, occupied, left, total, slip, is_sheet(registration))

    async def until_late() -> str:
        while time.monotonic() < deadline:
            if await sensor.taken_within(min(1.0, max(0.0, deadline - time.monotonic()))):
                return "sensor"
            visit.show(screen())
        return "late"

    async def print_slip(slips: Slips) -> None:
        nonlocal slip
        out = await slips.of_certificate(visit.case, registration.kind, name_masked, presented.serial)
        slip = SlipState.OUT if out else SlipState.FAILED  # seen with the next second

    printing: asyncio.Future[None] | None = None
    while True:
        said = await visit.ask_until(screen(), until_late(), idle=None)
        if said == SLIP and printing is None and with_.slips is not None:
            slip, printing = SlipState.PRINTING, asyncio.ensure_future(print_slip(with_.slips))
        elif said in ("late", "sensor") or not sensor.denies():
            break
    if said == "late":
        await with_.issuing.left(presented)
        with_.call_staff("certificate-not-taken", visit.case)
        return await _told(visit, with_, "not-taken", Step.COLLECT)
    await with_.issuing.taken(presented, "sensor" if said == "sensor" else "citizen")
    return presented


async def _told(visit: Visit, with_: Counterparts, code: str, step: Step) -> str:
    profile = with_.profile
    await tell(
        visit,
        with_.slips,
        notice(
            code,
            visit.case,
            step=step,
            counter=profile.counter,
            staff=profile.staff,
            staff_en=profile.staff_en,
            min=profile.staff_minutes,
        ),
    )
    return code

"""The home screen: what is offered right now, and the visit that a touch begins."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

from kiosk import events
from kiosk.events import place
from kiosk.journeys.counterparts import Counterparts, Slips
from kiosk.journeys.guide import guide
from kiosk.journeys.notices import notice
from kiosk.journeys.print_certificate import print_certificate
from kiosk.journeys.progress import progress
from kiosk.journeys.telling import tell
from kiosk.readiness import Readiness
from kiosk.visit import Visit, VisitEnded, WentBack
from screens.prompts import STAFF, Home, Nav, Offer, OutOfService, Stage
from screens.wording import t

ORDER = ("power", "door", "unknown", "left", "paused", "store", "clock", "blanks", "printer", "reader", "platform")
"""When several things are missing, the sentence that helps most comes first."""


async def serve(
    stage: Stage,
    readiness: Readiness,
    counterparts: Callable[[], Awaitable[Counterparts | None]],
    new_case: Callable[[], str],
    counter: Callable[[], str | None],
    on_visit: Callable[[str, str, str], None],
    staff: Callable[[str], Awaitable[str]],
) -> NoReturn:
    """Serve one citizen after the other, for ever.

    `counterparts` gives what the next visit works with, None while the platform has never been heard; `counter` is the counter that
    serves people in the meantime, if known; `on_visit` is told (case, service, outcome) at each end; `staff` is the admin screen, which
    takes its turn like a citizen: between visits, never in one.
    """
    while True:
        service = await _chosen(stage, readiness, counter)
        with_ = await counterparts()
        if with_ is None and service not in ("guide", STAFF):
            await readiness.refresh()
            continue
        case = new_case()
        outcome = "left"
        try:
            if service == STAFF:
                outcome = await staff(case)
                continue
            async with Visit(stage, case) as visit:
                outcome = await _journey(service, visit, with_)
        except VisitEnded as end:
            outcome = type(end).__name__
        except Exception as mistake:  # noqa: BLE001 - the outermost loop: one visit's mistake must not take the terminal down
            outcome = "mistake"
            events.VISIT_BROKE.tell(case=case, kind=type(mistake).__name__, place=place(mistake))
            await _apologise(stage, case, counter(), with_.slips if with_ else None)
        finally:
            on_visit(case, service, outcome)


async def _journey(service: str, visit: Visit, with_: Counterparts | None) -> str:
    if service == "guide" or with_ is None:
        return await guide(visit)
    if service == "progress":
        return await progress(visit, with_)
    return await print_certificate(visit, with_)


async def _apologise(stage: Stage, case: str, counter: str | None, slips: Slips | None) -> None:
    """Nobody leaves without knowing what happened, not even when the software does not know it."""
    try:
        async with Visit(stage, case) as visit:
            await tell(visit, slips, notice("mistake", case, counter=counter or "-"))
    except (VisitEnded, WentBack):
        return


async def _chosen(stage: Stage, readiness: Readiness, counter: Callable[[], str | None]) -> str:
    """What the next citizen touches; the screen follows what works while nobody does."""
    while True:
        changed = asyncio.ensure_future(readiness.changed())
        asked = asyncio.ensure_future(stage.ask(_screen(readiness, counter())))
        try:
            await asyncio.wait({asked, changed}, return_when=asyncio.FIRST_COMPLETED)
            if asked.done() and not isinstance(answer := asked.result(), Nav):
                return answer
        finally:
            for task in (asked, changed):
                task.cancel()
            await asyncio.gather(asked, changed, return_exceptions=True)


def _screen(readiness: Readiness, counter: str | None) -> Home | OutOfService:
    offers = _offers(readiness)
    if readiness.can_print and readiness.without_link:
        return Home(offers, state=t("home.alone.state"), sub=t("home.alone.sub"))
    if readiness.can_print:
        return Home(offers)
    first = min((o for o in readiness.obstacles if o.code in ORDER), key=lambda obstacle: ORDER.index(obstacle.code))
    return OutOfService(
        reason=t(f"oos.reason.{first.code}.{first.why}") if first.why else t(f"oos.reason.{first.code}"),
        eta=t("oos.eta", time=first.until) if first.until else None,
        alternatives=(t("oos.alternative.counter", counter=counter),) if counter else (t("oos.alternative.help"),),
        offers=offers,
    )


def _offers(readiness: Readiness) -> tuple[Offer, ...]:
    offers: list[Offer] = []
    if readiness.can_look:
        offers.append(Offer("progress", t("offer.progress.title"), t("offer.progress.hint"), "hourglass-medium"))
    offers.append(Offer("guide", t("offer.guide.title"), t("offer.guide.hint"), "book-open"))
    return tuple(offers)

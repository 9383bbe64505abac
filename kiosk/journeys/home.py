"""The home screen: what is offered right now, and the visit that a touch begins."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

from kiosk.journeys.counterparts import Counterparts
from kiosk.journeys.guide import guide
from kiosk.journeys.print_certificate import print_certificate
from kiosk.journeys.progress import progress
from kiosk.readiness import Readiness
from kiosk.visit import Visit, VisitEnded
from screens.prompts import Home, Nav, Offer, OutOfService, Stage
from screens.wording import t

log = logging.getLogger(__name__)

ORDER = ("unknown", "paused", "blanks", "printer", "reader", "platform")
"""When several things are missing, the sentence that helps most comes first."""


async def serve(
    stage: Stage,
    readiness: Readiness,
    counterparts: Callable[[], Awaitable[Counterparts | None]],
    new_case: Callable[[], str],
    on_visit: Callable[[str, str, str], None],
) -> NoReturn:
    """Serve one citizen after the other, for ever.

    `counterparts` gives what the next visit works with, None while the platform has never been heard; `on_visit` is told
    (case, service, outcome) at each end.
    """
    while True:
        service = await _chosen(stage, readiness)
        with_ = await counterparts()
        if with_ is None and service != "guide":
            await readiness.refresh()
            continue
        case = new_case()
        outcome = "left"
        try:
            async with Visit(stage, case) as visit:
                outcome = await _journey(service, visit, with_)
        except VisitEnded as end:
            outcome = type(end).__name__
        finally:
            on_visit(case, service, outcome)


async def _journey(service: str, visit: Visit, with_: Counterparts | None) -> str:
    if service == "guide" or with_ is None:
        return await guide(visit)
    if service == "progress":
        return await progress(visit, with_)
    return await print_certificate(visit, with_)


async def _chosen(stage: Stage, readiness: Readiness) -> str:
    """What the next citizen touches; the screen follows what works while nobody does."""
    while True:
        asked = asyncio.ensure_future(stage.ask(_screen(readiness)))
        changed = asyncio.ensure_future(readiness.changed())
        try:
            await asyncio.wait({asked, changed}, return_when=asyncio.FIRST_COMPLETED)
            if asked.done() and not isinstance(answer := asked.result(), Nav):
                return answer
        finally:
            for task in (asked, changed):
                task.cancel()
            await asyncio.gather(asked, changed, return_exceptions=True)


def _screen(readiness: Readiness) -> Home | OutOfService:
    offers = _offers(readiness)
    if readiness.can_print:
        return Home(offers)
    code = min((o.code for o in readiness.obstacles if o.code in ORDER), key=ORDER.index)
    return OutOfService(
        reason=t(f"oos.reason.{code}"),
        alternatives=(t("oos.alternative.counter"),),
        offers=offers,
    )


def _offers(readiness: Readiness) -> tuple[Offer, ...]:
    offers: list[Offer] = []
    if readiness.can_look:
        offers.append(Offer("progress", t("offer.progress.title"), t("offer.progress.hint"), "hourglass-medium"))
    offers.append(Offer("guide", t("offer.guide.title"), t("offer.guide.hint"), "book-open"))
    return tuple(offers)

"""办理进度: the citizen's cases and where they stand. One proof is enough; everything shown is masked."""

from __future__ import annotations

from kiosk.journeys.counterparts import Counterparts, on_worker
from kiosk.journeys.identify import close_session, explain_refusal, identify
from kiosk.journeys.notices import notice
from kiosk.platform.types import Availability, Listing, PlatformError
from kiosk.visit import READING, SOON, Visit, VisitEnded, WentBack
from screens.prompts import ChooseOne, Option, OptionState, Step, Working
from screens.wording import t, verbatim


async def progress(visit: Visit, with_: Counterparts) -> str:
    """The whole journey. Returns "told"; raises `VisitEnded` where she left."""
    try:
        session = (await identify(visit, with_, "progress")).session
    except WentBack:
        raise VisitEnded from None
    except PlatformError as problem:
        return await explain_refusal(visit, with_, problem)
    try:
        listings = await visit.during(
            Working(t("working.registry.title"), t("working.registry.sub")),
            on_worker(with_.platform.listings, session.session_id),
            grace=SOON,
        )
        if not listings:
            await visit.ask(notice("nothing", visit.case, step=Step.CHOOSE, counter=with_.profile.counter), idle=READING)
            return "nothing"
        await visit.ask(
            ChooseOne(
                title=t("progress.title"),
                options=tuple(_case(listing) for listing in listings),
                go=None,
                person=verbatim(session.name_masked),
                note=t("choose.missing", counter=with_.profile.counter),
                step=None,
            ),
            idle=READING,
        )
    except WentBack:
        raise VisitEnded from None
    except PlatformError as problem:
        return await explain_refusal(visit, with_, problem)
    finally:
        await close_session(with_, session)
    return "told"


def _case(listing: Listing) -> Option:
    done = listing.availability is Availability.PRINTED
    ready = listing.availability is Availability.READY
    return Option(
        name=listing.certificate_id,
        icon="hourglass-medium" if not (done or ready) else "check-circle",
        title=verbatim(listing.usage) if listing.kind == "title" else t("kind.proof"),
        lines=(verbatim(listing.location), t("progress.stage", stage=listing.stage)),
        state=OptionState.READY if ready else OptionState.DONE if done else OptionState.CLOSED,
        chip=t("choose.printable") if ready else t(f"refuse.{listing.availability.value}.chip"),
        why=None if ready else t(f"refuse.{listing.availability.value}.why", counter=listing.counter),
    )

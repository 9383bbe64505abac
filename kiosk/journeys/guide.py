"""办事指南: what to bring and how it goes, page by page. Needs no device and no link."""

from __future__ import annotations

from kiosk.visit import READING, Visit, VisitEnded, WentBack
from screens.prompts import Action, Notice, Tone
from screens.wording import t

PAGES = 3


async def guide(visit: Visit) -> str:
    """Show the pages one after the other. Returns "told"."""
    page = 1
    while page <= PAGES:
        last = page == PAGES
        try:
            await visit.ask(
                Notice(
                    title=t(f"guide.{page}.title"),
                    safe=t(f"guide.{page}.first"),
                    next=t(f"guide.{page}.then"),
                    actions=(
                        Action("next", t("action.understood" if last else "action.next"), "check" if last else "arrow-right"),
                    ),
                    tone=Tone.INFO,
                    can_leave=True,
                ),
                idle=READING,
            )
        except WentBack:
            if page == 1:
                raise VisitEnded from None
            page -= 1
            continue
        page += 1
    return "told"

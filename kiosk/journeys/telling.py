"""A notice that ends a visit, and the slip that goes with it where staff were called."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import NoReturn

from kiosk.journeys.counterparts import Slips
from kiosk.visit import READING, Visit
from screens.prompts import Notice


async def tell(visit: Visit, slips: Slips | None, said: Notice) -> None:
    """Show `said` until she has read it. Where staff were called, a slip with her case number comes out meanwhile, and the screen says
    so once it has.
    """
    if slips is None or said.done is None or not slips.ready:
        await visit.ask(said, idle=READING)
        return

    async def slip() -> NoReturn:
        if await slips.of_case(visit.case, (said.title, said.safe, said.next)):
            visit.show(replace(said, slip=True))
        await asyncio.Event().wait()
        raise AssertionError

    await visit.ask_until(said, slip(), idle=READING)

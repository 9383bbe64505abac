"""The issuer as journeys see it: with the outlet's light, and with what becomes of a certificate that nobody took."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from kiosk.devices import Shining
from kiosk.issuance.issue import IssuanceStopped, Issuer
from kiosk.issuance.ledger import Issuance
from kiosk.journeys.counterparts import Authorise, Presented, Progress
from kiosk.recovering import Recovering
from kiosk.registration.record import Registration
from peripherals.signals import Light


class Issuing:
    """Made anew for each visit. `obstacle`: why nothing could be printed right now (an IPP reason). `retract`: draws back what nobody
    took, and tells whether the unit has it; None where the unit cannot.
    """

    def __init__(
        self,
        issuer: Issuer,
        recovering: Recovering,
        obstacle: Callable[[], str | None],
        retract: Callable[[], bool] | None = None,
        outlet_light: Light | None = None,
    ) -> None:
        self._issuer = issuer
        self._recovering = recovering
        self._obstacle = obstacle
        self._retract = retract
        self._outlet = Shining(outlet_light)
        self._issuances: dict[str, Issuance] = {}

    async def issue(
        self, registration: Registration, authorise: Authorise, case: str, on_progress: Callable[[Progress], None]
    ) -> Presented:
        # Asked again at the last moment: what would certainly stop the page is known before a permission and a blank are bound.
        if reason := await asyncio.to_thread(self._obstacle):
            raise IssuanceStopped(reason, unknown=False)
        # It begins by recovering; what it lays into the outlet is not for an earlier recovery to judge.
        self._recovering.stop()
        issuance = await self._issuer.issue(
            registration, authorise, case, lambda stage, fraction: on_progress(Progress(stage, fraction))
        )
        self._issuances[issuance.authorisation_id] = issuance
        await self._outlet.switch(True)
        return Presented(issuance.authorisation_id, issuance.serial or "")

    async def taken(self, presented: Presented, evidence: str) -> None:
        await self._outlet.switch(False)
        await self._issuer.taken(self._issuances.pop(presented.issuance_id), evidence)

    async def left(self, presented: Presented) -> None:
        await self._outlet.switch(False)
        issuance = self._issuances.pop(presented.issuance_id)
        if self._retract is None:
            await self._issuer.left(issuance, "not taken in time")
        elif await asyncio.to_thread(self._retract):
            await self._issuer.retained(issuance, "not taken in time")
        else:
            await self._issuer.unseen(issuance, "not taken in time, and not drawn back")

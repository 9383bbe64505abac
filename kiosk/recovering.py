"""Recovery beside the visits: what is open is judged by the witnesses at once, and again until the store can write it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from kiosk import events
from kiosk.issuance.issue import Issuer
from kiosk.issuance.ledger import Issuance, Ledger
from kiosk.issuance.states import State
from kiosk.notes import Notes
from offline_cache.store import StoreError

RECOVER_SECONDS = 1.0
"""How often recovery is tried again while the store cannot write."""


class Recovering:
    """`done`: what was open from before the start has reached a true state. `settle` ends requests whose answer never came, between
    issuances; `nudge` is called on the event loop when a recovery that had to wait is done.
    """

    def __init__(
        self, ledger: Ledger, issuer: Issuer, settle: Callable[[], None], notes: Notes, nudge: Callable[[], None]
    ) -> None:
        self.done = False
        self._ledger = ledger
        self._issuer = issuer
        self._settle = settle
        self._notes = notes
        self._nudge = nudge
        self._task: asyncio.Future[None] | None = None

    async def first(self) -> None:
        """Recover before anybody is served; a store that cannot write goes on being tried beside, and closes the terminal meanwhile."""
        try:
            await self._recover()
            self.done = True
        except StoreError:
            self.start()

    def start(self) -> None:
        """Recover now, and until it was written."""
        self.stop()
        self._task = asyncio.ensure_future(self._until_it_can())

    def stop(self) -> None:
        """No more of it; what the worker has begun it ends."""
        if self._task:
            self._task.cancel()

    async def _until_it_can(self) -> None:
        while True:
            try:
                await self._recover()
            except StoreError as reason:
                events.RECOVERY_WAITS.tell(code=reason.code)
                await asyncio.sleep(RECOVER_SECONDS)
            else:
                self.done = True
                self._nudge()
                return

    async def _recover(self) -> None:
        """Bring whatever is open to a state that is true; staff are called to what only they can settle. Raises `StoreError`."""
        before = {issuance.authorisation_id for issuance in await asyncio.to_thread(self._unknown)}
        await self._issuer.recover()
        for issuance in await asyncio.to_thread(self._unknown):
            if issuance.authorisation_id not in before:
                self._notes.call_staff("unknown-found", issuance.case)
        await self._issuer.between(self._settle)

    def _unknown(self) -> list[Issuance]:
        return [issuance for issuance in self._ledger.open() if issuance.state is State.UNKNOWN]

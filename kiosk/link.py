"""The link to the platform: whether it answers, what it says of this terminal, whom it revoked, whether our clock is right."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from kiosk import events
from kiosk.believing import Believing
from kiosk.notes import Notes
from kiosk.platform.client import PlatformClient
from kiosk.platform.types import PlatformError, SignedTime, TerminalProfile
from kiosk.registration.trust import RecordUntrusted
from kiosk.township.last_word import LastWord
from kiosk.township.supplies import Supplies
from offline_cache import outbox
from offline_cache.heads import contains
from offline_cache.journal import Head
from offline_cache.store import Store, StoreError

LINK_SECONDS = 5.0
"""How often the platform is asked for its time, which tells whether the link is there."""
REFRESH_SECONDS = 600.0
"""How often profile and revocation lists are fetched again."""
SUPPLY_SECONDS = 60.0
"""How often what was granted beforehand is replenished and swept."""


@dataclass(slots=True)
class Link:
    """What is known of the platform: its profile of us, whether it answers now, whether our clock agrees with its.

    `rolled_back`: it was told of journal entries that our store does not hold.
    """

    profile: TerminalProfile | None = None
    answers: bool = False
    clock_wrong: bool = False
    rolled_back: bool = False
    trouble: str = "not asked yet"

    @property
    def hall(self) -> str:
        """The code of the hall where the terminal stands, as codes for appointments say it; empty until the platform has said."""
        return self.profile.hall if self.profile else ""

    @property
    def hall_name(self) -> str:
        return self.profile.hall_name if self.profile else ""


class LinkKeeper:
    """Keeps `link` true. `nudge` is called on the event loop after each look, `on_profile` when the platform has said what this terminal is."""

    def __init__(
        self,
        link: Link,
        client: PlatformClient,
        believing: Believing,
        store: Store,
        supplies: Supplies,
        notes: Notes,
        clock: Callable[[], datetime],
        tolerance: timedelta,
        nudge: Callable[[], None],
        on_profile: Callable[[TerminalProfile], None],
    ) -> None:
        self.link = link
        self._client = client
        self._believing = believing
        self._store = store
        self._supplies = supplies
        self._last_word = LastWord(store, clock)
        self._notes = notes
        self._clock = clock
        self._tolerance = tolerance
        self._nudge = nudge
        self._on_profile = on_profile

    def remember(self) -> None:
        """What the platform last said, for as long as it cannot be asked. A store that cannot tell is an obstacle later."""
        try:
            self.link.profile = self._last_word.profile()
            self._believing.refresh(self._last_word.crls())
        except (StoreError, RecordUntrusted) as reason:
            events.WORD_NOT_KEPT.tell(code=reason.code)

    async def keep(self) -> NoReturn:
        """Ask for ever."""
        refreshed = -REFRESH_SECONDS
        while True:
            try:
                signed = await asyncio.to_thread(self._client.time)
                if self.link.profile is None or time.monotonic() - refreshed > REFRESH_SECONDS:
                    await self._refresh()
                    refreshed = time.monotonic()
                self.link.clock_wrong = await asyncio.to_thread(self._believing.clock_is_wrong, signed)
                await asyncio.to_thread(self._heard, signed)
                self.link.answers, self.link.trouble = True, ""
            except (PlatformError, RecordUntrusted) as problem:
                if self.link.answers or self.link.trouble != type(problem).__name__:
                    events.LINK_TROUBLE.tell(kind=type(problem).__name__, code=str(problem))
                self.link.answers, self.link.trouble = False, type(problem).__name__
                self.link.clock_wrong = await asyncio.to_thread(self._clock_wrong_alone)
            self._nudge()
            await asyncio.sleep(LINK_SECONDS if self.link.answers else LINK_SECONDS / 2)

    async def keep_supplied(self) -> NoReturn:
        """What this terminal's own appointments need is here before the link goes, and is gone when its time is over."""
        while True:
            profile = self.link.profile
            try:
                if profile is not None and not self.link.clock_wrong:
                    await asyncio.to_thread(self._supplies.sweep)
                if profile is not None and profile.pre_grants and self.link.answers and not self.link.clock_wrong:
                    await asyncio.to_thread(self._supplies.replenish)
            except (PlatformError, StoreError) as problem:
                events.SUPPLIES_TROUBLE.tell(kind=type(problem).__name__)
            self._nudge()
            await asyncio.sleep(SUPPLY_SECONDS if self.link.answers else LINK_SECONDS / 2)

    async def _refresh(self) -> None:
        profile = await asyncio.to_thread(self._client.profile)
        crls = await asyncio.to_thread(self._client.revocations)
        self._believing.refresh(crls)
        await self._hold_against_platform()
        self.link.profile = profile
        self._on_profile(profile)
        await asyncio.to_thread(self._keep_word, profile, crls)

    async def _hold_against_platform(self) -> None:
        """A whole disk that was put back to an older copy shows against what the platform was told of the journal."""
        told = await asyncio.to_thread(self._client.journal_head)
        if told is None:
            return
        try:
            same = await asyncio.to_thread(contains, self._store, Head(told.seq, bytes.fromhex(told.hash)))
        except StoreError:
            return  # the store is an obstacle by itself; it is asked again
        if not same and not self.link.rolled_back:
            events.STORE_ROLLED_BACK.tell(seq=told.seq)
            self._notes.call_staff("store-rolled-back", key=f"rolled-back-{told.seq}")
        self.link.rolled_back = not same

    def _keep_word(self, profile: TerminalProfile, crls: list[bytes]) -> None:
        try:
            self._last_word.keep(profile, crls)
        except StoreError as reason:
            events.WORD_NOT_KEPT.tell(code=reason.code)

    def _heard(self, signed: SignedTime) -> None:
        """The link is there: remember its time, and hold nothing back that waited for it."""
        try:
            self._last_word.heard(signed.time)
            if not self.link.answers:
                outbox.hurry(self._store, self._clock())
        except StoreError as reason:
            events.WORD_NOT_KEPT.tell(code=reason.code)

    def _clock_wrong_alone(self) -> bool:
        try:
            return self._last_word.clock_is_wrong(self._tolerance)
        except StoreError:
            return self.link.clock_wrong

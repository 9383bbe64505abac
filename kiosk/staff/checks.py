"""The eight things that staff see on the dashboard and can try: three devices, the link, the ledgers, the clock, the outbox, the glass."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from kiosk.devices import CodeSlot
from kiosk.issuance import blanks
from kiosk.journeys.staff_counterparts import Check
from kiosk.platform.types import PlatformError, SignedTime
from kiosk.registration.trust import RecordUntrusted
from kiosk.staff.paper import TestFailed
from offline_cache import journal, outbox
from offline_cache.store import Store, StoreError
from peripherals.card_reader import CardInserted, CardReader
from peripherals.device import Device, DeviceEvent
from screens.prompts import Tone
from screens.wording import Text, t

SCARCE_BYTES = 256 * 1024 * 1024
LATE = timedelta(minutes=5)
"""A report that has waited for so long, with a link, is stuck."""

Fact = tuple[Tone, Text]


class LinkState(Protocol):
    """What the terminal knows of the platform without asking."""

    answers: bool
    clock_wrong: bool


class Clockwork(Protocol):
    """Whether our clock agrees with the platform's signed time (`kiosk.believing.Believing`)."""

    def clock_is_wrong(self, signed: SignedTime) -> bool: ...


def checks(
    *,
    readers: Sequence[CardReader],
    scanner: Device,
    codes: CodeSlot,
    printer: Device,
    link: LinkState,
    ask_time: Callable[[], SignedTime],
    clockwork: Clockwork,
    store: Store,
    clock: Callable[[], datetime],
) -> tuple[Check, ...]:
    """In the order of the dashboard. `ask_time` asks the platform, and blocks."""

    async def signed() -> SignedTime:
        try:
            return await asyncio.to_thread(ask_time)
        except PlatformError as problem:
            raise TestFailed(type(problem).__name__) from None

    async def code() -> None:
        await codes.next()

    async def platform() -> None:
        await signed()

    async def time_of_day() -> None:
        try:
            wrong = clockwork.clock_is_wrong(await signed())
        except RecordUntrusted as distrust:
            raise TestFailed(distrust.code) from None
        if wrong:
            raise TestFailed("clock")

    def link_fact() -> Fact:
        return (Tone.OK, t("staff.fact.link")) if link.answers else (Tone.WARN, t("staff.fact.no-link"))

    def clock_fact() -> Fact:
        return (Tone.WARN, t("staff.fact.clock-wrong")) if link.clock_wrong else (Tone.OK, t("staff.fact.ok"))

    return (
        Check("reader", "identification-card", lambda: _best(readers), lambda: _card(readers), hand=True),
        Check("scanner", "scan", lambda: _fact(scanner), code, hand=True),
        Check("printer", "printer", lambda: _fact(printer), None),
        Check("platform", "network", link_fact, platform),
        Check("ledger", "book-open", lambda: _space(store), _off_loop(lambda: _ledger(store))),
        Check("clock", "clock", clock_fact, time_of_day),
        Check("outbox", "arrow-bend-up-left", lambda: _reports(store), _off_loop(lambda: _reported(store, clock()))),
        Check("touch", "hand-pointing", lambda: (Tone.OK, t("staff.fact.ok")), None, hand=True),
    )


def _off_loop(act: Callable[[], None]) -> Callable[[], Awaitable[None]]:
    return lambda: asyncio.to_thread(act)


def _fact(device: Device) -> Fact:
    status = device.status()
    if status.usable:
        low = any(reason.endswith(("-low", "-low-report", "-low-warning")) for reason in status.reasons)
        return (Tone.WARN, t("staff.fact.low")) if low else (Tone.OK, t("staff.fact.ok"))
    return Tone.WARN, t(f"staff.fact.{status.state.value}")


def _best(readers: Sequence[CardReader]) -> Fact:
    """One reader that works is enough."""
    facts = [_fact(reader) for reader in readers]
    return next((fact for fact in facts if fact[0] is Tone.OK), facts[0])


async def _card(readers: Sequence[CardReader]) -> None:
    """Until a card lies on one of the readers."""
    loop = asyncio.get_running_loop()
    seen: asyncio.Event = asyncio.Event()

    def hear(event: DeviceEvent) -> None:
        if isinstance(event, CardInserted):
            loop.call_soon_threadsafe(seen.set)

    ends = [reader.subscribe(hear) for reader in readers]
    try:
        if not any(reader.card_present for reader in readers):
            await seen.wait()
    finally:
        for end in ends:
            end()


def _space(store: Store) -> Fact:
    try:
        free = shutil.disk_usage(store.path.parent).free
    except OSError:
        return Tone.REFUSED, t("staff.fact.hardware-error")
    return (Tone.OK, t("staff.fact.ok")) if free > SCARCE_BYTES else (Tone.WARN, t("staff.fact.full"))


def _ledger(store: Store) -> None:
    """Every page of the file, every entry of the journal, every blank in the sum."""
    try:
        store.check()
        if journal.verify(store) is not None:
            raise TestFailed("journal-altered")
        if not all(account.balanced for account in blanks.account(store)):
            raise TestFailed("blanks-do-not-add-up")
    except StoreError as reason:
        raise TestFailed(reason.code) from None


def _reports(store: Store) -> Fact:
    try:
        backlog = outbox.backlog(store)
    except StoreError:
        return Tone.REFUSED, t("staff.fact.hardware-error")
    if backlog.refused:
        return Tone.WARN, t("staff.fact.refused", n=backlog.refused)
    return (Tone.INFO, t("staff.fact.waiting", n=backlog.waiting)) if backlog.waiting else (Tone.OK, t("staff.fact.ok"))


def _reported(store: Store, now: datetime) -> None:
    backlog = outbox.backlog(store)
    if backlog.refused:
        raise TestFailed("refused")
    if backlog.oldest is not None and now - datetime.fromisoformat(backlog.oldest) > LATE:
        raise TestFailed("late")

"""The terminal: the one file that knows every concrete class and puts them together.

Start: store → devices → recovery → window. Then four loops side by side: the home screen with its visits, the accept gate, the
link to the platform (profile, revocation lists, clock), the outbox. They end together.
"""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from kiosk import events
from kiosk.believing import Believing
from kiosk.case import Case
from kiosk.certificate.calibration import Calibration
from kiosk.certificate.pages import CertificatePages
from kiosk.certificate.typeset import Mode, Typesetter
from kiosk.copies import CopyWatch
from kiosk.custody import open_store, ratchet, signing_key, witness
from kiosk.delivery import deliver_for_ever
from kiosk.devices import CardSlot, CodeSlot, ReaderSlots, ScannerSlot, Shining, StaffCardSlots
from kiosk.issuance import blanks
from kiosk.issuance.blanks import Mark
from kiosk.issuance.issue import IssuanceStopped, Issuer
from kiosk.issuance.ledger import Issuance, Ledger
from kiosk.issuance.pruning import prune
from kiosk.issuance.reconciliation import differences
from kiosk.issuance.states import State
from kiosk.journal_heads import Escrow, JournalHeads
from kiosk.journeys.counterparts import Authorise, Counterparts, Presented, Progress
from kiosk.journeys.home import serve
from kiosk.journeys.staff import staff
from kiosk.journeys.staff_counterparts import StaffCounterparts
from kiosk.platform.client import Limits, PlatformClient
from kiosk.platform.types import Desk, Evaluation, PlatformError, SignedTime, StaffCall, TerminalProfile
from kiosk.readiness import Obstacle, Probe, Readiness
from kiosk.registration.record import Registration
from kiosk.registration.trust import RecordUntrusted
from kiosk.settings import Settings
from kiosk.staff.accounts import Accounts
from kiosk.staff.books import Books
from kiosk.staff.checks import checks
from kiosk.staff.export import Exporter
from kiosk.staff.paper import TestPaper, calibration_of
from kiosk.staff.pauses import Pauses
from kiosk.staff.power import Power
from kiosk.staff.version import versions
from kiosk.timed_stage import timed
from kiosk.township.desk import TownshipDesk
from kiosk.township.last_word import LastWord
from kiosk.township.requests import Requests
from kiosk.township.supplies import Supplies
from kiosk.unit import CertificateUnit
from kiosk.watchdog.messages import Call, Heartbeat
from kiosk.wellbeing import Wellbeing
from offline_cache import journal, outbox
from offline_cache.heads import contains
from offline_cache.journal import Head
from offline_cache.store import Conflict, Store, StoreError, Transaction
from peripherals.card_reader import CardReader, card_reader
from peripherals.code_scanner.makes import code_scanner
from peripherals.device import Device, DeviceEvent
from peripherals.signals import Light
from screens.prompts import Stage

if TYPE_CHECKING:
    from kiosk.slips import VisitSlips

LINK_SECONDS = 5.0
"""How often the platform is asked for its time, which tells whether the link is there."""
REFRESH_SECONDS = 600.0
"""How often profile and revocation lists are fetched again."""
SUPPLY_SECONDS = 60.0
"""How often what was granted beforehand is replenished and swept."""
RECOVER_SECONDS = 1.0
"""How often recovery is tried again while the store cannot write."""
FREE_BYTES = 64 * 1024 * 1024
"""With less free disk than this nothing new is begun: a begun issuance must be able to end on disk."""


JUDGING_SECONDS = 180.0
"""How much longer than the printing itself an issuance may take, until the witnesses were heard after a fault."""
FORGET_SECONDS = 0.5
"""How long after a visit its last references are gone."""
STAFF_CALLS = "/v1/staff-calls"
EVALUATIONS = "/v1/evaluations"


def utc_now() -> datetime:
    return datetime.now(UTC)


def card_readers(settings: Settings) -> tuple[CardReader, ...]:
    """The card readers of these settings, not yet opened; the first is called ``card-reader``, a second ``card-reader-2``."""
    return tuple(
        card_reader(line, "card-reader" if index == 1 else f"card-reader-{index}")
        for index, line in enumerate(settings.card_reader.lines, start=1)
    )


@dataclass(slots=True)
class Link:
    """What is known of the platform: its profile of us, whether it answers now, whether our clock agrees with its."""

    profile: TerminalProfile | None = None
    answers: bool = False
    clock_wrong: bool = False
    trouble: str = "not asked yet"


class Terminal:
    """One terminal at work. `stage` is the window (or a test's)."""

    def __init__(
        self,
        settings: Settings,
        stage: Stage,
        *,
        clock: Callable[[], datetime] = utc_now,
        on_profile: Callable[[TerminalProfile], None] = lambda _: None,
        store: Store | None = None,
        slots: tuple[CardSlot, CodeSlot] | None = None,
    ) -> None:
        """Opens the store and reads certificates, fonts and templates. Raises the typed errors of each.

        `store` and `slots` stand for the settings' store, card reader and code scanner where somebody else brings them.
        `on_profile` is told, on the event loop, what the platform says of this terminal.
        """
        self._settings = settings
        self._slots = slots
        self._brought = slots is not None
        self._clock = clock
        self._on_profile = on_profile
        self.link = Link()
        platform = settings.platform
        self._believing = Believing(
            settings.trust.registry_root,
            settings.trust.platform_root,
            settings.terminal_id,
            lambda: self.link.profile.hall if self.link.profile else "",
            clock,
            timedelta(seconds=settings.trust.clock_tolerance_seconds),
        )

        def client(limits: Limits) -> PlatformClient:
            return PlatformClient(
                str(platform.url), certificate=platform.certificate, key=platform.key, ca=platform.ca, limits=limits
            )

        self._platform = client(Limits(platform.connect_seconds, platform.read_seconds, platform.total_seconds))
        self._link_client = client(Limits(min(2.0, platform.connect_seconds), 3.0, 4.0))
        self._delivery_client = client(Limits(platform.connect_seconds, platform.read_seconds, platform.total_seconds))
        self.store = store or open_store(settings)
        self._ledger = Ledger(self.store, clock, ratchet(settings, self.store))
        self._copies = CopyWatch(ratchet(settings, self.store))
        escrow = settings.escrow and Escrow(settings.escrow.certificate, settings.escrow.directory)
        self._heads = JournalHeads(self.store, signing_key(settings), settings.terminal_id, witness(settings), clock, escrow)
        self._requests = Requests(self.store, self._platform, clock)
        self._supplies = Supplies(self.store, self._delivery_client, clock)
        self._last_word = LastWord(self.store, clock)
        printer = settings.printer
        self.wellbeing = Wellbeing(
            settings.watchdog.socket_directory,
            self.store,
            lambda: self.devices,
            clock,
            self._called_by_watchdog,
            longest_issuance_seconds=printer.give_up_seconds + JUDGING_SECONDS,
        )
        self._stage = timed(stage, self.wellbeing.tally.step)
        self._readers = card_readers(settings)
        self._case = Case(settings)
        self._scanner = code_scanner(settings.code_scanner.source)
        self._unit = CertificateUnit.of(settings)
        self._printer, self._guard, self._queue = self._unit.printer, self._unit.guard, self._unit.press
        given = printer.calibration
        settled = Calibration(given.dx_mm, given.dy_mm, given.scale, given.rotation_deg)
        self._typesetter = Typesetter(calibration=calibration_of(self.store, settled))
        self._pauses = Pauses(self.store, clock)
        self._slips = self._slips_of(settings, clock)
        mode = Mode.FULL if printer.paper == "plain" else Mode.OVERPRINT
        self._pages = CertificatePages(self._typesetter, mode, self._unit.editions, self._unit.most_pages)
        self._issuer = Issuer(
            self._ledger, self._pages, self._queue, self._queue, self._believing.authorisation, self.wellbeing.issuing
        )
        self.readiness = Readiness({**self._probes(), **self.wellbeing.probes()})
        self._cases = _Cases(clock)
        self._rolled_back = False
        self._marks: dict[str, Mark] = {}
        self._looking: asyncio.Future[None] | None = None
        self._staff_cards: StaffCardSlots | None = None
        self._recovering: asyncio.Future[None] | None = None
        self._recovered = False

    def _slips_of(self, settings: Settings, clock: Callable[[], datetime]) -> VisitSlips | None:
        if not settings.receipt_printer.device:
            return None
        from kiosk.slips import (  # loads what draws pictures, which a terminal without slips never needs
            VisitSlips,
            receipt_printer,
        )

        def hall() -> str:
            return self.link.profile.hall_name if self.link.profile else ""

        return VisitSlips(receipt_printer(settings), self._typesetter, settings.terminal_id, hall, clock)

    @property
    def devices(self) -> tuple[Device, ...]:
        around = (*self._unit.devices, *((self._slips.printer,) if self._slips else ()), *self._case.devices)
        return around if self._brought else (*self._readers, self._scanner, *around)

    async def run(self) -> None:
        """Serve until cancelled. What was open from before is brought to a true state first."""
        loop = asyncio.get_running_loop()

        def on_event(_: DeviceEvent) -> None:
            loop.call_soon_threadsafe(self.readiness.nudge)

        unsubscribe = [device.subscribe(on_event) for device in self.devices]
        try:
            await asyncio.gather(*[asyncio.to_thread(device.open) for device in self.devices])
            await asyncio.to_thread(self._remember)
            try:
                await self._recover()
                self._recovered = True
            except StoreError:
                self._start_recovering()  # it says why, and tries until it can; meanwhile the screen says that the store is at fault

            def today() -> date:
                return self._clock().date()

            if self._slots is None:
                self._slots = (
                    ReaderSlots(self._readers, today, self._case.reader_light),
                    ScannerSlot(self._scanner, self._case.scanner_light),
                )
            self._staff_cards = StaffCardSlots(self._readers, today)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_link(), name="link")
                tasks.create_task(self._keep_supplied(), name="supplies")
                tasks.create_task(self.readiness.watch(), name="readiness")
                tasks.create_task(deliver_for_ever(self.store, self._delivery_client, self._clock), name="outbox")
                tasks.create_task(self.wellbeing.keep(), name="wellbeing")
                tasks.create_task(self._serve(), name="visits")
                tasks.create_task(self._heads.keep_for_ever(), name="journal heads")
                tasks.create_task(asyncio.to_thread(self._forget_old_tokens), name="old tokens")
        finally:
            self._stop_recovering()
            for end in unsubscribe:
                end()
            if self._slots and isinstance(self._slots[0], ReaderSlots):
                self._slots[0].close()
            if self._staff_cards:
                self._staff_cards.close()

    def close(self) -> None:
        """Let a begun issuance reach a true state, then let go of everything."""
        self._issuer.close()
        for device in self.devices:
            device.close()
        for client in (self._platform, self._link_client, self._delivery_client):
            client.close()
        self._heads.close()
        self.store.close()

    def _forget_old_tokens(self) -> None:
        try:
            prune(self.store, self._guard, self._clock())
        except StoreError as reason:
            events.JOURNAL_FAILED.tell(code=reason.code)

    # ---- visits ----------------------------------------------------------------------------------------------------------

    async def _serve(self) -> None:
        await self.readiness.refresh()
        await serve(
            self._stage,
            self.readiness,
            self._counterparts,
            self._new_case,
            lambda: self.link.profile.counter if self.link.profile else None,
            self._visited,
            self._staff,
        )

    def heartbeat(self, *, loop_longest_ms: float = 0.0) -> Heartbeat:
        """How the terminal is, for the watchdog. Call it on the event loop, with the longest that anything has held it."""
        return self.wellbeing.heartbeat(
            self.readiness.obstacles,
            serving=self._slots is not None,
            clock_wrong=self.link.clock_wrong,
            loop_longest_ms=loop_longest_ms,
        )

    def _new_case(self) -> str:
        self.wellbeing.visit_begins()
        return self._cases.next()

    async def _staff(self, case: str) -> str:
        """The admin screen: in its turn, between visits."""
        assert self._slots is not None
        assert self._staff_cards is not None
        settings, store, clock = self._settings, self.store, self._clock
        books = Books(store, self._ledger, self._queue, clock)
        counterparts = StaffCounterparts(
            terminal_id=settings.terminal_id,
            hall=lambda: self.link.profile.hall_name if self.link.profile else "",
            accounts=Accounts(store, clock),
            cards=self._staff_cards,
            books=books,
            pauses=self._pauses,
            paper=TestPaper(store, books, self._typesetter, self._queue, clock, settings.terminal_id),
            power=Power(self._ledger, settings.staff.service),
            exporter=Exporter(
                store,
                clock,
                settings.terminal_id,
                signing_key(settings),
                settings.staff.export_directory,
                settings.staff.export_recipient,
            ),
            checks=checks(
                readers=self._readers,
                scanner=self._scanner,
                codes=self._slots[1],
                printer=self._printer,
                link=self.link,
                ask_time=self._platform.time,
                clockwork=self._believing,
                store=store,
                clock=clock,
            ),
            readiness=self.readiness,
            versions=versions(),
            clock=clock,
            low=settings.blanks.low,
            capacity=settings.blanks.capacity,
            log_out_seconds=settings.staff.log_out_seconds,
        )
        return await staff(self._stage, case, counterparts)

    async def _counterparts(self) -> Counterparts | None:
        profile = self.link.profile
        if profile is None or self._slots is None:
            return None
        return Counterparts(
            profile=profile,
            platform=self._desk(profile),
            trust=self._believing,
            pages=self._pages,
            issuing=_Issuing(self._issuer, self._unit, self._case.outlet_light),
            cards=self._slots[0],
            codes=self._slots[1],
            print_seconds=self._settings.printer.page_seconds,
            has_blank=lambda kind: blanks.left(self.store, kind) > 0,
            call_staff=self.call_staff,
            evaluated=self._evaluated,
            outlet=self._unit.occupied,
            slips=self._slips,
        )

    def _desk(self, profile: TerminalProfile) -> Desk:
        """The platform's, or without a link our own; a visit keeps the one that it began with."""
        if self.link.answers:
            return self._requests
        return TownshipDesk(self.store, profile, self._believing.appointment, self._requests.settle, self._clock)

    def _visited(self, case: str, service: str, outcome: str) -> None:
        events.VISIT_ENDED.tell(case=case, service=service, outcome=outcome)
        self.wellbeing.visit_ends(service, outcome)
        self._note("visit.ended", {"service": service, "outcome": outcome}, case)
        # The platform knows after each visit how the journal stands: a copy from before it is found out, however young.
        asyncio.get_running_loop().run_in_executor(None, self._heads.note)
        self._looking = asyncio.ensure_future(self._look_at_bins())
        loop = asyncio.get_running_loop()
        loop.run_in_executor(None, self._typesetter.forget)
        # What went round in circles on this side (a task and its exception) is not freed by the window's wipe.
        loop.call_later(FORGET_SECONDS, lambda: loop.run_in_executor(None, gc.collect))
        if outcome == "mistake":
            self.call_staff("visit-broke", case)
        # Whatever it left half-way is judged by the witnesses at once, not at the next start.
        self._start_recovering()

    def _start_recovering(self) -> None:
        self._stop_recovering()
        self._recovering = asyncio.ensure_future(self._recover_when_it_can())

    def _stop_recovering(self) -> None:
        """An issuance begins, and begins by recovering: what it lays into the outlet is not for an earlier recovery to judge."""
        if self._recovering:
            self._recovering.cancel()

    async def _recover_when_it_can(self) -> None:
        """Recover as soon as the store can write it."""
        while True:
            try:
                await self._recover()
            except StoreError as reason:
                events.RECOVERY_WAITS.tell(code=reason.code)
                await asyncio.sleep(RECOVER_SECONDS)
            else:
                self._recovered = True
                self.readiness.nudge()
                return

    async def _recover(self) -> None:
        """Bring whatever is open to a state that is true; staff are called to what only they can settle. Raises `StoreError`."""
        before = {issuance.authorisation_id for issuance in await asyncio.to_thread(self._unknown)}
        await self._issuer.recover()
        for issuance in await asyncio.to_thread(self._unknown):
            if issuance.authorisation_id not in before:
                self.call_staff("unknown-found", issuance.case)
        await self._issuer.between(self._requests.settle)

    def _unknown(self) -> list[Issuance]:
        return [issuance for issuance in self._ledger.open() if issuance.state is State.UNKNOWN]

    def _called_by_watchdog(self, call: Call) -> None:
        self.call_staff(f"{call.part}-{call.symptom}".replace(":", "-"), key=call.key)

    async def _look_at_bins(self) -> None:
        """Staff are called once when a bin becomes low, and once when it is empty."""
        try:
            levels = await asyncio.to_thread(blanks.levels, self.store, self._settings.blanks.low)
        except StoreError as reason:
            events.JOURNAL_FAILED.tell(code=reason.code)
            return
        marks = {level.bin: level.mark for level in levels}
        for name, mark in marks.items():
            if mark is not Mark.GOOD and mark is not self._marks.get(name):
                self.call_staff(f"blanks-{mark}-{name}")
        self._marks = marks

    def call_staff(self, reason: str, case: str | None = None, *, key: str | None = None) -> None:
        """Staff are wanted: the platform rings them (by the outbox), and journal and log know. `key`: called once under it, ever."""
        events.STAFF_CALLED.tell(reason=reason)
        call = StaffCall(reason=reason, case=case, happened_at=self._clock())
        self._note(
            "staff.called",
            {"reason": reason},
            case,
            lambda tx: outbox.put(
                tx, call.happened_at, STAFF_CALLS, call.model_dump_json().encode(), key=f"call-{key or uuid.uuid4()}"
            ),
        )

    def _evaluated(self, matter: str, case: str, grade: int, reason: str | None) -> None:
        """A citizen's word goes to the platform once a matter: its key in the outbox is made from the matter."""
        said = Evaluation.model_validate(
            {"matter": matter, "case": case, "grade": grade, "reason": reason, "happened_at": self._clock()}
        )
        self._note(
            "citizen.evaluated",
            {"grade": str(grade), **({"reason": reason} if reason else {})},
            case,
            lambda tx: outbox.put(tx, said.happened_at, EVALUATIONS, said.model_dump_json().encode(), key=f"evaluation-{matter}"),
        )

    def _note(
        self, kind: str, data: dict[str, str], case: str | None, more: Callable[[Transaction], None] = lambda _: None
    ) -> None:
        """An entry in the journal, and `more` with it, written on a worker; a store that cannot take it is an obstacle, not a crash."""

        def write() -> None:
            try:
                with self.store.transaction() as tx:
                    journal.append(tx, self._clock(), kind, data, case=case)
                    more(tx)
            except Conflict:
                events.SAID_BEFORE.tell(kind=kind)
            except StoreError as reason:
                events.JOURNAL_FAILED.tell(code=reason.code)

        asyncio.get_running_loop().run_in_executor(None, write)

    # ---- the link --------------------------------------------------------------------------------------------------------

    async def _keep_link(self) -> None:
        """Know whether the platform answers, what it says of us, whom it revoked, and whether our clock is right."""
        refreshed = -REFRESH_SECONDS
        while True:
            try:
                signed = await asyncio.to_thread(self._link_client.time)
                if self.link.profile is None or time.monotonic() - refreshed > REFRESH_SECONDS:
                    profile = await asyncio.to_thread(self._link_client.profile)
                    crls = await asyncio.to_thread(self._link_client.revocations)
                    self._believing.refresh(crls)
                    await self._hold_against_platform()
                    self.link.profile, refreshed = profile, time.monotonic()
                    self._on_profile(profile)
                    await asyncio.to_thread(self._keep_word, profile, crls)
                self.link.clock_wrong = await asyncio.to_thread(self._believing.clock_is_wrong, signed)
                await asyncio.to_thread(self._heard, signed)
                self.link.answers, self.link.trouble = True, ""
            except (PlatformError, RecordUntrusted) as problem:
                if self.link.answers or self.link.trouble != type(problem).__name__:
                    events.LINK_TROUBLE.tell(kind=type(problem).__name__, code=str(problem))
                self.link.answers, self.link.trouble = False, type(problem).__name__
                self.link.clock_wrong = await asyncio.to_thread(self._clock_wrong_alone)
            self.readiness.nudge()
            await asyncio.sleep(LINK_SECONDS if self.link.answers else LINK_SECONDS / 2)

    async def _hold_against_platform(self) -> None:
        """A whole disk that was put back to an older copy shows against what the platform was told of the journal."""
        told = await asyncio.to_thread(self._link_client.journal_head)
        if told is None:
            return
        try:
            same = await asyncio.to_thread(contains, self.store, Head(told.seq, bytes.fromhex(told.hash)))
        except StoreError:
            return  # the store is an obstacle by itself; it is asked again
        if not same and not self._rolled_back:
            events.STORE_ROLLED_BACK.tell(seq=told.seq)
            self.call_staff("store-rolled-back", key=f"rolled-back-{told.seq}")
        self._rolled_back = not same

    def _remember(self) -> None:
        """What the platform last said, for as long as it cannot be asked. A store that cannot tell is an obstacle later."""
        try:
            self.link.profile = self._last_word.profile()
            self._believing.refresh(self._last_word.crls())
        except (StoreError, RecordUntrusted) as reason:
            events.WORD_NOT_KEPT.tell(code=reason.code)

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
                outbox.hurry(self.store, self._clock())
        except StoreError as reason:
            events.WORD_NOT_KEPT.tell(code=reason.code)

    def _clock_wrong_alone(self) -> bool:
        try:
            return self._last_word.clock_is_wrong(timedelta(seconds=self._settings.trust.clock_tolerance_seconds))
        except StoreError:
            return self.link.clock_wrong

    async def _keep_supplied(self) -> None:
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
            self.readiness.nudge()
            await asyncio.sleep(SUPPLY_SECONDS if self.link.answers else LINK_SECONDS / 2)

    # ---- the accept gate -------------------------------------------------------------------------------------------------

    def _probes(self) -> dict[str, Probe]:
        def device(code: str, device: Device) -> Probe:
            def probe() -> Obstacle | None:
                status = device.status()
                return None if status.usable else Obstacle(code, f"{status.state}: {status.detail}")

            return probe

        def printer() -> Obstacle | None:
            return device("printer", self._printer)() or (device("printer", turner)() if (turner := self._unit.turner) else None)

        def reader() -> Obstacle | None:
            # One that works is enough: a card is read where it is laid.
            statuses = [each.status() for each in self._readers]
            if any(status.usable for status in statuses):
                return None
            return Obstacle("reader", "; ".join(f"{status.state}: {status.detail}" for status in statuses))

        def platform() -> Obstacle | None:
            if self.link.answers and self.link.profile:
                return None
            try:
                alone = self.link.profile is not None and self._supplies.usable() > 0
            except StoreError:
                alone = False
            return Obstacle("link" if alone else "platform", self.link.trouble)

        def clock() -> Obstacle | None:
            return Obstacle("clock", "differs from the platform's signed time") if self.link.clock_wrong else None

        def store() -> Obstacle | None:
            if self._rolled_back:
                return Obstacle("store", "an older copy of the store was put back")
            if copied := self._copies.obstacle():
                return Obstacle("store", copied)
            if not self._recovered:
                return Obstacle("store", "what was open from before is not recovered yet")
            try:
                free = shutil.disk_usage(self.store.path.parent).free
                if os.statvfs(self.store.path.parent).f_flag & os.ST_RDONLY:
                    return Obstacle("store", "the disk is read-only")
            except OSError as reason:
                return Obstacle("store", str(reason.strerror))
            return None if free > FREE_BYTES else Obstacle("store", f"{free // 2**20} MiB free")

        def paused() -> Obstacle | None:
            try:
                pause = self._pauses.current()
            except StoreError as reason:
                return Obstacle("store", reason.code)
            if pause is None:
                return None
            # A time that has passed is not promised again.
            told = pause.until is not None and pause.until > self._clock()
            until = f"{pause.until.astimezone():%H:%M}" if pause.until is not None and told else ""
            return Obstacle("paused", f"by {pause.by}", why=pause.reason, until=until)

        def ledgers() -> Obstacle | None:
            try:
                states = {issuance.state for issuance in self._ledger.open()}
                if State.UNKNOWN in states:
                    return Obstacle("unknown", "an issuance waits for two of the staff")
                self._unit.looked()
                if State.LEFT in states:
                    return Obstacle("left", "a certificate was not taken: one of the staff must look")
                if blanks.left(self.store, "title"):
                    return None
                counted = differences(self.store)
                why = f"the count of bin {counted[0].bin} is not settled" if counted else "no title blank is loaded"
                return Obstacle("blanks", why)
            except StoreError as reason:
                return Obstacle("store", reason.code)

        return {
            "power": self._case.power,
            "door": self._case.door,
            "printer": printer,
            **({} if self._brought else {"reader": reader}),
            "platform": platform,
            "clock": clock,
            "store": store,
            "ledgers": ledgers,
            "paused": paused,
        }


class _Issuing:
    """The issuer as journeys see it."""

    def __init__(self, issuer: Issuer, unit: CertificateUnit, outlet_light: Light | None = None) -> None:
        self._issuer = issuer
        self._unit = unit
        self._outlet = Shining(outlet_light)
        self._issuances: dict[str, Issuance] = {}

    async def issue(
        self, registration: Registration, authorise: Authorise, case: str, on_progress: Callable[[Progress], None]
    ) -> Presented:
        # Asked again at the last moment: what would certainly stop the page is known before a permission and a blank are bound.
        if reason := await asyncio.to_thread(self._unit.press.obstacle):
            raise IssuanceStopped(reason, unknown=False)
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
        if self._unit.retract is None:
            await self._issuer.left(issuance, "not taken in time")
        elif await asyncio.to_thread(self._unit.retract):
            await self._issuer.retained(issuance, "not taken in time")
        else:
            await self._issuer.unseen(issuance, "not taken in time, and not drawn back")


class _Cases:
    """Case numbers that can be said at a counter: month, day and time of day; two visits never share one."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._last = ""

    def next(self) -> str:
        moment = self._clock().astimezone()
        case = f"{moment:%m%d-%H%M%S}"
        while case <= self._last:
            moment += timedelta(seconds=1)
            case = f"{moment:%m%d-%H%M%S}"
        self._last = case
        return case

"""The terminal: the one file that knows every concrete class and puts them together.

Start: store → devices → recovery. Then loops side by side: the home screen with its visits, the accept gate, the link to the
platform with its supplies, the outbox, the figures for the watchdog, the journal's signed heads. They end together.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from kiosk import events
from kiosk.accept_gate import AcceptGate
from kiosk.believing import Believing
from kiosk.case import Case
from kiosk.cases import Cases
from kiosk.certificate.calibration import Calibration
from kiosk.certificate.pages import CertificatePages
from kiosk.certificate.typeset import Mode, Typesetter
from kiosk.copies import CopyWatch
from kiosk.custody import open_store, ratchet, signing_key, witness
from kiosk.delivery import deliver_for_ever
from kiosk.devices import CardSlot, CodeSlot, ReaderSlots, ScannerSlot, StaffCardSlots, card_readers, country_signers
from kiosk.issuance import blanks
from kiosk.issuance.blanks import Mark
from kiosk.issuance.issue import Issuer
from kiosk.issuance.ledger import Ledger
from kiosk.issuance.pruning import prune
from kiosk.issuing import Issuing
from kiosk.journal_heads import Escrow, JournalHeads
from kiosk.journeys.counterparts import Counterparts
from kiosk.journeys.home import serve
from kiosk.journeys.staff import staff
from kiosk.journeys.staff_counterparts import StaffCounterparts
from kiosk.link import Link, LinkKeeper
from kiosk.notes import Notes
from kiosk.platform.client import Limits, PlatformClient
from kiosk.platform.types import Desk, TerminalProfile
from kiosk.readiness import Readiness
from kiosk.recovering import Recovering
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
from kiosk.township.requests import Requests
from kiosk.township.supplies import Supplies
from kiosk.unit import CertificateUnit
from kiosk.watchdog.messages import Heartbeat
from kiosk.wellbeing import Wellbeing
from offline_cache.store import Store, StoreError
from peripherals.code_scanner.makes import code_scanner
from peripherals.device import Device, DeviceEvent
from screens.prompts import Stage

if TYPE_CHECKING:
    from kiosk.slips import VisitSlips

JUDGING_SECONDS = 180.0
"""How much longer than the printing itself an issuance may take, until the witnesses were heard after a fault."""
FORGET_SECONDS = (0.5, 5.0)
"""How long after a visit its last references are gone; on a crowded machine some go late."""


def utc_now() -> datetime:
    return datetime.now(UTC)


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
        self.link = Link()
        platform = settings.platform
        tolerance = timedelta(seconds=settings.trust.clock_tolerance_seconds)
        self._believing = Believing(
            settings.trust.registry_root,
            settings.trust.platform_root,
            settings.terminal_id,
            lambda: self.link.hall,
            clock,
            tolerance,
        )

        def client(limits: Limits) -> PlatformClient:
            return PlatformClient(
                str(platform.url), certificate=platform.certificate, key=platform.key, ca=platform.ca, limits=limits
            )

        self._platform = client(Limits(platform.connect_seconds, platform.read_seconds, platform.total_seconds))
        # Whether the link is there must be known soon: by default in 2, 3 and 4 seconds.
        self._link_client = client(
            Limits(platform.connect_seconds * 2 / 3, platform.read_seconds * 0.3, platform.total_seconds / 5)
        )
        self._delivery_client = client(Limits(platform.connect_seconds, platform.read_seconds, platform.total_seconds))
        self.store = store or open_store(settings)
        self._ledger = Ledger(self.store, clock, ratchet(settings, self.store))
        escrow = settings.escrow and Escrow(settings.escrow.certificate, settings.escrow.directory)
        self._heads = JournalHeads(self.store, signing_key(settings), settings.terminal_id, witness(settings), clock, escrow)
        self._notes = Notes(self.store, clock)
        self._requests = Requests(self.store, self._platform, clock)
        self._supplies = Supplies(self.store, self._delivery_client, clock)
        printer = settings.printer
        self.wellbeing = Wellbeing(
            settings.watchdog.socket_directory,
            self.store,
            lambda: self.devices,
            clock,
            lambda call: self._notes.call_staff(f"{call.part}-{call.symptom}".replace(":", "-"), key=call.key),
            longest_issuance_seconds=printer.give_up_seconds + JUDGING_SECONDS,
        )
        self._stage = timed(stage, self.wellbeing.tally.step)
        self._readers = card_readers(settings)
        self._signers = country_signers(settings)
        self._case = Case(settings)
        self._scanner = code_scanner(settings.code_scanner.source)
        self._unit = CertificateUnit.of(settings)
        self._printer, self._guard, self._queue = self._unit.printer, self._unit.guard, self._unit.press
        given = printer.calibration
        settled = Calibration(given.dx_mm, given.dy_mm, given.scale, given.rotation_deg)
        self._typesetter = Typesetter(calibration=calibration_of(self.store, settled))
        self._slips = self._slips_of(settings, clock)
        mode = Mode.FULL if printer.paper == "plain" else Mode.OVERPRINT
        self._pages = CertificatePages(self._typesetter, mode, self._unit.editions, self._unit.most_pages)
        self._issuer = Issuer(
            self._ledger, self._pages, self._queue, self._queue, self._believing.authorisation, self.wellbeing.issuing
        )
        self._recovering = Recovering(self._ledger, self._issuer, self._requests.settle, self._notes, self._nudge)
        self._pauses = Pauses(self.store, clock)
        gate = AcceptGate(
            self._unit,
            () if self._brought else self._readers,
            self._case,
            self.link,
            self._supplies,
            self.store,
            self._ledger,
            CopyWatch(ratchet(settings, self.store)),
            self._pauses,
            lambda: self._recovering.done,
            clock,
        )
        self.readiness = Readiness({**gate.probes(), **self.wellbeing.probes()})
        self._link_keeper = LinkKeeper(
            self.link,
            self._link_client,
            self._believing,
            self.store,
            self._supplies,
            self._notes,
            clock,
            tolerance,
            self._nudge,
            on_profile,
        )
        self._cases = Cases(clock)
        self._marks: dict[str, Mark] = {}
        self._looking: asyncio.Future[None] | None = None
        self._staff_cards: StaffCardSlots | None = None

    def _nudge(self) -> None:
        self.readiness.nudge()

    def _slips_of(self, settings: Settings, clock: Callable[[], datetime]) -> VisitSlips | None:
        if not settings.receipt_printer.device:
            return None
        # Loads what draws pictures, which a terminal without slips never needs.
        from kiosk.slips import VisitSlips, receipt_printer

        return VisitSlips(receipt_printer(settings), self._typesetter, settings.terminal_id, lambda: self.link.hall_name, clock)

    @property
    def devices(self) -> tuple[Device, ...]:
        around = (*self._unit.devices, *((self._slips.printer,) if self._slips else ()), *self._case.devices)
        return around if self._brought else (*self._readers, self._scanner, *around)

    async def run(self, *, before_serving: Callable[[], None] = lambda: None) -> None:
        """Serve until cancelled. What was open from before is brought to a true state first; then `before_serving` is called."""
        loop = asyncio.get_running_loop()

        def on_event(_: DeviceEvent) -> None:
            loop.call_soon_threadsafe(self.readiness.nudge)

        unsubscribe = [device.subscribe(on_event) for device in self.devices]
        try:
            await asyncio.gather(*[asyncio.to_thread(device.open) for device in self.devices])
            await asyncio.to_thread(self._link_keeper.remember)
            await self._recovering.first()

            def today() -> date:
                return self._clock().date()

            if self._slots is None:
                self._slots = (
                    ReaderSlots(self._readers, today, self._case.reader_light, self._signers),
                    ScannerSlot(self._scanner, self._case.scanner_light),
                )
            self._staff_cards = StaffCardSlots(self._readers, today)
            before_serving()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._link_keeper.keep(), name="link")
                tasks.create_task(self._link_keeper.keep_supplied(), name="supplies")
                tasks.create_task(self.readiness.watch(), name="readiness")
                tasks.create_task(deliver_for_ever(self.store, self._delivery_client, self._clock), name="outbox")
                tasks.create_task(self.wellbeing.keep(), name="wellbeing")
                tasks.create_task(self._serve(), name="visits")
                tasks.create_task(self._heads.keep_for_ever(), name="journal heads")
                tasks.create_task(asyncio.to_thread(self._forget_old_tokens), name="old tokens")
        finally:
            self._recovering.stop()
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
            hall=lambda: self.link.hall_name,
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
            issuing=Issuing(self._issuer, self._recovering, self._queue.obstacle, self._unit.retract, self._case.outlet_light),
            cards=self._slots[0],
            codes=self._slots[1],
            print_seconds=self._settings.printer.page_seconds,
            has_blank=lambda kind: blanks.left(self.store, kind) > 0,
            call_staff=self.call_staff,
            evaluated=self._notes.evaluated,
            outlet=self._unit.occupied,
            slips=self._slips,
        )

    def _desk(self, profile: TerminalProfile) -> Desk:
        """The platform's, or without a link our own; a visit keeps the one that it began with."""
        if self.link.answers:
            return self._requests
        return TownshipDesk(self.store, profile, self._believing.appointment, self._requests.settle, self._clock)

    def _visited(self, case: str, service: str, outcome: str) -> None:
        self._notes.visited(case, service, outcome)
        self.wellbeing.visit_ends(service, outcome)
        # The platform knows after each visit how the journal stands: a copy from before it is found out, however young.
        asyncio.get_running_loop().run_in_executor(None, self._heads.note)
        self._looking = asyncio.ensure_future(self._look_at_bins())
        loop = asyncio.get_running_loop()
        loop.run_in_executor(None, self._typesetter.forget)
        # What went round in circles on this side (a task and its exception) is not freed by the window's wipe.
        for seconds in FORGET_SECONDS:
            loop.call_later(seconds, lambda: loop.run_in_executor(None, gc.collect))
        if outcome == "mistake":
            self.call_staff("visit-broke", case)
        # Whatever it left half-way is judged by the witnesses at once, not at the next start.
        self._recovering.start()

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

    def call_staff(self, reason: str, case: str | None = None) -> None:
        """Staff are wanted, for `reason`. Call it on the event loop."""
        self._notes.call_staff(reason, case)

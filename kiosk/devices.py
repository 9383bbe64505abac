"""The terminal's devices as journeys see them: things to await.

Drivers report from threads of their own; here their events cross to the event loop (`call_soon_threadsafe`), and whatever
blocks runs on a worker. Journeys depend on the protocols `CardSlot` and `CodeSlot`, so a test needs no device.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Sequence
from datetime import date
from functools import partial
from typing import Any, Protocol, TypeVar

from kiosk.settings import Settings
from peripherals.card_reader import (
    CardInserted,
    CardReader,
    CardRemoved,
    IdentityDocument,
    PcscReader,
    card_reader,
    read_document,
)
from peripherals.card_reader.emrtd import CountrySigners, MachineReadableZone, TravelAccess
from peripherals.card_reader.faults import ZoneNeeded, ZoneOfAnother
from peripherals.card_reader.staff_card import CHALLENGE_BYTES, prove_card
from peripherals.code_scanner.scanner import CodeScanned, CodeScanner
from peripherals.device import DeviceEvent, DeviceFault
from peripherals.signals import Light

R = TypeVar("R")


def card_readers(settings: Settings) -> tuple[CardReader, ...]:
    """The card readers of these settings, not yet opened; the first is called ``card-reader``, a second ``card-reader-2``."""
    return tuple(
        card_reader(line, "card-reader" if index == 1 else f"card-reader-{index}")
        for index, line in enumerate(settings.card_reader.lines, start=1)
    )


def country_signers(settings: Settings) -> CountrySigners | None:
    """By whose signatures travel documents are believed; None where none are read. Raises `CountrySignersWrong`."""
    directory = settings.card_reader.country_signers
    return CountrySigners.load(directory) if directory else None


class CardSlot(Protocol):
    """Where a card is laid."""

    @property
    def occupied(self) -> bool:
        """Whether a card lies there now."""
        ...

    @property
    def left_behind(self) -> bool:
        """Whether the card that lies there has been read already (the last citizen's, or one that must be lifted first)."""
        ...

    @property
    def must_be_lifted(self) -> bool:
        """Whether the card that lies there has been read already and no printed zone would change that."""
        ...

    @property
    def reads_travel_documents(self) -> bool:
        """Whether travel documents are read here, for which their printed zone must be shown to the code scanner."""
        ...

    async def next(self, on_reading: Callable[[], None], zone: MachineReadableZone | None = None) -> IdentityDocument:
        """The next card that is laid down, read. A card counts once: it must be lifted before it is read again; only one that was
        refused for want of its printed zone is read where it lies as soon as there is a `zone`.

        `on_reading` is called when a card was seen and reading begins. Raises `DeviceFault`.
        """
        ...


def any_code(payload: bytes) -> bool:
    """Whatever is held before the scanner."""
    return True


class CodeSlot(Protocol):
    """Where a code is shown."""

    async def next(self, wanted: Callable[[bytes], bool] = any_code) -> bytes:
        """The payload of the next code that is held before the scanner and is `wanted`; it looks on until then. Raises what `wanted` raises."""
        ...


class Shining:
    """A light that is on inside an ``async with``; or none, where the terminal has none."""

    def __init__(self, light: Light | None) -> None:
        self._light = light

    async def __aenter__(self) -> None:
        await self.switch(True)

    async def __aexit__(self, *_: object) -> None:
        await self.switch(False)

    async def switch(self, on: bool) -> None:
        if self._light is not None:
            await asyncio.to_thread(self._light.switch, on)


class ReaderSlot:
    """A `CardSlot` over a card reader. Make it on the event loop's thread."""

    def __init__(self, reader: CardReader, today: Callable[[], date], signers: CountrySigners | None = None) -> None:
        self._reader = reader
        self._today = today
        self._signers = signers
        self._wants_zone = False
        self._reading: asyncio.Future[Any] | None = None
        self._loop = asyncio.get_running_loop()
        self._fresh = reader.card_present
        self._arrived = asyncio.Event()
        if self._fresh:
            self._arrived.set()
        self._unsubscribe = reader.subscribe(self._from_driver)

    def close(self) -> None:
        self._unsubscribe()

    @property
    def occupied(self) -> bool:
        return self._reader.card_present

    @property
    def left_behind(self) -> bool:
        return self.occupied and not self._fresh

    @property
    def must_be_lifted(self) -> bool:
        return self.left_behind and not self._wants_zone

    @property
    def reads_travel_documents(self) -> bool:
        return self._signers is not None

    async def next(self, on_reading: Callable[[], None], zone: MachineReadableZone | None = None) -> IdentityDocument:
        travel = TravelAccess(self._signers, zone) if self._signers else None
        if zone is not None and self._wants_zone:
            self._give(self._reader.card_present)
        try:
            return await self.read_by(lambda: read_document(self._reader, today=self._today(), travel=travel), on_reading)
        except (ZoneNeeded, ZoneOfAnother):
            self._wants_zone = True
            raise

    async def read_by(self, read: Callable[[], R], on_reading: Callable[[], None] = lambda: None) -> R:
        """What `read` (which blocks) makes of the next card that is laid down."""
        if self._reading is not None:
            # Nobody waits for it any more, and it still speaks to the card: two at once would each break the other's session.
            await asyncio.wait({self._reading})
        await self._arrived.wait()
        self._take()
        on_reading()
        reading = self._reading = asyncio.ensure_future(asyncio.to_thread(read))
        reading.add_done_callback(self._ended)
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            # Something else answered first while this card was being read: it has told us nothing yet.
            self._give(self._reader.card_present)
            raise

    def _ended(self, _: asyncio.Future[Any]) -> None:
        """What a reading says is forgotten here, whether anybody heard it or not."""
        self._reading = None

    def _from_driver(self, event: DeviceEvent) -> None:
        if isinstance(event, CardInserted):
            self._loop.call_soon_threadsafe(self._give, True)
        elif isinstance(event, CardRemoved):
            self._loop.call_soon_threadsafe(self._take)

    def _give(self, present: bool) -> None:
        self._fresh = present
        self._wants_zone = False
        if present:
            self._arrived.set()

    def _take(self) -> None:
        self._fresh = False
        self._arrived.clear()


class ReaderSlots:
    """A `CardSlot` over several readers at once: a card is read where it is laid. Make it on the event loop's thread."""

    def __init__(
        self,
        readers: Sequence[CardReader],
        today: Callable[[], date],
        light: Light | None = None,
        signers: CountrySigners | None = None,
    ) -> None:
        self._light = Shining(light)
        self._slots = [ReaderSlot(reader, today, signers) for reader in readers]

    def close(self) -> None:
        for slot in self._slots:
            slot.close()

    @property
    def occupied(self) -> bool:
        return any(slot.occupied for slot in self._slots)

    @property
    def left_behind(self) -> bool:
        return any(slot.left_behind for slot in self._slots)

    @property
    def must_be_lifted(self) -> bool:
        return any(slot.must_be_lifted for slot in self._slots)

    @property
    def reads_travel_documents(self) -> bool:
        return any(slot.reads_travel_documents for slot in self._slots)

    async def next(self, on_reading: Callable[[], None], zone: MachineReadableZone | None = None) -> IdentityDocument:
        """The first document that any of them reads; a fault of the card that is laid first is raised."""
        async with self._light:
            return await _first([slot.next(on_reading, zone) for slot in self._slots])


class StaffCardSlots:
    """Where a staff card proves itself (`StaffCards`): the readers that carry any card, which are those behind PC/SC.

    What citizens lay down meanwhile is none of its business: it looks at a card only while it is asked.
    """

    def __init__(self, readers: Sequence[CardReader], today: Callable[[], date]) -> None:
        self._slots = [(reader, ReaderSlot(reader, today)) for reader in readers if isinstance(reader, PcscReader)]

    def close(self) -> None:
        for _, slot in self._slots:
            slot.close()

    async def next(self) -> bytes:
        """The digest of the key that the next card proves to have. Raises `DeviceFault`."""
        if not self._slots:
            await asyncio.Event().wait()
        return await _first([slot.read_by(partial(_proven, reader)) for reader, slot in self._slots])


def _proven(reader: PcscReader) -> bytes:
    return prove_card(reader, secrets.token_bytes(CHALLENGE_BYTES))


async def _first(readings: Sequence[Coroutine[Any, Any, R]]) -> R:
    """What comes first, result or fault; the others have seen nothing."""
    reading = [asyncio.ensure_future(each) for each in readings]
    try:
        done, _ = await asyncio.wait(reading, return_when=asyncio.FIRST_COMPLETED)
        return next(iter(done)).result()
    finally:
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)


class ScannerSlot:
    """A `CodeSlot` over a code scanner that looks only while somebody waits for a code."""

    def __init__(self, scanner: CodeScanner, light: Light | None = None) -> None:
        self._scanner = scanner
        self._light = Shining(light)
        self._loop = asyncio.get_running_loop()

    async def next(self, wanted: Callable[[bytes], bool] = any_code) -> bytes:
        seen: asyncio.Future[bytes] = self._loop.create_future()

        def settle(payload: bytes) -> None:
            if seen.done():
                return
            try:
                if wanted(payload):
                    seen.set_result(payload)
            except DeviceFault as fault:
                seen.set_exception(fault)

        def from_driver(event: DeviceEvent) -> None:
            if isinstance(event, CodeScanned):
                self._loop.call_soon_threadsafe(settle, event.payload)

        unsubscribe = self._scanner.subscribe(from_driver)
        self._scanner.arm()
        try:
            async with self._light:
                return await seen
        finally:
            self._scanner.disarm()
            unsubscribe()

"""Where cards are laid and codes are shown, as journeys await them: what comes in the same moment, and what nobody waits for any more."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime

from kiosk.devices import ReaderSlot, ScannerSlot
from peripherals.card_reader import IdentityDocument
from peripherals.card_reader.emrtd import TravelAccess
from peripherals.code_scanner.scanner import CodeScanned
from peripherals.device import DeviceState, DeviceStatus, EventStream, Listener

DOCUMENT = IdentityDocument("social-security", "王秀英", "11010519491231002X")
PATIENCE = 20.0


class Machine:
    """What the devices here have in common."""

    name = "made-up"
    answering = True
    armed = False
    card_present = True

    def __init__(self) -> None:
        self.events = EventStream()

    def open(self) -> None: ...

    def close(self) -> None: ...

    def status(self) -> DeviceStatus:
        return DeviceStatus(DeviceState.ONLINE, datetime.now(UTC))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        return self.events.subscribe(listener)


class Lines(Machine):
    """A scanner that says two lines one right after the other as soon as it is armed, and counts how often it was."""

    armings = 0

    def arm(self) -> None:
        self.armings += 1
        if self.armings == 1:
            for line in (b"first", b"second"):
                self.events.emit(CodeScanned(self.name, line))

    def disarm(self) -> None: ...


async def test_lines_that_follow_at_once_are_all_heard() -> None:
    scanner, heard = Lines(), list[bytes]()

    def both(payload: bytes) -> bool:
        heard.append(payload)
        return len(heard) == 2

    async with asyncio.timeout(PATIENCE):
        assert await ScannerSlot(scanner).next(both) == b"second"
    assert (heard, scanner.armings) == ([b"first", b"second"], 1)


class SlowReader(Machine):
    """A reader with a card that takes its time; counts how many read it at once."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go_on = threading.Semaphore(0), threading.Semaphore(0)
        self.at_once = self.most = 0

    def read(self, today: date, travel: TravelAccess | None = None) -> IdentityDocument:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.begun.release()
        assert self.go_on.acquire(timeout=PATIENCE)
        self.at_once -= 1
        return DOCUMENT


async def test_a_card_is_never_read_twice_at_once() -> None:
    """Something else answered first while her chip was being read, and it is read anew: not before the reading that nobody waits for has ended."""
    reader = SlowReader()
    slot = ReaderSlot(reader, lambda: date(2026, 3, 2))
    first = asyncio.ensure_future(slot.next(lambda: None))
    async with asyncio.timeout(PATIENCE):
        await asyncio.to_thread(reader.begun.acquire)
        first.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await first
        second = asyncio.ensure_future(slot.next(lambda: None))
        assert not await asyncio.to_thread(reader.begun.acquire, timeout=0.2)
        reader.go_on.release(2)
        assert (await second).number == DOCUMENT.number
    assert reader.most == 1

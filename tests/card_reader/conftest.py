"""A reader with its own pcscd, a hand that lays cards on it, and made-up people."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from datetime import date
from pathlib import Path

import pytest

from peripherals.card_reader import PcscReader
from peripherals.device import DeviceEvent
from sandbox.devices.card import Card, CardSlot, Holder
from sandbox.devices.pcsc import PcscDaemon

TODAY = date(2026, 3, 2)
WANG = Holder("王秀英", "11010519491231002X", sex="2", birth=date(1949, 12, 31))


class Desk:
    """The reader with its daemon and the hand; `events` is what the driver has reported so far."""

    def __init__(self, daemon: PcscDaemon, slot: CardSlot, reader: PcscReader) -> None:
        self.daemon = daemon
        self.slot = slot
        self.reader = reader
        self.events: list[DeviceEvent] = []
        self._changed = threading.Condition()
        reader.subscribe(self._hear)

    def lay(self, card: Card, *, lifted_after: int | None = None, slow_seconds: float = 0.0) -> None:
        """Lay a card down and wait until the driver has seen it."""
        self.slot.insert(card, lifted_after=lifted_after, slow_seconds=slow_seconds)
        eventually(lambda: self.reader.card_present)

    def lift(self) -> None:
        """Lift the card and wait until the driver has seen it."""
        self.slot.remove()
        eventually(lambda: not self.reader.card_present)

    def heard(self, kind: type[DeviceEvent]) -> int:
        """How many events of this kind were reported."""
        with self._changed:
            return sum(isinstance(event, kind) for event in self.events)

    def wait_for(self, kind: type[DeviceEvent], times: int = 1) -> None:
        """Wait until so many events of this kind have been reported."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: sum(isinstance(event, kind) for event in self.events) >= times, 10)
        assert arrived, f"no {kind.__name__} among {[type(event).__name__ for event in self.events]}"

    def _hear(self, event: DeviceEvent) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()


def eventually(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until `holds`; fails the test when it never does."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)


@pytest.fixture
def desk(pcsc_socket: Path) -> Generator[Desk]:
    with PcscDaemon(pcsc_socket.parent) as daemon:
        slot, reader = CardSlot(daemon.port), PcscReader()
        made = Desk(daemon, slot, reader)
        reader.open()
        try:
            yield made
        finally:
            slot.remove()
            reader.close()

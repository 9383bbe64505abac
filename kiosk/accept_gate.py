"""The accept gate: what each part of the terminal says against serving, one probe a part."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kiosk.case import Case
from kiosk.copies import CopyWatch
from kiosk.issuance import blanks
from kiosk.issuance.ledger import Ledger
from kiosk.issuance.reconciliation import differences
from kiosk.issuance.states import State
from kiosk.link import Link
from kiosk.readiness import Obstacle, Probe
from kiosk.staff.pauses import Pauses
from kiosk.township.supplies import Supplies
from kiosk.unit import CertificateUnit
from offline_cache.store import Store, StoreError
from peripherals.device import Device

FREE_BYTES = 64 * 1024 * 1024
"""With less free disk than this nothing new is begun: a begun issuance must be able to end on disk."""


@dataclass(frozen=True, slots=True)
class AcceptGate:
    """What it looks at. `readers`: none where somebody else brings the card. `recovered`: whether what was open from before has reached a true state."""

    unit: CertificateUnit
    readers: Sequence[Device]
    case: Case
    link: Link
    supplies: Supplies
    store: Store
    ledger: Ledger
    copies: CopyWatch
    pauses: Pauses
    recovered: Callable[[], bool]
    clock: Callable[[], datetime]

    def probes(self) -> dict[str, Probe]:
        """In the order in which a citizen is told; each may block, none raises."""
        return {
            "power": self.case.power,
            "door": self.case.door,
            "printer": self._printer,
            **({"reader": self._reader} if self.readers else {}),
            "platform": self._platform,
            "clock": self._clock,
            "store": self._store,
            "ledgers": self._ledgers,
            "paused": self._paused,
        }

    def _printer(self) -> Obstacle | None:
        for device in (self.unit.printer, *((self.unit.turner,) if self.unit.turner else ())):
            status = device.status()
            if not status.usable:
                return Obstacle("printer", f"{status.state}: {status.detail}")
        if self.unit.blind():
            return Obstacle("printer", "serials cannot be read: see to their camera and its light, then restart the terminal")
        return None

    def _reader(self) -> Obstacle | None:
        # One that works is enough: a card is read where it is laid.
        statuses = [each.status() for each in self.readers]
        if any(status.usable for status in statuses):
            return None
        return Obstacle("reader", "; ".join(f"{status.state}: {status.detail}" for status in statuses))

    def _platform(self) -> Obstacle | None:
        if self.link.answers and self.link.profile:
            return None
        try:
            alone = self.link.profile is not None and self.supplies.usable() > 0
        except StoreError:
            alone = False
        return Obstacle("link" if alone else "platform", self.link.trouble)

    def _clock(self) -> Obstacle | None:
        return Obstacle("clock", "differs from the platform's signed time") if self.link.clock_wrong else None

    def _store(self) -> Obstacle | None:
        if self.link.rolled_back:
            return Obstacle("store", "an older copy of the store was put back")
        if copied := self.copies.obstacle():
            return Obstacle("store", copied)
        if not self.recovered():
            return Obstacle("store", "what was open from before is not recovered yet")
        return _disk(self.store.path.parent)

    def _paused(self) -> Obstacle | None:
        try:
            pause = self.pauses.current()
        except StoreError as reason:
            return Obstacle("store", reason.code)
        if pause is None:
            return None
        # A time that has passed is not promised again.
        told = pause.until is not None and pause.until > self.clock()
        until = f"{pause.until.astimezone():%H:%M}" if pause.until is not None and told else ""
        return Obstacle("paused", f"by {pause.by}", why=pause.reason, until=until)

    def _ledgers(self) -> Obstacle | None:
        try:
            states = {issuance.state for issuance in self.ledger.open()}
            if State.UNKNOWN in states:
                return Obstacle("unknown", "an issuance waits for two of the staff")
            self.unit.looked()
            if State.LEFT in states:
                return Obstacle("left", "a certificate was not taken: one of the staff must look")
            if blanks.left(self.store, "title"):
                return None
            counted = differences(self.store)
            why = f"the count of bin {counted[0].bin} is not settled" if counted else "no title blank is loaded"
            return Obstacle("blanks", why)
        except StoreError as reason:
            return Obstacle("store", reason.code)


def _disk(directory: Path) -> Obstacle | None:
    try:
        free = shutil.disk_usage(directory).free
        if os.statvfs(directory).f_flag & os.ST_RDONLY:
            return Obstacle("store", "the disk is read-only")
    except OSError as reason:
        return Obstacle("store", str(reason.strerror))
    return None if free > FREE_BYTES else Obstacle("store", f"{free // 2**20} MiB free")

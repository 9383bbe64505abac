"""What the admin screen's journeys work with besides the member of staff: one value, filled by `kiosk.terminal` or by a test."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kiosk.readiness import Readiness
from kiosk.staff.accounts import Accounts
from kiosk.staff.books import Books
from kiosk.staff.export import Exporter
from kiosk.staff.paper import TestPaper
from kiosk.staff.pauses import Pauses
from kiosk.staff.power import Power
from screens.prompts import Tone
from screens.wording import Text


class StaffCards(Protocol):
    """Where a staff card is laid."""

    async def next(self) -> bytes:
        """The digest of the key that the next card proves to have. Raises `DeviceFault`."""
        ...


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that can be looked at and tried: wording ``staff.device.<name>``, ``staff.test.<name>``.

    `fact` says how it is now (may block). `run` tries it and raises `TestFailed`; None: the journey does it by itself (the printed
    page, the touch panel). `hand`: somebody must lay or hold something before it.
    """

    name: str
    icon: str
    fact: Callable[[], tuple[Tone, Text]]
    run: Callable[[], Awaitable[None]] | None
    hand: bool = False


@dataclass(frozen=True, slots=True)
class StaffCounterparts:
    """Everything that the admin screen may talk to."""

    terminal_id: str
    hall: Callable[[], str]
    accounts: Accounts
    cards: StaffCards
    books: Books
    pauses: Pauses
    paper: TestPaper
    power: Power
    exporter: Exporter
    checks: tuple[Check, ...]
    readiness: Readiness
    versions: tuple[tuple[str, str], ...]
    clock: Callable[[], datetime]
    low: int
    capacity: int
    log_out_seconds: int

"""A store, a clock that the test moves, and accounts whose PINs are cheap to check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.staff.accounts import Accounts, Cost
from kiosk.staff.roles import Role
from offline_cache.keys import derive
from offline_cache.store import Store

CHEAP = Cost(iterations=1, memory_kib=64)
PIN = "402817"


@dataclass
class Clock:
    """Time that passes when the test says so."""

    now: datetime = datetime(2026, 5, 18, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "store.db", derive(b"k" * 32))
    yield opened
    opened.close()


@pytest.fixture
def accounts(store: Store, clock: Clock) -> Accounts:
    """0317 supervises, 0402 and 0403 operate, 0009 audits; all with one PIN."""
    made = Accounts(store, clock, CHEAP)
    for number, role in (
        ("0317", Role.SUPERVISOR),
        ("0402", Role.OPERATOR),
        ("0403", Role.OPERATOR),
        ("0009", Role.AUDITOR),
    ):
        made.add(number, role, PIN, by="0001")
    return made

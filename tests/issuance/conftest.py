"""Fixtures of the issuance tests: a world, a terminal in it, its ledger, five blanks in bin A."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.issuance.ledger import Ledger
from offline_cache.store import Store
from tests.issuance.hall import Terminal, World, load


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def terminal(path: Path, world: World) -> Iterator[Terminal]:
    started = Terminal(path, world)
    load(started.store)
    yield started
    started.off()


@pytest.fixture
def ledger(terminal: Terminal) -> Ledger:
    return terminal.ledger


@pytest.fixture
def store(terminal: Terminal) -> Store:
    return terminal.store

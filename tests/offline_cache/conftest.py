"""A store on disk with a key of its own, and a way in beside it for whoever tampers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from offline_cache.keys import StoreKeys, derive
from offline_cache.store import Store

NOON = datetime(2026, 5, 18, 12, 0, tzinfo=UTC)
KEYS = derive(b"k" * 32)

Tamper = Callable[..., None]


@pytest.fixture
def keys() -> StoreKeys:
    return KEYS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store.open(path, KEYS)
    yield opened
    opened.close()


@pytest.fixture
def tamper(path: Path) -> Tamper:
    """Somebody who has the key and a database tool: runs statements past every rule of the schema."""

    def run(*statements: str) -> None:
        connection = sqlcipher.connect(str(path), isolation_level=None)
        connection.execute(f"PRAGMA key = \"x'{KEYS.encryption.hex()}'\"")
        triggers = [str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()]
        for trigger in triggers:
            connection.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            connection.execute(statement)
        connection.close()

    return run

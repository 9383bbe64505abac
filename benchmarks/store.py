"""The store against bare SQLCipher on the same file: a holder's record among many, and an event that is on disk when it returns.

The peer opens the same file with the same key and pragmas and asks the same question of it, without lock, types or transaction.
"""

from __future__ import annotations

import itertools
import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlcipher3 import dbapi2 as sqlcipher

from benchmarks.harness import Row, compare
from offline_cache import outbox, records
from offline_cache.keys import StoreKeys, derive
from offline_cache.store import Store

HOLDERS = 100_000
CONTENT = 2000
"""Bytes of one record; drawings are fetched with it only when it is printed."""
PATH, BODY = "/v1/issuance-reports", b"x" * 400


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="dazheng-b") as name:
        path = Path(name) / "terminal.db"
        keys = derive(b"b" * 32)
        store = Store.open(path, keys)
        bare = _bare(path, keys)
        try:
            return [_lookup(store, bare), _commit(store, bare)]
        finally:
            bare.close()
            store.close()


def _lookup(store: Store, bare: sqlcipher.Connection) -> Row:
    now = datetime.now(UTC)
    expires_at = (now + timedelta(days=3)).isoformat()
    content = random.Random(1).randbytes(CONTENT)
    with store.transaction() as tx:
        for number in range(HOLDERS):
            tx.execute(
                "INSERT INTO records (record_id, holder_hash, content, expires_at) VALUES (?, ?, ?, ?)",
                (f"record-{number}", store.keys.hash(_holder(number)), content, expires_at),
            )
    asked = [_holder(number) for number in random.Random(2).sample(range(HOLDERS), 2000)]
    ours, peer = itertools.cycle(asked), itertools.cycle([store.keys.hash(holder) for holder in reversed(asked)])
    assert records.of_holder(store, asked[0], now) == [content]
    return compare(
        f"one holder among {HOLDERS:,} records",
        lambda: records.of_holder(store, next(ours), now),
        "bare SQLCipher",
        lambda: bare.execute("SELECT content FROM records WHERE holder_hash = ?", (next(peer),)).fetchall(),
        runs=1000,
        note="holder hashed, own transaction, expiry looked at; the peer is one SELECT by a ready hash",
    )


def _commit(store: Store, bare: sqlcipher.Connection) -> Row:
    now = datetime.now(UTC)
    numbers = itertools.count()

    def ours() -> None:
        with store.transaction() as tx:
            outbox.put(tx, now, PATH, BODY, key=f"ours-{next(numbers)}")

    def peer() -> None:
        bare.execute("BEGIN IMMEDIATE")
        bare.execute(
            "INSERT INTO outbox (idempotency_key, path, body, created_at, next_attempt_at) VALUES (?, ?, ?, ?, ?)",
            (f"peer-{next(numbers)}", PATH, BODY, "2026-03-02", "2026-03-02"),
        )
        bare.execute("COMMIT")

    return compare(
        "one event on disk",
        ours,
        "bare SQLCipher",
        peer,
        runs=120,
        note="`outbox.put` in a transaction; the peer inserts the same row; both synchronous=FULL in the write-ahead log",
    )


def _bare(path: Path, keys: StoreKeys) -> sqlcipher.Connection:
    connection = sqlcipher.connect(str(path), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{keys.encryption.hex()}'\"")
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _holder(number: int) -> str:
    return f"41150219900307{number:06}"

"""The store against bare SQLCipher on the same file: a holder among 100,000 records, an event on disk; a journal of 100,000 verified."""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlcipher3 import dbapi2 as sqlcipher

from benchmarks.harness import Row, compare
from offline_cache import journal, outbox, records
from offline_cache.keys import StoreKeys, derive
from offline_cache.store import Store

KEYS = derive(b"b" * 32)
MANY = 100_000
NOW = datetime(2026, 5, 18, tzinfo=UTC)
LATER = NOW + timedelta(days=30)
PATH, BODY = "/v1/issuance-reports", b"x" * 400


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="dazheng-bench-") as directory:
        path = Path(directory) / "store.db"
        store = Store.open(path, KEYS)
        try:
            _fill(store)
            return [_lookup(store, path), _commit(store, path), *_journal(store)]
        finally:
            store.close()


def _fill(store: Store) -> None:
    content = os.urandom(2000)
    for start in range(0, MANY, 10_000):
        with store.transaction() as tx:
            for number in range(start, start + 10_000):
                values = (f"record-{number}", KEYS.hash(str(number)), content, LATER.isoformat())
                tx.execute("INSERT INTO records (record_id, holder_hash, content, expires_at) VALUES (?, ?, ?, ?)", values)
                journal.append(
                    tx,
                    NOW,
                    "issuance.taken",
                    {"authorisation": f"{number:032x}", "serial": f"{number:011d}"},
                    case=f"{number % 5000}",
                )


def _lookup(store: Store, path: Path) -> Row:
    bare = _bare(path, KEYS)
    ours, theirs = (itertools.cycle(range(0, MANY, 7919)) for _ in range(2))

    def look() -> object:
        found = records.of_holder(store, str(next(ours)), NOW)
        assert len(found) == 1
        return found

    def bare_look() -> object:
        key = KEYS.hash(str(next(theirs)))
        found = bare.execute("SELECT content, expires_at FROM records WHERE holder_hash = ?", (key,)).fetchall()
        assert len(found) == 1
        return found

    try:
        return compare(
            f"one holder's records among {MANY:,}", look, "bare SQLCipher", bare_look, goal=2, runs=300,
            note="2 kB each; ours in a transaction, expiry held",
        )  # fmt: skip
    finally:
        bare.close()


def _journal(store: Store) -> list[Row]:
    begin = time.perf_counter()
    assert journal.verify(store) is None
    verified = (time.perf_counter() - begin) * 1e3
    begin = time.perf_counter()
    story = list(journal.entries(store, case="77"))
    shown = (time.perf_counter() - begin) * 1e3
    assert len(story) == MANY // 5000
    return [
        Row(f"journal of {MANY:,} entries verified", verified, note="every hash worked out again"),
        Row(f"one case's story out of {MANY:,} entries", shown, note=f"{len(story)} entries"),
    ]


def _commit(store: Store, path: Path) -> Row:
    bare = _bare(path, KEYS)
    numbers = itertools.count()

    def ours() -> None:
        with store.transaction() as tx:
            outbox.put(tx, NOW, PATH, BODY, key=f"ours-{next(numbers)}")

    def peer() -> None:
        bare.execute("BEGIN IMMEDIATE")
        bare.execute(
            "INSERT INTO outbox (idempotency_key, path, body, created_at, next_attempt_at) VALUES (?, ?, ?, ?, ?)",
            (f"peer-{next(numbers)}", PATH, BODY, "2026-03-02", "2026-03-02"),
        )
        bare.execute("COMMIT")

    row = compare(
        "one event on disk",
        ours,
        "bare SQLCipher",
        peer,
        runs=120,
        note="`outbox.put` in a transaction; the peer inserts the same row; both synchronous=FULL in the write-ahead log",
    )
    bare.close()
    return row


def _bare(path: Path, keys: StoreKeys) -> sqlcipher.Connection:
    connection = sqlcipher.connect(str(path), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{keys.encryption.hex()}'\"")
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection

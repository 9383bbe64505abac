"""The store: looking up a holder among 100,000 records against the same query on bare SQLCipher; the journal of 100,000 entries verified."""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlcipher3 import dbapi2 as sqlcipher

from benchmarks.harness import Row, compare
from offline_cache import journal, records
from offline_cache.keys import derive
from offline_cache.store import Store

KEYS = derive(b"b" * 32)
MANY = 100_000
NOW = datetime(2026, 5, 18, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="dazheng-bench-") as directory:
        path = Path(directory) / "store.db"
        store = Store.open(path, KEYS)
        try:
            _fill(store)
            return [_lookup(store, path), *_journal(store)]
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
    bare = sqlcipher.connect(str(path), isolation_level=None)
    bare.execute(f"PRAGMA key = \"x'{KEYS.encryption.hex()}'\"")
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

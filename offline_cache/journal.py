"""What happened, in order, so that nobody can change it unseen: each entry's hash covers the entry before it.

Entries are appended inside the caller's transaction, so an act and its entry are on disk together or not at all. Data is small
JSON without personal data (the caller's duty); the hash is SHA-256 over its canonical form.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from offline_cache.store import Store, Transaction

GENESIS = sha256(b"dazheng journal").digest()

Data = Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `seq` counts from 1 without gaps."""

    seq: int
    at: str
    case: str | None
    kind: str
    data: Data
    previous: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the chain first does not hold: at `seq`, because something was "altered", "removed" or "reordered"."""

    seq: int
    how: str


def append(tx: Transaction, at: datetime, kind: str, data: Data, *, case: str | None = None) -> int:
    """Add an entry; returns its number. `at` is aware."""
    last = tx.row("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1")
    seq, previous = (1, GENESIS) if last is None else (int(last[0]) + 1, bytes(last[1]))
    moment = at.isoformat()
    text = json.dumps(dict(data), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    tx.execute(
        "INSERT INTO journal (seq, at, case_number, kind, data, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (seq, moment, case, kind, text, previous, _hash(seq, moment, case, kind, text, previous)),
    )
    return seq


def entries(store: Store, *, case: str | None = None, after: int = 0, limit: int = 1_000_000) -> Iterator[Entry]:
    """Entries in order, all or those of one case."""
    where, values = ("AND case_number = ?", (after, case, limit)) if case is not None else ("", (after, limit))
    with store.reading() as tx:
        rows = tx.rows(
            f"SELECT seq, at, case_number, kind, data, previous, hash FROM journal WHERE seq > ? {where} ORDER BY seq LIMIT ?",
            values,
        )
    for seq, at, number, kind, data, previous, digest in rows:
        yield Entry(seq, at, number, kind, json.loads(data), bytes(previous), bytes(digest))


def verify(store: Store) -> Broken | None:
    """Walk the whole chain; None when it holds, else the first place where it does not and how."""
    previous, expected = GENESIS, 1
    with store.reading() as tx:
        rows = tx.rows("SELECT seq, at, case_number, kind, data, previous, hash FROM journal ORDER BY seq")
    hashes = {bytes(row[6]) for row in rows}
    for seq, at, case, kind, data, linked, digest in rows:
        if seq != expected:
            return Broken(expected, "removed")
        if bytes(digest) != _hash(seq, at, case, kind, data, bytes(linked)):
            return Broken(seq, "altered")
        if bytes(linked) != previous:
            return Broken(seq, "reordered" if bytes(linked) in hashes else "removed")
        previous, expected = bytes(digest), expected + 1
    return None


def _hash(seq: int, at: str, case: str | None, kind: str, data: str, previous: bytes) -> bytes:
    head = json.dumps([seq, at, case, kind, data], ensure_ascii=False, separators=(",", ":")).encode()
    return sha256(previous + head).digest()

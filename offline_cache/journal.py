"""What happened, in order, so that nobody can change it unseen: each entry's hash covers the entry before it.

Entries are appended inside the caller's transaction, so an act and its entry are on disk together or not at all. Data is small
JSON without personal data (the caller's duty: what is written here stays for years and leaves the terminal); the hash is SHA-256
over its canonical form.

The chain alone cannot show that its end was cut off, or that somebody with the store's key wrote all of it anew: for that a
`Head` is kept elsewhere (at the platform, on a signed export) and held against the journal by `verify`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from offline_cache.store import Store, Transaction

GENESIS = sha256(b"dazheng journal").digest()
PORTION = 1000
"""How many entries are read at a time."""
MOST_REMOVED = 10_000
"""How far a row may have moved up for that to be recognised."""

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
class Head:
    """How the journal stood once: its newest entry's number (0: empty) and hash."""

    seq: int
    hash: bytes


class Tampering(StrEnum):
    """What was done to an entry."""

    ALTERED = "altered"
    REMOVED = "removed"
    REORDERED = "reordered"


@dataclass(frozen=True, slots=True)
class Broken:
    """Where the chain first does not hold, and what was done to the entry of number `seq`."""

    seq: int
    how: Tampering


def append(tx: Transaction, at: datetime, kind: str, data: Data, *, case: str | None = None) -> int:
    """Add an entry; returns its number. `at` is aware. Raises `ValueError` for a number that JSON does not have."""
    newest = _head(tx)
    seq, moment = newest.seq + 1, at.isoformat()
    text = canonical(data)
    tx.execute(
        "INSERT INTO journal (seq, at, case_number, kind, data, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (seq, moment, case, kind, text, newest.hash, entry_hash(seq, moment, case, kind, text, newest.hash)),
    )
    return seq


def canonical(data: Data) -> str:
    """The text of `data` that is kept and hashed. Raises `ValueError` for a number that JSON does not have."""
    return json.dumps(dict(data), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def entry_hash(seq: int, at: str, case: str | None, kind: str, data: str, previous: bytes) -> bytes:
    """An entry's hash from its parts; `data` in its canonical text."""
    content = json.dumps([seq, at, case, kind, data], ensure_ascii=False, separators=(",", ":")).encode()
    return sha256(previous + content).digest()


def head(store: Store) -> Head:
    """How the journal stands now, to be kept where the terminal cannot change it."""
    with store.reading() as tx:
        return _head(tx)


def entries(store: Store, *, case: str | None = None, after: int = 0, limit: int | None = None) -> Iterator[Entry]:
    """Entries in order, all or those of one case, from number `after` + 1 on, at most `limit`.

    Read in portions, so that a long journal does not keep the terminal waiting.
    """
    while limit is None or limit > 0:
        portion = _portion(store, after, case, PORTION if limit is None else min(limit, PORTION))
        for row in portion:
            yield Entry(row.seq, row.at, row.case, row.kind, json.loads(row.data), row.previous, row.hash)
        if len(portion) < PORTION:
            return
        after = portion[-1].seq
        limit = None if limit is None else limit - len(portion)


def newest(store: Store, *, before: int | None = None, limit: int = PORTION) -> list[Entry]:
    """At most `limit` entries, the newest first; only those before number `before`, where it is given."""
    with store.reading() as tx:
        rows = tx.rows(
            "SELECT seq, at, case_number, kind, data, previous, hash FROM journal WHERE seq < ? ORDER BY seq DESC LIMIT ?",
            (2**62 if before is None else before, limit),
        )
    return [Entry(row[0], row[1], row[2], row[3], json.loads(row[4]), bytes(row[5]), bytes(row[6])) for row in rows]


def verify(store: Store, anchors: Iterable[Head] = ()) -> Broken | None:
    """Walk the whole chain; None when it holds, else the first place where it does not and how.

    `anchors` are heads kept elsewhere; the journal must still contain them.
    """
    known = {anchor.seq: anchor.hash for anchor in anchors if anchor.seq > 0}
    previous, expected = GENESIS, 1
    while portion := _portion(store, expected - 1, None, PORTION):
        for row in portion:
            if row.seq != expected:
                return Broken(expected, Tampering.REMOVED)
            if not row.genuine_as(expected):
                return Broken(expected, _what_was_done(store, expected))
            if row.previous != previous:
                # Its own hash holds, so it was written after an entry that is no longer there as it was.
                return Broken(max(expected - 1, 1), Tampering.ALTERED)
            if known.pop(expected, row.hash) != row.hash:
                return Broken(expected, Tampering.ALTERED)
            previous, expected = row.hash, expected + 1
    # Anchors that were not met lie beyond the end: the end was cut off.
    return Broken(expected, Tampering.REMOVED) if known else None


# ---- below: rows, hashes, and telling what was done ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    seq: int
    at: str
    case: str | None
    kind: str
    data: str
    previous: bytes
    hash: bytes

    def genuine_as(self, seq: int) -> bool:
        """Whether this entry was written as number `seq`."""
        return self.hash == entry_hash(seq, self.at, self.case, self.kind, self.data, self.previous)


def _portion(store: Store, after: int, case: str | None, limit: int) -> list[_Row]:
    only = "" if case is None else "AND case_number = ?"
    values = (after, limit) if case is None else (after, case, limit)
    with store.reading() as tx:
        rows = tx.rows(
            f"SELECT seq, at, case_number, kind, data, previous, hash FROM journal WHERE seq > ? {only} ORDER BY seq LIMIT ?",
            values,
        )
    return [
        _Row(seq, at, number, kind, data, bytes(previous), bytes(hashed))
        for seq, at, number, kind, data, previous, hashed in rows
    ]


def _head(tx: Transaction) -> Head:
    row = tx.row("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1")
    return Head(0, GENESIS) if row is None else Head(int(row[0]), bytes(row[1]))


def _what_was_done(store: Store, seq: int) -> Tampering:
    """The row that stands as `seq` was not written as that: was it another's place, or was it changed where it stood?"""
    rows: list[_Row] = []
    after = 0
    while portion := _portion(store, after, None, PORTION):
        rows += portion
        after = portion[-1].seq
    if any(row.genuine_as(seq) for row in rows):
        return Tampering.REORDERED
    here = next(row for row in rows if row.seq == seq)
    # Later ones moved up: this row says the truth under a higher number.
    moved_up = any(here.genuine_as(number) for number in range(seq + 1, after + MOST_REMOVED))
    return Tampering.REMOVED if moved_up else Tampering.ALTERED

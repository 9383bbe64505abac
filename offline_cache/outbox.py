"""What the platform must hear, kept until it has: events in order, each under one key that never changes.

The next event waits until the one before it was acknowledged, so the platform hears things in the order in which they happened.
A refusal that will not change by itself (`refused`) stays visible for staff and lets the others pass.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from offline_cache.store import Store, Transaction

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Event:
    """One event to deliver: POST `body` (JSON) to `path` under `idempotency_key`."""

    seq: int
    idempotency_key: str
    path: str
    body: bytes
    attempts: int
    created_at: str


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits: how many events, the oldest one's time (ISO) or None, and how many the platform refused for good."""

    waiting: int
    oldest: str | None
    refused: int


def put(tx: Transaction, at: datetime, path: str, body: bytes) -> str:
    """Keep an event for delivery, inside the caller's transaction. Returns its key."""
    key = uuid.uuid4().hex
    tx.execute(
        "INSERT INTO outbox (idempotency_key, path, body, created_at, next_attempt_at) VALUES (?, ?, ?, ?, ?)",
        (key, path, body, at.isoformat(), at.isoformat()),
    )
    return key


def next_due(store: Store, now: datetime) -> Event | None:
    """The oldest event not yet acknowledged, if its time has come."""
    with store.reading() as tx:
        row = tx.row(
            "SELECT seq, idempotency_key, path, body, attempts, created_at, next_attempt_at FROM outbox "
            "WHERE acknowledged_at IS NULL AND refused_code IS NULL ORDER BY seq LIMIT 1"
        )
    if row is None or datetime.fromisoformat(row[6]) > now:
        return None
    return Event(row[0], row[1], row[2], bytes(row[3]), row[4], row[5])


def acknowledge(store: Store, event: Event, now: datetime) -> None:
    """The platform has it."""
    with store.transaction() as tx:
        tx.execute("UPDATE outbox SET acknowledged_at = ? WHERE seq = ?", (now.isoformat(), event.seq))


def failed(store: Store, event: Event, now: datetime) -> None:
    """No answer: try again later, waiting longer each time."""
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(event.attempts, 16))
    with store.transaction() as tx:
        tx.execute(
            "UPDATE outbox SET attempts = attempts + 1, next_attempt_at = ? WHERE seq = ?", ((now + pause).isoformat(), event.seq)
        )


def refused(store: Store, event: Event, code: str) -> None:
    """The platform said no for good; staff must look."""
    with store.transaction() as tx:
        tx.execute("UPDATE outbox SET refused_code = ?, attempts = attempts + 1 WHERE seq = ?", (code, event.seq))


def backlog(store: Store) -> Backlog:
    """What still waits."""
    with store.reading() as tx:
        waiting = tx.row("SELECT count(*), min(created_at) FROM outbox WHERE acknowledged_at IS NULL AND refused_code IS NULL")
        refusals = tx.row("SELECT count(*) FROM outbox WHERE refused_code IS NOT NULL")
    assert waiting is not None
    assert refusals is not None
    return Backlog(int(waiting[0]), waiting[1], int(refusals[0]))

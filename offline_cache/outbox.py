"""What the platform must hear, kept until it has: events in order, each under one key that never changes.

The next event waits until the one before it was acknowledged, so the platform hears things in the order in which they happened.
A refusal that will not change by itself (`refused`) stays visible for staff and lets the others pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from offline_cache.store import Store, Transaction

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Event:
    """One event to deliver: POST `body` (JSON) to `path` under `idempotency_key`. `body` may hold what only the platform may see."""

    seq: int
    idempotency_key: str
    path: str
    body: bytes
    attempts: int
    created_at: str

    def __repr__(self) -> str:
        return f"Event({self.seq}, {self.path})"


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits: how many events, the oldest one's time (ISO) or None, and how many the platform refused for good."""

    waiting: int
    oldest: str | None
    refused: int


def put(tx: Transaction, at: datetime, path: str, body: bytes, *, key: str) -> None:
    """Keep an event for delivery, inside the caller's transaction.

    `key` is the idempotency key: made from what happened, not drawn, so that the same event can never be sent under two keys.
    Raises `Conflict` for a key that was used before.
    """
    tx.execute(
        "INSERT INTO outbox (idempotency_key, path, body, created_at, next_attempt_at) VALUES (?, ?, ?, ?, ?)",
        (key, path, body, at.isoformat(), at.isoformat()),
    )


def has(tx: Transaction, key: str) -> bool:
    """Whether an event was ever put under this key."""
    return tx.row("SELECT 1 FROM outbox WHERE idempotency_key = ?", (key,)) is not None


def hurry(store: Store, now: datetime) -> None:
    """The link is back: whatever waits for its next attempt need not wait any longer."""
    with store.transaction() as tx:
        tx.execute(
            "UPDATE outbox SET next_attempt_at = ? WHERE attempts > 0 AND acknowledged_at IS NULL AND refused_code IS NULL",
            (now.isoformat(),),
        )


def next_due(store: Store, now: datetime) -> Event | None:
    """The oldest event not yet acknowledged, if its time has come."""
    with store.reading() as tx:
        row = tx.row(
            "SELECT seq, idempotency_key, path, body, attempts, created_at, next_attempt_at FROM outbox "
            "WHERE acknowledged_at IS NULL AND refused_code IS NULL ORDER BY seq LIMIT 1"
        )
    # A next attempt further off than any pause was set by a clock that has been put back since: do not wait for it.
    if row is None or now < datetime.fromisoformat(row[6]) <= now + LONGEST_PAUSE:
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


def refusals(store: Store) -> list[tuple[Event, str]]:
    """What the platform refused for good, each with its code, oldest first: staff must look."""
    with store.reading() as tx:
        rows = tx.rows(
            "SELECT seq, idempotency_key, path, body, attempts, created_at, refused_code FROM outbox "
            "WHERE refused_code IS NOT NULL ORDER BY seq"
        )
    return [(Event(row[0], row[1], row[2], bytes(row[3]), row[4], row[5]), str(row[6])) for row in rows]

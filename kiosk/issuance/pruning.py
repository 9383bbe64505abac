"""Old tokens of the once-guard: forgotten only when nobody can need them any more.

A token is what refuses a job's name a second time, so it stays until the issuance is at its end, the platform has acknowledged
everything that it was told of it, and the authorisation ran out long ago.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from kiosk.issuance.ledger import Ledger, event_keys
from kiosk.issuance.states import OPEN
from offline_cache.store import Store

KEPT = timedelta(days=30)
"""How long after the authorisation's expiry."""


class Tokens(Protocol):
    """The once-guard, as far as forgetting goes."""

    def knows(self, job_name: str) -> bool: ...

    def prune(self, job_name: str) -> bool: ...


def prune(store: Store, tokens: Tokens, now: datetime) -> int:
    """Forget what may be forgotten; returns how many. Blocks; raises `StoreError`."""
    gone = 0
    for issuance in Ledger(store).all():
        if issuance.state in OPEN or now < issuance.expires_at + KEPT:
            continue
        known = [name for name in issuance.guarded_names if tokens.knows(name)]
        if known and _acknowledged(store, issuance.authorisation_id):
            pruned = [tokens.prune(name) for name in known]
            gone += all(pruned)
    return gone


def _acknowledged(store: Store, authorisation_id: str) -> bool:
    """Whether the platform has heard something of this authorisation, and everything that it was to hear."""
    keys = event_keys(authorisation_id)
    marks = ", ".join("?" for _ in keys)
    with store.reading() as tx:
        rows = tx.rows(f"SELECT acknowledged_at FROM outbox WHERE idempotency_key IN ({marks})", keys)
    return bool(rows) and all(row[0] is not None for row in rows)

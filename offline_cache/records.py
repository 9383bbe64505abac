"""Signed bytes of others, kept for when the link is gone: found by keyed hash of their holder, wiped when they expire."""

from __future__ import annotations

from datetime import datetime

from offline_cache.store import Store


def keep(store: Store, record_id: str, holder: str, content: bytes, expires_at: datetime) -> None:
    """Keep (or replace) one record. `holder` is the document number; only its keyed hash is stored."""
    with store.transaction() as tx:
        tx.execute(
            "INSERT INTO records (record_id, holder_hash, content, expires_at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (record_id) DO UPDATE SET holder_hash = excluded.holder_hash, content = excluded.content, "
            "expires_at = excluded.expires_at",
            (record_id, store.keys.hash(holder), content, expires_at.isoformat()),
        )


def of_holder(store: Store, holder: str, now: datetime) -> list[bytes]:
    """The records of one holder that have not expired."""
    with store.reading() as tx:
        rows = tx.rows(
            "SELECT content, expires_at FROM records WHERE holder_hash = ? ORDER BY record_id", (store.keys.hash(holder),)
        )
    return [bytes(content) for content, expires_at in rows if datetime.fromisoformat(expires_at) > now]


def wipe_expired(store: Store, now: datetime) -> int:
    """Delete what has expired (pages are overwritten: secure_delete); returns how many."""
    with store.transaction() as tx:
        expired = [
            record_id
            for record_id, expires_at in tx.rows("SELECT record_id, expires_at FROM records")
            if datetime.fromisoformat(expires_at) <= now
        ]
        for record_id in expired:
            tx.execute("DELETE FROM records WHERE record_id = ?", (record_id,))
    return len(expired)

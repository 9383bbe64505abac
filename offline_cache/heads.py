"""How the journal stood, said where the terminal cannot unsay it: signed in the store, remembered beside it, told to others.

A chain shows what was changed within it. That its end was cut off, that all of it was written anew, or that the whole store is
yesterday's, shows only against a head kept elsewhere:

- in the store, signed with the terminal's key: whoever rewrites the journal would need that key too;
- in a small file beside the store (`Witness`), so that a store copied back is refused when it is opened;
- at the platform, which gets every signed head by the outbox, so that a whole disk copied back is found out at the first link.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from offline_cache import journal
from offline_cache.durable_file import write_durably
from offline_cache.journal import Head
from offline_cache.signing import SigningKey, holds
from offline_cache.store import Store, StoreError, Transaction


class StoreRolledBack(StoreError):
    """The store is older than what is known of it: somebody has put back a copy. It must not be worked with."""

    code = "store-rolled-back"
    turn = "integrator"


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head with who signed it and when (ISO)."""

    terminal: str
    seq: int
    hash: bytes
    at: str
    signature: bytes

    @property
    def statement(self) -> bytes:
        """What is signed."""
        return statement(self.terminal, self.seq, self.hash, self.at)


def statement(terminal: str, seq: int, digest: bytes, at: str) -> bytes:
    """Five lines, so that anybody can write them down again: title, terminal, number, hash (hex), time."""
    return f"dazheng journal head\n{terminal}\n{seq}\n{digest.hex()}\n{at}\n".encode()


def sign(store: Store, key: SigningKey, terminal: str, at: datetime) -> SignedHead | None:
    """The journal's present head, signed, but not kept yet (`keep`); None when the newest one kept is still the head."""
    head = journal.head(store)
    newest = signed_heads(store, newest=True)
    if head.seq == 0 or (newest and newest[0].seq == head.seq):
        return None
    moment = at.isoformat()
    return SignedHead(terminal, head.seq, head.hash, moment, key.sign(statement(terminal, head.seq, head.hash, moment)))


def keep(tx: Transaction, head: SignedHead) -> None:
    """Keep a signed head, inside the caller's transaction."""
    tx.execute(
        "INSERT INTO journal_heads (seq, hash, at, terminal, signature) VALUES (?, ?, ?, ?, ?)",
        (head.seq, head.hash, head.at, head.terminal, head.signature),
    )


def signed_heads(store: Store, *, newest: bool = False) -> list[SignedHead]:
    """Those kept, oldest first; only the last one if `newest`."""
    order = "DESC LIMIT 1" if newest else ""
    with store.reading() as tx:
        rows = tx.rows(f"SELECT terminal, seq, hash, at, signature FROM journal_heads ORDER BY seq {order}")
    return [SignedHead(terminal, seq, bytes(digest), at, bytes(signature)) for terminal, seq, digest, at, signature in rows]


def unsigned(store: Store, public: bytes) -> list[int]:
    """Numbers of the kept heads whose signature is not by `public` (PEM)."""
    return [head.seq for head in signed_heads(store) if not holds(public, head.statement, head.signature)]


def contains(store: Store, head: Head) -> bool:
    """Whether the journal went through `head`."""
    if head.seq == 0:
        return True
    with store.reading() as tx:
        row = tx.row("SELECT hash FROM journal WHERE seq = ?", (head.seq,))
    return row is not None and bytes(row[0]) == head.hash


class Witness:
    """A small file that remembers a head of the journal. It belongs where a copy of the store does not take it along."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def remember(self, head: Head) -> None:
        """Write it down, whole or not at all. Raises `StoreError`."""
        try:
            write_durably(self._path, json.dumps({"seq": head.seq, "hash": head.hash.hex()}).encode())
        except OSError as reason:
            raise StoreError(f"{self._path}: {reason.strerror}") from None

    def remembered(self) -> Head | None:
        """None when it was never written. Raises `StoreRolledBack` when it cannot be read: then nobody can say."""
        try:
            said = json.loads(self._path.read_bytes())
            return Head(int(said["seq"]), bytes.fromhex(said["hash"]))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            raise StoreRolledBack(f"{self._path}: what is remembered of the store cannot be read") from None

    def check(self, store: Store) -> None:
        """Raises `StoreRolledBack` for a store whose journal does not go through the head that is remembered."""
        head = self.remembered()
        if head is not None and not contains(store, head):
            raise StoreRolledBack(
                f"{store.path}: its journal does not contain entry {head.seq} that was there before; an older copy was put back"
            )

"""Permissions of others that were given beforehand: exclusive, used once, readable only with what their holder shows.

Each is sealed (AES-256-GCM) under a key that is made from the holder's document number and from the secret in the holder's code
(scrypt); neither is kept here, both are looked up by keyed hash. Whoever takes the disk, even with the store's key, would have to
guess both. Removed as soon as they are used, given back or expired (pages are overwritten: secure_delete).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from offline_cache.keys import StoreKeys
from offline_cache.store import Store, Transaction

SALT_BYTES = 16
SCRYPT_N = 2**13
"""Some 20 ms and 8 MiB a guess; the code's secret alone has 64 bits."""
NONCE = bytes(12)
"""A key seals one content only: its salt is drawn for it."""


class SealUnbroken(Exception):
    """It does not open with this number and this secret."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One permission as it lies in the store."""

    grant_id: str
    certificate_id: str
    holder_hash: bytes
    code_hash: bytes
    salt: bytes
    content: bytes
    expires_at: datetime

    def opened(self, number: str, secret: bytes) -> bytes:
        """What was sealed. Raises `SealUnbroken`."""
        try:
            return AESGCM(_key(number, secret, self.salt)).decrypt(NONCE, self.content, self.grant_id.encode())
        except InvalidTag:
            raise SealUnbroken from None


def seal(
    keys: StoreKeys, grant_id: str, certificate_id: str, number: str, secret: bytes, content: bytes, expires_at: datetime
) -> Sealed:
    """Close `content` so that only `number` and `secret` together open it."""
    salt = os.urandom(SALT_BYTES)
    closed = AESGCM(_key(number, secret, salt)).encrypt(NONCE, content, grant_id.encode())
    return Sealed(grant_id, certificate_id, holder_hash(keys, number), code_hash(keys, secret), salt, closed, expires_at)


def holder_hash(keys: StoreKeys, number: str) -> bytes:
    return keys.hash(f"holder {number}")


def code_hash(keys: StoreKeys, secret: bytes) -> bytes:
    return keys.hash(f"code {secret.hex()}")


def keep(tx: Transaction, sealed: Sealed) -> None:
    """Keep a new one. One that is here already (held or used) stays as it is."""
    tx.execute(
        "INSERT INTO pre_grants (grant_id, certificate_id, holder_hash, code_hash, salt, sealed, expires_at, state) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, 'held') ON CONFLICT (grant_id) DO NOTHING",
        (
            sealed.grant_id,
            sealed.certificate_id,
            sealed.holder_hash,
            sealed.code_hash,
            sealed.salt,
            sealed.content,
            sealed.expires_at.isoformat(),
        ),
    )


def of_holder(store: Store, number: str, now: datetime) -> list[Sealed]:
    """Those held for the person with this document number that have not expired."""
    return _held(store, "holder_hash", holder_hash(store.keys, number), now)


def of_code(store: Store, secret: bytes, now: datetime) -> list[Sealed]:
    """Those held for whoever shows the code with this secret."""
    return _held(store, "code_hash", code_hash(store.keys, secret), now)


def held(store: Store) -> list[str]:
    """All that could still be used, by id."""
    with store.reading() as tx:
        return [str(row[0]) for row in tx.rows("SELECT grant_id FROM pre_grants WHERE state = 'held' ORDER BY grant_id")]


def count(store: Store, now: datetime) -> int:
    """How many can be used now."""
    with store.reading() as tx:
        rows = tx.rows("SELECT expires_at FROM pre_grants WHERE state = 'held'")
    return sum(datetime.fromisoformat(row[0]) > now for row in rows)


def use(tx: Transaction, grant_id: str) -> bool:
    """Use it up, its content wiped; False when it is not held (any more)."""
    return (
        tx.execute("UPDATE pre_grants SET state = 'used', sealed = x'' WHERE grant_id = ? AND state = 'held'", (grant_id,)) == 1
    )


def used(tx: Transaction) -> list[tuple[str, str]]:
    """Those that were used, with their certificates."""
    return [(str(a), str(b)) for a, b in tx.rows("SELECT grant_id, certificate_id FROM pre_grants WHERE state = 'used'")]


def expired(tx: Transaction, now: datetime) -> list[tuple[str, str]]:
    """Those held that have expired, with their certificates."""
    rows = tx.rows("SELECT grant_id, certificate_id, expires_at FROM pre_grants WHERE state = 'held'")
    return [(str(a), str(b)) for a, b, expires_at in rows if datetime.fromisoformat(expires_at) <= now]


def remove(tx: Transaction, grant_ids: Sequence[str]) -> None:
    """Wipe them."""
    for grant_id in grant_ids:
        tx.execute("DELETE FROM pre_grants WHERE grant_id = ?", (grant_id,))


def _held(store: Store, column: str, value: bytes, now: datetime) -> list[Sealed]:
    with store.reading() as tx:
        rows = tx.rows(
            "SELECT grant_id, certificate_id, holder_hash, code_hash, salt, sealed, expires_at FROM pre_grants "
            f"WHERE {column} = ? AND state = 'held' ORDER BY certificate_id",
            (value,),
        )
    found = [Sealed(a, b, bytes(c), bytes(d), bytes(e), bytes(f), datetime.fromisoformat(g)) for a, b, c, d, e, f, g in rows]
    return [sealed for sealed in found if sealed.expires_at > now]


def _key(number: str, secret: bytes, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=SCRYPT_N, r=8, p=1).derive(b"dazheng pre-grant\0" + number.encode() + b"\0" + secret)

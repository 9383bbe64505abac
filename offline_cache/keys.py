"""Where the store's key comes from: one small interface, and a file readable by the service alone.

Two keys are derived from the one that is kept (HKDF-SHA256): one encrypts the store, one keys the hashes by which records are
looked up. Other sources (PKCS#11, TPM, systemd credentials) implement `KeySource`.
"""

from __future__ import annotations

import hmac
import os
import secrets
import stat
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


class KeyUnusable(Exception):
    """The key cannot be had; the integrator's turn. Never carries key material."""


@dataclass(frozen=True, slots=True)
class StoreKeys:
    """What the store works with: `encryption` for SQLCipher, `lookup` for keyed hashes. Never printed."""

    encryption: bytes
    lookup: bytes

    def hash(self, text: str) -> bytes:
        """Keyed hash of something personal, to look it up by (HMAC-SHA256)."""
        return hmac.new(self.lookup, text.encode(), sha256).digest()

    def __repr__(self) -> str:
        return "StoreKeys(…)"


class KeySource(Protocol):
    """Something that has the terminal's secret."""

    def keys(self) -> StoreKeys:
        """The derived keys. Raises `KeyUnusable`."""
        ...


class FileKey:
    """A key of 32 random bytes in a file that only its owner may read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def create(self) -> None:
        """Make the key, once. Raises `KeyUnusable` where a file is already there: a store would be lost with its key."""
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise KeyUnusable(f"{self._path}: there is a key already") from None
        except OSError as reason:
            raise KeyUnusable(f"{self._path}: {reason.strerror}") from None
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())

    def keys(self) -> StoreKeys:
        try:
            mode = self._path.stat().st_mode
            secret = self._path.read_bytes()
        except OSError as reason:
            raise KeyUnusable(f"{self._path}: {reason.strerror}") from None
        if stat.S_IMODE(mode) & 0o077:
            raise KeyUnusable(f"{self._path}: readable by others; chmod 600")
        if len(secret) != KEY_BYTES:
            raise KeyUnusable(f"{self._path}: not a key of {KEY_BYTES} bytes")
        return derive(secret)


def derive(secret: bytes) -> StoreKeys:
    """The two working keys from one secret."""
    return StoreKeys(_hkdf(secret, b"dazheng store encryption"), _hkdf(secret, b"dazheng store lookup"))


def _hkdf(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(secret)

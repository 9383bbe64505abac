"""Where the store's key comes from: one small interface, a file readable by the service alone, and a systemd credential.

Two keys are derived from the one that is kept (HKDF-SHA256): one encrypts the store, one keys the hashes by which records are
looked up. `pkcs11_key` and `tpm_key` are sources whose secret never lies on the disk.
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

    code = "key-unusable"
    turn = "integrator"


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
        """Make the key, once, whole or not at all.

        Raises `KeyUnusable` where a file is already there: a store would be lost with its key.
        """
        draft = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}")
        try:
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                os.write(handle, secrets.token_bytes(KEY_BYTES))
                os.fsync(handle)
            finally:
                os.close(handle)
            os.link(draft, self._path)  # unlike rename, never over a key that is there
            draft.unlink()
            _sync_directory(self._path.parent)
        except OSError as reason:
            draft.unlink(missing_ok=True)
            why = "there is a key already" if isinstance(reason, FileExistsError) else reason.strerror
            raise KeyUnusable(f"{self._path}: {why}") from None

    def keys(self) -> StoreKeys:
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as reason:
            raise KeyUnusable(f"{self._path}: {reason.strerror}") from None
        try:
            # Asked of the open file, so that what was checked is what is read.
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise KeyUnusable(f"{self._path}: not a file")
            if stat.S_IMODE(status.st_mode) & 0o077:
                raise KeyUnusable(f"{self._path}: readable by others; chmod 600")
            secret = os.read(handle, KEY_BYTES + 1)
        except OSError as reason:
            raise KeyUnusable(f"{self._path}: {reason.strerror}") from None
        finally:
            os.close(handle)
        if len(secret) != KEY_BYTES:
            raise KeyUnusable(f"{self._path}: not a key of {KEY_BYTES} bytes")
        return derive(secret)


class CredentialKey:
    """A key of 32 bytes that systemd hands to the service (`LoadCredentialEncrypted=`): on disk it is encrypted to machine or TPM.

    `directory` is $CREDENTIALS_DIRECTORY. systemd makes the credential (docs/reliability.md says how); this never does.
    """

    def __init__(self, name: str, directory: Path | None) -> None:
        self._name = name
        self._directory = directory

    def keys(self) -> StoreKeys:
        if self._directory is None:
            raise KeyUnusable(f"credential {self._name}: this process was given no credentials by systemd")
        try:
            secret = (self._directory / self._name).read_bytes()
        except OSError as reason:
            raise KeyUnusable(f"credential {self._name}: {reason.strerror}") from None
        if len(secret) != KEY_BYTES:
            raise KeyUnusable(f"credential {self._name}: not a key of {KEY_BYTES} bytes")
        return derive(secret)


def derive(secret: bytes) -> StoreKeys:
    """The two working keys from one secret."""
    return StoreKeys(_hkdf(secret, b"dazheng store encryption"), _hkdf(secret, b"dazheng store lookup"))


def _hkdf(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(secret)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Both of the terminal's secrets bound to this machine's TPM 2.0, through tpm2-tools.

The store's secret is sealed and the signing key is made under the owner hierarchy's primary key; what lies in `directory` is of use to
this TPM alone. A disk in another machine opens nothing. Secrets pass through pipes, never through files.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Generator
from pathlib import Path

from offline_cache.keys import KEY_BYTES, KeyUnusable, StoreKeys, derive
from offline_cache.tpm_tools import TpmFailed, run


class TpmKey:
    """`KeySource` and `SigningKey` with what lies in `directory`; `tcti` is how the TPM is reached (tpm2-tools' words)."""

    def __init__(self, directory: Path, tcti: str = "device:/dev/tpmrm0") -> None:
        self._directory = directory
        self._tcti = tcti

    def made(self) -> bool:
        """Whether something is there already."""
        try:
            return any(self._directory.iterdir())
        except OSError:
            return False

    def create(self) -> None:
        """Make both, once. Raises `KeyUnusable`; also where something is already there."""
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as reason:
            raise KeyUnusable(f"{self._directory}: {reason.strerror}") from None
        if self.made():
            raise KeyUnusable(f"{self._directory}: there is a key already")
        with self._primary() as (room, primary):
            self._make(room, "store", ["tpm2_create", "-Q", "-C", primary, "-i", "-"], secrets.token_bytes(KEY_BYTES))
            self._make(room, "signing", ["tpm2_create", "-Q", "-C", primary, "-G", "ecc256:ecdsa-sha256:null"], b"")

    def keys(self) -> StoreKeys:
        with self._primary() as (room, primary):
            secret = self._tool(["tpm2_unseal", "-c", self._loaded(room, primary, "store")])
        if len(secret) != KEY_BYTES:
            raise KeyUnusable(f"{self._directory}: not a key of {KEY_BYTES} bytes")
        return derive(secret)

    def sign(self, message: bytes) -> bytes:
        with self._primary() as (room, primary):
            context = self._loaded(room, primary, "signing")
            (room / "message").write_bytes(message)  # a head of the journal: nothing secret
            signature = room / "signature"
            self._tool(
                [
                    "tpm2_sign",
                    "-Q",
                    "-c",
                    context,
                    "-g",
                    "sha256",
                    "-s",
                    "ecdsa",
                    "-f",
                    "plain",
                    "-o",
                    str(signature),
                    str(room / "message"),
                ]
            )
            return signature.read_bytes()

    def public_pem(self) -> bytes:
        with self._primary() as (room, primary):
            self._tool(
                [
                    "tpm2_readpublic",
                    "-Q",
                    "-c",
                    self._loaded(room, primary, "signing"),
                    "-f",
                    "pem",
                    "-o",
                    str(room / "public.pem"),
                ]
            )
            return (room / "public.pem").read_bytes()

    @contextlib.contextmanager
    def _primary(self) -> Generator[tuple[Path, str]]:
        """The owner hierarchy's primary key, made again from the TPM's own seed: the same each time, kept nowhere."""
        with tempfile.TemporaryDirectory(prefix="dazheng-tpm-") as name:
            room = Path(name)
            primary = str(room / "primary.ctx")
            try:
                self._tool(["tpm2_createprimary", "-Q", "-C", "o", "-g", "sha256", "-G", "ecc", "-c", primary])
                yield room, primary
            finally:
                self._flush()

    def _make(self, room: Path, name: str, command: list[str], secret: bytes) -> None:
        public, private = room / f"{name}.pub", room / f"{name}.priv"
        self._tool([*command, "-u", str(public), "-r", str(private)], secret)
        self._flush()
        for made in (public, private):
            target = self._directory / made.name
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            try:
                os.write(handle, made.read_bytes())
                os.fsync(handle)
            finally:
                os.close(handle)

    def _loaded(self, room: Path, primary: str, name: str) -> str:
        context = str(room / f"{name}.ctx")
        public, private = self._directory / f"{name}.pub", self._directory / f"{name}.priv"
        self._tool(["tpm2_load", "-Q", "-C", primary, "-u", str(public), "-r", str(private), "-c", context])
        self._flush()
        return context

    def _flush(self) -> None:
        """A TPM without a resource manager holds three objects at most; the saved contexts are loaded again when they are needed."""
        with contextlib.suppress(TpmFailed):
            run(self._tcti, ["tpm2_flushcontext", "-t"])

    def _tool(self, command: list[str], secret: bytes = b"") -> bytes:
        try:
            return run(self._tcti, command, secret)
        except TpmFailed as failure:
            raise KeyUnusable(f"{failure}: this TPM does not hold the key in {self._directory}, or cannot be reached") from None

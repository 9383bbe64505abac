"""The journal on a stick: signed by the terminal, encrypted for the office, written to a directory where a stick is mounted.

    COSE_Encrypt (ECDH-ES + A256KW, A256GCM; recipient: the office's P-256 key)
      └ COSE_Sign1 (ES256; the terminal's own key, its certificate in x5chain)
          └ JSON lines: a head line, then one a journal entry with its hashes, then one a blank

The stick can be lost: nobody but the office reads it. The office can be lied to: nobody but the terminal signs it, and the head in it
is held against the next one (`offline_cache.journal.verify`). `open_export` is the other end (``kiosk staff open-export``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cwt import COSE, COSEAlgs, COSEHeaders, COSEKey, Recipient
from cwt.exceptions import CWTError

from kiosk.issuance import blanks
from offline_cache import journal
from offline_cache.store import Store

CONTENT = "application/x-dazheng-journal"
_CONTEXT = {"alg": "A256GCM"}


class ExportRefused(Exception):
    """Nothing was written, or nothing could be read. `code`: "no-place" (not set up), "no-stick", "stick-full", "keys",
    "not-for-us", "not-signed", "malformed"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Written:
    """What lies on the stick now."""

    path: Path
    digest: str
    head: journal.Head


@dataclass(frozen=True, slots=True)
class Exporter:
    """Writes exports. `directory` is where the stick is mounted, `recipient` the office's certificate or public key (PEM)."""

    store: Store
    clock: Callable[[], datetime]
    terminal_id: str
    certificate: Path
    key: Path
    directory: Path | None
    recipient: Path | None
    mounted: Callable[[Path], bool] = Path.is_mount

    def write(self, by: str) -> Written:
        """One file with the whole journal and the state of every blank. Raises `ExportRefused`, `StoreError`."""
        if self.directory is None or self.recipient is None:
            raise ExportRefused("no-place")
        if not self.mounted(self.directory):
            raise ExportRefused("no-stick")
        now = self.clock()
        with self.store.transaction() as tx:
            # The export tells of itself, and of who took it.
            journal.append(tx, now, "staff.exported", {"by": by})
        head = journal.head(self.store)
        lines = "\n".join(self._lines(head, by, now)).encode()
        sealed = _sealed(lines, self.certificate, self.key, self.recipient)
        path = self.directory / f"dazheng-{self.terminal_id}-{now:%Y%m%dT%H%M%SZ}.cose"
        try:
            _put(path, sealed)
        except OSError:
            raise ExportRefused("stick-full") from None
        return Written(path, sha256(sealed).hexdigest(), head)

    def _lines(self, head: journal.Head, by: str, now: datetime) -> Iterator[str]:
        yield _line(terminal=self.terminal_id, at=now.isoformat(), by=by, seq=head.seq, hash=head.hash.hex())
        for entry in journal.entries(self.store, limit=head.seq):
            yield _line(
                seq=entry.seq, at=entry.at, case=entry.case, kind=entry.kind, data=dict(entry.data),
                previous=entry.previous.hex(), hash=entry.hash.hex(),
            )  # fmt: skip
        for blank in blanks.listed(self.store):
            yield _line(serial=blank.serial, kind=blank.kind, bin=blank.bin, state=blank.state.value, reason=blank.reason)


def open_export(sealed: bytes, office_key: bytes, trusted: bytes) -> str:
    """The JSON lines of an export. `office_key`: the office's private key (PEM); `trusted`: certificate (PEM) of the terminal that
    it must come from. Raises `ExportRefused`.
    """
    try:
        key = COSEKey.from_pem(office_key, kid=b"office", alg="ECDH-ES+A256KW")
        public = COSEKey.from_pem(_public_pem(trusted), kid=b"terminal", alg="ES256")
    except (ValueError, CWTError):
        raise ExportRefused("keys") from None
    try:
        signed = COSE.new().decode(sealed, key, context=_CONTEXT)
    except (ValueError, CWTError):
        raise ExportRefused("not-for-us") from None
    try:
        return COSE.new().decode(signed, public).decode()
    except (ValueError, CWTError):
        raise ExportRefused("not-signed") from None


def _sealed(lines: bytes, certificate: Path, key: Path, recipient: Path) -> bytes:
    try:
        private = load_pem_private_key(key.read_bytes(), None)
        own = x509.load_pem_x509_certificate(certificate.read_bytes()).public_bytes(Encoding.DER)
        office = COSEKey.from_pem(_public_pem(recipient.read_bytes()), kid=b"office", alg="ECDH-ES+A256KW")
        if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name != "secp256r1":
            raise ExportRefused("keys")
        signer = COSEKey.from_pem(key.read_bytes(), kid=b"terminal", alg="ES256")
    except (OSError, ValueError, CWTError):
        raise ExportRefused("keys") from None
    signed = COSE.new().encode(  # pyright: ignore[reportUnknownMemberType] - cwt leaves headers untyped
        lines,
        signer,
        protected={COSEHeaders.ALG: COSEAlgs.ES256, 3: CONTENT, 33: own},
        unprotected={COSEHeaders.KID: b"terminal"},
    )
    envelope = Recipient.new(  # pyright: ignore[reportUnknownMemberType] - cwt leaves headers untyped
        protected={COSEHeaders.ALG: COSEAlgs.ECDH_ES_A256KW},
        unprotected={COSEHeaders.KID: b"office"},
        recipient_key=office,
        context=_CONTEXT,
    )
    content_key = COSEKey.generate_symmetric_key(alg="A256GCM")
    return COSE.new(alg_auto_inclusion=True).encode(  # pyright: ignore[reportUnknownMemberType] - cwt leaves headers untyped
        signed, content_key, protected={COSEHeaders.ALG: COSEAlgs.A256GCM}, recipients=[envelope]
    )


def _public_pem(pem: bytes) -> bytes:
    """A public key as PEM, out of a certificate where it is one. Raises `ValueError`."""
    if b"BEGIN CERTIFICATE" not in pem:
        return pem
    return x509.load_pem_x509_certificate(pem).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _line(**values: Any) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _put(path: Path, content: bytes) -> None:
    """Whole and on the stick, or not there: sticks are pulled out early."""
    partial = path.with_suffix(".part")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError:
        partial.unlink(missing_ok=True)
        raise

"""The journal as a file that is read without us: JSON lines, its head signed, every hash there to be worked out again.

    {"format": "dazheng-journal-1", "terminal": …, "exported_at": …, "public_key": PEM}
    {"seq": 1, "at": …, "case": …, "kind": …, "data": "{…}", "previous": hex, "hash": hex}      one line an entry, in order
    {"seq": N, "hash": hex, "at": …, "signature": base64}                                       the head, signed

hash = SHA-256(previous + JSON of [seq, at, case, kind, data] without spaces, UTF-8); `data` is hashed as the text that it is. The first
`previous` is SHA-256("dazheng journal"). What is signed: `offline_cache.heads.statement`. docs/check_journal.py checks a file with
nothing but Python's standard library and the openssl command.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs7

from offline_cache import journal
from offline_cache.heads import statement
from offline_cache.journal import GENESIS, Broken, Entry, Tampering, entry_hash
from offline_cache.signing import SigningKey, holds
from offline_cache.store import Store

FORMAT = "dazheng-journal-1"


class ExportUnusable(Exception):
    """The file is no export, or not the one that was signed. The message names the line or entry."""


@dataclass(frozen=True, slots=True)
class Export:
    """A whole journal as exported: what is said of it, and its entries."""

    terminal: str
    exported_at: str
    public_key: bytes
    entries: tuple[Entry, ...]


def lines(store: Store, key: SigningKey, terminal: str, at: datetime) -> Iterator[str]:
    """The lines of an export, each with its end. The head is the newest entry's when this begins."""
    head = journal.head(store)
    moment = at.isoformat()
    yield _line({"format": FORMAT, "terminal": terminal, "exported_at": moment, "public_key": key.public_pem().decode()})
    for entry in journal.entries(store, limit=head.seq):
        yield _line(
            {
                "seq": entry.seq,
                "at": entry.at,
                "case": entry.case,
                "kind": entry.kind,
                "data": journal.canonical(entry.data),
                "previous": entry.previous.hex(),
                "hash": entry.hash.hex(),
            }
        )
    signature = key.sign(statement(terminal, head.seq, head.hash, moment))
    yield _line({"seq": head.seq, "hash": head.hash.hex(), "at": moment, "signature": b64encode(signature).decode()})


def read(text: Iterable[str], public: bytes | None = None) -> Export:
    """A checked export: chain, head and signature hold. `public`: the key (PEM) that must have signed it, if that is known.

    Raises `ExportUnusable`.
    """
    said = [_parsed(line, number) for number, line in enumerate(text, start=1)]
    if len(said) < 2 or said[0].get("format") != FORMAT:
        raise ExportUnusable("no export of a journal")
    first, *rows, last = said
    try:
        entries = tuple(
            Entry(
                row["seq"], row["at"], row["case"], row["kind"], json.loads(row["data"]), bytes.fromhex(row["previous"]),
                bytes.fromhex(row["hash"]),
            )
            for row in rows
        )  # fmt: skip
        if broken := first_broken(entries, [str(row["data"]) for row in rows]):
            raise ExportUnusable(f"entry {broken.seq} was {broken.how}")
        head = entries[-1].hash if entries else GENESIS
        if (last["seq"], last["hash"]) != (len(entries), head.hex()):
            raise ExportUnusable(f"entry {len(entries) + 1} was {Tampering.REMOVED}")
        signer = public or str(first["public_key"]).encode()
        message = statement(first["terminal"], last["seq"], head, last["at"])
        if not holds(signer, message, b64decode(last["signature"])):
            raise ExportUnusable("the signature is not this terminal's")
        return Export(first["terminal"], first["exported_at"], signer, entries)
    except (KeyError, TypeError, ValueError):
        raise ExportUnusable("a line says something else than it should") from None


def first_broken(entries: Iterable[Entry], texts: Iterable[str]) -> Broken | None:
    """The first entry of a list that does not follow from the one before; `texts` are their data as hashed."""
    previous = GENESIS
    for expected, (entry, text) in enumerate(zip(entries, texts, strict=True), start=1):
        if entry.seq != expected:
            return Broken(expected, Tampering.REMOVED if entry.seq > expected else Tampering.REORDERED)
        if entry.hash != entry_hash(entry.seq, entry.at, entry.case, entry.kind, text, entry.previous):
            return Broken(expected, Tampering.ALTERED)
        if entry.previous != previous:
            return Broken(max(1, expected - 1), Tampering.ALTERED)
        previous = entry.hash
    return None


def escrowed(content: bytes, certificate: bytes) -> bytes:
    """`content` for the keeper of the escrow key alone: CMS EnvelopedData (RFC 5652), DER, AES-256, to an RSA certificate (PEM).

    `openssl cms -decrypt -inform DER -inkey escrow.key` opens it. Raises `ExportUnusable` for a certificate that cannot be used.
    """
    try:
        recipient = x509.load_pem_x509_certificate(certificate)
    except ValueError:
        raise ExportUnusable("the escrow certificate is no certificate in PEM") from None
    if not isinstance(recipient.public_key(), rsa.RSAPublicKey):
        raise ExportUnusable("the escrow certificate must have an RSA key")
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(content).add_recipient(recipient).set_content_encryption_algorithm(AES256)
    return builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def opened(sealed: bytes, certificate: bytes, key: bytes) -> bytes:
    """What `escrowed` put in its envelope, by the certificate and its private key (both PEM). Raises `ExportUnusable`."""
    try:
        recipient, private = x509.load_pem_x509_certificate(certificate), load_pem_private_key(key, None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise ExportUnusable("the key must be an RSA key")
        return pkcs7.pkcs7_decrypt_der(sealed, recipient, private, [])
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ExportUnusable("this key does not open the file") from None


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def _parsed(line: str, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        raise ExportUnusable(f"line {number} is not JSON") from None
    if not isinstance(value, dict):
        raise ExportUnusable(f"line {number} is not an object")
    return value  # pyright: ignore[reportUnknownVariableType]

"""COSE_Sign1 (RFC 9052, section 4.2) over deterministic CBOR (RFC 8949, section 4.2), read strictly.

One byte string has one meaning: whatever does not come out the same when it is encoded again is refused, so nothing can hide in
a second encoding. Everything that matters is in the protected header and the payload; the unprotected header must be empty.
The algorithm is named in the data (`Algorithm`); which ones count is the caller's policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from io import BytesIO
from typing import Any, cast

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from kiosk.registration.keys import PublicKey
from kiosk.registration.sm2 import Sm2PrivateKey, Sm2PublicKey

TAG_SIGN1 = 18
MAX_BYTES = 512 * 1024
"""A record with drawings is some 50 kB; anything beyond this is not read."""


class Header(IntEnum):
    """Header labels (IANA COSE registry; x5chain is RFC 9360)."""

    ALG = 1
    CONTENT_TYPE = 3
    KID = 4
    X5CHAIN = 33


class Algorithm(IntEnum):
    """Signature algorithms: of the IANA COSE registry, and SM2 with SM3, which is not in it (its range for private use)."""

    ES256 = -7
    SM2_SM3 = -65537


class CoseError(ValueError):
    """Not a COSE_Sign1 as we take it; `code` says in what way (kebab-case)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Sign1:
    """A decoded, not yet believed message."""

    protected: Mapping[int, Any]
    protected_bytes: bytes
    payload: bytes
    signature: bytes

    @property
    def signed_bytes(self) -> bytes:
        """The Sig_structure that the signature covers."""
        return cbor2.dumps(["Signature1", self.protected_bytes, b"", self.payload], canonical=True)


def decode(data: bytes) -> Sign1:
    """Take `data` apart. Raises `CoseError` for anything but one canonical, tagged COSE_Sign1 with an empty unprotected header."""
    message = decode_canonical(data)
    if not isinstance(message, cbor2.CBORTag) or message.tag != TAG_SIGN1:
        raise CoseError("not-sign1")
    match cast(object, message.value):
        case [bytes() as protected_bytes, dict(), bytes() as payload, bytes() as signature]:
            if message.value[1]:
                raise CoseError("unprotected-header")
        case _:
            raise CoseError("not-sign1")
    protected = decode_canonical(protected_bytes)
    if not isinstance(protected, dict):
        raise CoseError("bad-header")
    entries = cast("dict[object, Any]", protected)
    if not all(isinstance(label, int) for label in entries):
        raise CoseError("bad-header")
    return Sign1(cast("dict[int, Any]", entries), protected_bytes, payload, signature)


def decode_canonical(data: bytes) -> object:
    """One CBOR item that is encoded deterministically. Raises `CoseError`."""
    if len(data) > MAX_BYTES:
        raise CoseError("too-large")
    try:
        stream = BytesIO(data)
        # Text that is no UTF-8 is replaced and so does not come out the same below: cbor2's own error for it is never freed.
        item: object = cbor2.CBORDecoder(stream, str_errors="replace").decode()
        again = cbor2.dumps(item, canonical=True)
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError, LookupError, ArithmeticError):
        raise CoseError("malformed") from None
    if again != data:
        raise CoseError("not-canonical")
    return item


def encode(payload: bytes, key: ec.EllipticCurvePrivateKey | Sm2PrivateKey, headers: Mapping[int, Any]) -> bytes:
    """Sign `payload` with the algorithm of `key`. `headers` go into the protected header beside the algorithm."""
    algorithm = Algorithm.SM2_SM3 if isinstance(key, Sm2PrivateKey) else Algorithm.ES256
    protected_bytes = cbor2.dumps({Header.ALG.value: algorithm.value, **headers}, canonical=True)
    unsigned = Sign1({}, protected_bytes, payload, b"")
    if isinstance(key, Sm2PrivateKey):
        signature = key.sign(unsigned.signed_bytes)
    else:
        r, s = decode_dss_signature(key.sign(unsigned.signed_bytes, ec.ECDSA(hashes.SHA256())))
        signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return cbor2.dumps(cbor2.CBORTag(TAG_SIGN1, [protected_bytes, {}, payload, signature]), canonical=True)


def signature_holds(message: Sign1, public_key: PublicKey) -> bool:
    """Whether the signature over `message` is by `public_key`, in the very algorithm that the message names.

    ES256 goes with P-256, SM2 with the curve of its standard; r and s are 32 bytes each in both.
    """
    algorithm = message.protected.get(Header.ALG)
    if isinstance(public_key, Sm2PublicKey):
        return algorithm == Algorithm.SM2_SM3 and public_key.verify(message.signature, message.signed_bytes)
    if algorithm != Algorithm.ES256 or len(message.signature) != 64:
        return False
    r, s = int.from_bytes(message.signature[:32], "big"), int.from_bytes(message.signature[32:], "big")
    try:
        public_key.verify(encode_dss_signature(r, s), message.signed_bytes, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True

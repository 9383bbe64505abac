"""SM2 signatures with SM3 (GB/T 32918.2, GB/T 32905), as certificates and messages carry them (GM/T 0009, GM/T 0015).

The signer's id is always the default one of GM/T 0009, section 10: what else would a verifier assume of a certificate? The
arithmetic is gmalg's, held to the standard's example and to OpenSSL by tests. It does not run in constant time: the terminal
only verifies; a registry signs in its own hardware, and `Sm2PrivateKey` is for the sandbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import gmalg
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

SIGNER_ID = b"1234567812345678"
FIELD = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
SIZE = 32
"""Bytes of a coordinate, and of r and of s."""

_SM2 = cast("Any", gmalg.SM2)
"""Comes without types."""


@dataclass(frozen=True, slots=True)
class Sm2PublicKey:
    """A point of the standard's curve, uncompressed (0x04, x, y). Made by `from_point` only, which refuses what is no point."""

    point: bytes

    @classmethod
    def from_point(cls, point: bytes) -> Sm2PublicKey:
        """Raises `ValueError` unless `point` is an uncompressed point of the curve other than infinity."""
        x, y = (int.from_bytes(point[1 + at : 1 + at + SIZE]) for at in (0, SIZE))
        if len(point) != 1 + 2 * SIZE or point[0] != 4 or x >= FIELD or y >= FIELD or not _SM2().verify_pk(point):
            raise ValueError("not a point of the SM2 curve")
        return cls(point)

    def verify(self, signature: bytes, data: bytes) -> bool:
        """Whether `signature` (r and s, 32 bytes each) over `data` is by this key."""
        if len(signature) != 2 * SIZE:
            return False
        return bool(_SM2(uid=SIGNER_ID, pk=self.point).verify(data, signature[:SIZE], signature[SIZE:]))

    def verify_der(self, signature: bytes, data: bytes) -> bool:
        """The same for a signature as certificates carry it (GM/T 0009: SEQUENCE of two INTEGERs)."""
        try:
            r, s = decode_dss_signature(signature)
            return self.verify(r.to_bytes(SIZE) + s.to_bytes(SIZE), data)
        except (ValueError, OverflowError):
            return False


@dataclass(frozen=True, slots=True, repr=False)
class Sm2PrivateKey:
    """A key of the sandbox's registry: 32 bytes."""

    secret: bytes

    @classmethod
    def generate(cls) -> Sm2PrivateKey:
        return cls(bytes(_SM2().generate_keypair()[0]))

    def public_key(self) -> Sm2PublicKey:
        return Sm2PublicKey(bytes(_SM2().generate_pk(self.secret)))

    def sign(self, data: bytes) -> bytes:
        """r and s, 32 bytes each."""
        r, s = _SM2(self.secret, SIGNER_ID, self.public_key().point).sign(data)
        return bytes(r).rjust(SIZE, b"\0") + bytes(s).rjust(SIZE, b"\0")

    def sign_der(self, data: bytes) -> bytes:
        """As certificates carry it."""
        signature = self.sign(data)
        return encode_dss_signature(int.from_bytes(signature[:SIZE]), int.from_bytes(signature[SIZE:]))

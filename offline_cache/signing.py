"""The terminal's own key, as far as signing goes: one small interface, and a key in a file. Others: `pkcs11_key`, `tpm_key`.

ES256 (ECDSA over P-256 with SHA-256), signatures in DER as OpenSSL writes and checks them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from offline_cache.keys import KeyUnusable


class SigningKey(Protocol):
    """Something that signs as this terminal."""

    def sign(self, message: bytes) -> bytes:
        """DER signature over SHA-256 of `message`. Blocks; raises `KeyUnusable`."""
        ...

    def public_pem(self) -> bytes:
        """The public key that goes with it (SubjectPublicKeyInfo, PEM). Raises `KeyUnusable`."""
        ...


class FileSigningKey:
    """An EC P-256 private key in a PEM file: by default the key with which the terminal speaks TLS to the platform."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def sign(self, message: bytes) -> bytes:
        return self._key().sign(message, ec.ECDSA(hashes.SHA256()))

    def public_pem(self) -> bytes:
        return public_pem(self._key().public_key())

    def _key(self) -> ec.EllipticCurvePrivateKey:
        try:
            key = serialization.load_pem_private_key(self._path.read_bytes(), None)
        except OSError as reason:
            raise KeyUnusable(f"{self._path}: {reason.strerror}") from None
        except (ValueError, TypeError):
            raise KeyUnusable(f"{self._path}: no private key in PEM") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise KeyUnusable(f"{self._path}: not a key on P-256")
        return key


def public_pem(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` is that of `message` by the key `public` (PEM)."""
    try:
        key = serialization.load_pem_public_key(public)
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        key.verify(signature, message, ec.ECDSA(hashes.SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True

"""Both of the terminal's secrets on a PKCS#11 token (smart card, HSM): neither ever leaves it.

The store's secret is what the token's HMAC key says of a fixed text (CKM_SHA256_HMAC), so nothing but the token can open the store; the
signing key is an EC key on P-256 (CKM_ECDSA). Both are made on the token, sensitive and not extractable.
"""

from __future__ import annotations

import importlib
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from offline_cache.keys import KeyUnusable, StoreKeys, derive
from offline_cache.signing import public_pem

STORE_LABEL = "dazheng-store"
SIGNING_LABEL = "dazheng-terminal"
PURPOSE = b"dazheng store secret"


class Pkcs11Key:
    """`KeySource` and `SigningKey` on the token labelled `token` behind the library `module`; `pin` is a file that holds the user PIN."""

    def __init__(self, module: Path, token: str, pin: Path) -> None:
        self._module = module
        self._token = token
        self._pin = pin

    def create(self) -> None:
        """Make both keys on the token, once. Raises `KeyUnusable`; also where one is already there."""
        with self._session(writing=True) as (pkcs11, session):
            for label in (STORE_LABEL, SIGNING_LABEL):
                if list(session.get_objects({pkcs11.Attribute.LABEL: label})):
                    raise KeyUnusable(f"token {self._token}: there is a key {label} already")
            kept = {pkcs11.Attribute.SENSITIVE: True, pkcs11.Attribute.EXTRACTABLE: False, pkcs11.Attribute.TOKEN: True}
            session.generate_key(
                pkcs11.KeyType.GENERIC_SECRET,
                256,
                label=STORE_LABEL,
                store=True,
                capabilities=pkcs11.MechanismFlag.SIGN,
                mechanism=pkcs11.Mechanism.GENERIC_SECRET_KEY_GEN,
                template=kept,
            )
            curve = importlib.import_module("pkcs11.util.ec").encode_named_curve_parameters("secp256r1")
            parameters = session.create_domain_parameters(pkcs11.KeyType.EC, {pkcs11.Attribute.EC_PARAMS: curve}, local=True)
            parameters.generate_keypair(
                label=SIGNING_LABEL,
                store=True,
                capabilities=pkcs11.MechanismFlag.SIGN | pkcs11.MechanismFlag.VERIFY,
                private_template=kept,
            )

    def keys(self) -> StoreKeys:
        with self._session() as (pkcs11, session):
            key = session.get_key(label=STORE_LABEL, object_class=pkcs11.ObjectClass.SECRET_KEY)
            return derive(bytes(key.sign(PURPOSE, mechanism=pkcs11.Mechanism.SHA256_HMAC)))

    def sign(self, message: bytes) -> bytes:
        with self._session() as (pkcs11, session):
            key = session.get_key(label=SIGNING_LABEL, object_class=pkcs11.ObjectClass.PRIVATE_KEY)
            raw = bytes(key.sign(sha256(message).digest(), mechanism=pkcs11.Mechanism.ECDSA))
        half = len(raw) // 2
        return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))

    def public_pem(self) -> bytes:
        with self._session() as (pkcs11, session):
            key = session.get_key(label=SIGNING_LABEL, object_class=pkcs11.ObjectClass.PUBLIC_KEY)
            point = bytes(key[pkcs11.Attribute.EC_POINT])
        # CKA_EC_POINT is the uncompressed point in an OCTET STRING.
        return public_pem(ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point[-65:]))

    @contextmanager
    def _session(self, *, writing: bool = False) -> Generator[tuple[Any, Any]]:
        try:
            pkcs11: Any = importlib.import_module("pkcs11")
        except ImportError:
            raise KeyUnusable("python-pkcs11 is not installed") from None
        try:
            pin = self._pin.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise KeyUnusable(f"{self._pin}: the PIN cannot be read") from None
        try:
            token = pkcs11.lib(str(self._module)).get_token(token_label=self._token)
            with token.open(user_pin=pin, rw=writing) as session:
                yield pkcs11, session
        except (pkcs11.exceptions.PKCS11Error, RuntimeError) as reason:
            raise KeyUnusable(f"token {self._token}: {type(reason).__name__}") from None

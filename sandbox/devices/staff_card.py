"""A virtual staff card: the part of a PIV card (NIST SP 800-73-4) by which it proves itself, with a key of its own.

Answers longer than a short APDU come in parts (61xx, GET RESPONSE), as from a real card.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding

from peripherals.card_reader.apdu import Instruction
from peripherals.card_reader.staff_card import APPLICATION, CARD_AUTHENTICATION_CERTIFICATE, CARD_AUTHENTICATION_KEY, ECC_P256

PART = 0xFF
OK, NOT_FOUND, WRONG_KEY, UNKNOWN = b"\x90\x00", b"\x6a\x82", b"\x6a\x86", b"\x6d\x00"


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(slots=True)
class StaffCard:
    """A member of staff's card. `copied`: somebody's copy of the certificate, without the key that belongs to it."""

    copied: bool = False
    atr: bytes = bytes.fromhex("3BFC1300008131FE15597562696B65794E454F7233E1")
    _key: ec.EllipticCurvePrivateKey = field(default_factory=_key)
    _selected: bool = False
    _waiting: bytes = b""

    def copy(self) -> StaffCard:
        """What a thief can make of it who has read it."""
        return StaffCard(copied=True, _key=self._key)

    def answer(self, command: bytes) -> bytes | None:
        instruction, p1, p2 = command[1], command[2], command[3]
        data = command[5 : 5 + command[4]] if len(command) > 5 else b""
        if instruction == Instruction.GET_RESPONSE:
            return self._part()
        if instruction == Instruction.SELECT:
            self._selected = p1 == 0x04 and data == APPLICATION
            return OK if self._selected else NOT_FOUND
        if not self._selected:
            return UNKNOWN
        if instruction == Instruction.GET_DATA:
            wanted = data[2:] == CARD_AUTHENTICATION_CERTIFICATE
            return self._told(_tlv(0x53, _tlv(0x70, self._certificate()) + b"\x71\x01\x00\xfe\x00")) if wanted else NOT_FOUND
        if instruction == Instruction.GENERAL_AUTHENTICATE:
            return self._signed(data) if (p1, p2) == (ECC_P256, CARD_AUTHENTICATION_KEY) else WRONG_KEY
        return UNKNOWN

    def _signed(self, data: bytes) -> bytes:
        key = _key() if self.copied else self._key
        signature = key.sign(data[6:], ec.ECDSA(Prehashed(hashes.SHA256())))
        return self._told(_tlv(0x7C, _tlv(0x82, signature)))

    def _told(self, answer: bytes) -> bytes:
        self._waiting = answer
        return self._part()

    def _part(self) -> bytes:
        part, self._waiting = self._waiting[:PART], self._waiting[PART:]
        return part + (bytes((0x61, min(PART, len(self._waiting)))) if self._waiting else OK)

    def _certificate(self) -> bytes:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "staff card")])
        now = datetime.now(UTC)
        certificate = x509.CertificateBuilder(name, name, self._key.public_key(), 1, now - timedelta(1), now + timedelta(3650))
        return certificate.sign(self._key, hashes.SHA256()).public_bytes(Encoding.DER)


def _tlv(tag: int, value: bytes) -> bytes:
    length = len(value)
    size = bytes((length,)) if length < 0x80 else bytes((0x81, length)) if length < 0x100 else b"\x82" + length.to_bytes(2, "big")
    return bytes((tag,)) + size + value

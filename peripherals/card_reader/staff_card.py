"""A staff card: any PIV card (NIST SP 800-73-4), known by the key that it proves to have.

The card signs a challenge with its card authentication key (slot 9E, ECC P-256), which needs no PIN and cannot be copied out. What is
kept of a card is the SHA-256 of that key; nothing that the card says of its holder is read.
"""

from __future__ import annotations

from hashlib import sha256
from typing import ClassVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from peripherals.card_reader.apdu import Channel, CommandApdu, Instruction, StatusWord, select_by_name
from peripherals.card_reader.faults import CardFault, CardRecordsBroken, ForeignCard
from peripherals.card_reader.pcsc import PcscReader
from peripherals.card_reader.reading import in_time

APPLICATION = bytes.fromhex("A000000308000010000100")
"""AID of the PIV card application (SP 800-73-4 part 1, section 2.2)."""
CARD_AUTHENTICATION_CERTIFICATE = bytes.fromhex("5FC101")
CARD_AUTHENTICATION_KEY = 0x9E
ECC_P256 = 0x11
CHALLENGE_BYTES = 32


class CardProvesNothing(CardFault):
    """The card's signature is not by the key in its certificate: a copy, or a card with another kind of key."""

    code: ClassVar[str] = "card-proves-nothing"


def prove_card(reader: PcscReader, challenge: bytes) -> bytes:
    """The digest of the key that the card on `reader` proved to have, by signing `challenge` (32 fresh random bytes).

    Blocks for at most some seconds. Raises `CardFault` (`ForeignCard`: no PIV card), `ReaderFault`.
    """

    def read() -> bytes:
        with reader.connect() as channel:
            return _proven(channel, challenge)

    return in_time(reader, read)


def _proven(channel: Channel, challenge: bytes) -> bytes:
    if channel.transmit(select_by_name(APPLICATION)).sw is not StatusWord.OK:
        raise ForeignCard
    key = _certified_key(channel)
    asked = bytes((0x7C, len(challenge) + 4, 0x82, 0x00, 0x81, len(challenge))) + challenge
    answer = channel.transmit(CommandApdu(0x00, Instruction.GENERAL_AUTHENTICATE, ECC_P256, CARD_AUTHENTICATION_KEY, asked, le=0))
    if answer.sw is not StatusWord.OK:
        raise CardProvesNothing
    signature = _within(_within(answer.data, 0x7C), 0x82)
    try:
        key.verify(signature, challenge, ec.ECDSA(Prehashed(hashes.SHA256())))
    except InvalidSignature:
        raise CardProvesNothing from None
    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


def _certified_key(channel: Channel) -> ec.EllipticCurvePublicKey:
    wanted = bytes((0x5C, len(CARD_AUTHENTICATION_CERTIFICATE))) + CARD_AUTHENTICATION_CERTIFICATE
    answer = channel.transmit(CommandApdu(0x00, Instruction.GET_DATA, 0x3F, 0xFF, wanted, le=0))
    if answer.sw is not StatusWord.OK:
        raise CardRecordsBroken("no card authentication certificate")
    try:
        key = x509.load_der_x509_certificate(_within(_within(answer.data, 0x53), 0x70)).public_key()
    except ValueError:
        raise CardRecordsBroken("its certificate cannot be read") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise CardProvesNothing
    return key


def _within(data: bytes, tag: int) -> bytes:
    """The value of `tag` among the BER-TLVs of `data` (one-byte tags, lengths up to 65535). Raises `CardRecordsBroken`."""
    while len(data) >= 2:
        length, start = data[1], 2
        if length in (0x81, 0x82):
            start = 2 + length - 0x80
            length = int.from_bytes(data[2:start], "big")
        value, following = data[start : start + length], data[start + length :]
        if len(value) != length:
            break
        if data[0] == tag:
            return value
        data = following
    raise CardRecordsBroken("an answer without the object that was asked for")

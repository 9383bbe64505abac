"""Secure messaging of travel documents with Triple DES (ICAO Doc 9303-11, 9.8): every command is enciphered and sealed, every answer too.

The ciphers are old, and the chips have no other under Basic Access Control; what they protect is the air between chip and reader. That the
data is true is shown by `security_object` alone.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.modes import CBC

from peripherals.card_reader.apdu import Channel, CommandApdu, ResponseApdu, StatusWord
from peripherals.card_reader.emrtd.tlv import TlvWrong, encode_tlv, parse_tlv
from peripherals.card_reader.faults import CardRecordsBroken

BLOCK = 8
MAC_BYTES = 8
SEALED_CLASS = 0x0C
CIPHERTEXT, EXPECTED_LENGTH, STATUS, MAC = 0x87, 0x97, 0x99, 0x8E
"""Data objects of secure messaging (ISO/IEC 7816-4, table 29)."""
PADDED = b"\x01"
"""Padding indicator: ISO/IEC 7816-4 padding."""
_NO_IV = bytes(BLOCK)


class SealBroken(CardRecordsBroken):
    """An answer that does not come from the chip the keys were agreed with, or was changed on its way."""


@dataclass(frozen=True, slots=True, repr=False)
class SessionKeys:
    """Two keys of 16 bytes each (two-key Triple DES): for enciphering, and for the seal."""

    enc: bytes
    mac: bytes


class SecureChannel:
    """A `Channel` over another one, after mutual authentication. `counter`: the send sequence counter's first value."""

    def __init__(self, channel: Channel, keys: SessionKeys, counter: int) -> None:
        self._channel = channel
        self._keys = keys
        self._counter = counter

    def transmit(self, command: CommandApdu) -> ResponseApdu:
        """As the channel beneath does; `SealBroken` for an answer whose seal does not hold. An answer without any seal gives its status alone."""
        self._counter += 1
        answer = self._channel.transmit(seal_command(self._keys, self._counter, command))
        self._counter += 1
        if not answer.data:
            # The chip has ended the session: it says so in the clear.
            return ResponseApdu(b"", answer.sw if answer.sw is not StatusWord.OK else StatusWord.OTHER)
        return open_response(self._keys, self._counter, answer.data)


def seal_command(keys: SessionKeys, counter: int, command: CommandApdu) -> CommandApdu:
    """The command as it goes over the air (9.8.4)."""
    head = bytes((command.cla | SEALED_CLASS, command.ins, command.p1, command.p2))
    objects = b""
    if command.data:
        objects += encode_tlv(CIPHERTEXT, PADDED + encipher(keys.enc, pad(command.data)))
    if command.le is not None:
        objects += encode_tlv(EXPECTED_LENGTH, bytes((command.le & 0xFF,)))
    seal = retail_mac(keys.mac, counter.to_bytes(BLOCK, "big") + pad(head) + objects)
    return CommandApdu(head[0], head[1], head[2], head[3], objects + encode_tlv(MAC, seal), le=0)


def open_response(keys: SessionKeys, counter: int, sealed: bytes) -> ResponseApdu:
    """What the chip answered. Raises `SealBroken`."""
    try:
        objects = parse_tlv(sealed)
    except TlvWrong:
        raise SealBroken("secure messaging: no data objects") from None
    tags = [tag for tag, _ in objects]
    if not tags or tags[-1] != MAC or tags.count(MAC) != 1 or STATUS not in tags or len(set(tags)) != len(tags):
        raise SealBroken("secure messaging: a data object is missing")
    found = dict(objects)
    sealed_part = b"".join(encode_tlv(tag, value) for tag, value in objects[:-1])
    if not hmac.compare_digest(retail_mac(keys.mac, counter.to_bytes(BLOCK, "big") + sealed_part), found[MAC]):
        raise SealBroken("secure messaging: the seal")
    data = b""
    if CIPHERTEXT in found:
        enciphered = found[CIPHERTEXT]
        if enciphered[:1] != PADDED or len(enciphered) % BLOCK != 1 or len(enciphered) == 1:
            raise SealBroken("secure messaging: the ciphertext's form")
        data = unpad(decipher(keys.enc, enciphered[1:]))
    return ResponseApdu(data, StatusWord(int.from_bytes(found[STATUS], "big")))


def pad(data: bytes) -> bytes:
    """ISO/IEC 9797-1, padding method 2: one bit, then zeros to a whole block."""
    return data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)


def unpad(padded: bytes) -> bytes:
    """Without its padding. Raises `SealBroken`."""
    data = padded.rstrip(b"\x00")
    if data[-1:] != b"\x80" or len(padded) - len(data) >= BLOCK:
        raise SealBroken("secure messaging: the padding")
    return data[:-1]


def encipher(key: bytes, blocks: bytes) -> bytes:
    """Two-key Triple DES in CBC mode without an initialisation vector, as 9.8.6.1 has it. `blocks`: whole ones."""
    encryptor = Cipher(_triple(key), CBC(_NO_IV)).encryptor()
    return encryptor.update(blocks) + encryptor.finalize()


def decipher(key: bytes, blocks: bytes) -> bytes:
    """The inverse of `encipher`."""
    decryptor = Cipher(_triple(key), CBC(_NO_IV)).decryptor()
    return decryptor.update(blocks) + decryptor.finalize()


def retail_mac(key: bytes, message: bytes) -> bytes:
    """ISO/IEC 9797-1, MAC algorithm 3 with DES and padding method 2: eight bytes."""
    first, second = key[:BLOCK], key[BLOCK:]
    last = encipher(first + first, pad(message))[-BLOCK:]
    return encipher(first + first, decipher(second + second, last))


def _triple(key: bytes) -> TripleDES:
    return TripleDES(key + key[:BLOCK])

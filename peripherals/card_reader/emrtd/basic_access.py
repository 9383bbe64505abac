"""Basic Access Control (ICAO Doc 9303-11, 4.3): whoever has read the printed zone may read the chip.

PACE is not spoken: no library for Python that is kept carries it, and its generic mapping needs arithmetic on curve points that `cryptography`
does not offer. Chips that know nothing else prove nothing here: their holders are sent to a counter.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable

from peripherals.card_reader.apdu import Channel, CommandApdu, Instruction, StatusWord
from peripherals.card_reader.emrtd.secure_messaging import MAC_BYTES, SecureChannel, SessionKeys, decipher, encipher, retail_mac
from peripherals.card_reader.emrtd.zone import MachineReadableZone
from peripherals.card_reader.faults import DocumentUnproven, ZoneOfAnother

NONCE_BYTES = 8
KEY_BYTES = 16
ANSWER_BYTES = 2 * NONCE_BYTES + KEY_BYTES + MAC_BYTES
ENCIPHERING, SEALING = 1, 2


def open_chip(channel: Channel, zone: MachineReadableZone, random: Callable[[int], bytes] = secrets.token_bytes) -> SecureChannel:
    """Authenticate to the selected chip and be authenticated by it (4.3.3).

    Raises `ZoneOfAnother` when the zone does not open it, `DocumentUnproven` where it has no such control, or what the channel raises.
    """
    keys = keys_from(hashlib.sha1(zone.access_information).digest()[:KEY_BYTES])
    challenge = channel.transmit(CommandApdu(0x00, Instruction.GET_CHALLENGE, 0x00, 0x00, le=NONCE_BYTES))
    if challenge.sw is not StatusWord.OK or len(challenge.data) != NONCE_BYTES:
        raise DocumentUnproven(f"the chip has no basic access control: status {challenge.sw:04X}")
    nonce, our_key = random(NONCE_BYTES), random(KEY_BYTES)
    enciphered = encipher(keys.enc, nonce + challenge.data + our_key)
    answer = channel.transmit(
        CommandApdu(
            0x00,
            Instruction.EXTERNAL_AUTHENTICATE,
            0x00,
            0x00,
            enciphered + retail_mac(keys.mac, enciphered),
            le=ANSWER_BYTES,
        )
    )
    if answer.sw is not StatusWord.OK:
        # Makers say no in many ways (6300, 63CX, 6982, 6985, 6988, 6A80); all of them mean that the zone was not this one's.
        raise ZoneOfAnother(f"status {answer.sw:04X}")
    theirs, seal = answer.data[:-MAC_BYTES], answer.data[-MAC_BYTES:]
    if len(answer.data) != ANSWER_BYTES or not hmac.compare_digest(retail_mac(keys.mac, theirs), seal):
        raise ZoneOfAnother("the chip's own proof")
    plain = decipher(keys.enc, theirs)
    if plain[: 2 * NONCE_BYTES] != challenge.data + nonce:
        raise ZoneOfAnother("the chip's own proof")
    their_key = plain[2 * NONCE_BYTES :]
    session = keys_from(bytes(ours ^ theirs for ours, theirs in zip(our_key, their_key, strict=True)))
    return SecureChannel(channel, session, int.from_bytes(challenge.data[-4:] + nonce[-4:], "big"))


def keys_from(seed: bytes) -> SessionKeys:
    """Both keys from a seed of 16 bytes (9.7.1.1). DES ignores the parity bits, so they are left as they come."""
    return SessionKeys(_derived(seed, ENCIPHERING), _derived(seed, SEALING))


def _derived(seed: bytes, purpose: int) -> bytes:
    return hashlib.sha1(seed + purpose.to_bytes(4, "big")).digest()[:KEY_BYTES]

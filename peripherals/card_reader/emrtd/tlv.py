"""Data objects (tag, length, value; ISO/IEC 7816-4, 5.2.2). A tag is the number that its bytes make: 0x61, 0x5F0E.

Not ASN.1's: its libraries refuse tags like 5F0E, whose number would fit into one byte.
"""

from __future__ import annotations

LONG_TAG = 0x1F
CONTINUED = 0x80
LONG_LENGTH = 0x80
MOST_LENGTH_BYTES = 3


class TlvWrong(ValueError):
    """Bytes that are no data objects."""


def parse_tlv(data: bytes) -> list[tuple[int, bytes]]:
    """The data objects that `data` is, one after the other: tags of one or two bytes, definite lengths. Raises `TlvWrong`."""
    objects: list[tuple[int, bytes]] = []
    at = 0
    while at < len(data):
        tag_bytes = 2 if data[at] & LONG_TAG == LONG_TAG else 1
        tag, at = data[at : at + tag_bytes], at + tag_bytes
        if len(data) <= at or (tag_bytes == 2 and tag[1] & CONTINUED):
            raise TlvWrong("no tag of one or two bytes, or nothing behind it")
        length, at = data[at], at + 1
        if length >= LONG_LENGTH:
            length_bytes = length - LONG_LENGTH
            if not 1 <= length_bytes <= MOST_LENGTH_BYTES or len(data) < at + length_bytes:
                raise TlvWrong("no length")
            length, at = int.from_bytes(data[at : at + length_bytes], "big"), at + length_bytes
        if len(data) < at + length:
            raise TlvWrong("a value that ends too soon")
        objects.append((int.from_bytes(tag, "big"), data[at : at + length]))
        at += length
    return objects


def encode_tlv(tag: int, value: bytes) -> bytes:
    """One data object, with the shortest length."""
    length = len(value)
    counted = length.to_bytes((length.bit_length() + 7) // 8, "big")
    head = bytes((length,)) if length < LONG_LENGTH else bytes((LONG_LENGTH | len(counted),)) + counted
    return tag.to_bytes(2 if tag > 0xFF else 1, "big") + head + value


def only(tag: int, data: bytes) -> bytes:
    """The value of the one data object that `data` is. Raises `TlvWrong`."""
    objects = parse_tlv(data)
    if len(objects) != 1 or objects[0][0] != tag:
        raise TlvWrong(f"not one data object {tag:02X}")
    return objects[0][1]

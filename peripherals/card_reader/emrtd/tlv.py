"""Data objects (tag, length, value; ISO/IEC 7816-4, 5.2.2) by asn1crypto's parser: tags are numbers as they stand on the wire (0x5F1F)."""

from __future__ import annotations

from asn1crypto import parser

LONG_TAG = 0x1F
LONGEST_NUMBER = 0x7F


class TlvWrong(ValueError):
    """Bytes that are no data objects."""


def parse_tlv(data: bytes) -> list[tuple[int, bytes]]:
    """The data objects that `data` is, one after the other. Raises `TlvWrong`."""
    objects: list[tuple[int, bytes]] = []
    while data:
        try:
            _, _, number, header, value, trailer = parser.parse(data)
        except (ValueError, TypeError, IndexError):
            raise TlvWrong("no data object") from None
        if trailer or number > LONGEST_NUMBER:
            raise TlvWrong("an indefinite length, or a tag of more than two bytes")
        # By its bytes, not by its number: 5F0E and 4E have the same number.
        objects.append((int.from_bytes(header[: 2 if header[0] & LONG_TAG == LONG_TAG else 1], "big"), value))
        data = data[len(header) + len(value) :]
    return objects


def encode_tlv(tag: int, value: bytes) -> bytes:
    """One data object."""
    length_and_value = parser.emit(0, 0, 0, value)[1:]
    return tag.to_bytes(2 if tag > 0xFF else 1, "big") + length_and_value


def only(tag: int, data: bytes) -> bytes:
    """The value of the one data object that `data` is. Raises `TlvWrong`."""
    objects = parse_tlv(data)
    if len(objects) != 1 or objects[0][0] != tag:
        raise TlvWrong(f"not one data object {tag:02X}")
    return objects[0][1]

"""Travel documents with a chip (passports, travel permits; ICAO Doc 9303), read over ISO/IEC 14443 by any PC/SC reader.

The chip opens with what is printed on the document, and identifies somebody only when the issuing state's signature over what it says holds.
Read are the zone (EF.DG1), what else is written of the holder where the chip has it (EF.DG11: the name in its own script), and EF.SOD; no
pictures.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime

from peripherals.card_reader.apdu import Channel, StatusWord, read_binary, select_application, select_readable_file
from peripherals.card_reader.documents.checks import name_checked, not_expired
from peripherals.card_reader.documents.identity import IdentityDocument
from peripherals.card_reader.emrtd import KIND, TravelAccess
from peripherals.card_reader.emrtd.basic_access import open_chip
from peripherals.card_reader.emrtd.secure_messaging import SealBroken
from peripherals.card_reader.emrtd.security_object import SecurityObject
from peripherals.card_reader.emrtd.tlv import TlvWrong, only, parse_tlv
from peripherals.card_reader.emrtd.zone import MachineReadableZone, ZoneWrong
from peripherals.card_reader.faults import CardRecordsBroken, DocumentUnproven, ZoneNeeded, ZoneOfAnother

APPLICATION = bytes.fromhex("A0000002471001")
DG1_FILE, DG11_FILE, SOD_FILE = 0x0101, 0x010B, 0x011D
"""Elementary files (Doc 9303-10, table 38)."""
DG1_TAG, DG11_TAG = 0x61, 0x6B
ZONE_TAG, FULL_NAME_TAG = 0x5F1F, 0x5F0E
DG1, DG11 = 1, 11
BLOCK_BYTES = 0xDF
"""As much as fits into a short answer with its seal."""
LONGEST_FILE = 0x7FFF
HEAD_BYTES = 4
SEXES = {"M": "1", "F": "2"}
"""As GB/T 2261.1 numbers them."""
_HAN = re.compile("[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff·]+")
_NUMBER = re.compile(r"[A-Z0-9]{5,22}")


def is_present(channel: Channel) -> bool:
    """Select the application; whether the card has it."""
    return channel.transmit(select_application(APPLICATION)).sw is StatusWord.OK


def read(
    channel: Channel, today: date, access: TravelAccess, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> IdentityDocument:
    """Read the selected chip.

    Raises `ZoneNeeded`, `ZoneOfAnother`, `DocumentUnproven`, `CardRecordsBroken`, `CardExpired`, or what the channel raises.
    """
    if access.zone is None:
        raise ZoneNeeded
    chip = open_chip(channel, access.zone)
    dg1 = _file(chip, DG1_FILE)
    security = SecurityObject(_file(chip, SOD_FILE))
    groups = {DG1: dg1}
    if DG11 in security.digests and (dg11 := _file_if_readable(chip, DG11_FILE)) is not None:
        groups[DG11] = dg11
    try:
        zone = MachineReadableZone.parse(only(ZONE_TAG, only(DG1_TAG, dg1)).decode("ascii"))
    except (TlvWrong, UnicodeDecodeError, ZoneWrong):
        raise CardRecordsBroken("data group 1") from None
    signers = access.signers.of(zone.state)
    if signers is None:
        raise DocumentUnproven("no authority of this state is known here")
    security.verify(groups, signers, now())
    if zone.access_information != access.zone.access_information:
        raise ZoneOfAnother("the chip's zone is not the printed one")
    if _NUMBER.fullmatch(zone.number) is None:
        # Truly signed, and no better when it is read again: a counter knows how the registry writes such a number.
        raise DocumentUnproven("the number's form")
    return IdentityDocument(
        kind=KIND,
        name=name_checked(_own_script(groups.get(DG11)) or zone.latin_name),
        number=zone.number,
        sex=SEXES.get(zone.sex),
        birth=zone.born(today),
        valid_to=not_expired(zone.valid_to(), today),
        issuer=zone.state,
        latin_name=name_checked(zone.latin_name),
        nationality=zone.nationality or None,
    )


def _file(chip: Channel, identifier: int) -> bytes:
    """A transparent file, as long as its own head says. Raises `CardRecordsBroken`."""
    if chip.transmit(select_readable_file(identifier)).sw is not StatusWord.OK:
        raise CardRecordsBroken(f"file {identifier:04X} is missing")
    data = _part(chip, identifier, 0, HEAD_BYTES)
    length = _length(data, identifier)
    while len(data) < length:
        data += _part(chip, identifier, len(data), min(BLOCK_BYTES, length - len(data)))
    return data[:length]


def _file_if_readable(chip: Channel, identifier: int) -> bytes | None:
    """The same; None where the chip does not give it."""
    try:
        return _file(chip, identifier)
    except SealBroken:
        raise
    except CardRecordsBroken:
        return None


def _part(chip: Channel, identifier: int, offset: int, length: int) -> bytes:
    answer = chip.transmit(read_binary(offset, length))
    if answer.sw not in (StatusWord.OK, StatusWord.END_OF_RECORD) or not answer.data:
        raise CardRecordsBroken(f"file {identifier:04X}: status {answer.sw:04X}")
    return answer.data


def _length(head: bytes, identifier: int) -> int:
    """How long the file is in all: one byte of tag, then a length of one, two or three bytes."""
    size = head[1] if len(head) == HEAD_BYTES else 0xFF
    if size < 0x80:
        return 2 + size
    if size == 0x81:
        return 3 + head[2]
    if size == 0x82 and (length := HEAD_BYTES + int.from_bytes(head[2:], "big")) <= LONGEST_FILE:
        return length
    raise CardRecordsBroken(f"file {identifier:04X}: no length")


def _own_script(dg11: bytes | None) -> str | None:
    """The name in its own script, without the fillers between its parts; None where the chip has none that is not Latin anyway, or one that cannot be
    read or written: the name in the zone is as good.
    """
    if dg11 is None:
        return None
    try:
        name = name_checked(dict(parse_tlv(only(DG11_TAG, dg11))).get(FULL_NAME_TAG, b"").decode("utf-8"))
    except (TlvWrong, UnicodeDecodeError, CardRecordsBroken):
        return None
    parts = [unicodedata.normalize("NFC", part) for piece in name.split("<") if (part := piece.strip())]
    if name.isascii() or not any(character.isalpha() for character in name):
        return None
    return ("" if all(_HAN.fullmatch(part) for part in parts) else " ").join(parts)

"""The parsers that are thrown at: each with good inputs to begin from, and the errors that it may raise. Any other is a bug."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import base45
import cbor2

from kiosk.registration import appointment, cose
from peripherals.address import Address, AddressWrong
from peripherals.booklet import frames as turner
from peripherals.card_reader.apdu import CommandApdu, ResponseApdu, StatusWord, select_application
from peripherals.card_reader.documents import travel_document
from peripherals.card_reader.documents.social_security import HOLDER_LAYOUT
from peripherals.card_reader.emrtd import CountrySigners, MachineReadableZone, TravelAccess
from peripherals.card_reader.emrtd.country_signers import StateSigners
from peripherals.card_reader.emrtd.secure_messaging import SealBroken, SessionKeys, open_response
from peripherals.card_reader.emrtd.security_object import SecurityObject
from peripherals.card_reader.emrtd.tlv import TlvWrong, encode_tlv, parse_tlv
from peripherals.card_reader.emrtd.zone import TD3, ZoneLines, ZoneWrong, encode_zone
from peripherals.card_reader.faults import CardFault, DocumentUnproven
from peripherals.card_reader.layout import LayoutError, decode_file
from peripherals.card_reader.sam_v import read_card
from peripherals.card_reader.sam_v_frames import Answer, Command, FrameScanner, FrameWrong, Reply, Request, encode_reading
from peripherals.code_scanner.keyboard import KeyDecoder, events_in
from peripherals.code_scanner.scanner import LONGEST_PAYLOAD, payload_of
from peripherals.code_scanner.serial import Framer
from peripherals.printer import ipp
from peripherals.printer.condition import Condition
from peripherals.receipt.escpos import RollState, StatusWrong
from peripherals.ups.nut import NutWrong, parse_variables, power_of
from sandbox.devices.card import Holder, SocialSecurityCard
from sandbox.devices.sam_v import PHOTO, SamVCard, resident_card
from sandbox.devices.scanners import typed
from sandbox.devices.travel_document import State, TravelDocumentChip, Traveller, seal_response

TODAY = date(2026, 3, 2)
CARD = resident_card("赵𬭎", "11010519491231002X")
PERMIT = SamVCard(
    {
        "name": "陈大文",
        "birth": date(1994, 8, 23),
        "number": "810000199408230021",
        "valid_from": date(2020, 1, 1),
        "pass_number": "H12345678",
    },
    "J",
)
HOLDER = SocialSecurityCard(Holder("王秀英", "11010519491231002X", birth=date(1949, 12, 31)))
STATE = State("CHN")
TRAVELLER = Traveller("CHAN<<TAI<MAN", "H12345678", "陳<<大文")
PASSPORT = {"code": "P", "state": "UTO", "names": "ERIKSSON<<ANNA", "number": "L898902C3", "birth": "740812", "expiry": "320415"}
PAGE_TEXT = TRAVELLER.printed().encode("ascii")
PAGE = MachineReadableZone.parse(TRAVELLER.printed())
SEAL = SessionKeys(bytes(range(16)), bytes(range(16, 32)))
_GOOD = TravelDocumentChip(TRAVELLER, STATE)
NUT = b'BEGIN LIST VAR u\nVAR u battery.charge "99"\nVAR u ups.status "OB LB"\nEND LIST VAR u\n'


@dataclass(frozen=True, slots=True)
class Parser:
    """`parse` takes bytes from outside; `errors` are its typed errors; `seeds` are good inputs."""

    parse: Callable[[bytes], Any]
    errors: tuple[type[Exception], ...]
    seeds: tuple[bytes, ...]


def _sam_v_stream(data: bytes) -> None:
    scanner = FrameScanner()
    for start in range(0, len(data), 7):
        for body in scanner.feed(data[start : start + 7]):
            for parse in (Reply.parse, Request.parse):
                try:
                    parse(body)
                except FrameWrong:
                    continue
    # A frame that goes on for ever is the most that may be kept.
    assert len(scanner._kept) <= 2321 + 7  # pyright: ignore[reportPrivateUsage]


def _turner_stream(data: bytes) -> None:
    scanner = turner.FrameScanner()
    for start in range(0, len(data), 3):
        for frame in scanner.feed(data[start : start + 3]):
            try:
                frame.meaning()
            except turner.FrameWrong:
                continue
    assert len(scanner._kept) <= turner.LONGEST + 4  # pyright: ignore[reportPrivateUsage]


def _text_records(data: bytes) -> None:
    """The record as every type of card would have it."""
    record = data[:256].ljust(256, b" ")
    for letter in (" ", "J", "I", "Y"):
        try:
            read_card(encode_reading(record[:248] + letter.encode("utf-16-le") + record[250:], b""), TODAY)
        except CardFault:
            continue


def _records(data: bytes) -> None:
    """Records one after the other, as a card's file holds them."""
    records: dict[int, bytes] = {}
    while data:
        length = 2 + (data[1] if len(data) > 1 else 0)
        records[data[0]], data = data[:length], data[length:]
    decode_file(HOLDER_LAYOUT, records)


def _typed(data: bytes) -> None:
    decoder = KeyDecoder()
    for event in events_in(data):
        code = decoder.event(*event)
        assert code is None or len(code) <= LONGEST_PAYLOAD
    decoder.pause()


def _framed(data: bytes) -> None:
    for framer in (Framer(), Framer(b"\x03\r", begin=b"\x02", skip=3)):
        framer.feed(data[: len(data) // 2])
        framer.feed(data[len(data) // 2 :])
        code = framer.silence()
        assert code is None or len(code) <= LONGEST_PAYLOAD + 6


def _ipp_words(data: bytes) -> None:
    words = data.decode("utf-8", "replace").split(",")
    condition = Condition.of(data[0] if data else None, words)
    assert condition.stopping is None or condition.words
    ipp.reasons_of(words)


def _ipp_message(data: bytes) -> None:
    message, document = ipp.decode(data)
    assert len(document) <= len(data)
    message.jobs()
    message.value("printer-state", ipp.Group.PRINTER)


def _signed(data: bytes) -> None:
    """A code's payload as the terminal takes it apart before it believes any of it."""
    message = cose.decode(data)
    assert cose.decode_canonical(message.protected_bytes) == message.protected


PRINTER_ANSWER = ipp.encode(
    ipp.Message(
        ipp.Status.OK,
        7,
        (
            ipp.operation_group("ipp://127.0.0.1/ipp/print"),
            (
                ipp.Group.PRINTER,
                (
                    ipp.attribute("printer-state", ipp.Tag.ENUM, 5),
                    ipp.attribute("printer-state-reasons", ipp.Tag.KEYWORD, "media-empty-error", "toner-low-warning"),
                    ipp.Attribute("printer-info", ipp.Tag.TEXT_WITH_LANGUAGE, (b"\x00\x02en\x00\x04unit",)),
                    ipp.attribute("printer-is-accepting-jobs", ipp.Tag.BOOLEAN, True),
                ),
            ),
            (ipp.Group.JOB, (ipp.attribute("job-id", ipp.Tag.INTEGER, 3), ipp.attribute("job-state", ipp.Tag.ENUM, 9))),
        ),
    )
)
APPOINTMENT = cbor2.dumps({1: b"k" * 16, 2: "xy-hall-01", 3: 1772400000, 4: 1772407200, 5: b"h" * 16}, canonical=True)
SIGNED = cbor2.dumps(
    cbor2.CBORTag(cose.TAG_SIGN1, [cbor2.dumps({1: -7, 3: 60, 4: b"kid"}, canonical=True), {}, APPOINTMENT, b"s" * 64]),
    canonical=True,
)


SIGNERS = StateSigners((STATE.authority,))


class DirectChannel:
    """A channel to a virtual chip without reader and daemon."""

    def __init__(self, chip: TravelDocumentChip) -> None:
        self._chip = chip
        self.transmit(select_application(travel_document.APPLICATION))

    def transmit(self, command: CommandApdu) -> ResponseApdu:
        answer = self._chip.answer(command.encode())
        assert answer is not None
        return ResponseApdu(answer[:-2], StatusWord(int.from_bytes(answer[-2:], "big")))


def _security_object(data: bytes) -> None:
    """Whatever is in EF.SOD, it never vouches for data that was not signed."""
    security = SecurityObject(data)
    try:
        security.verify({1: b"another"}, SIGNERS, datetime.now(UTC))
    except DocumentUnproven:
        return
    raise AssertionError("it vouches for what nobody signed")


def _zone(data: bytes) -> None:
    lines = ZoneLines()
    for half in (data[: len(data) // 2], data[len(data) // 2 :], data):
        try:
            zone = lines.feed(half)
        except ZoneWrong:
            continue
        assert zone is None or zone.valid_to()


def _chip_files(data: bytes) -> None:
    """A chip's answers under a seal that holds, whatever is in its files."""
    chip, at = TravelDocumentChip(TRAVELLER, STATE), 0
    for identifier, file in _GOOD.files.items():
        chip.files[identifier] = data[at : at + len(file)]
        at += len(file)
    travel_document.read(DirectChannel(chip), TODAY, TravelAccess(CountrySigners({"CHN": SIGNERS}), PAGE))


PARSERS: dict[str, Parser] = {
    "sam-v-frames": Parser(
        _sam_v_stream, (), (Request(Command.READ).encode(), Reply(Answer.OK, encode_reading(CARD.record, PHOTO)).encode())
    ),
    "sam-v-reading": Parser(
        lambda data: read_card(data, TODAY), (CardFault,), (encode_reading(CARD.record, PHOTO), encode_reading(CARD.record, b""))
    ),
    "card-text-records": Parser(
        _text_records,
        (),
        (CARD.record, PERMIT.record),
    ),
    "card-tlv-records": Parser(_records, (LayoutError,), tuple(b"".join(records) for records in HOLDER.records().values())),
    "turner-frames": Parser(
        _turner_stream, (), (turner.query().encode(), turner.move(turner.Act.FEED).encode(), bytes.fromhex("FE970501B08823"))
    ),
    "code-payloads": Parser(payload_of, (), (b"B45:" + base45.b45encode(b"\xd2\x84\x43\xa1"), b"\xd2\x84")),
    "typed-codes": Parser(_typed, (), (typed("B45:7WE QE-D%34"),)),
    "serial-codes": Parser(_framed, (), (b"\xd2\x84\x43\r\n\xa1\r", b"\x06\x02]Q1\xd2\x84\x43\x03\r")),
    "ipp-reasons": Parser(_ipp_words, (), (b"\x05media-empty-error,toner-low-warning,none",)),
    "ipp-messages": Parser(_ipp_message, (ipp.IppError,), (PRINTER_ANSWER,)),
    "signed-codes": Parser(_signed, (cose.CoseError,), (SIGNED,)),
    "appointments": Parser(
        appointment._parsed,  # pyright: ignore[reportPrivateUsage]
        (appointment.AppointmentRefused,),
        (APPOINTMENT,),
    ),
    "nut-answers": Parser(lambda data: power_of(parse_variables(data, "u")), (NutWrong,), (NUT,)),
    "travel-zones": Parser(_zone, (), (PAGE_TEXT, encode_zone(TD3, PASSPORT).encode("ascii"))),
    "zones": Parser(lambda data: MachineReadableZone.parse(data.decode("latin-1")), (ZoneWrong,), (PAGE_TEXT,)),
    "chip-objects": Parser(parse_tlv, (TlvWrong,), (bytes.fromhex("61035F1F00") + encode_tlv(0x5F0E, "陈<<大文".encode()),)),
    "sealed-answers": Parser(
        lambda data: open_response(SEAL, 1, data),
        (SealBroken,),
        (seal_response(SEAL, 1, b"\x60\x14\x5f\x01"), seal_response(SEAL, 1, b"")),
    ),
    "security-objects": Parser(_security_object, (DocumentUnproven,), (STATE.security_object({1: b"one", 11: b"eleven"}),)),
    "chip-files": Parser(_chip_files, (CardFault,), (b"".join(_GOOD.files.values()),)),
    "receipt-status": Parser(lambda data: RollState.parse(*(*data, 0, 0)[:2]), (StatusWrong,), (b"\x12\x12", b"\x16\x72")),
    "settings-lines": Parser(
        lambda data: Address.parse(data.decode("latin-1")).whole("baud", 1), (AddressWrong,), (b"sam-v:/dev/ttyUSB0?baud=9600",)
    ),
}
"""By the name under which the fuzz command knows it."""


def throw(parser: Parser, data: bytes) -> None:
    """Give `data` to a parser. Anything but its typed errors comes through."""
    try:
        parser.parse(data)
    except parser.errors:
        return

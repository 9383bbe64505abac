"""People lay resident ID cards and permits on a SAM-V reader at the end of a serial line, and the line is as bad as lines are."""

from __future__ import annotations

import threading
from collections.abc import Generator
from datetime import date
from pathlib import Path

import pytest

from peripherals.address import AddressWrong
from peripherals.card_reader import CardFault, CardInserted, CardRemoved, SamVReader, card_reader, read_document
from peripherals.card_reader.faults import (
    CardExpired,
    CardLifted,
    CardNumberWrong,
    CardRecordsBroken,
    ForeignCard,
    MuteCard,
    ReaderGone,
    ReaderUnfit,
)
from peripherals.card_reader.sam_v_frames import Answer, Command
from peripherals.device import DeviceEvent, DeviceState
from sandbox.devices.sam_v import PHOTO, SAM_ID, SamVCard, VirtualSamVReader, resident_card
from sandbox.devices.serial_port import LineFault
from tests.card_reader.conftest import TODAY, eventually

LI = {
    "name": "李明",
    "sex": "1",
    "nation": "01",
    "birth": date(1949, 12, 31),
    "address": "河南省信阳市浉河区民权路45号",
    "number": "11010519491231002X",
    "issuer": "信阳市公安局",
    "valid_from": date(2010, 1, 2),
    "valid_to": None,
}
MAC = {
    **LI,
    "name": "陈大文",
    "number": "810000199408230021",
    "birth": date(1994, 8, 23),
    "pass_number": "H12345678",
    "issues": "01",
}
MAC["valid_to"] = date(2028, 1, 1)
SMITH_2017 = {
    "latin_name": "SMITH, JOHN ALEXANDER",
    "sex": "1",
    "number": "USA411578092809",
    "nationality": "USA",
    "name": "史密斯",
    "valid_from": date(2018, 1, 1),
    "valid_to": date(2028, 1, 1),
    "birth": date(1978, 9, 28),
    "version": "01",
    "authority": "1500",
}
LONG_LATIN = "MUSTERMANN VON UND ZU HOHENSTAUFEN, MAXIMILIAN"
SMITH_2023 = {
    "name": "马克思",
    "sex": "1",
    "renewals": "01",
    "birth": date(1981, 8, 3),
    "latin_name": LONG_LATIN,
    "number": "911276198108030114",
    "valid_from": date(2023, 12, 1),
    "valid_to": date(2033, 12, 1),
    "nationality": "DEU",
}


class Reader:
    """The virtual reader, the driver at the other end of its line, and what the driver has reported."""

    def __init__(self, virtual: VirtualSamVReader, driver: SamVReader) -> None:
        self.virtual, self.driver = virtual, driver
        self.events: list[DeviceEvent] = []
        driver.subscribe(self.events.append)

    def lay(self, card: SamVCard) -> None:
        before = self.heard(CardInserted)
        self.virtual.lay(card)
        eventually(lambda: self.heard(CardInserted) > before)

    def lift(self) -> None:
        self.virtual.lift()
        eventually(lambda: not self.driver.card_present)

    def heard(self, kind: type[DeviceEvent]) -> int:
        return sum(isinstance(event, kind) for event in self.events)


@pytest.fixture
def reader(tmp_path: Path) -> Generator[Reader]:
    with VirtualSamVReader(tmp_path / "sam-v") as virtual:
        driver = SamVReader(str(tmp_path / "sam-v"))
        made = Reader(virtual, driver)
        driver.open()
        try:
            yield made
        finally:
            driver.close()


def test_a_resident_id_card_says_who_its_holder_is(reader: Reader) -> None:
    reader.lay(SamVCard(LI))
    document = read_document(reader.driver, today=TODAY)
    assert (document.kind, document.name, document.number) == ("resident-id", "李明", LI["number"])
    assert (document.sex, document.nation, document.birth) == ("1", "01", date(1949, 12, 31))
    assert (document.valid_from, document.valid_to, document.issuer) == (date(2010, 1, 2), None, "信阳市公安局")
    assert document.photo == PHOTO
    assert "李明" not in repr(document)
    assert reader.driver.sam_id() == SAM_ID.hex()


def test_every_permit_is_known_by_its_letter(reader: Reader) -> None:
    found: dict[str, tuple[str, str, str, str | None]] = {}
    for letter, values in (("J", MAC), ("I", SMITH_2017), ("Y", SMITH_2023)):
        reader.lay(SamVCard(values, letter))
        document = read_document(reader.driver, today=TODAY)
        found[letter] = (document.kind, document.name, document.number, document.latin_name)
        reader.lift()
    assert found == {
        "J": ("residence-permit", "陈大文", "810000199408230021", None),
        "I": ("permanent-residence-2017", "史密斯", "USA411578092809", "SMITH, JOHN ALEXANDER"),
        "Y": ("permanent-residence-2023", "马克思", "911276198108030114", LONG_LATIN),
    }


@pytest.mark.parametrize("name", ["赵𬭎", "𠮷田", "𪧶𬭎𠮷𰻞", "王\ue863", "阿卜杜勒艾则孜·买买提图尔"])
def test_rare_long_and_private_use_names_come_as_they_are(reader: Reader, name: str) -> None:
    reader.lay(SamVCard({**LI, "name": name}))
    assert read_document(reader.driver, today=TODAY).name == name


@pytest.mark.parametrize(
    ("card", "fault"),
    [
        (SamVCard({**LI, "valid_to": date(2026, 3, 1)}), CardExpired),
        (SamVCard({**LI, "number": "110105194912310021"}), CardNumberWrong),
        (SamVCard({**LI, "birth": date(1950, 1, 1)}), CardRecordsBroken),
        (SamVCard({**LI, "name": ""}), CardRecordsBroken),
        (SamVCard({**LI, "name": "张\u202e三"}), CardRecordsBroken),
        (SamVCard({**SMITH_2017, "birth": date(1978, 9, 29)}, "I"), CardNumberWrong),
        (SamVCard(LI, refusal=Answer.WRONG_CARD), ForeignCard),
        (SamVCard(LI, refusal=Answer.CARD_NOT_AUTHENTICATED), MuteCard),
        (SamVCard(LI, refusal=Answer.BAD_INFORMATION), CardRecordsBroken),
        (SamVCard(LI, refusal=Answer.READ_FAILED), CardLifted),
    ],
)
def test_a_card_that_identifies_nobody_says_why_and_must_be_lifted(
    reader: Reader, card: SamVCard, fault: type[CardFault]
) -> None:
    reader.lay(card)
    with pytest.raises(fault):
        read_document(reader.driver, today=TODAY)
    assert not reader.driver.card_present
    reader.lift()
    reader.lay(SamVCard(LI))
    assert read_document(reader.driver, today=TODAY).name == "李明"


def test_a_record_that_is_no_text(reader: Reader) -> None:
    card = SamVCard(LI)
    card.record = b"\x00\xd8" + card.record[2:]
    reader.lay(card)
    with pytest.raises(CardRecordsBroken):
        read_document(reader.driver, today=TODAY)


def test_another_kind_of_card_in_the_field_is_told_not_ignored(reader: Reader) -> None:
    reader.lay(SamVCard(LI, selectable=False))
    with pytest.raises(MuteCard):
        read_document(reader.driver, today=TODAY)


def test_a_card_is_seen_coming_and_going_and_is_read_twice_while_it_lies(reader: Reader) -> None:
    reader.lay(SamVCard(LI))
    assert read_document(reader.driver, today=TODAY) == read_document(reader.driver, today=TODAY)
    assert reader.heard(CardInserted) == 1
    reader.lift()
    assert reader.heard(CardRemoved) == 1
    with pytest.raises(CardLifted):
        read_document(reader.driver, today=TODAY)


def test_the_reader_is_asked_no_faster_than_it_can_bear(reader: Reader) -> None:
    eventually(lambda: reader.virtual.asked.count(Command.FIND) >= 2)
    asked = reader.virtual.asked.count(Command.FIND)
    threading.Event().wait(0.75)
    assert reader.virtual.asked.count(Command.FIND) - asked <= 3


@pytest.mark.parametrize("fault", ["noise", "wrong-checks", "half-frames", "slow"])
def test_a_bad_line_costs_time_and_nothing_else(reader: Reader, fault: LineFault) -> None:
    reader.lay(SamVCard(LI))
    reader.virtual.fault(fault, times=-1 if fault == "noise" else 1)
    assert read_document(reader.driver, today=TODAY).name == "李明"
    assert reader.driver.status().state is DeviceState.ONLINE


def test_a_silent_reader_is_offline_and_back_by_itself(reader: Reader) -> None:
    reader.lay(SamVCard(LI))
    reader.virtual.fault("silence")
    eventually(lambda: reader.driver.status().reasons == ("reader-silent",), 15)
    assert not reader.driver.card_present
    reader.virtual.fault(None)
    eventually(lambda: reader.driver.status().state is DeviceState.ONLINE, 15)


def test_an_unplugged_reader_is_back_when_it_is_plugged_in_again(reader: Reader) -> None:
    for _ in range(3):
        reader.virtual.port.unplug()
        eventually(lambda: reader.driver.status().state is DeviceState.NO_DEVICE)
        with pytest.raises(ReaderGone):
            read_document(reader.driver, today=TODAY)
        reader.virtual.port.plug()
        eventually(lambda: reader.driver.status().state is DeviceState.ONLINE)
    reader.lay(SamVCard(LI))
    assert read_document(reader.driver, today=TODAY).name == "李明"


def test_a_security_module_that_is_ill_is_staffs_turn(reader: Reader) -> None:
    reader.virtual.ill = Answer.NOT_AUTHORISED
    eventually(lambda: reader.driver.status().reasons == (ReaderUnfit.code,))
    assert reader.driver.status().state is DeviceState.HARDWARE_ERROR
    reader.virtual.ill = None
    eventually(lambda: reader.driver.status().state is DeviceState.ONLINE)


@pytest.mark.parametrize("baud", [57600, 9600])
def test_the_speed_of_the_line_is_found(tmp_path: Path, baud: int) -> None:
    with VirtualSamVReader(tmp_path / "sam-v", baud=baud) as virtual:
        driver = card_reader(virtual.line)
        driver.open()
        try:
            eventually(lambda: driver.status().state is DeviceState.ONLINE)
            assert str(baud) in driver.status().detail
            virtual.lay(resident_card("李明", "11010519491231002X"))
            eventually(lambda: driver.card_present)
            assert read_document(driver, today=TODAY).valid_to is None
        finally:
            driver.close()


@pytest.mark.parametrize(
    "line",
    [
        "",
        "sam-v",
        "sam-v:",
        "usb:/dev/x",
        "sam-v:/dev/x?baud=fast",
        "sam-v:/dev/x?baud=300",
        "sam-v:/dev/x?speed=1",
        "pcsc:A?b=c",
    ],
)
def test_a_settings_line_that_names_no_reader_is_refused(line: str) -> None:
    with pytest.raises(AddressWrong):
        card_reader(line)

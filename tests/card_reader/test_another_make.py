"""A make that is added in one file and one line of `MAKES`: settings, doctor, faults and healing come with it."""

from __future__ import annotations

import itertools
import queue
from collections.abc import Generator
from pathlib import Path

import pytest

from kiosk.doctor.certification import certify
from kiosk.doctor.findings import Verdict, of_device
from kiosk.settings import CardReaderSettings
from peripherals.card_reader import CardFault, CardInserted, CardReader, CardRemoved, card_reader, read_document
from peripherals.card_reader.faults import CardExpired, CardLifted, CardNumberWrong, CardRecordsBroken
from peripherals.card_reader.makes import MAKES
from peripherals.device import DeviceEvent, StatusChanged
from sandbox.devices.serial_port import LineFault, VirtualSerialPort
from tests.card_reader.another_make import MODULE_ILL, NO_CARD, OK, AnotherReader, decode, encode
from tests.card_reader.conftest import TODAY, eventually

WANG = "王秀英|2|01|1949-12-31|信阳市浉河区|11010519491231002X|信阳市公安局|2016-04-08|长期"


class Twin:
    """`card`: the text of what lies on it. `ill`: its security module is."""

    def __init__(self, link: Path) -> None:
        self.card: str | None = None
        self.ill = False
        self.port = VirtualSerialPort(link, self._answer)

    def _answer(self, arrived: bytes) -> list[bytes]:
        question = decode(arrived)
        if question is None:
            return []
        status = MODULE_ILL if self.ill else NO_CARD if self.card is None else OK
        data = self.card.encode("gb18030") if question == b"R" and self.card is not None else b""
        return [encode(question + bytes((status,)) + data)]


@pytest.fixture
def twin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Twin]:
    monkeypatch.setitem(MAKES, "another", AnotherReader.at)
    monkeypatch.setattr("tests.card_reader.another_make.ANSWER_SECONDS", 0.3)
    twin = Twin(tmp_path / "reader")
    with twin.port:
        yield twin


@pytest.fixture
def reader(twin: Twin) -> Generator[CardReader]:
    (line,) = CardReaderSettings(devices=(f"another:{twin.port.link}?baud=57600",)).lines
    reader = card_reader(line)
    reader.open()
    yield reader
    reader.close()


def test_a_citizen_lays_her_card_on_it(twin: Twin, reader: CardReader) -> None:
    events: queue.SimpleQueue[DeviceEvent] = queue.SimpleQueue()
    reader.subscribe(events.put)
    twin.card = WANG
    assert events.get(timeout=10) == CardInserted(reader.name)
    document = read_document(reader, today=TODAY)
    assert (document.kind, document.name, document.number, document.valid_to) == (
        "resident-id",
        "王秀英",
        "11010519491231002X",
        None,
    )
    twin.card = None
    assert events.get(timeout=10) == CardRemoved(reader.name)
    with pytest.raises(CardLifted):
        read_document(reader, today=TODAY)


@pytest.mark.parametrize(
    ("card", "fault"),
    [
        (WANG.replace("002X", "0021"), CardNumberWrong),
        (WANG.replace("长期", "2020-01-01"), CardExpired),
        (WANG.replace("1949-12-31", "1949-12-30"), CardRecordsBroken),
        (WANG.replace("|01|", "|"), CardRecordsBroken),
    ],
)
def test_every_check_is_made_whatever_form_the_record_has(
    twin: Twin, reader: CardReader, card: str, fault: type[CardFault]
) -> None:
    twin.card = card
    eventually(lambda: reader.card_present)
    with pytest.raises(fault) as raised:
        read_document(reader, today=TODAY)
    assert "王" not in str(raised.value)
    assert not reader.card_present


def test_what_breaks_at_night_says_what_it_needs_and_is_well_in_the_morning(twin: Twin, reader: CardReader) -> None:
    breaks: tuple[LineFault, ...] = ("silence", "half-frames")
    for fault in breaks:
        twin.port.fault(fault)
        eventually(lambda: not reader.status().usable)
        assert "power and cable" in of_device(reader.name, reader.status()).do
        twin.port.fault(None)
        eventually(lambda: reader.status().usable)
    twin.ill = True
    eventually(lambda: reader.status().reasons == ("reader-unfit",))
    twin.ill = False
    twin.port.fault("noise")
    twin.card = WANG
    eventually(lambda: reader.card_present)
    assert read_document(reader, today=TODAY).name == "王秀英"


def test_it_passes_the_long_list(twin: Twin) -> None:
    told: list[DeviceEvent] = []
    reader = card_reader(f"another:{twin.port.link}")
    reader.subscribe(told.append)
    pulls = itertools.cycle((twin.port.unplug, twin.port.plug))
    findings = list(certify([reader], lambda _: next(pulls)()))
    assert [finding.verdict for finding in findings] == [Verdict.OK, Verdict.OK], findings
    assert any(isinstance(event, StatusChanged) and event.status.reasons == ("reader-gone",) for event in told)

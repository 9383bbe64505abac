"""Scanners that decode by themselves, on a serial line and typing: the same payloads, by the same rules, as the camera's."""

from __future__ import annotations

import functools
import queue
import threading
from collections.abc import Generator
from pathlib import Path

import base45
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.settings import CodeScannerSettings
from peripherals.address import Address, AddressWrong
from peripherals.code_scanner.keyboard import EV_SYN, KEYS, SYN_DROPPED, KeyboardSource, KeyDecoder, events_in
from peripherals.code_scanner.makes import MAKES, code_scanner
from peripherals.code_scanner.scanner import LONGEST_PAYLOAD, CodeScanned, CodeScanner, payload_of
from peripherals.code_scanner.serial import Framer, SerialSettings, SerialSource
from peripherals.code_scanner.wired import WiredScanner
from peripherals.device import DeviceEvent, DeviceState
from sandbox.devices.scanners import VirtualKeyboardScanner, VirtualSerialScanner, typed
from tests.card_reader.conftest import eventually

CODE = b"\xd2\x84\x43\r\n\xa1\x00 appointment of Zhang San"
TEXT = "B45:" + base45.b45encode(CODE).decode()


class Ear:
    def __init__(self, scanner: CodeScanner) -> None:
        self._heard: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        scanner.subscribe(self._hear)

    def next(self) -> bytes:
        return self._heard.get(timeout=10)

    def nothing(self, seconds: float = 0.4) -> bool:
        threading.Event().wait(seconds)
        return self._heard.empty()

    def _hear(self, event: DeviceEvent) -> None:
        if isinstance(event, CodeScanned):
            self._heard.put(event.payload)


@pytest.fixture
def serial(tmp_path: Path) -> Generator[tuple[VirtualSerialScanner, CodeScanner, Ear]]:
    with VirtualSerialScanner(tmp_path / "scanner") as virtual:
        scanner = code_scanner(virtual.line)
        scanner.open()
        try:
            yield virtual, scanner, Ear(scanner)
        finally:
            scanner.close()


@pytest.fixture
def keyboard() -> Generator[tuple[VirtualKeyboardScanner, CodeScanner, Ear]]:
    virtual = VirtualKeyboardScanner()
    scanner = WiredScanner(functools.partial(KeyboardSource, "plugged", virtual.take))
    scanner.open()
    try:
        yield virtual, scanner, Ear(scanner)
    finally:
        scanner.close()
        virtual.unplug()


def test_a_code_of_bytes_comes_whole_over_a_serial_line(serial: tuple[VirtualSerialScanner, CodeScanner, Ear]) -> None:
    virtual, scanner, ear = serial
    scanner.arm()
    eventually(lambda: virtual.lit)
    virtual.read(CODE)
    assert ear.next() == CODE
    scanner.disarm()
    eventually(lambda: not virtual.lit)


def test_a_code_in_parts_is_one_code(serial: tuple[VirtualSerialScanner, CodeScanner, Ear]) -> None:
    virtual, scanner, ear = serial
    scanner.arm()
    virtual.port.send(CODE[:9])
    virtual.port.send(CODE[9:] + b"\r")
    assert ear.next() == CODE


def test_a_scanner_that_repeats_itself_has_shown_one_code_and_nobody_waits_for_none(
    serial: tuple[VirtualSerialScanner, CodeScanner, Ear],
) -> None:
    virtual, scanner, ear = serial
    virtual.read(CODE)
    assert ear.nothing()
    scanner.arm()
    virtual.read(b"first")
    assert ear.next() == b"first"
    virtual.read(b"first")
    assert ear.nothing(0.2)
    virtual.read(b"x" * (LONGEST_PAYLOAD + 10))
    assert ear.nothing()
    scanner.arm()
    virtual.read(b"first")
    assert ear.next() == b"first"


def test_what_else_a_scanner_says_is_no_code_and_its_silence_is_told(tmp_path: Path) -> None:
    """Its answer to the trigger, a sign of life before and after a code, half a code: only what stands between begin and end is one."""
    beat, frame = b"#HB,00\r\n", b"\x02]Q1" + CODE + b"\x03\r"
    with VirtualSerialScanner(tmp_path / "scanner", end=b"\x03\r") as virtual:
        scanner = code_scanner(f"{virtual.line}&begin=02&skip=3&silent=2")
        ear = Ear(scanner)
        scanner.open()
        scanner.arm()
        try:
            eventually(lambda: virtual.lit)
            assert scanner.status().reasons == ("scanner-silent",)
            for noise in (b"\x06", beat, frame[: len(frame) // 2]):
                virtual.port.send(noise)
                assert ear.nothing(0.15)
            virtual.port.send(b"\x06" + frame + beat)
            assert ear.next() == CODE
            eventually(lambda: scanner.status().reasons == ("scanner-silent",))
            virtual.port.send(beat)
            eventually(lambda: scanner.status().usable)
            assert ear.nothing(0.15)
        finally:
            scanner.close()


def test_an_unplugged_scanner_is_back_by_itself(serial: tuple[VirtualSerialScanner, CodeScanner, Ear]) -> None:
    virtual, scanner, ear = serial
    scanner.arm()
    for _ in range(2):
        virtual.port.unplug()
        eventually(lambda: scanner.status().state is DeviceState.NO_DEVICE)
        virtual.port.plug()
        eventually(lambda: scanner.status().state is DeviceState.ONLINE)
    virtual.read(CODE)
    assert ear.next() == CODE


def test_a_typing_scanner_gives_the_same_bytes(keyboard: tuple[VirtualKeyboardScanner, CodeScanner, Ear]) -> None:
    virtual, scanner, ear = keyboard
    scanner.arm()
    virtual.read(TEXT)
    assert ear.next() == CODE
    virtual.read("no Enter at its end", enter=False)
    assert ear.next() == b"no Enter at its end"


def test_an_unplugged_typing_scanner_is_said_to_be_gone(keyboard: tuple[VirtualKeyboardScanner, CodeScanner, Ear]) -> None:
    virtual, scanner, ear = keyboard
    virtual.unplug()
    eventually(lambda: scanner.status().state is DeviceState.ONLINE and virtual.take is not None)
    scanner.arm()
    eventually(lambda: not ear.nothing(0.05) or _reads(virtual, "again"))
    assert ear.next() == b"again"


def _reads(virtual: VirtualKeyboardScanner, text: str) -> bool:
    try:
        virtual.read(text)
    except AssertionError:
        return False
    return True


def test_keys_that_no_code_is_typed_with_spoil_it_and_so_do_lost_events() -> None:
    decoder = KeyDecoder()
    for event in events_in(typed("abc")):
        decoder.event(*event)
    decoder.event(1, 59, 1)  # F1
    assert decoder.pause() is None
    for event in events_in(typed("abc")):
        decoder.event(*event)
    decoder.event(EV_SYN, SYN_DROPPED, 0)
    assert decoder.pause() is None
    assert not decoder.begun


@given(st.text("".join(sorted({character for pair in KEYS.values() for character in pair})), min_size=1, max_size=60))
def test_what_is_typed_is_read(text: str) -> None:
    decoder = KeyDecoder()
    for event in events_in(typed(text)):
        assert decoder.event(*event) is None
    assert decoder.pause() == text.encode()


@given(st.binary(min_size=1, max_size=300))
@settings(max_examples=50)
def test_bytes_survive_the_text_form(raw: bytes) -> None:
    assert payload_of(b"B45:" + base45.b45encode(raw)) == raw


@pytest.mark.parametrize("raw", [b"", b"B45:", b"B45:::::", b"B45:\xff\xfe", b"x" * (LONGEST_PAYLOAD + 1)])
def test_what_cannot_be_a_code_is_none(raw: bytes) -> None:
    assert payload_of(raw) is None


def test_an_end_inside_a_code_is_part_of_it() -> None:
    framer = Framer(b"\r")
    framer.feed(b"A\rB\r")
    assert framer.silence() == b"A\rB"
    framer.feed(b"\r")
    assert framer.silence() is None


@pytest.mark.parametrize(
    "line",
    [
        "serial:",
        "serial:/dev/x?end=xy",
        "serial:/dev/x?ask=3f",
        "keyboard:/dev/x?a=b",
        "laser:/dev/x",
        "camera:/dev/video0?zoom=2",
    ],
)
def test_a_settings_line_that_names_no_scanner_is_refused(line: str) -> None:
    with pytest.raises(AddressWrong):
        code_scanner(line)


def test_a_make_of_ones_own_has_its_own_options(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One line of `MAKES` is all: the settings take what the make takes, and refuse what it refuses."""

    def own(address: Address, name: str) -> CodeScanner:
        address.only("volume").whole("volume", 3)
        return WiredScanner(functools.partial(SerialSource, SerialSettings(address.where)), name)

    monkeypatch.setitem(MAKES, "own", own)
    assert CodeScannerSettings(source=f"own:{tmp_path}/line?volume=2").source
    with pytest.raises(ValueError, match="no such option: loudness"):
        CodeScannerSettings(source=f"own:{tmp_path}/line?loudness=2")

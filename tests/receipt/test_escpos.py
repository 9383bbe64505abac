"""Slips on a roll: printed and cut, or said why not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from peripherals.address import Address
from peripherals.device import DeviceState
from peripherals.receipt import ReceiptFault, ReceiptPrinter
from peripherals.receipt.escpos import RollState
from sandbox.devices.receipt import CUT, VirtualReceiptPrinter
from tests.card_reader.conftest import eventually


@pytest.fixture
def roll(tmp_path: Path) -> Generator[tuple[VirtualReceiptPrinter, ReceiptPrinter]]:
    with VirtualReceiptPrinter(tmp_path / "receipt", roll_mm=58) as virtual:
        printer = ReceiptPrinter.at(Address.parse(virtual.line), "receipt-printer")
        printer.open()
        try:
            yield virtual, printer
        finally:
            printer.close()


def slip() -> Image.Image:
    picture = Image.new("L", (384, 160), 255)
    ImageDraw.Draw(picture).rectangle((40, 40, 340, 120), fill=0)
    return picture


def test_a_printer_with_other_dots_gets_a_slip_of_its_width(tmp_path: Path) -> None:
    """180 dpi: 512 dots on a roll of 80 mm."""
    with VirtualReceiptPrinter(tmp_path / "receipt") as virtual:
        printer = ReceiptPrinter.at(Address.parse(f"{virtual.line}&dots=512"), "receipt-printer")
        printer.open()
        try:
            printer.print_slip(slip())
        finally:
            printer.close()
        assert virtual.picture().width == 512


def test_a_slip_comes_out_whole(roll: tuple[VirtualReceiptPrinter, ReceiptPrinter]) -> None:
    virtual, printer = roll
    assert printer.status().state is DeviceState.ONLINE
    printer.print_slip(slip())
    printer.print_slip(slip())
    assert len(virtual.slips) == 2
    head, _, rest = virtual.slips[0].partition(b"\x1dv0\x00")  # GS v 0: raster picture, 48 bytes across, 160 lines
    assert head.startswith(b"\x1b@")
    assert rest[:4] == bytes((48, 0, 160, 0))
    assert rest[4 + 48 * 60 : 4 + 48 * 61] == b"\x00" * 5 + b"\xff" * 37 + b"\xf8" + b"\x00" * 5
    assert CUT in rest[-8:]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (RollState(cover_open=False, error=False, paper_out=True, paper_low=True), "media-empty"),
        (RollState(cover_open=True, error=False, paper_out=False, paper_low=False), "cover-open"),
        (RollState(cover_open=False, error=True, paper_out=False, paper_low=False), "other"),
    ],
)
def test_a_roll_that_cannot_print_says_why_and_nothing_is_sent(
    roll: tuple[VirtualReceiptPrinter, ReceiptPrinter], state: RollState, reason: str
) -> None:
    virtual, printer = roll
    virtual.state = state
    eventually(lambda: printer.status().reasons[:1] == (reason,))
    with pytest.raises(ReceiptFault) as told:
        printer.print_slip(slip())
    assert told.value.reason == reason
    assert virtual.slips == []


def test_an_unplugged_printer_is_back_by_itself(roll: tuple[VirtualReceiptPrinter, ReceiptPrinter]) -> None:
    virtual, printer = roll
    virtual.port.unplug()
    eventually(lambda: printer.status().state is DeviceState.NO_DEVICE)
    with pytest.raises(ReceiptFault):
        printer.print_slip(slip())
    virtual.port.plug()
    eventually(lambda: printer.status().state is DeviceState.ONLINE)
    printer.print_slip(slip())
    assert len(virtual.slips) == 1


def test_a_printer_that_does_not_answer_is_offline(roll: tuple[VirtualReceiptPrinter, ReceiptPrinter]) -> None:
    virtual, printer = roll
    virtual.port.fault("silence")
    eventually(lambda: printer.status().reasons == ("timed-out",))
    with pytest.raises(ReceiptFault):
        printer.print_slip(slip())


def test_its_library_leaves_nothing_in_the_directory_for_temporary_files(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", "import peripherals.receipt"], env=environment, check=True, timeout=60)
    assert list(tmp_path.iterdir()) == []

"""Lights and contacts as the kernel shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from peripherals.address import Address, AddressWrong
from peripherals.device import DeviceState
from peripherals.signals import Contact, Light
from tests.card_reader.conftest import eventually


def test_a_door_is_open_or_closed_and_a_cut_wire_is_not_closed(tmp_path: Path) -> None:
    level = tmp_path / "value"
    level.write_text("0\n")
    contact = Contact.at(Address.parse(f"level:{level}?closed=0"), "door")
    contact.open()
    assert contact.status().state is DeviceState.ONLINE
    level.write_text("1\n")
    eventually(lambda: contact.status().reasons == ("open",))
    level.unlink()
    eventually(lambda: contact.status().state is DeviceState.NO_DEVICE)
    level.write_text("?")
    eventually(lambda: contact.status().state is DeviceState.HARDWARE_ERROR)
    contact.close()


def test_a_light_goes_on_and_off_and_a_broken_one_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "max_brightness").write_text("255\n")
    light = Light.at(Address.parse(f"led:{tmp_path}"))
    light.switch(True)
    assert (tmp_path / "brightness").read_text() == "255"
    light.switch(False)
    assert (tmp_path / "brightness").read_text() == "0"
    (tmp_path / "max_brightness").unlink()
    light.switch(True)
    assert light.broken == "FileNotFoundError"


@pytest.mark.parametrize("line", ["gpio:17", "level:", "level:/x?closed=2"])
def test_a_line_that_names_no_contact(line: str) -> None:
    with pytest.raises(AddressWrong):
        Contact.at(Address.parse(line), "door")

"""The UPS through upsd: mains, battery, nearly empty, worn; and an upsd that says nothing, or nonsense."""

from __future__ import annotations

import pytest

from peripherals.address import Address, AddressWrong
from peripherals.device import DeviceState
from peripherals.ups import NutUps
from peripherals.ups.nut import BATTERY_LOW, ON_BATTERY, REPLACE_BATTERY, SILENT, NutWrong, parse_variables, power_of
from sandbox.devices.ups import UpsFault, VirtualUps
from tests.card_reader.conftest import eventually


@pytest.mark.parametrize(
    ("said", "reasons"),
    [
        ("OL CHRG", ()),
        ("OB DISCHRG", (ON_BATTERY,)),
        ("OB LB", (BATTERY_LOW, ON_BATTERY)),
        ("OL RB", (REPLACE_BATTERY,)),
        ("FSD OL", (BATTERY_LOW, ON_BATTERY)),
    ],
)
def test_it_says_how_the_power_is(said: str, reasons: tuple[str, ...]) -> None:
    with VirtualUps() as virtual:
        virtual.status = said
        ups = NutUps.at(Address.parse(virtual.line), "ups")
        ups.open()
        assert (ups.status().state, ups.status().reasons) == (DeviceState.ONLINE, reasons)
        assert ups.power is not None
        assert (ups.power.charge, ups.power.seconds) == (100, 1800)
        ups.close()


@pytest.mark.parametrize("fault", ["silence", "unknown", "stale", "noise", "half"])
def test_a_upsd_that_is_ill_is_told_and_what_it_said_last_still_holds(fault: UpsFault) -> None:
    with VirtualUps() as virtual:
        virtual.status = "OB DISCHRG"
        address = Address.parse(virtual.line)
        ups = NutUps("ups", "terminal", "127.0.0.1", int(address.options["port"]), poll_seconds=0.05)
        ups.open()
        virtual.fault = fault
        eventually(lambda: ups.status().reasons == (SILENT, ON_BATTERY))
        assert ups.status().state is DeviceState.OFFLINE
        virtual.fault, virtual.status = None, "OL"
        eventually(lambda: ups.status().reasons == ())
        ups.close()


@pytest.mark.parametrize("line", ["nut:", "nut:@host", "nut:a b@host", "nut:ups@"])
def test_a_line_that_names_no_ups(line: str) -> None:
    with pytest.raises(AddressWrong):
        NutUps.at(Address.parse(line), "ups")


@pytest.mark.parametrize(
    "answer", [b"", b"ERR", b"BEGIN LIST VAR u\n", b'BEGIN LIST VAR u\nVAR u x "1\nEND LIST VAR u\n', b"\xff\n\n"]
)
def test_nonsense_is_a_typed_error(answer: bytes) -> None:
    with pytest.raises(NutWrong):
        power_of(parse_variables(answer, "u"))

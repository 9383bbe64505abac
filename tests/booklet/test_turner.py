"""Booklets go through the page turner: given out only with the serial that was bound to them, and no command is ever sent twice."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from peripherals.address import Address
from peripherals.booklet import Act, ActFailed, BookletUnit, DigitTemplates, EffectUnknown, PageTurner, Rejected, read_serial
from peripherals.booklet.frames import move, query
from peripherals.device import DeviceState, Media
from sandbox.devices.serial_port import LineFault
from sandbox.devices.turner import FONT, TurnerFault, VirtualPageTurner, draw_serial
from tests.card_reader.conftest import eventually

SERIALS = ["41002186357", "41002186358", "41002186390"]
QUICK = dict.fromkeys(Act, 0.5)
TEMPLATES = DigitTemplates.of_font(FONT)


class Unit:
    def __init__(self, virtual: VirtualPageTurner, turner: PageTurner) -> None:
        self.virtual, self.turner = virtual, turner
        self.printed: list[int] = []
        self.unit = BookletUnit(turner, virtual.photograph, TEMPLATES)

    def make(self, serial: str, pages: list[Callable[[], bool]]) -> None:
        self.unit.feed()
        self.unit.prove(serial)
        self.unit.print(pages)
        self.unit.give_out()

    def page(self, good: bool = True) -> bool:
        self.printed.append(self.virtual.page)
        return good


@pytest.fixture
def hall(tmp_path: Path) -> Generator[Unit]:
    with VirtualPageTurner(tmp_path / "turner", list(SERIALS)) as virtual:
        turner = PageTurner(str(tmp_path / "turner"), seconds=QUICK)
        turner.open()
        try:
            eventually(lambda: turner.status().state is DeviceState.ONLINE)
            yield Unit(virtual, turner)
        finally:
            turner.close()


def test_frames_are_the_vendors() -> None:
    assert query().encode() == bytes.fromhex("FE010597BCCCE3")
    assert move(Act.FEED).encode() == bytes.fromhex("FE010597B21130")
    assert move(Act.EJECT).encode() == bytes.fromhex("FE010597B22203")


def test_a_booklet_is_printed_between_turns_and_given_out(hall: Unit) -> None:
    hall.make(SERIALS[0], [hall.page, hall.page, hall.page])
    assert hall.printed == [0, 1, 2]
    assert hall.virtual.outlet == SERIALS[0]
    assert hall.virtual.moves == [Act.FEED, Act.TURN, Act.TURN, Act.EJECT]


def test_a_booklet_that_nobody_took_is_drawn_back(hall: Unit) -> None:
    hall.make(SERIALS[0], [hall.page])
    hall.unit.retract()
    assert (hall.virtual.outlet, hall.virtual.rejected) == (None, [SERIALS[0]])
    assert hall.turner.media is Media.RETRACTED


def test_another_serial_than_the_bound_one_goes_to_the_bin_unprinted(hall: Unit) -> None:
    with pytest.raises(Rejected) as told:
        hall.make(SERIALS[1], [hall.page])
    assert (told.value.reason, told.value.seen) == ("serial-mismatch", SERIALS[0])
    assert (hall.printed, hall.virtual.outlet, hall.virtual.rejected) == ([], None, [SERIALS[0]])


def test_a_serial_that_cannot_be_read_goes_to_the_bin_unprinted(hall: Unit) -> None:
    hall.unit = BookletUnit(hall.turner, lambda: draw_serial(SERIALS[0], smudged=True), TEMPLATES)
    with pytest.raises(Rejected) as told:
        hall.make(SERIALS[0], [hall.page])
    assert told.value.reason == "serial-unreadable"
    assert (hall.printed, hall.virtual.rejected) == ([], [SERIALS[0]])


def test_a_page_that_did_not_come_out_is_never_given_out(hall: Unit) -> None:
    with pytest.raises(Rejected) as told:
        hall.make(SERIALS[0], [hall.page, lambda: hall.page(good=False)])
    assert told.value.reason == "print-failed"
    assert (hall.virtual.outlet, hall.virtual.rejected) == (None, [SERIALS[0]])


@pytest.mark.parametrize("fault", ["refuse", "jam"])
def test_an_act_that_failed_is_said_to_have_failed(hall: Unit, fault: TurnerFault) -> None:
    hall.virtual.fault = fault
    with pytest.raises(ActFailed) as told:
        hall.turner.feed()
    assert told.value.moved is (fault == "jam")
    assert hall.virtual.moves == [Act.FEED]


@pytest.mark.parametrize("fault", ["mute", "mute-end"])
def test_an_act_whose_end_was_not_heard_is_never_repeated(hall: Unit, fault: TurnerFault) -> None:
    hall.virtual.fault = fault
    with pytest.raises(EffectUnknown):
        hall.turner.feed()
    with pytest.raises(EffectUnknown):
        hall.turner.feed()
    with pytest.raises(EffectUnknown):
        hall.turner.eject()
    assert hall.virtual.moves == [Act.FEED]
    assert (hall.turner.status().reasons, hall.turner.media) == (("effect-unknown",), Media.UNKNOWN)
    hall.turner.resolve(Media.NOT_PRESENT if fault == "mute" else Media.PRESENT)
    eventually(lambda: hall.turner.status().state is DeviceState.ONLINE)
    if fault == "mute":
        hall.turner.feed()
    hall.turner.eject()
    assert hall.virtual.outlet == SERIALS[0]


@pytest.mark.parametrize("fault", ["silence", "half-frames", "wrong-checks"])
def test_a_bad_line_leaves_the_effect_unknown_and_moves_nothing_twice(hall: Unit, fault: LineFault) -> None:
    hall.virtual.port.fault(fault)
    with pytest.raises(EffectUnknown):
        hall.turner.feed()
    assert hall.virtual.moves == [Act.FEED]


def test_noise_on_the_line_does_no_harm(hall: Unit) -> None:
    hall.virtual.port.fault("noise")
    hall.turner.feed()
    assert hall.virtual.inside == SERIALS[0]


def test_unplugged_in_the_middle_nobody_knows_and_plugged_in_again_somebody_must_still_look(hall: Unit) -> None:
    hall.virtual.fault = "mute-end"
    with pytest.raises(EffectUnknown):
        hall.turner.feed()
    hall.virtual.port.unplug()
    eventually(lambda: hall.turner.status().state is DeviceState.NO_DEVICE)
    hall.virtual.port.plug()
    eventually(lambda: hall.turner.status().reasons == ("effect-unknown",))
    with pytest.raises(EffectUnknown):
        hall.turner.eject()


def test_an_empty_stack_is_told_and_nothing_is_sent(tmp_path: Path) -> None:
    with VirtualPageTurner(tmp_path / "turner", []) as virtual:
        turner = PageTurner.at(Address.parse(virtual.line), "page-turner")
        turner.open()
        eventually(lambda: turner.status().reasons == ("media-empty",))
        with pytest.raises(ActFailed):
            turner.feed()
        assert virtual.moves == []
        turner.close()


def test_serials_are_read_rightly_or_not_at_all() -> None:
    read = 0
    for index in range(60):
        serial = f"{41002186300 + index * 977:011d}"
        reading = read_serial(draw_serial(serial, tilt=(index % 5 - 2) * 0.6, noise=4 + index % 9, seed=index), TEMPLATES)
        assert reading.digits in ("", serial)
        read += reading.digits == serial
    assert read >= 54
    for index in range(20):
        assert read_serial(draw_serial(SERIALS[0], smudged=True, seed=index), TEMPLATES).digits in ("", SERIALS[0])
    assert read_serial(draw_serial(""), TEMPLATES).digits == ""

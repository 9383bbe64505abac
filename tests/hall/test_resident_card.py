"""The whole way with a resident ID card: a SAM-V reader on a serial line, alone or beside a PC/SC reader."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from sandbox.hall import Hall, HallOptions
from screens.prompts import Home, Identify, Nav, OutOfService, SlotState
from tests.hall.conftest import Scene, at_work
from tests.hall.test_certificate import prints

pytestmark = pytest.mark.device


@pytest.fixture
async def with_sam_v(tmp_path: Path, pcsc_socket: Path) -> AsyncGenerator[Scene]:
    options = HallOptions(page_seconds=0.6, readers=("sam-v",))
    with Hall(tmp_path / "hall", options, pcsc_directory=pcsc_socket.parent) as hall:
        async with at_work(hall) as made:
            yield made


@pytest.fixture
async def with_both(tmp_path: Path, pcsc_socket: Path) -> AsyncGenerator[Scene]:
    options = HallOptions(page_seconds=0.6, readers=("pcsc", "sam-v"))
    with Hall(tmp_path / "hall", options, pcsc_directory=pcsc_socket.parent) as hall:
        async with at_work(hall) as made:
            yield made


async def test_a_resident_id_card_in_a_sam_v_reader_gets_the_certificate(with_sam_v: Scene) -> None:
    take = await prints(with_sam_v, "zhang-jianguo", "cert-0012345")
    assert take.serial == "41002186350"
    assert [sheet.serial for sheet in with_sam_v.hall.printer.printed] == ["41002186350"]


async def test_an_unplugged_sam_v_reader_closes_the_terminal_until_it_is_back(with_sam_v: Scene) -> None:
    await with_sam_v.citizen.sees(Home)
    with_sam_v.hall.sam_v.port.unplug()
    assert (await with_sam_v.citizen.sees(OutOfService)).reason.key == "oos.reason.reader"
    with_sam_v.hall.sam_v.port.plug()
    await with_sam_v.citizen.sees(Home, seconds=20)


async def test_of_two_readers_each_is_read_and_one_is_enough(with_both: Scene) -> None:
    hall, citizen = with_both.hall, with_both.citizen
    hall.pcsc.kill()
    await citizen.sees(Home)
    citizen.answers("print")
    await citizen.sees(Identify)
    hall.lay_resident_card("zhang-jianguo")
    await citizen.sees(Identify, lambda prompt: prompt.card is SlotState.DONE)
    hall.sam_v.port.unplug()
    hall.pcsc.start()
    citizen.answers(Nav.HOME)
    await citizen.sees(Home, seconds=20)
    citizen.answers("print")
    await citizen.sees(Identify)
    hall.lay_card("zhang-jianguo")
    await citizen.sees(Identify, lambda prompt: prompt.card is SlotState.DONE)

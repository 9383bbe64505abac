"""Slips in a visit: one for whoever asks after her certificate, one for whoever leaves without; and none costs anybody anything."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from peripherals.receipt.escpos import RollState
from sandbox.hall import Hall, HallOptions
from screens.prompts import SLIP, Evaluate, Home, Notice, Printing, SlipState, Take
from tests.hall.conftest import Scene, at_work, confirms, eventually
from tests.hall.test_certificate import prints, proves_herself

pytestmark = pytest.mark.device


@pytest.fixture
async def with_slips(tmp_path: Path, pcsc_socket: Path) -> AsyncGenerator[Scene]:
    options = HallOptions(page_seconds=0.6, receipts=True)
    with Hall(tmp_path / "hall", options, pcsc_directory=pcsc_socket.parent) as hall:
        async with at_work(hall) as made:
            yield made


async def test_a_slip_after_the_certificate_and_one_after_a_jam(with_slips: Scene) -> None:
    hall, citizen = with_slips.hall, with_slips.citizen
    take = await prints(with_slips, "zhang-jianguo", "cert-0012345")
    assert take.slip is SlipState.OFFERED
    hall.receipts.state = RollState(cover_open=True, error=False, paper_out=False, paper_low=False)
    citizen.answers(SLIP)
    await citizen.sees(Take, lambda prompt: prompt.slip is SlipState.FAILED)
    citizen.answers(None)
    await citizen.sees(Evaluate)
    citizen.answers("")
    await citizen.sees(Home)
    assert hall.receipts.slips == []

    hall.receipts.state = RollState(cover_open=False, error=False, paper_out=False, paper_low=True)
    await eventually(lambda: with_slips.terminal.devices[3].status().usable)
    hall.lift_card()
    hall.hide_code()
    await eventually(lambda: not hall.reader.occupied)
    await prints_second(with_slips)
    take = await citizen.sees(Take)
    citizen.answers(SLIP)
    await citizen.sees(Take, lambda prompt: prompt.slip is SlipState.OUT)
    assert len(hall.receipts.slips) == 1
    slip = hall.receipts.picture()
    assert slip.width == 576
    assert 0.01 < 1 - sum(slip.convert("L").histogram()[200:]) / (slip.width * slip.height) < 0.3
    citizen.answers(None)
    await citizen.sees(Evaluate)


async def prints_second(scene: Scene) -> None:
    await proves_herself(scene, "zhang-jianguo")
    await confirms(scene, "cert-0012346")


async def test_whoever_leaves_without_a_certificate_has_her_case_on_paper(with_slips: Scene) -> None:
    hall, citizen = with_slips.hall, with_slips.citizen
    await proves_herself(with_slips, "zhang-jianguo")
    await confirms(with_slips, "cert-0012345")
    await citizen.sees(Printing)
    hall.printer.fault("jam-next")
    told = await citizen.sees(Notice, lambda prompt: prompt.slip)
    assert told.done is not None
    assert len(hall.receipts.slips) == 1

"""The township's terminal as its visitor meets it, through real daemons: supplied, cut off, serving, and heard again."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.readiness import PRINTING
from offline_cache import pre_grants
from sandbox.hall import Hall, HallOptions
from screens.prompts import (
    CheckAnswer,
    CheckCertificate,
    ChooseOne,
    Evaluate,
    Home,
    Identify,
    Notice,
    OutOfService,
    SlotState,
    Take,
)
from screens.wording import Language
from tests.hall.conftest import at_work, eventually
from tests.township.conftest import FLAT, TOWN, ZHANG

pytestmark = pytest.mark.device


@pytest.fixture
def hall(tmp_path: Path, pcsc_socket: Path) -> Generator[Hall]:
    options = HallOptions(page_seconds=0.3, terminal=TOWN)
    with Hall(tmp_path / "town", options, pcsc_directory=pcsc_socket.parent) as made:
        yield made


async def test_a_visitor_with_an_appointment_is_served_without_a_link_also_after_a_restart(hall: Hall) -> None:
    code = hall.platform.appointment_code(ZHANG, TOWN, lasts=timedelta(days=2))
    core = hall.platform.core
    async with at_work(hall) as scene:
        await scene.citizen.sees(Home, seconds=60)
        await eventually(lambda: len(pre_grants.held(scene.terminal.store)) == 2, seconds=60)
        hall.platform.fault("cut")
        told = await scene.citizen.sees(Home, lambda home: home.state is not None, seconds=60)
        assert told.state is not None
        assert told.state.render(Language.EN) == "No network: print with an appointment"
        assert [offer.name for offer in told.offers] == ["guide"], "looking at one's cases waits for the link"

    async with at_work(hall) as scene:
        citizen = scene.citizen
        await citizen.sees(Home, lambda home: home.state is not None, seconds=60)
        citizen.answers("print")
        await citizen.sees(Identify, seconds=60)
        hall.lay_card(ZHANG)
        second = await citizen.sees(Identify, lambda prompt: prompt.card is SlotState.DONE, seconds=60)
        assert second.other_way is None, "no one-time code can be sent"
        hall.camera.show(code)
        await citizen.sees(ChooseOne, seconds=60)
        citizen.answers(FLAT)
        await citizen.sees(CheckCertificate, seconds=60)
        citizen.answers(CheckAnswer.CORRECT)
        take = await citizen.sees(Take, seconds=60)
        citizen.answers(None)
        await citizen.sees(Evaluate, seconds=60)
        citizen.answers("")
        await citizen.sees(Home, seconds=60)
        assert [sheet.serial for sheet in hall.printer.printed] == [take.serial]
        assert core.reports == []

        hall.lift_card()
        hall.hide_code()
        hall.platform.fault(None)
        await eventually(lambda: len(core.reports) == 1, seconds=60)
        assert core.reports[0].blank_serial == take.serial
        assert core.blanks[take.serial].state == "used"
        await citizen.sees(Home, lambda home: home.state is None, seconds=60)


async def test_who_has_nothing_kept_here_is_told_so_and_without_any_supply_the_machine_says_what_is_missing(hall: Hall) -> None:
    hall.platform.appointment_code(ZHANG, TOWN, lasts=timedelta(days=2))
    async with at_work(hall) as scene:
        citizen = scene.citizen
        await citizen.sees(Home, seconds=60)
        await eventually(lambda: len(pre_grants.held(scene.terminal.store)) == 2, seconds=60)
        hall.platform.fault("cut")
        await citizen.sees(Home, lambda home: home.state is not None, seconds=60)
        citizen.answers("print")
        await citizen.sees(Identify, seconds=60)
        hall.lay_card("wang-xiulan")
        told = await citizen.sees(Notice, seconds=60)
        assert told.title.key == "notice.no-appointment.title"
        citizen.answers("home")
        hall.lift_card()
        with scene.terminal.store.transaction() as tx:
            tx.execute("DELETE FROM pre_grants")
        closed = await citizen.sees(OutOfService, seconds=60)
        assert closed.reason.key == "oos.reason.platform"
        assert "link" not in PRINTING

"""Staff at a terminal among real daemons: a card that proves itself opens the admin screen, and never touches a visit."""

from __future__ import annotations

import asyncio

import pytest

from kiosk.issuance import blanks
from kiosk.issuance.blanks import BlankState
from kiosk.staff.pauses import Pauses
from sandbox.devices.staff_card import StaffCard
from sandbox.hall import STAFF_PIN
from screens.prompts import (
    STAFF,
    CheckAnswer,
    CheckCertificate,
    ChooseOne,
    Evaluate,
    Home,
    Identify,
    Nav,
    OutOfService,
    Printing,
    SlotState,
    Take,
)
from screens.staff_prompts import StaffBoard, StaffEntry, StaffList
from tests.hall.conftest import Scene, eventually
from tests.journeys.stage import words

pytestmark = pytest.mark.device


async def test_a_staff_card_and_a_pause_in_the_middle_of_a_visit_change_nothing_of_it(scene: Scene) -> None:
    hall, citizen, terminal = scene.hall, scene.citizen, scene.terminal
    await citizen.sees(Home, seconds=30)
    citizen.answers("print")
    await citizen.sees(Identify, lambda prompt: prompt.card is SlotState.WAITING)
    hall.reader.insert(StaffCard())
    told = await citizen.sees(Identify, lambda prompt: prompt.trouble is not None)
    assert "不是身份证" in words(told.trouble)
    hall.lift_card()
    hall.lay_card("zhang-jianguo")
    await citizen.sees(Identify, lambda prompt: prompt.card is SlotState.DONE)
    hall.show_code("zhang-jianguo")
    await citizen.sees(ChooseOne, seconds=30)
    await asyncio.to_thread(Pauses(terminal.store, terminal._clock).begin, "repair", None, "0317")  # pyright: ignore[reportPrivateUsage]
    citizen.answers("cert-0012345")
    await citizen.sees(CheckCertificate, seconds=30)
    citizen.answers(CheckAnswer.CORRECT)
    await citizen.sees(Printing, seconds=30)
    hall.reader.insert(StaffCard())
    await citizen.sees(Take, seconds=60)
    citizen.answers(None)
    await citizen.sees(Evaluate, seconds=30)
    citizen.answers(Nav.HOME)
    closed = await citizen.sees(OutOfService, seconds=30)
    assert words(closed.reason) == "工作人员正在检修机器"
    assert [sheet.serial for sheet in hall.printer.printed] == ["41002186350"]
    assert not any(isinstance(prompt, StaffEntry) for prompt in scene.stage.history)
    assert (await asyncio.to_thread(blanks.account, terminal.store))[0].by_state[BlankState.ISSUED] == 1


async def test_a_card_and_a_pin_open_the_admin_screen_and_a_test_page_costs_a_blank_that_is_void_before(scene: Scene) -> None:
    hall, citizen, terminal = scene.hall, scene.citizen, scene.terminal
    await asyncio.to_thread(hall.enrol_staff)
    await citizen.sees(Home, seconds=30)
    citizen.answers(STAFF)
    await citizen.sees(StaffEntry, lambda entry: not entry.secret)
    hall.lay_staff_card("0317")
    await citizen.sees(StaffEntry, lambda entry: entry.secret, seconds=30)
    citizen.answers(STAFF_PIN)
    board = await citizen.sees(StaffBoard, seconds=60)
    assert board.gauges[0].count == 12
    citizen.answers("device-printer")
    await citizen.sees(StaffList)
    citizen.answers("printer")
    sure = await citizen.sees(StaffList, lambda each: each.primary is not None and each.primary.name == "go")
    assert "41002186350" in words(sure.rows[0].title)
    citizen.answers("go")
    await eventually(lambda: [sheet.serial for sheet in hall.printer.printed] == ["41002186350"], 60)
    await citizen.sees(StaffList, lambda each: each.primary is None and "通过" in words(each.rows[1].state), seconds=60)
    citizen.answers(Nav.BACK)
    await citizen.sees(StaffBoard, seconds=60)
    citizen.answers("sign-out")
    await citizen.sees(Home, seconds=30)
    account = (await asyncio.to_thread(blanks.account, terminal.store))[0]
    assert (account.by_state[BlankState.SPOILED], account.left, account.balanced) == (1, 11, True)

"""One citizen's stay: answers, Back and Home, walking away, and the wipe at the end."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from kiosk.visit import Visit, WentAway, WentBack, WentHome
from screens.prompts import Action, Nav, Notice, StillThere, Working
from screens.wording import verbatim
from tests.journeys.stage import Citizen, ScriptedStage

QUESTION = Notice(verbatim("什么"), verbatim("安全"), verbatim("然后"), (Action("ok", verbatim("好")),))


async def test_an_answer_comes_back_and_the_screen_is_wiped_at_the_end() -> None:
    stage = ScriptedStage()
    async with Visit(stage, "1124-094200") as visit:
        asked = asyncio.create_task(visit.ask(QUESTION))
        citizen = Citizen(stage)
        await citizen.sees(Notice)
        citizen.answers("ok")
        assert await asked == "ok"
    assert stage.wiped == 1
    assert stage.up == []


@pytest.mark.parametrize(("pressed", "raised"), [(Nav.BACK, WentBack), (Nav.HOME, WentHome)])
async def test_back_and_home_reach_the_journey_as_exceptions(pressed: Nav, raised: type[Exception]) -> None:
    stage = ScriptedStage()
    with pytest.raises(raised):
        async with Visit(stage, "1124-094200") as visit:
            asked = asyncio.create_task(visit.ask(QUESTION))
            citizen = Citizen(stage)
            await citizen.sees(Notice)
            citizen.answers(pressed)
            await asked
    assert stage.wiped == 1


async def test_a_citizen_who_is_still_there_keeps_her_place() -> None:
    stage = ScriptedStage()
    async with Visit(stage, "1124-094200") as visit:
        citizen = Citizen(stage)
        stage.idle_seconds = 3600.0
        asked = asyncio.create_task(visit.ask(QUESTION))
        await citizen.sees(StillThere)
        citizen.answers(True)
        assert await citizen.sees(Notice) == QUESTION
        citizen.answers("ok")
        assert await asked == "ok"


async def test_a_citizen_who_walked_away_ends_the_visit_and_leaves_nothing_on_the_screen() -> None:
    stage = ScriptedStage()
    with pytest.raises(WentAway):
        async with Visit(stage, "1124-094200") as visit:
            citizen = Citizen(stage)
            stage.idle_seconds = 3600.0
            asked = asyncio.create_task(visit.ask(QUESTION))
            await citizen.sees(StillThere)
            citizen.answers(False)
            await asked
    assert stage.up == []
    assert stage.wiped == 1


async def test_what_happens_meanwhile_wins_over_the_question_and_takes_it_down() -> None:
    stage = ScriptedStage()
    async with Visit(stage, "1124-094200") as visit:
        event: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def card() -> str:
            return await event

        asked = asyncio.create_task(visit.ask_until(QUESTION, card()))
        await Citizen(stage).sees(Notice)
        event.set_result("card")
        assert await asked == "card"
        assert stage.up == []


async def test_an_event_also_takes_down_the_still_there_sheet() -> None:
    stage = ScriptedStage()
    async with Visit(stage, "1124-094200") as visit:
        event: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def card() -> str:
            return await event

        stage.idle_seconds = 3600.0
        asked = asyncio.create_task(visit.ask_until(QUESTION, card()))
        await Citizen(stage).sees(StillThere)
        event.set_result("card")
        assert await asked == "card"
        assert stage.up == []


async def test_home_while_the_machine_works_cancels_the_work() -> None:
    stage = ScriptedStage()
    cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with pytest.raises(WentHome):
        async with Visit(stage, "1124-094200") as visit:
            asked = asyncio.create_task(visit.during(Working(verbatim("查"), verbatim("稍等")), work()))
            citizen = Citizen(stage)
            await citizen.sees(Working)
            citizen.answers(Nav.HOME)
            await asked
    assert cancelled.is_set()


async def test_a_fault_of_the_work_reaches_the_journey() -> None:
    stage = ScriptedStage()

    async def work() -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        async with Visit(stage, "1124-094200") as visit:
            await visit.during(Working(verbatim("查"), verbatim("稍等")), work())


@pytest.mark.parametrize("ends_well", [True, False])
async def test_the_time_that_the_machine_took_does_not_count_as_hers(ends_well: bool) -> None:
    stage = ScriptedStage()

    async def work() -> None:
        stage.idle_seconds = 3600.0
        if not ends_well:
            raise ConnectionError

    async with Visit(stage, "1124-094200") as visit:
        with contextlib.suppress(ConnectionError):
            await visit.during(Working(verbatim("查"), verbatim("稍等")), work())
        asked = asyncio.create_task(visit.ask(QUESTION))
        citizen = Citizen(stage)
        await citizen.sees(Notice)
        citizen.answers("ok")
        assert await asked == "ok"
    assert StillThere not in [type(prompt) for prompt in stage.history]

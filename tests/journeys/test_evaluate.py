"""好差评: asked once, voluntary, and kept whatever she does after the touch."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import cast

import pytest

from kiosk.journeys.counterparts import Counterparts
from kiosk.journeys.evaluate import evaluate
from kiosk.visit import Visit
from screens.prompts import Evaluate, Nav
from tests.journeys.stage import Citizen, ScriptedStage

CASE = "1124-094200"


@dataclass
class Keeping:
    """The one counterpart that an evaluation needs."""

    kept: list[tuple[str, str, int, str | None]] = field(default_factory=list[tuple[str, str, int, str | None]])

    def evaluated(self, matter: str, case: str, grade: int, reason: str | None) -> None:
        self.kept.append((matter, case, grade, reason))


@pytest.mark.parametrize(
    ("answers", "kept"),
    [
        (["5"], (5, None)),
        (["3"], (3, None)),
        (["2", "hard"], (2, "hard")),
        (["1", ""], (1, None)),
        (["1", Nav.HOME], (1, None)),
        ([""], None),
        ([Nav.HOME], None),
    ],
)
async def test_one_touch_is_kept_and_a_bad_grade_may_have_a_reason(
    answers: list[object], kept: tuple[int, str | None] | None
) -> None:
    stage, keeping = ScriptedStage(), Keeping()
    async with Visit(stage, CASE) as visit:
        asking = asyncio.create_task(evaluate(visit, cast(Counterparts, keeping), "auth-1"))
        for answer in answers:
            await Citizen(stage).sees(Evaluate)
            Citizen(stage).answers(answer)
            await asyncio.sleep(0)
        assert await asking == (kept[0] if kept else None)
    assert keeping.kept == ([("auth-1", CASE, *kept)] if kept else [])


async def test_nothing_of_the_visit_is_on_the_screen_by_then() -> None:
    stage, keeping = ScriptedStage(), Keeping()
    async with Visit(stage, CASE) as visit:
        asking = asyncio.create_task(evaluate(visit, cast(Counterparts, keeping), "auth-1"))
        await Citizen(stage).sees(Evaluate)
        assert (stage.forgot, stage.wiped) == (1, 0)
        Citizen(stage).answers("")
        await asking


async def test_a_grade_is_kept_even_when_the_visit_is_torn_down_at_the_reason() -> None:
    stage, keeping = ScriptedStage(), Keeping()
    async with Visit(stage, CASE) as visit:
        asking = asyncio.create_task(evaluate(visit, cast(Counterparts, keeping), "auth-1"))
        await Citizen(stage).sees(Evaluate)
        Citizen(stage).answers("1")
        await Citizen(stage).sees(Evaluate, lambda prompt: len(prompt.words) == 3)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    assert keeping.kept == [("auth-1", CASE, 1, None)]

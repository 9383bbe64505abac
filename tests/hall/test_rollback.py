"""The whole disk is put back to an older copy, its own memory of the newest head with it: the platform knows better."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sandbox.hall import Hall
from sandbox.platform import TERMINAL
from screens.prompts import Home, OutOfService
from screens.wording import Language
from tests.hall.conftest import at_work, eventually

pytestmark = pytest.mark.device


async def test_a_disk_that_was_put_back_prints_nothing_and_staff_are_called(hall: Hall, tmp_path: Path) -> None:
    core = hall.platform.core
    async with at_work(hall) as scene:
        await scene.citizen.sees(Home, seconds=60)
    yesterday = tmp_path / "yesterday"
    shutil.copytree(hall.directory / "store", yesterday)

    async with at_work(hall) as scene:
        await scene.citizen.sees(Home, seconds=60)
        scene.terminal.call_staff("help-key")  # something happens
    async with at_work(hall) as scene:  # and is told at the latest now
        await eventually(lambda: len(core.journal_heads[TERMINAL]) > 1, seconds=60)

    shutil.rmtree(hall.directory / "store")
    shutil.copytree(yesterday, hall.directory / "store")
    async with at_work(hall) as scene:
        told = await scene.citizen.sees(OutOfService, lambda prompt: prompt.reason.key == "oos.reason.store", seconds=60)
        assert told.reason.render(Language.EN) == "The machine's storage needs attention. Staff know"
        await eventually(lambda: any(call.reason == "store-rolled-back" for _, call in core.calls), seconds=60)

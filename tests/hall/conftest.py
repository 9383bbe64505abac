"""A whole hall with real daemons and virtual devices, and the terminal in this process with a scripted stage for a window."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path

import pytest

from kiosk.settings import load
from kiosk.terminal import Terminal
from sandbox.hall import Hall, HallOptions
from screens.prompts import CheckAnswer, CheckCertificate, ChooseOne
from tests.journeys.stage import Citizen, ScriptedStage


class Scene:
    """A hall, its terminal at work, and the citizen before it."""

    def __init__(self, hall: Hall, terminal: Terminal, stage: ScriptedStage) -> None:
        self.hall = hall
        self.terminal = terminal
        self.stage = stage
        self.citizen = Citizen(stage)


@pytest.fixture
def hall(tmp_path: Path, pcsc_socket: Path) -> Generator[Hall]:
    with Hall(tmp_path / "hall", HallOptions(page_seconds=0.6), pcsc_directory=pcsc_socket.parent) as made:
        yield made


@contextlib.asynccontextmanager
async def at_work(hall: Hall) -> AsyncGenerator[Scene]:
    """The terminal of `hall`, serving; stopped as by SIGTERM at the end."""
    stage = ScriptedStage()
    terminal = await asyncio.to_thread(lambda: Terminal(load(hall.settings_path), stage))
    running = asyncio.create_task(terminal.run())
    try:
        yield Scene(hall, terminal, stage)
    finally:
        running.cancel()
        hall.platform.fault(None)  # whoever waits for an answer of it would wait for his whole time-out
        await asyncio.gather(running, return_exceptions=True)
        await asyncio.to_thread(terminal.close)


@pytest.fixture
async def scene(hall: Hall) -> AsyncGenerator[Scene]:
    async with at_work(hall) as made:
        yield made


@pytest.fixture
async def hall_without_blanks(tmp_path: Path, pcsc_socket: Path) -> AsyncGenerator[Scene]:
    with Hall(tmp_path / "hall", HallOptions(page_seconds=0.6, blanks=0), pcsc_directory=pcsc_socket.parent) as hall:
        async with at_work(hall) as made:
            yield made


async def confirms(scene: Scene, certificate: str) -> None:
    """Whoever has proved herself chooses `certificate` and says that it is correct."""
    await scene.citizen.sees(ChooseOne)
    scene.citizen.answers(certificate)
    await scene.citizen.sees(CheckCertificate)
    scene.citizen.answers(CheckAnswer.CORRECT)


async def eventually(holds: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait until `holds`; fails the test when it never does."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - what is waited for lies in other processes
            await asyncio.sleep(0.02)

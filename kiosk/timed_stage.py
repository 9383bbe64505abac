"""A stage that counts how long each prompt was up, by the prompt's kind and nothing else."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypeVar

from screens.prompts import Home, Nav, OutOfService, Prompt, Stage, StillThere

A = TypeVar("A")

NO_STEP = (Home, OutOfService, StillThere)
"""Prompts that are no step of a visit."""


class TimedStage:
    """`screens.prompts.Stage` before another one. `count` is told each step's name (`check-certificate`) and its seconds."""

    def __init__(self, stage: Stage, count: Callable[[str, float], None]) -> None:
        self._stage = stage
        self._count = count

    async def ask(self, prompt: Prompt[A]) -> A | Nav:
        began = time.monotonic()
        try:
            return await self._stage.ask(prompt)
        finally:
            if not isinstance(prompt, NO_STEP):
                self._count(re.sub(r"(?<!^)(?=[A-Z])", "-", type(prompt).__name__).lower(), time.monotonic() - began)

    def show(self, prompt: Prompt[object]) -> None:
        self._stage.show(prompt)

    @property
    def idle_seconds(self) -> float:
        return self._stage.idle_seconds

    @property
    def patience(self) -> float:
        return self._stage.patience

    def touched(self) -> None:
        self._stage.touched()

    def wipe(self) -> None:
        self._stage.wipe()

"""A stage that counts how long each prompt was up, by the prompt's kind and nothing else."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

from screens.prompts import Home, Nav, OutOfService, Prompt, Stage, StillThere

A = TypeVar("A")

NO_STEP = (Home, OutOfService, StillThere)
"""Prompts that are no step of a visit."""


def timed(stage: Stage, count: Callable[[str, float], None]) -> Stage:
    """`stage` itself in all but this: `count` is told each step's name (`check-certificate`) and its seconds."""
    return cast(Stage, _Timed(stage, count))


class _Timed:
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

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stage, name)

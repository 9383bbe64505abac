"""A stage without a window: the test plays the citizen, sees prompts and answers them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar, cast

from screens.prompts import Nav, Prompt
from screens.wording import Language, Text

A = TypeVar("A")
PromptType = TypeVar("PromptType", bound=Prompt[Any])


class ScriptedStage:
    """Implements `screens.prompts.Stage`; every prompt that is up is kept, the topmost is what the citizen sees."""

    def __init__(self) -> None:
        self.up: list[tuple[Prompt[Any], asyncio.Future[Any]]] = []
        self.history: list[Prompt[Any]] = []
        self.idle_seconds = 0.0
        self.patience = 1.0
        self.wiped = 0
        self.forgot = 0
        self._changed = asyncio.Event()

    async def ask(self, prompt: Prompt[A]) -> A | Nav:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        entry = (cast(Prompt[Any], prompt), answer)
        self.up.append(entry)
        self._note(prompt)
        try:
            return await answer
        finally:
            self.up = [other for other in self.up if other[1] is not answer]
            self._changed.set()

    def show(self, prompt: Prompt[Any]) -> None:
        if self.up:
            self.up[-1] = (prompt, self.up[-1][1])
            self._note(prompt)

    def touched(self) -> None:
        self.idle_seconds = 0.0

    def forget(self) -> None:
        self.forgot += 1

    def wipe(self) -> None:
        self.wiped += 1
        self._changed.set()

    def _note(self, prompt: Prompt[Any]) -> None:
        self.history.append(prompt)
        self._changed.set()

    async def changed(self) -> None:
        self._changed.clear()
        await self._changed.wait()


class Citizen:
    """What a person in front of the stage can do."""

    def __init__(self, stage: ScriptedStage) -> None:
        self.stage = stage

    async def sees(
        self, kind: type[PromptType], where: Callable[[PromptType], bool] = lambda _: True, seconds: float = 10.0
    ) -> PromptType:
        """Wait until a prompt of this kind (for which `where` holds) is up, and return it."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    if self.stage.up and isinstance(prompt := self.stage.up[-1][0], kind) and where(prompt):
                        return prompt
                    await self.stage.changed()
        except TimeoutError:
            up = [prompt for prompt, _ in self.stage.up]
            raise AssertionError(f"never saw {kind.__name__}; on the screen: {up}") from None

    def answers(self, answer: object) -> None:
        """Answer the topmost prompt."""
        self.stage.idle_seconds = 0.0
        self.stage.up[-1][1].set_result(answer)

    def walks_away(self) -> None:
        """Touch nothing for an hour."""
        self.stage.idle_seconds = 3600.0


def words(text: Text | None) -> str:
    """A text as the Chinese screen shows it."""
    return "" if text is None else text.render(Language.ZH)

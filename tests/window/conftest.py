"""The real window without a display, with a clock that the test moves, and a person with fingers and a keypad before it."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import pytest

from screens.fonts import Fonts
from screens.manner import Manner
from screens.prompts import Prompt
from screens.samples import hall

os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")


class Hands:
    """A person before the window: touches keys by name, pushes the keypad, sees what is up."""

    def __init__(self, player: Path, size: tuple[int, int] = (1080, 1920)) -> None:
        from screens.app import KioskWindow
        from screens.voice.speaker import Speaker

        self.heard_in = player.with_suffix(".heard")
        player.write_text(f"#!/bin/sh\ncat >>{self.heard_in}\necho >>{self.heard_in}.times\n")
        player.chmod(0o755)
        self.now = 1000.0
        self.speaker = Speaker([str(player)])
        self.calls = self.withdrawn = 0
        self.window = KioskWindow(
            size,
            hall=hall(),
            on_help=self._called,
            on_help_withdrawn=self._called_off,
            speaker=self.speaker,
            closable=False,
            reduced_motion=True,
            monotonic=lambda: self.now,
        )

        # What `run` does; these tests move the clock themselves.
        self.kivy.add_widget(cast(Any, self.window)._glass)

    def _called(self) -> None:
        self.calls += 1

    def _called_off(self) -> None:
        self.withdrawn += 1

    @property
    def kivy(self) -> Any:
        """Kivy's own window, which gets what the machine's input gives it."""
        from kivy.base import EventLoop

        return EventLoop.window

    async def asks(self, prompt: Prompt[Any]) -> asyncio.Future[Any]:
        """Put a prompt up and wait until it takes touches."""
        asked = asyncio.ensure_future(self.window.ask(prompt))
        await asyncio.sleep(0)
        self.now += 1.0
        return asked

    def middle(self, key: str) -> tuple[float, float]:
        x, y, width, height = self.window.targets()[key]
        return x + width / 2, y + height / 2

    def finger(self, x: float, y: float, uid: str = "1", **more: object) -> Any:
        """A finger at (x, y) from the top left, as the machine's touch provider reports it."""
        mouse: Any = importlib.import_module("kivy.input.providers.mouse")
        width, height = self.kivy.system_size
        touch = mouse.MouseMotionEvent("mouse", uid, (x / width, 1 - y / height), is_touch=True, type_id="touch")
        touch.scale_for_screen(width, height)
        for name, value in {"button": "left", **more}.items():
            setattr(touch, name, value)
        return touch

    def down(self, touch: Any) -> None:
        self.kivy.dispatch("on_touch_down", touch)

    def up(self, touch: Any) -> None:
        self.kivy.dispatch("on_touch_up", touch)

    def touches(self, key: str) -> None:
        touch = self.finger(*self.middle(key))
        self.down(touch)
        self.up(touch)

    def pushes(self, number: int, *modifiers: str, codepoint: str = "") -> None:
        """A key of a keyboard goes down and up."""
        self.kivy.dispatch("on_key_down", number, 0, codepoint, [*modifiers])
        self.kivy.dispatch("on_keyboard", number, 0, codepoint, [*modifiers])
        self.kivy.dispatch("on_key_up", number, 0)

    async def heard(self, times: int) -> bytes:
        """All that came out of the loudspeaker, after so many utterances."""

        def told() -> int:
            path = Path(f"{self.heard_in}.times")
            return len(path.read_text().splitlines()) if path.exists() else 0

        async with asyncio.timeout(20):
            while told() < times:  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.02)
        return self.heard_in.read_bytes()


@pytest.fixture(scope="session")
def the_hands(tmp_path_factory: pytest.TempPathFactory, fonts: Fonts) -> Generator[Hands]:
    hands = Hands(tmp_path_factory.mktemp("voice") / "player")
    yield hands
    hands.speaker.close()


@pytest.fixture
def hands(the_hands: Hands) -> Generator[Hands]:
    """The same window for every test, wiped before and after."""
    the_hands.window.wipe()
    the_hands.window.choose(Manner())
    the_hands.calls = the_hands.withdrawn = 0
    yield the_hands
    the_hands.window.wipe()

"""Everything can be done with four keys: on, back, press, say it again."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from screens.prompts import CheckAnswer, IdentifyAnswer, Nav, Prompt
from screens.samples import samples
from tests.window.conftest import Hands

pytestmark = pytest.mark.window

ON, BACK, PRESS = 274, 273, 13

ANSWERED = sorted(set(samples()) - {"printing", "home-alone"})


@pytest.mark.parametrize("name", ANSWERED)
async def test_every_key_of_every_prompt_is_reached_and_the_ring_comes_round(name: str, hands: Hands) -> None:
    asked = await hands.asks(samples()[name])
    names = list(hands.window.targets())
    seen: list[str] = []
    for _ in names:
        hands.pushes(ON)
        seen.append(hands.window.focus or "")
    assert sorted(seen) == sorted(names)
    hands.pushes(ON)
    assert hands.window.focus == seen[0]
    hands.pushes(BACK)
    assert hands.window.focus == seen[-1]
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)


async def by_keypad(hands: Hands, prompt: Prompt[Any], *names: str) -> Any:
    """Walk to each key and press it."""
    asked = await hands.asks(prompt)
    for name in names:
        hands.now += 1.0
        for _ in range(40):
            if hands.window.focus == name:
                break
            hands.pushes(ON)
        hands.pushes(PRESS)
    return await asyncio.wait_for(asked, 5)


async def test_a_whole_certificate_with_four_keys(hands: Hands) -> None:
    made = samples()
    assert await by_keypad(hands, made["home"], "print") == "print"
    assert await by_keypad(hands, made["identify-code"], "other-way") is IdentifyAnswer.OTHER_WAY
    digits = [f"digit-{digit}" for digit in "271828"]
    assert await by_keypad(hands, made["keypad"], *digits, "go") == "271828"
    assert await by_keypad(hands, made["choose"], "option-2", "go") == "parking"
    assert await by_keypad(hands, made["check"], "reveal", "correct") is CheckAnswer.CORRECT
    assert await by_keypad(hands, made["take"], "taken") is None
    assert await by_keypad(hands, made["evaluate"], "word-5") == "5"


async def test_the_access_bar_is_reached_too_and_keeps_the_ring(hands: Hands) -> None:
    asked = await hands.asks(samples()["choose"])
    hands.pushes(BACK)
    assert hands.window.focus == "help"
    hands.pushes(PRESS)
    assert hands.calls == 1
    hands.now += 1.0
    hands.pushes(ON)
    assert hands.window.focus == "carry-on"
    hands.pushes(PRESS)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)


async def test_a_key_that_is_held_down_presses_once(hands: Hands) -> None:
    asked = await hands.asks(samples()["choose"])
    for _ in range(3):
        hands.kivy.dispatch("on_key_down", ON, 0, "", [])
    assert hands.window.focus == list(hands.window.targets())[2]
    hands.kivy.dispatch("on_key_up", ON, 0)
    while hands.window.focus != "size":
        hands.pushes(ON)
    for _ in range(5):
        hands.kivy.dispatch("on_key_down", PRESS, 0, "", [])
    hands.kivy.dispatch("on_key_up", PRESS, 0)
    assert hands.window.manner.size.value == "large"
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)


async def test_a_push_right_after_a_screen_appeared_presses_nothing(hands: Hands) -> None:
    asked = asyncio.ensure_future(hands.window.ask(samples()["take"]))
    await asyncio.sleep(0)
    hands.pushes(ON)
    hands.pushes(PRESS)
    assert not asked.done()
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)


async def test_home_answers_go_home(hands: Hands) -> None:
    assert await by_keypad(hands, samples()["choose"], "home") is Nav.HOME

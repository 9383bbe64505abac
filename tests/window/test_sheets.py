"""The window's own sheets (help, volume), the start key that shows itself, sounds that grow, and touches while a screen changes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest

from screens.manner import VOLUMES
from screens.prompts import Nav, Take
from screens.samples import samples
from screens.voice.tones import Sound, tone
from screens.widgets.halo import Halo
from tests.window.conftest import Hands

pytestmark = pytest.mark.window


async def test_who_called_by_mistake_calls_it_off_and_goes_on(hands: Hands) -> None:
    asked = await hands.asks(samples()["choose"])
    hands.touches("help")
    assert (hands.calls, hands.withdrawn) == (1, 0)
    assert hands.window.looks()["prompt"] == "Help"
    assert "也可以拨打 12345 热线：投诉、建议、求助" in hands.window.words()
    hands.now += 1.0
    hands.touches("withdraw")
    assert (hands.calls, hands.withdrawn) == (1, 1)
    hands.now += 1.0
    hands.touches("home")
    assert await asyncio.wait_for(asked, 5) is Nav.HOME


async def test_the_voice_key_turns_it_on_then_asks_how_loud_and_the_wipe_forgets_it(hands: Hands) -> None:
    asked = await hands.asks(samples()["choose"])
    hands.touches("voice")
    assert hands.window.manner.voice
    hands.now += 1.0
    hands.touches("voice")
    assert hands.window.looks()["prompt"] == "Volume"
    hands.now += 1.0
    hands.touches("volume-3")
    assert hands.speaker.loudness == VOLUMES[3]
    hands.touches("volume-done")
    hands.now += 1.0
    hands.touches("voice")
    hands.now += 1.0
    hands.touches("voice-off")
    assert not hands.window.manner.voice
    assert hands.window.looks()["prompt"] == "ChooseOne"
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    hands.window.wipe()
    assert hands.speaker.loudness == VOLUMES[2]


async def test_left_alone_the_start_key_shows_itself_until_somebody_comes(hands: Hands) -> None:
    asked = await hands.asks(samples()["home"])
    top = cast(Any, hands.window)._asked[-1]

    def lit() -> bool:
        screen, _ = cast(Any, hands.window)._glass.front()
        return any(isinstance(box, Halo) and cast(Any, box)._lit for box in screen.boxes())

    assert not top.view.passes()
    hands.now += 61.0
    assert top.view.passes()
    cast(Any, hands.window)._render()
    assert lit()
    hands.window.touched()
    assert top.view.passes()
    cast(Any, hands.window)._render()
    assert not lit()
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)


def test_the_outlet_sounds_louder_each_time_and_never_beyond_what_can_be_played() -> None:
    import audioop

    peaks = [audioop.max(audioop.ulaw2lin(tone(Sound.OUTLET, step), 2), 2) for step in range(7)]
    assert peaks[:4] == sorted(set(peaks[:4]))
    assert peaks[0] < 9500
    assert 25000 < peaks[-1] <= 32767


async def test_a_screen_that_counts_down_under_a_finger_does_not_lose_the_touch(hands: Hands) -> None:
    take = cast("Take", samples()["take"])
    asked = await hands.asks(take)
    finger = hands.finger(*hands.middle("taken"))
    hands.down(finger)
    hands.window.show(replace(take, seconds_left=take.seconds_left - 1))
    await asyncio.sleep(0)
    hands.up(finger)
    await asyncio.sleep(0)
    assert asked.done()


async def test_a_touch_that_began_on_another_screen_presses_nothing(hands: Hands) -> None:
    before = await hands.asks(samples()["take"])
    finger = hands.finger(*hands.middle("taken"))
    hands.down(finger)
    before.cancel()
    after = await hands.asks(samples()["take"])
    hands.up(finger)
    await asyncio.sleep(0)
    assert not after.done()
    after.cancel()

"""A blind person with a screen reader: every screen is read over AT-SPI, and a certificate is brought home by it alone."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Any, cast

import pytest
from jeepney import DBusErrorResponse

from kiosk.journeys import print_certificate as journey
from kiosk.visit import Visit
from sandbox.screen_reader import LAUNCHER, Found, ScreenReaderUser
from screens.manner import Manner
from screens.prompts import Nav
from screens.samples import samples
from screens.staff_samples import staff_samples
from screens.wording import Language, t
from tests.journeys.made_up import made_up
from tests.screens.test_voice import PERSONAL
from tests.window.conftest import Hands

pytestmark = [
    pytest.mark.window,
    pytest.mark.skipif(not LAUNCHER.exists(), reason="at-spi2-core is not installed"),
]
SECONDS = 20.0


class Ears:
    """The screen reader and the window that it reads, while the test goes on."""

    def __init__(self, user: ScreenReaderUser, hands: Hands) -> None:
        self.user = user
        self.hands = hands
        self._heard: list[str] = []

    async def reads(self, until: Callable[[list[Found]], bool] = lambda _: True) -> list[Found]:
        """The screen, as soon as `until` holds of it."""
        found: list[Found] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SECONDS):
                while True:
                    # What vanishes while it is being read is read again.
                    with contextlib.suppress(DBusErrorResponse):
                        found = await asyncio.to_thread(self.user.reads)
                        if found and until(found):
                            return found
                    await asyncio.sleep(0.03)
        raise AssertionError(f"never read; on the screen: {[(each.role, each.name) for each in found]}")

    async def presses(self, *names: str) -> None:
        """Find what is called so, and press it; the second and later of those names once they are there."""
        for name in names:
            found = await self.reads(lambda screen, name=name: any(_called(each, name) for each in screen))
            self.hands.now += 1.0
            called = sorted((each for each in found if _called(each, name)), key=lambda each: len(each.name))
            await asyncio.to_thread(self.user.presses, called[0])

    async def headed(self, title: str) -> None:
        """Wait for the screen with this heading."""
        await self.reads(lambda screen: any(each.role == "heading" and each.name == title for each in screen))

    async def hears(self, words: str) -> None:
        """Wait until this was announced, at any time since she began."""
        async with asyncio.timeout(SECONDS):
            while not any(words in each for each in self._heard):
                self._heard += await asyncio.to_thread(self.user.heard)

    async def settled(self) -> list[Found]:
        """The screen when it has as many keys as the window has."""
        return await self.reads(lambda screen: sorted(_places(screen)) == sorted(_targets(self.hands)))


def said(key: str) -> str:
    return t(key).render(Language.ZH)


def _called(found: Found, name: str) -> bool:
    return found.actions > 0 and name in found.name


def _places(screen: list[Found]) -> list[tuple[int, ...]]:
    return [each.frame for each in screen if each.actions]


def _targets(hands: Hands) -> list[tuple[int, ...]]:
    return [(int(x), int(y), int(x + w) - int(x), int(y + h) - int(y)) for x, y, w, h in hands.window.targets().values()]


@pytest.fixture(scope="module")
def user() -> Generator[ScreenReaderUser]:
    with tempfile.TemporaryDirectory(prefix="dz-at") as directory, ScreenReaderUser(Path(directory)) as user:
        yield user


@pytest.fixture
async def ears(user: ScreenReaderUser, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Ears]:
    for name, value in user.environment.items():
        monkeypatch.setenv(name, value)
    reader = cast(Any, hands.window)._untouched.screen_reader
    running = asyncio.ensure_future(reader.run())
    yield Ears(user, hands)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_every_screen_is_read_and_tells_nobody_who_is_there(ears: Ears) -> None:
    made = samples()
    for language, names in {Language.ZH: [*made], Language.EN: ["identify", "choose", "check", "take", "fault"]}.items():
        ears.hands.window.choose(Manner(language))
        for name, prompt in ((name, made[name]) for name in names):
            asked = await ears.hands.asks(prompt)
            screen = await ears.settled()
            window, *items = screen
            assert window.role == "frame"
            told = "".join(each.name for each in screen)
            assert [word for word in PERSONAL if word in told] == [], name
            assert all(each.name for each in items if each.role != "status"), name
            keys = [each for each in items if each.actions]
            # (Two pairs of the four offers have the same words.)
            assert len({each.name for each in keys}) == len(keys) - (2 if name == "home-four" else 0), name
            assert sum(each.role == "heading" for each in items) == 1, name
            asked.cancel()
            await asyncio.gather(asked, return_exceptions=True)


async def test_what_staff_see_is_not_read_out(ears: Ears) -> None:
    for prompt in list(staff_samples().values())[:3]:
        asked = await ears.hands.asks(prompt)
        screen = await ears.reads(lambda screen: len(screen) <= 2)
        assert [each.role for each in screen] == ["frame", "status"]
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)


async def test_focus_and_switches_are_told_and_what_is_new_is_announced(ears: Ears) -> None:
    asked = await ears.hands.asks(samples()["home"])
    found = next(each for each in await ears.settled() if _called(each, "对比"))
    assert "on" not in found.states
    await asyncio.to_thread(ears.user.goes_to, found)
    await ears.reads(lambda screen: any(_called(each, "对比") and "focused" in each.states for each in screen))
    assert ears.hands.window.focus == "contrast"
    await ears.presses("对比")
    await ears.reads(lambda screen: any(_called(each, "对比") and "on" in each.states for each in screen))
    asked.cancel()
    await ears.hands.asks(samples()["refused-person"])
    await ears.settled()
    await ears.hears(said("notice.other-person.title"))


async def test_what_speaks_to_the_reader_may_die(ears: Ears, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screens.screen_reader.WAIT_SECONDS", 0.1)
    asked = await ears.hands.asks(samples()["choose"])
    await ears.settled()
    reader = cast(Any, ears.hands.window)._untouched.screen_reader
    killed = reader._process
    killed.kill()
    async with asyncio.timeout(SECONDS):
        while reader._process in (None, killed) or not reader.listened_to:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)
    await ears.settled()
    ears.hands.touches("home")
    assert await asyncio.wait_for(asked, SECONDS) is Nav.HOME


async def test_where_there_is_no_bus_nothing_is_begun(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    reader = cast(Any, hands.window)._untouched.screen_reader
    await asyncio.wait_for(reader.run(), SECONDS)
    assert reader._process is None


async def test_in_headphones_the_record_is_read_and_nothing_of_it_stays(
    ears: Ears, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hands.speaker, "private", True)
    asked = await hands.asks(samples()["check"])
    assert "翡翠湾" in "".join(each.name for each in await ears.settled())
    knew = cast(Any, hands.window)._untouched.screen_reader._process
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    hands.window.wipe()
    await asyncio.wait_for(knew.wait(), SECONDS)


async def test_a_certificate_is_brought_home_by_screen_reader_alone(ears: Ears, tmp_path: Path) -> None:
    """Her card and the code from her phone prove who she is; whatever she presses goes through AT-SPI."""
    hall, window = made_up(tmp_path), ears.hands.window

    async def visit() -> str:
        await window.ask(samples()["home"])
        async with Visit(window, "1124-094200") as stay:
            return await journey.print_certificate(stay, hall.counterparts)

    going = asyncio.ensure_future(visit())
    await ears.presses(said("home.start"))
    await ears.headed(said("id.title"))
    hall.cards.lay("wang-xiulan")
    await ears.presses(said("id.other_way"))
    await ears.headed(said("otp.title"))
    await ears.presses(*hall.platform.sandbox.phone("wang-xiulan")[-1], said("otp.go"))
    await ears.headed(said("choose.title"))
    await ears.presses(said("choose.go"))
    await ears.headed(said("check.title"))
    await ears.presses(said("check.go"))
    await ears.headed(said("take.title"))
    await ears.presses(said("take.done"))
    await ears.headed(said("eval.title"))
    await ears.presses(said("eval.grade.4"))
    assert await asyncio.wait_for(going, SECONDS) == "taken"
    assert len(hall.paper.printed) == 1
    assert hall.paper.ends == [("taken", "citizen")]
    assert [grade for _, grade, _ in hall.evaluations] == [4]
    await ears.hears(said("take.title"))

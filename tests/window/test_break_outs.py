"""Ways to get past the screen, to hurt it or to speak through it, each tried on the real window.

docs/security.md ("Break-outs") has the same list by kind and says what only the integrator can hold shut.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from typing import Any

import pytest

from screens.manner import Manner
from screens.prompts import CheckCertificate, ChooseOne, Nav, Option, RecordField
from screens.samples import samples
from screens.wording import Language, t, verbatim
from tests.window.conftest import Hands

pytestmark = pytest.mark.window

UP_ON_SCREEN = "choose"

KEYS: dict[str, tuple[int, tuple[str, ...]]] = {
    **{f"F{number}": (281 + number, ()) for number in range(1, 13)},
    "Escape": (27, ()),
    "print screen": (316, ()),
    "system request": (317, ("alt",)),
    "pause": (19, ()),
    "menu": (319, ()),
    "left super": (311, ("meta",)),
    "right super": (312, ("meta",)),
    "insert": (277, ()),
    "delete": (127, ()),
    "backspace": (8, ()),
    "home": (278, ()),
    "page down": (281, ()),
    "power": (320, ()),
    "sleep": (1073742106, ()),
    "volume up": (1073741952, ()),
    "web browser": (1073742088, ()),
    "Ctrl-C": (99, ("ctrl",)),
    "Ctrl-D": (100, ("ctrl",)),
    "Ctrl-Z": (122, ("ctrl",)),
    "Ctrl-Q": (113, ("ctrl",)),
    "Ctrl-W": (119, ("ctrl",)),
    "Ctrl-P": (112, ("ctrl",)),
    "Ctrl-V": (118, ("ctrl",)),
    "Ctrl-E, Kivy's inspector": (101, ("ctrl",)),
    "Ctrl-Escape": (27, ("ctrl",)),
    "Ctrl-Shift-Escape": (27, ("ctrl", "shift")),
    "Alt-F4": (285, ("alt",)),
    "Alt-Tab": (9, ("alt",)),
    "Alt-Space": (32, ("alt",)),
    "Alt-Enter": (13, ("alt",)),
    "Ctrl-Enter": (13, ("ctrl",)),
    "Ctrl-Alt-Delete": (127, ("ctrl", "alt")),
    "Ctrl-Alt-Backspace": (8, ("ctrl", "alt")),
    "Ctrl-Alt-F1, another console": (282, ("ctrl", "alt")),
    "Super-L": (108, ("meta",)),
    "Super-R": (114, ("meta",)),
    "Enter on no key": (13, ()),
    "space on no key": (32, ()),
}


class Up:
    """A prompt that is up, and whether anything became of it."""

    def __init__(self, hands: Hands, asked: asyncio.Future[Any]) -> None:
        self.hands = hands
        self.asked = asked
        self.manner = hands.window.manner
        self.targets = hands.window.targets()

    async def stands(self) -> None:
        """Nothing was answered, nothing is shown that was not there, and the window still takes touches."""
        for _ in range(3):
            await asyncio.sleep(0)
        assert not self.asked.done()
        window = self.hands.window
        assert window.looks()["prompt"] == "ChooseOne"
        assert window.targets() == self.targets
        assert window.manner == self.manner
        assert self.hands.calls == 0
        assert [type(child).__name__ for child in self.hands.kivy.children] == ["Glass"]
        self.hands.now += 1.0
        self.hands.touches("home")
        assert await asyncio.wait_for(self.asked, 2) is Nav.HOME


@pytest.fixture
async def up(hands: Hands) -> AsyncGenerator[Up]:
    asked = await hands.asks(samples()[UP_ON_SCREEN])
    yield Up(hands, asked)
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)


@pytest.mark.parametrize("key", KEYS)
async def test_a_key_does_nothing(key: str, up: Up) -> None:
    number, modifiers = KEYS[key]
    for _ in range(5):
        up.hands.pushes(number, *modifiers)
    await up.stands()


TYPED = [
    "https://evil.example/x",
    "javascript:alert(1)",
    "sudo reboot",
    "'; DROP TABLE blanks; --",
    "\x1b[2J\x1b]0;own\x07",
    "a" * 5000,
]


@pytest.mark.parametrize("text", TYPED)
async def test_typed_text_goes_nowhere(text: str, up: Up) -> None:
    """A keyboard plugged in, or a scanner that types what a code says."""
    for character in text[:300]:
        if character not in " *\t\r\n":
            up.hands.pushes(ord(character), codepoint=character)
        up.hands.kivy.dispatch("on_textinput", character)
    await up.stands()


def _event(name: str, *arguments: object) -> Callable[[Hands], None]:
    return lambda hands: hands.kivy.dispatch(name, *arguments)


EVENTS: dict[str, Callable[[Hands], None]] = {
    "the window is asked to close": _event("on_request_close"),
    "a file is dropped": _event("on_drop_file", b"/media/usb/autorun.sh", 500, 900),
    "text is dropped": _event("on_drop_text", b"https://evil.example", 500, 900),
    "the window is minimised": _event("on_minimize"),
    "the window is restored": _event("on_restore"),
    "the window is hidden": _event("on_hide"),
    "the pointer leaves": _event("on_cursor_leave"),
    "a joystick is moved": _event("on_joy_axis", 0, 0, 30000),
    "a joystick's button is pressed": _event("on_joy_button_down", 0, 0),
}


@pytest.mark.parametrize("event", EVENTS)
async def test_what_the_machine_may_send_does_nothing(event: str, up: Up) -> None:
    EVENTS[event](up.hands)
    await up.stands()


def _swipe(*points: tuple[float, float]) -> Callable[[Hands], None]:
    def act(hands: Hands) -> None:
        touch = hands.finger(*points[0])
        hands.down(touch)
        for x, y in points[1:]:
            width, height = hands.kivy.system_size
            touch.move([x / width, 1 - y / height])
            touch.scale_for_screen(width, height)
            hands.kivy.dispatch("on_touch_move", touch)
        hands.up(touch)

    return act


def _button(name: str) -> Callable[[Hands], None]:
    def act(hands: Hands) -> None:
        touch = hands.finger(*hands.middle("back"), button=name)
        hands.down(touch)
        hands.up(touch)

    return act


def _two_fingers(hands: Hands) -> None:
    first, second = hands.finger(20, 1000, "1"), hands.finger(*hands.middle("back"), "2")
    hands.down(first)
    hands.down(second)
    hands.up(second)
    hands.up(first)


def _ten_fingers(hands: Hands) -> None:
    fingers = [hands.finger(30 + 100 * index, 1000, str(index)) for index in range(10)]
    fingers += [hands.finger(*hands.middle(key), key) for key in ("back", "go", "help", "size")]
    for finger in fingers:
        hands.down(finger)
    for finger in reversed(fingers):
        hands.up(finger)


def _slides_off(hands: Hands) -> None:
    x, y = hands.middle("back")
    _swipe((x, y), (x, y - 400))(hands)


def _slides_on(hands: Hands) -> None:
    x, y = hands.middle("back")
    _swipe((x, y - 400), (x, y))(hands)


def _slides_over(hands: Hands) -> None:
    _swipe(hands.middle("back"), hands.middle("go"))(hands)


def _lets_go_without_touching(hands: Hands) -> None:
    hands.up(hands.finger(*hands.middle("go")))


def _outside(hands: Hands) -> None:
    for x, y in ((-50.0, -50.0), (5000.0, 900.0), (540.0, 9000.0)):
        touch = hands.finger(x, y)
        hands.down(touch)
        hands.up(touch)


def _double_tap_on_nothing(hands: Hands) -> None:
    for _ in range(2):
        touch = hands.finger(540, 250, is_double_tap=True)
        hands.down(touch)
        hands.up(touch)


def _corners(hands: Hands) -> None:
    for x, y in ((2, 2), (1078, 2), (2, 1918), (1078, 1918)):
        for _ in range(10):
            touch = hands.finger(x, y)
            hands.down(touch)
            hands.up(touch)


GESTURES: dict[str, Callable[[Hands], None]] = {
    "swipe from the left edge": _swipe((0, 900), (300, 900), (900, 900)),
    "swipe from the right edge": _swipe((1079, 900), (700, 900), (100, 900)),
    "swipe from the top": _swipe((540, 0), (540, 500), (540, 1200)),
    "swipe from the bottom": _swipe((540, 1919), (540, 1300), (540, 400)),
    "right click": _button("right"),
    "middle click": _button("middle"),
    "wheel up": _button("scrollup"),
    "wheel down": _button("scrolldown"),
    "a second finger on a key": _two_fingers,
    "ten fingers and four keys": _ten_fingers,
    "a finger slides off a key": _slides_off,
    "a finger slides onto a key": _slides_on,
    "a finger slides from one key to another": _slides_over,
    "a finger is lifted that never came": _lets_go_without_touching,
    "touches outside the glass": _outside,
    "a double tap beside everything": _double_tap_on_nothing,
    "ten taps in each corner": _corners,
}


@pytest.mark.parametrize("gesture", GESTURES)
async def test_a_gesture_does_nothing(gesture: str, up: Up) -> None:
    GESTURES[gesture](up.hands)
    await up.stands()


async def test_what_lies_under_a_sheet_cannot_be_pressed(hands: Hands) -> None:
    under = await hands.asks(samples()["choose"])
    where = hands.middle("back")
    sheet = await hands.asks(samples()["still-there"])
    touch = hands.finger(*where)
    hands.down(touch)
    hands.up(touch)
    assert not under.done()
    sheet.cancel()
    under.cancel()
    await asyncio.gather(sheet, under, return_exceptions=True)


async def test_the_last_touch_of_one_screen_presses_nothing_on_the_next(hands: Hands) -> None:
    first = await hands.asks(samples()["choose"])
    hands.touches("home")
    assert await first is Nav.HOME
    second = asyncio.ensure_future(hands.window.ask(samples()["choose"]))
    await asyncio.sleep(0)
    hands.touches("home")
    await asyncio.sleep(0)
    assert not second.done()
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)


NAMES = {
    "bold markup": "[b]王[/b]",
    "a reference to press": "[ref=print]张建国[/ref]",
    "a font of its choice": "[font=/etc/passwd]张[/font]",
    "half a mark": "[color=#ff00",
    "right-to-left override": "张\u202e国建\u202c",
    "left-to-right isolates": "\u2066张\u2069\u2067建国\u2069",
    "zero-width everything": "张\u200b\u200c\u200d\u2060\ufeff建国",
    "a thousand combining marks": "张" + "\u0301\u0489" * 500,
    "one endless word": "张" * 4000,
    "one endless Latin word": "W" * 4000,
    "newlines": "张\n建\r\n国\u2028\u2029",
    "control characters": "".join(map(chr, range(1, 32))) + "张\x7f\x9b",
    "a null": "张\x00建国",
    "half a surrogate": "张\ud800",
    "private use": "张\ue000\U000f0000",
    "not a character": "张\ufffe\U0010ffff",
    "emoji": "👨‍👩‍👧‍👦🏳️‍🌈张",
    "a format string": "{counter}{0.__class__}%s%n",
    "a script": "<script>alert(1)</script>",
    "SQL": "Robert'); DROP TABLE blanks; --",
    "an address of the web": "https://evil.example/" + "a" * 300,
    "a terminal's escape": "\x1b[31m张\x1b]0;x\x07",
    "Arabic": "محمد بن سلمان",
    "characters no font has": "张\U0002fa20\U000e0041",
    "nothing": "",
    "only spaces": " \u3000\u00a0 ",
}


@pytest.mark.parametrize("kind", NAMES)
async def test_a_name_is_only_a_name(kind: str, hands: Hands) -> None:
    """In the list and on the check page: drawn, measured, contained, and never understood."""
    name = NAMES[kind]
    check = samples()["check"]
    assert isinstance(check, CheckCertificate)
    fields = (RecordField(t("check.field.holder"), name, name), *check.fields[1:])
    chosen = Option("a", "certificate", verbatim(name), (verbatim(name),), chip=t("choose.printable"))
    choose = samples()["choose"]
    assert isinstance(choose, ChooseOne)
    for prompt in (replace(check, fields=fields), replace(choose, options=(chosen,), person=verbatim(name), preselected="a")):
        asked = await hands.asks(prompt)
        window = hands.window
        assert {"home", "help"} <= set(window.targets())
        width, height = hands.kivy.system_size
        for x, y, wide, tall in window.targets().values():
            assert x >= 0
            assert y >= 0
            assert x + wide <= width
            assert y + tall <= height
        window.choose(replace(Manner(), language=Language.EN))
        window.choose(Manner())
        hands.now += 1.0
        hands.touches("home")
        assert await asyncio.wait_for(asked, 2) is Nav.HOME


def test_there_are_at_least_sixty() -> None:
    assert len(KEYS) + len(TYPED) + len(EVENTS) + len(GESTURES) + len(NAMES) + 2 >= 60

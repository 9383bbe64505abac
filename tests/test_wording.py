"""Every sentence that the code can say is there, in both languages, and gets every value that it wants."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.journeys import home, identify, notices
from kiosk.platform.types import Availability
from peripherals.card_reader import faults as card_faults
from peripherals.device import DeviceFault
from screens.wording import Language, sentences, t

ROOT = Path(__file__).parents[1]

APPOINTMENT = ("malformed", "forged", "other-hall", "early", "expired", "used")
TOLD = (
    "nothing",
    "untrusted",
    "of-another",
    "glyph",
    "page",
    "wrong",
    "unknown",
    "printer",
    "not-taken",
    "done",
    "mistake",
    "net",
    "broken",
)
EXPLAINED = ("locked", "session", "level", "changed", "elsewhere", "kept", "unresolved", "no-appointment")


def faults(of: type[DeviceFault] = DeviceFault) -> Iterator[type[DeviceFault]]:
    for each in of.__subclasses__():
        if each.__module__ == card_faults.__name__:
            yield each
        yield from faults(each)


def families() -> dict[str, set[str]]:
    """What stands for each placeholder in the keys that are put together at run time."""
    return {
        "notice": {*TOLD, *EXPLAINED, *notices.CALLS_STAFF, *notices.PRINTER_NOTICES.values()},
        "trouble": {*(each.code for each in faults()), *(f"appointment-{each}" for each in APPOINTMENT), *identify.AGAIN},
        "oos.reason": set(home.ORDER),
        "refuse": {*(each.value for each in Availability if each is not Availability.READY), "no-blank"},
        "otp": {"wrong-code", "code-expired", "too-fast"},
    }


def needed() -> set[str]:
    made = families()
    keys = {f"{family}.{name}" for family in ("trouble", "oos.reason", "otp") for name in made[family]}
    keys |= {f"refuse.{name}.{part}" for name in made["refuse"] for part in ("chip", "why")}
    keys |= {f"notice.{name}.{part}" for name in made["notice"] for part in ("title", "safe", "next")}
    keys |= {f"notice.{name}.done" for name in notices.CALLS_STAFF}
    return keys | set(written())


def calls() -> Iterator[ast.Call]:
    for package in ("kiosk", "screens"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and node.args:
                    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                    if name == "t" or (name == "say" and package == "screens"):
                        yield node


def written() -> Iterator[str]:
    """Keys that stand in the code as they are."""
    for call in calls():
        for node in ast.walk(call.args[0]):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.fullmatch(r"[a-z]+(\.[a-z_-]+)+", node.value)
            ):
                yield node.value


@pytest.mark.parametrize("language", list(Language))
def test_every_sentence_is_there(language: Language) -> None:
    assert sorted(needed() - set(sentences(language))) == []


def test_keys_put_together_fit_something() -> None:
    known = set(sentences(Language.ZH))
    for call in calls():
        if isinstance(call.args[0], ast.JoinedStr):
            parts = [re.escape(str(p.value)) if isinstance(p, ast.Constant) else ".+" for p in call.args[0].values]
            assert any(re.fullmatch("".join(parts), key) for key in known), "".join(parts)


def test_both_languages_say_the_same_things() -> None:
    assert set(sentences(Language.ZH)) == set(sentences(Language.EN))


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("code", sorted(families()["notice"]))
def test_a_notice_gets_every_value_that_it_wants(code: str, language: Language) -> None:
    if code == "mistake":  # said by the outermost loop, which may know nobody
        said = notices.notice(code, "1124-101500", counter="3")
    else:
        said = notices.notice(code, "1124-101500", counter="3", staff="王芳", staff_en="Ms Wang", min=3)
    for text in (said.title, said.safe, said.next, said.done):
        assert text is None or text.render(language)


@pytest.mark.parametrize("language", list(Language))
def test_placeholders_are_names(language: Language) -> None:
    for key, sentence in sentences(language).items():
        for _, name, _, _ in string.Formatter().parse(sentence):
            assert name is None or name.isidentifier(), key


def test_a_refusal_names_its_counter() -> None:
    for name in families()["refuse"]:
        for language in Language:
            assert t(f"refuse.{name}.why", counter="3").render(language)

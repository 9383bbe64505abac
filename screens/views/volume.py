"""The sheet behind the voice key while the voice is on: how loud it is, and off."""

from __future__ import annotations

from collections.abc import Callable

from screens.arrangement import Parts
from screens.layout import Row, Space
from screens.look import Look
from screens.manner import VOLUMES
from screens.views.view import headed
from screens.widgets.keys import Key, press_skin, primary, secondary
from screens.widgets.surfaces import card
from screens.widgets.words import Words
from screens.wording import t

_TITLE, _SUB = t("volume.title"), t("volume.sub")


def volume(look: Look, level: int, chosen: Callable[[int], None], off: Callable[[], None], done: Callable[[], None]) -> Parts:
    """`chosen` hears every level that is tried."""

    def key(number: int) -> Key:
        words = Words(look, t(f"volume.{number}"), look.type.button, bold=number == level, align="center", line=1.2)
        skin = press_skin(look, selected=number == level)
        return Key(
            look,
            f"volume-{number}",
            [words],
            skin,
            lambda: chosen(number),
            pad=(12, 8, 12, 8),
            least=136,
            on=number == level,
            grow=1.0,
        )

    body = card(
        look,
        [
            *headed(look, "speaker-high", _TITLE, _SUB),
            Space(look, look.gap(40)),
            Row(look, [key(number) for number in VOLUMES], gap=24, up="fill"),
            Space(look, look.gap(40)),
            primary(look, "volume-done", look.say("volume.done"), done, height=152),
            Space(look, look.gap(28)),
            secondary(look, "voice-off", look.say("volume.off"), off),
        ],
        pad=(56, look.gap(64), 56, look.gap(56)),
        radius=44,
    )
    return Parts(body, sheet=True)

"""The sheet after Help was pressed: who comes, that she may carry on, who else can be asked; and she may call it off."""

from __future__ import annotations

from collections.abc import Callable

from screens.arrangement import Parts
from screens.layout import Row, Space
from screens.look import Look
from screens.views.view import headed
from screens.widgets.keys import primary, secondary
from screens.widgets.surfaces import card
from screens.widgets.words import Icon, Words
from screens.wording import Text, t


def help_called(look: Look, words: Text, done: Callable[[], None], withdraw: Callable[[], None]) -> Parts:
    """`words` say who was called; `withdraw` calls it off."""
    hotline = Row(
        look,
        [
            Icon(look, "phone", 40, colour=look.colour.ink2),
            Words(look, t("help.12345"), look.type.caption, colour=look.colour.ink2),
        ],
        gap=18,
        centred=True,
    )
    body = card(
        look,
        [
            *headed(look, "bell-ringing", t("help.title"), words),
            Space(look, look.gap(48)),
            primary(look, "carry-on", look.say("help.carry_on"), done, height=152),
            Space(look, look.gap(28)),
            secondary(look, "withdraw", look.say("help.withdraw"), withdraw),
            Space(look, look.gap(32)),
            hotline,
        ],
        pad=(56, look.gap(64), 56, look.gap(56)),
        radius=44,
    )
    return Parts(body, sheet=True)

"""The sheet after Help was pressed: who comes, and that she may carry on."""

from __future__ import annotations

from collections.abc import Callable

from screens.arrangement import Parts
from screens.layout import Column, Space
from screens.look import Look
from screens.views.view import heading
from screens.widgets.keys import primary
from screens.widgets.surfaces import Orb, card
from screens.wording import Text, t


def help_called(look: Look, words: Text, done: Callable[[], None]) -> Parts:
    """`words` say who was called."""
    body = card(
        look,
        [
            Column(look, [Orb(look, "bell-ringing", 124, fill=True)], across="center"),
            Space(look, look.gap(36)),
            *heading(look, t("help.title"), words, align="center"),
            Space(look, look.gap(48)),
            primary(look, "carry-on", look.say("help.carry_on"), done, height=152),
        ],
        pad=(56, look.gap(64), 56, look.gap(56)),
        radius=44,
    )
    return Parts(body, whole=True)

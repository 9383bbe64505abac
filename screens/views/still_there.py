"""The sheet "Are you still there?": a ring that runs out, the safe answer first and larger."""

from __future__ import annotations

import math

from screens.arrangement import Parts
from screens.layout import Box, Column, Row, Space
from screens.look import Look
from screens.prompts import StillThere
from screens.views.view import Acting, View, heading
from screens.widgets.keys import primary, secondary
from screens.widgets.ring import Ring
from screens.widgets.surfaces import card
from screens.wording import t

_TITLE = t("idle.title")
_SUB = t("idle.sub")


class StillThereView(View[StillThere]):
    """Answers True to stay, False to end, and False when the ring has run out."""

    sheet = True

    def __init__(self, prompt: StillThere, acting: Acting) -> None:
        self._total = prompt.seconds * acting.patience()
        super().__init__(prompt, acting)

    def passing(self) -> int:
        return math.ceil(self._left())

    def passes(self) -> bool:
        if self._left() <= 0:
            self.acting.answer(False)
            return False
        return super().passes()

    def parts(self, look: Look) -> Parts:
        left = max(0.0, self._left())
        side = 280.0 if not look.wide and look.art > 0.5 else 196.0
        ring = Column(look, [Ring(look, left, self._total, look.say("ring.seconds"), side=side)], across="center")
        words = heading(look, _TITLE, _SUB, align="center")
        stay = primary(look, "stay", look.say("idle.stay"), lambda: self.acting.answer(True), height=152)
        end = secondary(look, "end", look.say("idle.end"), lambda: self.acting.answer(False))
        if look.wide:
            said: Box = Row(look, [ring, Column(look, heading(look, _TITLE, _SUB), grow=1.0)], gap=44)
            keys: Box = Column(look, [stay, Space(look, look.gap(24)), end])
        else:
            said = Column(look, [ring, Space(look, look.gap(40)), *words])
            keys = Column(look, [stay, Space(look, look.gap(32)), end])
        body = card(
            look,
            [said, Space(look, look.gap(48)), keys],
            pad=(56, look.gap(64), 56, look.gap(56)),
            radius=44,
        )
        return Parts(body, sheet=True)

    def _left(self) -> float:
        return self.begun + self._total - self.acting.now()

"""What was the service like? Five faces, one touch; a ring says when the question goes by itself."""

from __future__ import annotations

import math

from screens.arrangement import Actions, Parts
from screens.layout import Box, Column, Grid, Row, Space
from screens.look import Look
from screens.prompts import Evaluate, Word
from screens.views.view import View
from screens.widgets.face import Face
from screens.widgets.keys import Key, press_skin, secondary
from screens.widgets.ring import Ring
from screens.widgets.surfaces import Orb
from screens.widgets.words import Icon, Words


class EvaluateView(View[Evaluate]):
    """Answers the name of a word, "" when it is skipped or nobody touches anything for so long."""

    def passing(self) -> int:
        return self._left()

    def passes(self) -> bool:
        if self._left() <= 0:
            self.acting.answer("")
            return False
        return super().passes()

    def parts(self, look: Look) -> Parts:
        prompt = self.prompt
        align = "left" if look.wide else "center"
        mark = Orb(look, "check-circle", 132, colour=look.colour.ok, ground=look.colour.ok_tint, fill=True, part=0.64)
        head: list[Box] = []
        if look.art >= 0.5:
            head += [Row(look, [mark], centred=not look.wide), Space(look, look.gap(28))]
        head.append(Words(look, prompt.title, look.heading, bold=True, line=1.25, align=align))
        if look.air >= 0.5:
            head += [Space(look, look.gap(12)), Words(look, prompt.sub, look.type.body, colour=look.colour.ink2, align=align)]
        head += [
            Space(look, look.gap(64 if not look.wide else 36)),
            Words(look, prompt.ask, look.type.h2, bold=True, line=1.3, align=align),
            Space(look, look.gap(8)),
        ]
        if look.air >= 0.4:
            head.append(Words(look, prompt.hint, look.type.caption, colour=look.colour.ink2, line=1.4, align=align))
        rows = Column(
            look, [self._row(look, word) for word in prompt.words], gap=look.gap(26) if look.air > 0.5 and not look.low else 20
        )
        ring = Ring(look, self._left(), self._total, look.say("ring.seconds"), side=136)
        skip = secondary(look, "skip", prompt.skip, lambda: self.acting.answer(""), height=136 if not look.low else 112)
        if look.low and not look.wide:
            upper = Column(look, [Row(look, [ring], centred=True)], centred=True)
            return Parts(Column(look, [rows, Space(look, grow=1.0)]), head, Actions(others=[skip]), upper=upper)
        if look.low:
            grid = Grid(look, [self._row(look, word) for word in prompt.words], across=2, gap=(24, 20))
            body = Column(look, [Space(look, grow=1.0), grid])
            return Parts(body, [*head, Space(look, look.gap(28)), Row(look, [ring])], Actions(others=[skip]))
        if look.wide:
            body = Column(look, [Space(look, 4), rows, Space(look, grow=1.0)])
            return Parts(body, [*head, Space(look, look.gap(28)), Row(look, [ring])], Actions(others=[skip]))
        skip.grow = 1.0
        foot = Row(look, [skip, ring], gap=28)
        body = Column(look, [Space(look, look.gap(34)), rows, Space(look, look.gap(30), grow=1.0), foot])
        return Parts(body, head, top=40.0)

    def _row(self, look: Look, word: Word) -> Key:
        roomy = look.air > 0.5 and not look.low
        tall = 148.0 if not look.wide and roomy else 118.0 if roomy else 90.0
        paired = look.low and look.wide
        row: list[Box] = [Words(look, word.label, look.type.h2, line=1.25, grow=1.0)]
        if not paired:
            row.append(Icon(look, "caret-right", 44, colour=look.colour.outline))
        if word.face is not None:
            row.insert(0, Face(look, word.face, min(104.0, tall - 40)))
        content = Row(look, row, gap=40 if not paired else 24)
        return Key(
            look,
            f"word-{word.name}",
            [content],
            press_skin(look),
            lambda: self.acting.answer(word.name),
            pad=(44, 8, 44, 8) if not paired else (28, 8, 28, 8),
            least=tall,
        )

    @property
    def _total(self) -> float:
        return self.prompt.seconds * self.acting.patience()

    def _left(self) -> int:
        """Seconds until it goes by itself; any touch begins them anew."""
        return math.ceil(self._total - min(self.acting.now() - self.begun, self.acting.idle()))

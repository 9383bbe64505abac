"""Staff wait, or wipe the glass, or touch five points."""

from __future__ import annotations

import math

from screens.arrangement import Parts
from screens.layout import Box, Column, Frame, Space
from screens.look import Look
from screens.staff_prompts import Cleaning, StaffWait, TouchTest
from screens.views.view import Acting, View
from screens.widgets.keys import Key, press_skin
from screens.widgets.ring import Ring
from screens.widgets.staff_bar import framed, plain, seconds_left
from screens.widgets.surfaces import card
from screens.widgets.turning import Turning
from screens.widgets.words import Words
from screens.wording import t

POINTS = 5
POINT = 140.0


class StaffWaitView(View[StaffWait]):
    """Withdrawn by the journey; Back where one may leave."""

    silent = True

    def passing(self) -> int:
        return seconds_left(self.prompt.head, self.acting)

    def parts(self, look: Look) -> Parts:
        prompt = self.prompt
        told: list[Box] = [
            Column(look, [Turning(look, prompt.icon)], across="center"),
            Space(look, look.gap(44)),
            Words(look, prompt.title, look.heading, bold=True, line=1.25, align="center"),
            Space(look, look.gap(14)),
            Words(look, prompt.sub, look.type.body, colour=look.colour.ink2, align="center"),
        ]
        body: list[Box] = [
            Space(look, 0, grow=1.0),
            card(look, told, pad=(56, look.gap(72), 56, look.gap(72))),
            Space(look, 0, grow=1.0),
        ]
        if prompt.can_leave:
            body.append(self.back(look))
        return framed(look, prompt.head, self.acting, body)


class CleaningView(View[Cleaning]):
    """Nothing here can be pressed: that is what it is for."""

    silent = True

    def passing(self) -> int:
        return self._left()

    def parts(self, look: Look) -> Parts:
        look = plain(look)
        ring = Ring(look, self._left(), self.prompt.seconds, t("ring.seconds"), side=280.0)
        told: list[Box] = [
            Column(look, [ring], across="center"),
            Space(look, look.gap(56)),
            Words(look, t("staff.clean.title"), look.heading, bold=True, line=1.25, align="center"),
            Space(look, look.gap(14)),
            Words(look, t("staff.clean.sub"), look.type.body_l, colour=look.colour.ink2, align="center"),
        ]
        side = look.margin
        return Parts(Column(look, [Space(look, grow=1.0), *told, Space(look, grow=1.0)], pad=(side, side, side, side)), bare=True)

    def _left(self) -> int:
        return max(0, math.ceil(self.prompt.seconds - (self.acting.now() - self.begun)))


class TouchTestView(View[TouchTest]):
    """One point at a time: the four corners, then the middle."""

    silent = True

    def __init__(self, prompt: TouchTest, acting: Acting) -> None:
        super().__init__(prompt, acting)
        self._at = 0

    def parts(self, look: Look) -> Parts:
        look = plain(look)
        return Parts(_Points(look, self, self._at), bare=True)

    def hit(self) -> None:
        """The point was touched."""
        self._at += 1
        if self._at == POINTS:
            self.acting.answer(None)
        else:
            self.acting.redraw(False)


class _Points(Box):
    """The present point, what to do, and the way back."""

    def __init__(self, look: Look, view: TouchTestView, at: int) -> None:
        super().__init__(look, grow=1.0)
        number = Words(look, str(at + 1), 60, bold=True, align="center", line=1.2)
        self._point = Key(look, "point", [number], press_skin(look, radius=POINT / 2), view.hit, least=POINT)
        self._words = Column(
            look,
            [
                Words(look, t("staff.touch.title"), look.heading, bold=True, line=1.25, align="center"),
                Space(look, 14),
                Words(
                    look, t("staff.touch.sub", n=at + 1, count=POINTS), look.type.body, colour=look.colour.ink2, align="center"
                ),
            ],
        )
        self._back = view.back(look)
        self._at = at
        self.children = [self._words, self._back, self._point]

    def place(self, frame: Frame) -> None:
        super().place(frame)
        edge = 24.0
        right, bottom = frame.w - POINT - edge, frame.h - POINT - edge
        x, y = (
            (edge, edge), (right, edge), (right, bottom), (edge, bottom), ((frame.w - POINT) / 2, frame.h * 0.36),
        )[self._at]  # fmt: skip
        self._point.place(Frame(frame.x + x, frame.y + y, POINT, POINT))
        wide = min(frame.w - 2 * 200, 900.0)
        left = frame.x + (frame.w - wide) / 2
        tall = self._words.tall(wide)
        self._words.place(Frame(left, frame.y + frame.h * 0.5, wide, tall))
        self._back.place(Frame(frame.x + (frame.w - 320) / 2, frame.y + frame.h * 0.5 + tall + 40, 320, self._back.tall(320)))

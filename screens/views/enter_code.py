"""A one-time code on the keypad: boxes that fill, twelve large keys, and patience when it was wrong."""

from __future__ import annotations

import math
from dataclasses import replace

from screens.arrangement import Actions, Parts
from screens.layout import Box, Column, Space
from screens.look import Look
from screens.prompts import EnterCode, TextSize
from screens.views.view import Acting, View
from screens.widgets.keypad import after, digit_boxes, keypad
from screens.widgets.keys import primary, secondary
from screens.widgets.surfaces import Orb, banner
from screens.widgets.words import Words
from screens.wording import t


class EnterCodeView(View[EnterCode]):
    """Answers the digits, or "" for another code."""

    def __init__(self, prompt: EnterCode, acting: Acting) -> None:
        super().__init__(prompt, acting)
        self._digits = ""

    def passing(self) -> tuple[int, int]:
        return self._counts()

    def parts(self, look: Look) -> Parts:
        prompt, keys = self.prompt, look
        if look.low and not look.wide and look.theme.size is TextSize.STANDARD:
            # However close the keys are below, above them is room.
            look = replace(look, air=1.0, art=1.0)
        wait, resend = self._counts()
        complete = len(self._digits) == prompt.length
        head: list[Box] = [
            Column(look, [Orb(look, "lock-key", 124, fill=True)], across="center"),
            Space(look, look.gap(26)),
        ]
        warned = wait > 0 or (prompt.trouble is not None and not self._digits)
        # A word of warning takes the place of the picture, and the keys stay where they are.
        head = head if look.art == 1.0 and not look.wide and not warned else []
        align = "left" if look.wide else "center"
        head.append(Words(look, prompt.title, look.heading, bold=True, line=1.25, align=align))
        if look.air >= 0.5 or not (wait or prompt.trouble):
            sub = Words(look, prompt.sub, look.type.body, colour=look.colour.ink2, align=align)
            head += [Space(look, look.gap(14)), sub]
        told: list[Box] = []
        if wait:
            told = [
                banner(look, "clock", t("otp.wait", seconds=wait), colour=look.colour.warn, ground=look.colour.warn_tint),
                Space(look, look.gap(24)),
            ]
        elif prompt.trouble is not None and warned:
            told = [
                banner(look, "warning-circle", prompt.trouble, colour=look.colour.warn, ground=look.colour.warn_tint),
                Space(look, look.gap(24)),
            ]
        typed: list[Box] = [Space(look, look.gap(36)), *told, self._boxes(look)]
        upper: Box | None = None
        if look.low and look.wide:
            upper = Column(look, [self._boxes(look)], centred=True)
            head += [Space(look, look.gap(24)), *told]
            typed = []
        elif look.low:
            upper = Column(look, [*typed, Space(look, grow=1.0)])
            typed = []
        body = Column(
            look,
            [
                *typed,
                Space(look, keys.gap(24), grow=1.0),
                keypad(keys, self._pressed, closed=wait > 0),
                Space(look, 20 if typed else 0),
            ],
        )
        again = secondary(
            look,
            "resend",
            t("otp.resend.in", seconds=resend) if resend else t("otp.resend"),
            lambda: self.acting.answer(""),
            icon="" if look.long_words else "arrow-counter-clockwise",
            enabled=resend == 0,
            height=112,
        )
        go = primary(
            look, "go", look.say("otp.go"), lambda: self.acting.answer(self._digits), icon="check", enabled=complete and not wait
        )
        return Parts(body, head, Actions(go, [again], self.leave(look, small=True)), upper=upper, top=30.0)

    def _counts(self) -> tuple[int, int]:
        """Seconds until the keypad opens and until another code may be asked for."""
        passed = self.acting.now() - self.begun
        return (
            max(0, math.ceil(self.prompt.wait_seconds - passed)),
            max(0, math.ceil(self.prompt.resend_after_seconds - passed)),
        )

    def _boxes(self, look: Look) -> Box:
        return digit_boxes(look, self._digits, self.prompt.length, secret=self.prompt.secret)

    def _pressed(self, act: str) -> None:
        self._digits = after(self._digits, act, self.prompt.length)
        self.acting.redraw(False)

"""Digits for staff: their number, their PIN, a serial, a count. The sign-in stands among the citizens' bars, the rest under the dark one."""

from __future__ import annotations

import math

from screens.arrangement import Actions, Parts
from screens.layout import Box, Column, Row, Space
from screens.look import Look
from screens.staff_prompts import StaffEntry
from screens.views.view import Acting, View
from screens.widgets.keypad import after, digit_boxes, keypad
from screens.widgets.keys import Key, primary
from screens.widgets.staff_bar import framed, seconds_left
from screens.widgets.surfaces import Orb, banner
from screens.widgets.words import Words
from screens.wording import t


class StaffEntryView(View[StaffEntry]):
    """Answers the digits."""

    silent = True

    def __init__(self, prompt: StaffEntry, acting: Acting) -> None:
        super().__init__(prompt, acting)
        self._digits = ""

    def passing(self) -> tuple[int, int]:
        return self._counts()

    def parts(self, look: Look) -> Parts:
        head = self.prompt.head
        if head is not None:
            keys: list[Box] = [self.back(look), self._go(look, grow=1.0)]
            foot = Row(look, keys, gap=24, up="fill")
            told, boxes = self._told(look), self._boxes(look)
            if look.wide:
                said = Column(look, [*told, *boxes, Space(look, grow=1.0), foot], grow=1.0)
                return framed(look, head, self.acting, [Row(look, [said, self._keypad(look)], gap=44, up="fill")])
            body = [*told, *boxes, Space(look, 24, grow=1.0), self._keypad(look), Space(look, 44), foot]
            return framed(look, head, self.acting, body)
        orb: list[Box] = [Column(look, [Orb(look, "lock-key", 124, fill=True)], across="center"), Space(look, look.gap(26))]
        told = [*(orb if look.art == 1.0 and not look.wide else []), *self._told(look)]
        shown, upper = self._boxes(look), None
        if look.low:
            # What is typed stands above, the keys are within reach.
            shown, upper = [], Column(look, [*shown, Space(look, grow=1.0)])
        body = Column(look, [*shown, Space(look, look.gap(24), grow=1.0), self._keypad(look), Space(look, 20 if shown else 0)])
        return Parts(body, told, Actions(self._go(look), [], [self.home(look)]), upper=upper, top=30.0)

    def _told(self, look: Look) -> list[Box]:
        align = "left" if look.wide else "center"
        return [
            Words(look, self.prompt.title, look.heading, bold=True, line=1.25, align=align),
            Space(look, look.gap(14)),
            Words(look, self.prompt.sub, look.type.body, colour=look.colour.ink2, align=align),
        ]

    def _boxes(self, look: Look) -> list[Box]:
        prompt, (wait, _) = self.prompt, self._counts()
        boxes: list[Box] = [Space(look, look.gap(36))]
        trouble = t("otp.wait", seconds=wait) if wait else prompt.trouble if not self._digits else None
        if trouble is not None:
            icon = "clock" if wait else "warning-circle"
            boxes += [
                banner(look, icon, trouble, colour=look.colour.warn, ground=look.colour.warn_tint),
                Space(look, look.gap(24)),
            ]
        boxes.append(digit_boxes(look, self._digits, prompt.most, secret=prompt.secret))
        if prompt.tries is not None:
            words = Words(look, prompt.tries, look.type.caption, colour=look.colour.ink2, align="center")
            boxes += [Space(look, look.gap(24)), words]
        return boxes

    def _keypad(self, look: Look) -> Box:
        return keypad(look, self._pressed, closed=self._counts()[0] > 0)

    def _go(self, look: Look, *, grow: float = 0.0) -> Key:
        ready = len(self._digits) >= self.prompt.least and not self._counts()[0]
        return primary(
            look, "go", self.prompt.go, lambda: self.acting.answer(self._digits), icon="sign-in", enabled=ready, grow=grow
        )

    def _counts(self) -> tuple[int, int]:
        """Seconds until the keypad opens, and until whoever is signed in no longer is."""
        wait = max(0, math.ceil(self.prompt.wait_seconds - (self.acting.now() - self.begun)))
        return wait, 0 if self.prompt.head is None else seconds_left(self.prompt.head, self.acting)

    def _pressed(self, act: str) -> None:
        self._digits = after(self._digits, act, self.prompt.most)
        self.acting.redraw(False)

"""Digits for staff: their number, their PIN, a serial, a count. The sign-in stands among the citizens' bars, the rest under the dark one."""

from __future__ import annotations

import math

from screens.arrangement import Actions, Parts
from screens.layout import Box, Column, Row, Space
from screens.look import Look, Shape
from screens.staff_prompts import StaffEntry
from screens.views.view import Acting, View
from screens.widgets.keypad import WIDTH, after, digit_boxes, keypad
from screens.widgets.keys import Key, primary
from screens.widgets.staff_bar import framed, seconds_left
from screens.widgets.surfaces import Orb, banner
from screens.widgets.words import Words
from screens.wording import Text, t


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
            if look.wide:
                width = WIDTH if look.shape is Shape.LANDSCAPE else 660.0
                boxes = self._boxes(look, room=look.width - 2 * look.margin - 44 - width)
                said = Column(look, [*self._told(look), *boxes, Space(look, grow=1.0), foot], grow=1.0)
                pad = Column(look, [Space(look, grow=1.0), self._keypad(look, width)])
                return framed(look, head, self.acting, [Row(look, [said, pad], gap=44, up="fill", grow=1.0)])
            told, boxes = self._told(look), self._boxes(look)
            body = [*told, *boxes, Space(look, 24, grow=1.0), self._keypad(look), Space(look, 44), foot]
            return framed(look, head, self.acting, body)
        orb: list[Box] = [Column(look, [Orb(look, "lock-key", 124, fill=True)], across="center"), Space(look, look.gap(26))]
        warned = self._trouble() is not None
        told = [*(orb if look.art == 1.0 and not look.wide and not warned else []), *self._told(look)]
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

    def _boxes(self, look: Look, *, room: float | None = None) -> list[Box]:
        prompt = self.prompt
        boxes: list[Box] = [Space(look, look.gap(36))]
        if (trouble := self._trouble()) is not None:
            icon = "clock" if self._counts()[0] else "warning-circle"
            boxes += [
                banner(look, icon, trouble, colour=look.colour.warn, ground=look.colour.warn_tint),
                Space(look, look.gap(24)),
            ]
        boxes.append(digit_boxes(look, self._digits, prompt.most, secret=prompt.secret, room=room))
        if prompt.tries is not None:
            words = Words(look, prompt.tries, look.type.caption, colour=look.colour.ink2, align="center")
            boxes += [Space(look, look.gap(24)), words]
        return boxes

    def _trouble(self) -> Text | None:
        if wait := self._counts()[0]:
            return t("otp.wait", seconds=wait)
        return self.prompt.trouble if not self._digits else None

    def _keypad(self, look: Look, width: float = WIDTH) -> Box:
        return keypad(look, self._pressed, closed=self._counts()[0] > 0, width=width)

    def _go(self, look: Look, *, grow: float = 0.0) -> Key:
        icon = "check" if self.prompt.head else "sign-in" if self.prompt.secret else "arrow-right"
        ready = len(self._digits) >= self.prompt.least and not self._counts()[0]
        return primary(look, "go", self.prompt.go, lambda: self.acting.answer(self._digits), icon=icon, enabled=ready, grow=grow)

    def _counts(self) -> tuple[int, int]:
        """Seconds until the keypad opens, and until whoever is signed in no longer is."""
        wait = max(0, math.ceil(self.prompt.wait_seconds - (self.acting.now() - self.begun)))
        return wait, 0 if self.prompt.head is None else seconds_left(self.prompt.head, self.acting)

    def _pressed(self, act: str) -> None:
        self._digits = after(self._digits, act, self.prompt.most)
        self.acting.redraw(False)

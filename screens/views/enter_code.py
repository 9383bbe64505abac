"""A one-time code on the keypad: boxes that fill, twelve large keys, and patience when it was wrong."""

from __future__ import annotations

import math

from screens.arrangement import Actions, Parts
from screens.layout import Box, Column, Grid, Layers, Row, Space
from screens.look import Look, Shape
from screens.prompts import EnterCode
from screens.theme import Colour
from screens.views.view import Acting, View
from screens.widgets.keys import Key, faint_skin, press_skin, primary, secondary
from screens.widgets.surfaces import Ground, Orb, Skin, banner
from screens.widgets.words import Icon, Words
from screens.wording import t


class EnterCodeView(View[EnterCode]):
    """Answers the digits, or "" for another code."""

    def __init__(self, prompt: EnterCode, acting: Acting) -> None:
        super().__init__(prompt, acting)
        self._digits = ""
        self._begun = acting.now()
        self._shown = self._counts()

    def passes(self) -> bool:
        if (counts := self._counts()) == self._shown:
            return False
        self._shown = counts
        return True

    def parts(self, look: Look) -> Parts:
        prompt = self.prompt
        wait, resend = self._counts()
        complete = len(self._digits) == prompt.length
        head: list[Box] = [
            Column(look, [Orb(look, "lock-key", 124, fill=True)], across="center"),
            Space(look, look.gap(26)),
        ]
        head = head if look.art == 1.0 and not look.wide else []
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
        elif prompt.trouble is not None and not self._digits:
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
            [*typed, Space(look, look.gap(24), grow=1.0), self._keypad(look, closed=wait > 0), Space(look, 20 if typed else 0)],
        )
        again = secondary(
            look,
            "resend",
            t("otp.resend.in", seconds=resend) if resend else t("otp.resend"),
            lambda: self.acting.answer(""),
            icon="" if look.largest else "arrow-counter-clockwise",
            enabled=resend == 0,
            height=112,
        )
        go = primary(
            look, "go", look.say("otp.go"), lambda: self.acting.answer(self._digits), icon="check", enabled=complete and not wait
        )
        return Parts(body, head, Actions(go, [again], self.leave(look, small=True)), upper=upper, top=30.0)

    def _counts(self) -> tuple[int, int]:
        """Seconds until the keypad opens and until another code may be asked for."""
        passed = self.acting.now() - self._begun
        return (
            max(0, math.ceil(self.prompt.wait_seconds - passed)),
            max(0, math.ceil(self.prompt.resend_after_seconds - passed)),
        )

    def _boxes(self, look: Look) -> Box:
        prompt = self.prompt
        room = (look.width - 2 * look.margin if not look.wide else 640) - 30 * (prompt.length - 1)
        wide = min(96.0, room / prompt.length)
        boxes: list[Box] = []
        for index in range(prompt.length):
            digit = self._digits[index : index + 1]
            here = index == len(self._digits)
            mark = "●" if prompt.secret and digit else digit
            boxes.append(
                _Digit(look, mark, wide, look.colour.primary if here else look.colour.outline, 6.0 if here else look.theme.border)
            )
        gap = 30 if wide == 96.0 else 12
        return Column(look, [Row(look, boxes, gap=gap)], across="center")

    def _keypad(self, look: Look, *, closed: bool) -> Box:
        height = (
            152.0
            if look.shape is Shape.PORTRAIT and look.air >= 1.0 and not look.low
            else 120.0
            if look.shape is Shape.PORTRAIT and not (look.low and look.air < 1.0)
            else 112.0
            if look.air >= 1.0
            else 92.0
            if not look.low
            else 88.0
        )
        skin = faint_skin(look) if closed else press_skin(look)
        ink = look.colour.ink2 if closed else look.colour.ink

        def key(name: str, content: Box, act: str) -> Key:
            return Key(
                look, name, [content], skin, lambda: self._pressed(act), pad=(12, 4, 12, 4), least=height, enabled=not closed
            )

        def digit(character: str) -> Key:
            size = 68.0 if height > 100 else 52.0
            return key(f"digit-{character}", Words(look, character, size, colour=ink, align="center", line=1.2), character)

        word = look.type.button - 2
        clear = key("clear", Words(look, look.say("keypad.clear"), word, colour=ink, align="center", line=1.2), "clear")
        delete_row: list[Box] = [
            Icon(look, "backspace", 56, colour=ink),
            Words(look, look.say("keypad.delete"), word, colour=ink, line=1.2),
        ]
        delete = key("delete", Row(look, delete_row, gap=14, centred=True), "delete")
        keys = [*(digit(str(n)) for n in range(1, 10)), clear, digit("0"), delete]
        grid = Grid(look, keys, across=3, gap=(24, 30 if height > 120 else 20))
        return Column(look, [_Wide(look, grid, 864.0)], across="center")

    def _pressed(self, act: str) -> None:
        if act == "clear":
            self._digits = ""
        elif act == "delete":
            self._digits = self._digits[:-1]
        elif len(self._digits) < self.prompt.length:
            self._digits += act
        self.acting.redraw(False)


class _Digit(Ground):
    """One box of the code."""

    def __init__(self, look: Look, mark: str, wide: float, outline: Colour, border: float) -> None:
        words = Words(look, mark or " ", 56, align="center", line=1.2)
        super().__init__(look, [words], Skin(look.colour.surface, 20.0, outline, border), least=112)
        self._wide = wide

    def wide(self) -> float:
        return self._wide


class _Wide(Layers):
    """Something at a width of its own."""

    def __init__(self, look: Look, child: Box, width: float) -> None:
        super().__init__(look, [child])
        self._width = width

    def wide(self) -> float:
        return self._width

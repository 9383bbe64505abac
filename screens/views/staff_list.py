"""Rows for staff in one card: tests, menus, accounts, stories. Paged, never scrolled."""

from __future__ import annotations

from collections.abc import Callable

from screens.arrangement import Parts
from screens.layout import Box, Column, Frame, Row, Space
from screens.look import Look
from screens.paging import starts
from screens.prompts import Action, Tone
from screens.staff_prompts import Row as Line
from screens.staff_prompts import StaffList
from screens.theme import CLEAR, Colour
from screens.views.view import Acting, View
from screens.widgets.keys import Key, primary, secondary
from screens.widgets.staff_bar import framed, seconds_left
from screens.widgets.surfaces import Rule, Skin, banner, card
from screens.widgets.words import Icon, Words
from screens.wording import t

ICONS = {Tone.INFO: "clock", Tone.OK: "check-circle", Tone.WARN: "warning", Tone.REFUSED: "x-circle"}
PAD = 40.0


def ink_of(look: Look, tone: Tone) -> Colour:
    """The ink in which staff read a state."""
    colour = look.colour
    return {Tone.INFO: colour.ink2, Tone.OK: colour.ok, Tone.WARN: colour.warn, Tone.REFUSED: colour.bad}[tone]


def ground_of(look: Look, tone: Tone) -> Colour:
    """The pale ground of the same."""
    colour = look.colour
    return {Tone.INFO: colour.tint, Tone.OK: colour.ok_tint, Tone.WARN: colour.warn_tint, Tone.REFUSED: colour.bad_tint}[tone]


class StaffListView(View[StaffList]):
    """Answers the name of a row or of an action."""

    silent = True

    def __init__(self, prompt: StaffList, acting: Acting) -> None:
        super().__init__(prompt, acting)
        self._page = 0

    def passing(self) -> int:
        return seconds_left(self.prompt.head, self.acting)

    def parts(self, look: Look) -> Parts:
        prompt = self.prompt
        keys: list[Box] = [self.back(look)]
        keys += [
            secondary(look, each.name, each.label, self._answers(each), icon=each.icon, height=136) for each in prompt.others
        ]
        if prompt.primary is not None:
            main = prompt.primary
            keys.append(primary(look, main.name, main.label, self._answers(main), icon=main.icon, grow=1.0))
        else:
            keys[-1].grow = 1.0
        return framed(look, prompt.head, self.acting, [_Pages(look, self), Space(look, 24), Row(look, keys, gap=24, up="fill")])

    @property
    def first(self) -> int:
        return self._page

    def page(self, first: int) -> None:
        """Turn to the page whose first row is `first`."""
        self._page = first
        self.acting.redraw(True)

    def line(self, look: Look, line: Line) -> Box:
        """One row."""
        words: list[Box] = [Words(look, line.title, look.type.body + 2, line=1.25)]
        if line.sub is not None:
            words += [Space(look, 4), Words(look, line.sub, look.type.caption, colour=look.colour.ink2, line=1.3)]
        below = look.largest and line.state is not None and line.opens
        if below:
            # Beside long words there is no room for it.
            words += [Space(look, 8), Row(look, [self._state(look, line)])]
        boxes: list[Box] = [Icon(look, line.icon, 48)] if line.icon else []
        if not line.icon and line.state is None and not line.opens:
            boxes = [Icon(look, ICONS[line.tone], 40, colour=ink_of(look, line.tone), fill=True)]
        boxes.append(Column(look, words, grow=1.0))
        if line.state is not None and not below:
            boxes.append(self._state(look, line))
        if line.key is not None:
            boxes.append(secondary(look, line.name, line.key, lambda: self.acting.answer(line.name), height=92, size=34))
        if not line.opens:
            return Row(look, boxes, gap=28, pad=(PAD, 20, PAD, 24), least=132 if line.key is not None else 100)
        boxes.append(Icon(look, "caret-right", 40, colour=look.colour.ink2))
        row = Row(look, boxes, gap=28)
        skin = Skin(look.colour.surface, 24.0, CLEAR)
        return Key(look, line.name, [row], skin, lambda: self.acting.answer(line.name), pad=(PAD, 14, PAD, 14), least=112)

    def _state(self, look: Look, line: Line) -> Box:
        ink = ink_of(look, line.tone)
        state = line.state
        assert state is not None
        if not line.icon and line.tone is Tone.INFO:
            return Words(look, state, look.type.body, bold=True, align="right", line=1.3)
        words = Words(look, state, look.type.caption + 2, colour=ink, line=1.3)
        return Row(look, [Icon(look, ICONS[line.tone], 34, colour=ink, fill=line.tone is not Tone.INFO), words], gap=12)

    def _answers(self, action: Action) -> Callable[[], None]:
        return lambda: self.acting.answer(action.name)


class _Pages(Box):
    """As many rows as fit, a turner where there are more, and the note under them."""

    def __init__(self, look: Look, view: StaffListView) -> None:
        super().__init__(look, grow=1.0)
        self._view = view

    def tall(self, width: float) -> float:
        return 0.0

    def place(self, frame: Frame) -> None:
        look, view = self.look, self._view
        prompt = view.prompt
        lines = [view.line(look, line) for line in prompt.rows]
        heights = [line.tall(frame.w) for line in lines]
        note = [Space(look, 28), self._note(look)] if prompt.note is not None else []
        room = frame.h - sum(box.tall(frame.w) for box in note) - 2 * 14
        begins = [0] if sum(heights) + 2 * max(0, len(lines) - 1) <= room else starts(heights, 2.0, room - 140)
        start = max((first for first in begins if first <= view.first), default=0)
        following = next((first for first in begins if first > start), len(lines))
        boxes: list[Box] = []
        if lines:
            shown: list[Box] = []
            for line in lines[start:following]:
                shown += [Column(look, [Rule(look)], pad=(PAD, 0, PAD, 0)), line] if shown else [line]
            boxes.append(card(look, shown, pad=(0, 14, 0, 14)))
        elif prompt.nothing is not None:
            boxes.append(banner(look, "info", prompt.nothing, colour=look.colour.on_tint, ground=look.colour.tint))
        if len(begins) > 1:
            before = max((first for first in begins if first < start), default=None)
            boxes += [Space(look, 28), self._turner(start, following, before)]
        column = Column(look, [*boxes, *note, Space(look, grow=1.0)])
        self.children = [column]
        super().place(frame)
        column.place(frame)
        self.spilled = column.spilled

    def _note(self, look: Look) -> Box:
        assert self._view.prompt.note is not None
        tone, words = self._view.prompt.note
        icon = "info" if tone is Tone.INFO else ICONS[tone]
        ink = look.colour.on_tint if tone is Tone.INFO else ink_of(look, tone)
        return banner(look, icon, words, colour=ink, ground=ground_of(look, tone))

    def _turner(self, start: int, following: int, before: int | None) -> Box:
        look, view = self.look, self._view
        count = len(view.prompt.rows)
        after = following if following < count else None
        back = secondary(
            look, "page-previous", t("page.previous"), lambda: view.page(before or 0), height=112, enabled=before is not None
        )
        on = secondary(look, "page-next", t("page.next"), lambda: view.page(after or 0), height=112, enabled=after is not None)
        where = t("staff.page.rows", first=start + 1, last=following, count=count)
        words = Words(look, where, look.type.caption, colour=look.colour.ink2, align="center", grow=1.0)
        return Row(look, [back, words, on], gap=24)

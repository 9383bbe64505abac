"""The certificate as it will be printed, for a last look: masked, page by page where it is long, unmasked for ten seconds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from screens.arrangement import Actions, Parts, have_room, room_for_body
from screens.fonts import Face
from screens.layout import Box, Column, Frame, Layers, Row, Space
from screens.look import Look
from screens.prompts import CheckAnswer, CheckCertificate, RecordField, Step, TextSize
from screens.views.view import Acting, View
from screens.widgets.art import Art
from screens.widgets.keys import Key, primary, secondary
from screens.widgets.surfaces import Ground, Rule, Skin
from screens.widgets.words import Words
from screens.wording import t


class CheckView(View[CheckCertificate]):
    """Answers whether it is correct. "Correct" can be pressed only on the last page, so everything was on the screen."""

    def __init__(self, prompt: CheckCertificate, acting: Acting) -> None:
        self._page = 0
        self._pages = 1
        self._revealed_until = 0.0
        super().__init__(prompt, acting)

    def passing(self) -> int:
        return self._reveal_left()

    def parts(self, look: Look) -> Parts:
        if look.wide and (whole := self._on_one_page(look)) is not None:
            return whole
        table = _Record(look, self)
        # How many pages there are decides what the primary key says; how tall the keys are decides how many pages there are.
        room = room_for_body(look, self._around(look, Space(look), last=True))
        beside = look.gap(26) + look.gap(28) + self._foot(look).tall(room[0]) + 18
        self._pages = table.pages((room[0], room[1] - beside), self._page)
        self._page = min(self._page, self._pages - 1)
        body = Column(
            look, [Space(look, look.gap(26)), table, Space(look, look.gap(28)), self._foot(look), Space(look, 18, grow=1.0)]
        )
        return self._around(look, body, last=self._page == self._pages - 1)

    def _on_one_page(self, look: Look) -> Parts | None:
        """The whole record on the left and all that may be done on the right; None where it does not fit so."""
        table, ahead = _Record(look, self), self._key(look)
        self._pages, page, self._page = 1, self._page, 0
        fee = Words(look, self.prompt.fee, look.type.caption, colour=look.colour.ink2)
        parts = self._around(look, Column(look, [table, Space(look, grow=1.0)]), last=True)
        parts.head.append(fee)
        parts.actions.ahead = ahead
        if have_room(look, parts) and table.pages(room_for_body(look, parts), 0) == 1:
            return parts
        self._page = page
        return None

    def _around(self, look: Look, body: Box, *, last: bool) -> Parts:
        prompt = self.prompt
        low = 92.0 if look.wide and look.air == 1.0 else 112.0
        head: list[Box] = [Words(look, prompt.title, look.heading, bold=True, line=1.25)]
        if not look.largest:
            head += [Space(look, 6), Words(look, prompt.sub, look.type.body, colour=look.colour.ink2)]
        height = 140.0 if look.largest else 136.0
        if last:
            go = primary(look, "correct", prompt.go, self._correct, icon="printer", height=height)
        else:
            go = primary(look, "page-next", look.say("check.next"), lambda: self._turn(1), icon="arrow-right", height=height)
        wrong = secondary(
            look,
            "wrong",
            look.say("check.wrong"),
            lambda: self.acting.answer(CheckAnswer.WRONG),
            icon="" if look.long_words else "warning-circle",
            height=low,
        )
        leave = self.leave(look, small=True, low=low)
        if self._page:
            leave[0] = secondary(
                look,
                "page-previous",
                look.say("nav.back"),
                lambda: self._turn(-1),
                icon="" if look.long_words else "arrow-left",
                height=low,
            )
        return Parts(body, head, Actions(go, [wrong], leave), Step.CHECK, top=36.0, over=8.0)

    @property
    def revealed(self) -> bool:
        return self._reveal_left() > 0

    def _reveal_left(self) -> int:
        return max(0, math.ceil(self._revealed_until - self.acting.now()))

    def _foot(self, look: Look) -> Box:
        prompt = self.prompt
        key = self._key(look)
        row: list[Box] = [key] if key else []
        where = t("page.of", n=self._page + 1, count=self._pages) if self._pages > 1 else prompt.fee
        row.append(Words(look, where, look.type.caption, colour=look.colour.ink2, align="right" if row else "left", grow=1.0))
        return Row(look, row, gap=24)

    def _key(self, look: Look) -> Key | None:
        """What shows the whole of it, where something is masked."""
        if not self.prompt.reveal_seconds or all(field.full is None for field in self.prompt.fields):
            return None
        left = self._reveal_left()
        label = t("check.hide", seconds=left) if left else t("check.reveal", seconds=self.prompt.reveal_seconds)
        short = look.say("check.hide.short" if left else "check.reveal.short")
        height, size = 96.0 if not look.wide else 88.0, min(look.type.body, 46.0)
        return secondary(look, "reveal", short if look.largest else label, self._reveal, icon="eye", height=height, size=size)

    def _reveal(self) -> None:
        hidden = self._reveal_left() == 0
        self._revealed_until = self.acting.now() + self.prompt.reveal_seconds if hidden else 0.0
        self.passes()  # what is revealed now is drawn at once
        self.acting.redraw(False)

    def _turn(self, by: int) -> None:
        self._page += by
        self.acting.redraw(True)

    def _correct(self) -> None:
        self.acting.answer(CheckAnswer.CORRECT)


class _Record(Ground):
    """The paper with its heading and rows; only the rows of the present page."""

    def __init__(self, look: Look, view: CheckView) -> None:
        self._view = view
        self._look = look
        self._stacked = look.theme.size is not TextSize.STANDARD
        self._size = 28.0 if look.wide and look.theme.size is TextSize.STANDARD else look.type.body
        skin = Skin(look.colour.paper, 14.0, look.colour.line, 2.0 if look.theme.raised else 5.0, shadow=look.theme.shadows)
        self._side = 44.0
        self._starts: list[int] = [0]
        self._rows: list[RecordField] = []
        self._inner = 0.0
        super().__init__(look, [], skin, pad=(self._side, look.gap(32), self._side, 16), centred=False)

    def pages(self, room: tuple[float, float], page: int) -> int:
        """Settle which rows are on which page for a paper of at most (width, height), and fill in `page`."""
        look = self._look
        inner = room[0] - 2 * self._side
        self._inner = inner
        left = room[1] - self._heading().tall(inner) - look.gap(32) - 16
        self._rows = [part for field in self._view.prompt.fields for part in self._parts(field, inner, left - 2)]
        # In Largest the room of the other pages is for the record alone.
        more = self._heading().tall(inner) if look.largest else 0.0
        self._starts = _pages([self._row(field, last=True).tall(inner) + 2 for field in self._rows], left, more)
        self._fill(min(page, len(self._starts) - 1))
        return len(self._starts)

    def _parts(self, field: RecordField, width: float, room: float) -> Iterator[RecordField]:
        """A field as rows that each fit on a page: what is longer than a page goes on on the next, and nothing is left out."""
        value = field.full if field.full is not None and self._view.revealed else field.masked
        if len(value) < 2 or self._row(field, last=True).tall(width) <= room:
            yield field
            return
        half = len(value) // 2
        for part in (value[:half], value[half:]):
            yield from self._parts(RecordField(field.label, part), width, room)

    def _fill(self, page: int) -> None:
        fields = self._rows
        ends = [*self._starts[1:], len(fields)]
        shown = fields[self._starts[page] : ends[page]]
        rows: list[Box] = [] if page and self._look.largest else [self._heading()]
        rows += [self._row(field, last=field is shown[-1]) for field in shown]
        if page == len(self._starts) - 1 and not self._stacked and rows:
            rows[-3:] = [_Sealed(self._look, Column(self._look, rows[-3:]))] if len(rows) > 4 else rows[-3:]
        self.children = rows

    def _heading(self) -> Box:
        look, prompt = self._look, self._view.prompt
        size = 42.0 if not look.largest else 48.0
        name = Words(look, prompt.heading, size, face=Face.SERIF, colour=self._red(), line=1.3)
        number = Words(look, prompt.number, 30 if look.theme.size is TextSize.STANDARD else look.type.caption, line=1.3)
        if self._stacked or name.wide() + 20 + number.wide() > self._inner:
            top: Box = Column(look, [name, Space(look, 4), number])
        else:
            number.grow = 1.0
            number.aligned("right")
            top = Row(look, [name, number], gap=20)
        rules = Column(look, [Rule(look, colour=self._red()), Space(look, 2), Rule(look, colour=self._red())])
        return Column(look, [top, Space(look, look.gap(18)), rules, Space(look, 4)])

    def _red(self) -> tuple[float, float, float, float]:
        look = self._look
        return look.colour.cert if look.theme.shadows else look.colour.bad

    def _row(self, field: RecordField, *, last: bool) -> Box:
        look = self._look
        value = field.full if field.full is not None and self._view.revealed else field.masked
        over = look.gap(12 if not look.wide else 8.5)
        if self._stacked:
            cell: Box = Column(
                look,
                [
                    Words(look, field.label, look.type.caption, colour=look.colour.ink2, line=1.25),
                    Words(look, value, self._size, line=1.3),
                ],
                pad=(0, over, 0, over),
            )
        else:
            label = _Labelled(look, Words(look, field.label, self._size, colour=look.colour.ink2, line=1.4), self._label_width())
            cell = Row(
                look, [label, Words(look, value, self._size, line=1.4, grow=1.0)], gap=40, up="top", pad=(0, over, 0, over)
            )
        return cell if last else Column(look, [cell, Rule(look)])

    def _label_width(self) -> float:
        look = self._look
        return max(look.ink.width(look.say(field.label), Face.REGULAR, self._size) for field in self._view.prompt.fields)


class _Labelled(Column):
    """A label as wide as the widest of its column."""

    def __init__(self, look: Look, words: Words, width: float) -> None:
        super().__init__(look, [words])
        self._wide = math.ceil(width) + 2

    def wide(self) -> float:
        return self._wide


class _Sealed(Box):
    """The last rows with the place of the seal over their right end."""

    def __init__(self, look: Look, rows: Column) -> None:
        super().__init__(look)
        self._rows = rows
        note = Words(look, look.say("check.seal"), 28, colour=look.colour.bad, align="center", line=1.3)
        # In high contrast the rules under it are as bright as its words.
        ground = [] if look.theme.raised else [Ground(look, [], Skin(look.colour.paper, 75.0))]
        self._seal = Layers(look, [*ground, Art(look, "seal", 150), Column(look, [note], centred=True)])
        self.children = [rows, self._seal]

    def tall(self, width: float) -> float:
        return self._rows.tall(width)

    def place(self, frame: Frame) -> None:
        super().place(frame)
        self._rows.place(frame)
        self._seal.place(Frame(frame.x + frame.w - 146, frame.y + frame.h - 172, 150, 150))


def _pages(heights: Sequence[float], room: float, more: float) -> list[int]:
    """Where the pages begin; all but the first have `more` room."""
    starts, used = [0], 0.0
    for index, height in enumerate(heights):
        if index > starts[-1] and used + height > room:
            room += more if len(starts) == 1 else 0.0
            starts.append(index)
            used = 0.0
        used += height
    return starts

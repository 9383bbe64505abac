"""Which one? Cards to choose from, paged and never scrolled; what cannot be chosen says why."""

from __future__ import annotations

from screens.arrangement import Actions, Parts
from screens.layout import Box, Column, Frame, Row, Space
from screens.look import Look, Shape
from screens.paging import starts as page_starts
from screens.prompts import ChooseOne, Option, OptionState, TextSize
from screens.views.view import Acting, View, heading, person
from screens.widgets.art import Art
from screens.widgets.keys import Key, press_skin, primary, secondary
from screens.widgets.surfaces import Ground, Orb, Skin, card, chip, panel
from screens.widgets.words import Icon, Words
from screens.wording import Text, t, verbatim

LONGEST = 120
"""Characters of a line on a card."""

FEW = 2
"""More cards than these are narrower, so that fewer pages have to be turned."""


class ChooseView(View[ChooseOne]):
    """Answers the name of the chosen option."""

    def __init__(self, prompt: ChooseOne, acting: Acting) -> None:
        super().__init__(prompt, acting)
        self._chosen = prompt.preselected
        self._page = 0

    def replaced(self, prompt: ChooseOne) -> None:
        super().replaced(prompt)
        if self._chosen not in {option.name for option in prompt.options}:
            self._chosen = None
        self._page = min(self._page, len(prompt.options) - 1)

    def parts(self, look: Look) -> Parts:
        prompt = self.prompt
        head = heading(look, prompt.title)
        # In Largest the room is for what there is to choose from.
        if prompt.person is not None and not (look.largest and prompt.go is not None and len(prompt.options) > 1):
            mark = chip(look, "check-circle", look.say("choose.ok"))
            head += [Space(look, look.gap(18)), person(look, verbatim(_short(look, prompt.person)), mark)]
        leave = self.leave(look)
        actions = Actions(leave=leave)
        if prompt.go is not None:
            actions.primary = primary(
                look,
                "go",
                prompt.go,
                self._go,
                icon="arrow-right",
                enabled=self._chosen is not None,
                height=144 if look.largest else 136,
            )
        return Parts(_Pages(look, self), head, actions, prompt.step, upper=self._summary(look) if look.low else None)

    def page(self, first: int) -> None:
        """Turn to the page whose first option is `first`."""
        self._page = first
        self.acting.redraw(True)

    @property
    def first(self) -> int:
        return self._page

    def card(self, look: Look, index: int) -> Box:
        """The card of option `index`."""
        option = self.prompt.options[index]
        selected = option.name == self._chosen
        ready = option.state is OptionState.READY
        pressable = ready and self.prompt.go is not None
        content = self._content(look, option, selected)
        many = len(self.prompt.options) > FEW
        narrow = many or look.low or look.wide or look.theme.size is not TextSize.STANDARD
        side, over = (34, 24 if look.wide or (look.low and many) else 30) if narrow else (48, 49)
        pad = (side, look.gap(over), side, look.gap(over))
        if not pressable:
            skin = Skin(look.colour.surface, 28.0, look.colour.line, look.theme.border)
            return Ground(look, [content], skin, pad=pad)
        return Key(
            look,
            f"option-{index + 1}",
            [content],
            press_skin(look, selected=selected),
            lambda: self._choose(option.name),
            pad=pad,
            on=selected,
        )

    def _summary(self, look: Look) -> Box:
        """The chosen one in full, where the cards themselves have little room; and the note."""
        if look.wide:
            note = self._note(look) if look.air > 0.5 else None
            return Column(look, [note] if note else [], centred=True)
        boxes: list[Box] = [Space(look, look.gap(28))]
        chosen = next((option for option in self.prompt.options if option.name == self._chosen), None)
        if chosen is not None:
            mark = chip(
                look, "check", look.say("choose.selected"), colour=look.colour.on_tint, ground=look.colour.tint, fill=False
            )
            lines: list[Box] = [Row(look, [mark])]
            for index, line in enumerate(chosen.lines):
                size, ink = (look.type.body_l, look.colour.ink) if index == 0 else (look.type.body, look.colour.ink2)
                lines += [Space(look, look.gap(14)), Words(look, _short(look, line), size, colour=ink, line=1.4)]
            row: list[Box] = [Column(look, lines, centred=True, grow=1.0)]
            if look.art and look.theme.raised and not look.largest:
                row.insert(0, Art(look, "book", 190))
            boxes.append(card(look, [Row(look, row, gap=50)], pad=(44, look.gap(34), 44, look.gap(34)), grow=1.0))
        note = self._note(look) if look.air > 0.5 or chosen is None else None
        if note:
            boxes += [Space(look, look.gap(28)), note]
        return Column(look, [*boxes, Space(look, 1)])

    def note(self, look: Look) -> Box | None:
        """What is said under the cards; in low reach it stands above."""
        return None if look.low else self._note(look)

    def _note(self, look: Look) -> Box | None:
        if self.prompt.note is None:
            return None
        words = Words(look, self.prompt.note, look.type.body, colour=look.colour.ink2, grow=1.0)
        row = Row(look, [Icon(look, "info", 44, colour=look.colour.ink2, fill=True), words], gap=24)
        return panel(look, [row], pad=(36, look.gap(28), 36, look.gap(28)))

    def _content(self, look: Look, option: Option, selected: bool) -> Box:
        colour = look.colour
        if look.low:
            return self._brief(look, option, selected)
        faint = option.state is OptionState.CLOSED and self.prompt.go is not None
        ink = colour.ink2 if faint else colour.ink
        title = Words(look, _short(look, option.title), look.type.h2, bold=True, colour=ink, line=1.3, grow=1.0)
        top: list[Box] = [title]
        # The certificate's number is not torn for a picture.
        plain = look.largest or (look.shape is Shape.SQUARE and look.theme.size is not TextSize.STANDARD)
        if plain:
            top.insert(0, Icon(look, option.icon, round(look.type.h2 * 1.1), colour=ink))
        if (mark := self._chip(look, option, selected)) is not None:
            top.append(mark)
        lines: list[Box] = [Row(look, top, gap=16, up="top")]
        for index, line in enumerate(option.lines):
            size = look.type.body_l if index == 0 else look.type.body
            shade = ink if index == 0 else colour.ink2
            lines += [
                Space(look, look.gap({0: 12, 1: 14}.get(index, 4))),
                Words(
                    look,
                    _short(look, line),
                    size,
                    colour=shade,
                    bold=look.largest and index == 0,
                    line=1.4 if not look.largest else 1.32,
                ),
            ]
        if option.why is not None:
            why = Words(look, option.why, look.type.body, colour=colour.warn, line=1.4, grow=1.0)
            lines += [
                Space(look, look.gap(14)),
                Row(
                    look, [Icon(look, "info", round(look.type.body * 1.2), colour=colour.warn, fill=True), why], gap=14, up="top"
                ),
            ]
        if plain or look.art < 0.6:
            return Column(look, lines)
        orb = (
            Orb(look, option.icon, 108, colour=colour.on_primary, ground=colour.primary)
            if selected
            else Orb(look, option.icon, 108, colour=colour.ink2 if faint else None, ground=colour.sunk if faint else None)
        )
        return Row(look, [orb, Column(look, lines, grow=1.0)], gap=34, up="top")

    def _brief(self, look: Look, option: Option, selected: bool) -> Box:
        """What a narrow card says: which one, and whether it can be printed."""
        mark = self._chip(look, option, selected)
        ink = look.colour.ink2 if option.state is OptionState.CLOSED else look.colour.ink
        title = Words(look, _short(look, option.title), look.type.h2, bold=True, colour=ink, line=1.3)
        name: Box = title
        if look.air >= 1.0 and not look.wide and not look.largest and option.why is None:
            title.grow = 1.0
            shades = (look.colour.on_primary, look.colour.primary) if selected else (None, None)
            name = Row(look, [Orb(look, option.icon, 72, colour=shades[0], ground=shades[1]), title], gap=20)
        lines: list[Box] = [name]
        if mark is not None and any(each.why for each in self.prompt.options):
            name.grow = 1.0
            lines = [Row(look, [name, mark], gap=16)]
        elif mark is not None:
            lines += [Space(look, look.gap(8)), Row(look, [mark])]
        told = option.why or (option.lines[0] if option.lines else None)
        if told is not None:
            shade = look.colour.warn if option.why else look.colour.ink2
            lines += [Space(look, look.gap(10)), Words(look, _short(look, told), look.type.caption, colour=shade, line=1.35)]
        return Column(look, lines, centred=True)

    def _chip(self, look: Look, option: Option, selected: bool) -> Box | None:
        colour = look.colour
        if selected:
            return chip(look, "check", look.say("choose.selected"), colour=colour.on_primary, ground=colour.primary, fill=False)
        if option.chip is None:
            return None
        if option.state is OptionState.READY:
            return chip(look, "check-circle", option.chip)
        if option.state is OptionState.DONE:
            return chip(look, "check-circle", option.chip, colour=colour.on_tint, ground=colour.tint)
        return chip(look, "info", option.chip, colour=colour.warn, ground=colour.warn_tint)

    def _choose(self, name: str) -> None:
        self._chosen = name
        self.acting.redraw(False)

    def _go(self) -> None:
        if self._chosen is not None:
            self.acting.answer(self._chosen)


class _Pages(Box):
    """As many cards as fit, a turner where there are more, and the note at the foot."""

    def __init__(self, look: Look, view: ChooseView) -> None:
        super().__init__(look, grow=1.0)
        self._view = view
        self._column: Column | None = None

    def place(self, frame: Frame) -> None:
        look, view = self.look, self._view
        count = len(view.prompt.options)
        gap = look.gap(36 if count <= FEW and not look.wide else 28)
        top = look.gap(40) if not look.low and not look.wide else 4.0
        across = 2 if look.low and count > 1 and not any(option.why for option in view.prompt.options) else 1
        cards = [view.card(look, index) for index in range(count)]
        rows = [_row(look, cards[index : index + across], across) for index in range(0, count, across)]
        heights = [row.tall(frame.w) for row in rows]
        everything = sum(heights) + gap * max(0, len(rows) - 1)
        room = frame.h - top - 14
        note = view.note(look)
        foot = note.tall(frame.w) + 20 if note else 0.0
        if (look.largest or look.wide) and view.prompt.go is not None and everything <= room < everything + foot:
            # It gives way where all cards stand on one page without it.
            note, foot = None, 0.0
        row_starts = [0]
        if everything + foot > room:
            # What is said under the cards is said when all of them were seen.
            heights[-1] += foot
            row_starts = page_starts(heights, gap, room - (100 if look.wide else 112) - gap)
        starts = [first * across for first in row_starts]
        start = max((first for first in starts if first <= view.first), default=0)
        following = next((first for first in starts if first > start), count)
        boxes: list[Box] = [Space(look, top)]
        for row in rows[start // across : -(-following // across)]:
            boxes += [row, Space(look, gap)]
        if len(starts) > 1:
            before = max((first for first in starts if first < start), default=None)
            boxes.append(self._turner(start, following, count, before, following if following < count else None))
        boxes.append(Space(look, grow=1.0))
        if note and following == count:
            boxes += [note, Space(look, 14)]
        self._column = Column(look, boxes)
        self.children = [self._column]
        self.spilled = False
        super().place(frame)
        self._column.place(frame)

    def tall(self, width: float) -> float:
        return 0.0

    def _turner(self, start: int, following: int, count: int, before: int | None, after: int | None) -> Box:
        look, view = self.look, self._view
        back = secondary(
            look,
            "page-previous",
            look.say("page.previous"),
            lambda: view.page(before or 0),
            height=112,
            enabled=before is not None,
        )
        on = secondary(
            look, "page-next", look.say("page.next"), lambda: view.page(after or 0), height=112, enabled=after is not None
        )
        one = following - start == 1
        where = (
            t("page.option", n=following, count=count) if one else t("page.options", first=start + 1, last=following, count=count)
        )
        words = Words(look, where, look.type.caption, colour=look.colour.ink2, align="center", grow=1.0)
        return Row(look, [back, words, on], gap=24)


def _short(look: Look, text: Text) -> str:
    """Enough to know it again: the whole of it is on the page to check."""
    said = look.say(text)
    return said if len(said) <= LONGEST else said[: LONGEST - 1] + "…"


def _row(look: Look, cards: list[Box], across: int) -> Box:
    """Cards side by side, equally wide; a last one alone leaves the place beside it empty."""
    if across == 1:
        return cards[0]
    for card_ in cards:
        card_.grow = 1.0
    rest = [Space(look, grow=1.0)] if len(cards) < across else []
    return Row(look, [*cards, *rest], gap=24, up="fill")

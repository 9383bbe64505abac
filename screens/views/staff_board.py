"""The dashboard: the blanks at a glance, today, the account, the devices, the newest entries, and what to do."""

from __future__ import annotations

from collections.abc import Callable

from screens.arrangement import Parts
from screens.layout import Box, Column, Frame, Grid, Row, Space
from screens.look import Look, Shape
from screens.prompts import Action, Tone
from screens.staff_prompts import Entry, Gauge, StaffBoard, Tile
from screens.theme import CLEAR
from screens.views.staff_list import ICONS, ground_of, ink_of
from screens.views.view import View
from screens.widgets.keys import Key, primary, secondary
from screens.widgets.staff_bar import framed, plain, seconds_left
from screens.widgets.surfaces import Rule, Skin, card, chip, paint_skin
from screens.widgets.words import Icon, Words
from screens.wording import Text, t, verbatim

_BLANKS = 387.0
"""Width that a landscape screen leaves for what is said of the blanks."""


class StaffBoardView(View[StaffBoard]):
    """Answers the name of what was pressed."""

    silent = True

    def passing(self) -> int:
        return seconds_left(self.prompt.head, self.acting)

    def parts(self, look: Look) -> Parts:
        look = plain(look)
        gap, alert = look.gap(20), self._alert(look)
        blanks, today, account, recent = self._blanks(look), self._today(look), self._account(look), self._recent(look)
        tiles = Grid(look, [self._tile(look, tile) for tile in self.prompt.tiles], across=4, gap=(20, look.gap(18)))
        keys, leave = self._keys(look), self._leave(look)
        boxes: list[Box]
        match look.shape:
            case Shape.PORTRAIT:
                top = Row(look, [blanks, today], gap=24, up="fill")
                boxes = [*alert, top, account, tiles, recent, Space(look, grow=1.0), keys, leave]
            case Shape.LANDSCAPE:
                left = Column(look, [Row(look, [blanks, today], gap=24, up="fill"), account], gap=gap, grow=1.0)
                right = Column(look, [tiles, recent], gap=gap, grow=1.0)
                keys.grow = leave.grow = 1.0
                columns = Row(look, [left, right], gap=28, up="top", grow=1.0)
                boxes = [*alert, columns, Row(look, [keys, leave], gap=28, up="fill")]
            case Shape.SQUARE:
                recent.grow = 1.3
                top = Row(look, [blanks, today, recent], gap=20, up="fill")
                boxes = [*alert, top, account, tiles, Space(look, grow=1.0), keys, leave]
        return framed(look, self.prompt.head, self.acting, [Column(look, boxes, gap=gap, grow=1.0)])

    # ---- the blanks -----------------------------------------------------------------------------------------------------

    def _alert(self, look: Look) -> list[Box]:
        if self.prompt.alert is None:
            return []
        ink = look.colour.bad
        row = Row(
            look,
            [
                Icon(look, "warning", 48, colour=ink, fill=True),
                Words(look, self.prompt.alert, look.type.body, bold=True, colour=ink, line=1.3, grow=1.0),
                Icon(look, "caret-right", 40, colour=ink),
            ],
            gap=24,
        )
        skin = Skin(look.colour.bad_tint, 24.0, ink, look.theme.border + 1)
        return [Key(look, "alert", [row], skin, self._answers("alert"), pad=(32, 12, 32, 12), least=96)]

    def _blanks(self, look: Look) -> Box:
        prompt = self.prompt
        title = Words(look, t("staff.blanks"), 36, bold=True, line=1.3, grow=1.0)
        boxes: list[Box] = [title]
        # A square screen has room for one of the two: how long they last, or that they are low.
        if prompt.blanks is not None and not (look.shape is Shape.SQUARE and prompt.low):
            tone, said = prompt.blanks
            lasts = chip(look, ICONS[tone], said, colour=ink_of(look, tone), ground=ground_of(look, tone))
            narrow = look.wide and title.wide() + 16 + lasts.wide() > _BLANKS
            boxes = [title, Space(look, look.gap(12)), Row(look, [lasts])] if narrow else [Row(look, [title, lasts], gap=16)]
        for gauge in prompt.gauges:
            boxes += [Space(look, look.gap(22)), self._gauge(look, gauge)]
        if prompt.low is not None:
            ink = look.colour.warn
            row: list[Box] = [
                Icon(look, "warning", 34, colour=ink, fill=True),
                Words(look, prompt.low, look.type.caption, colour=ink, line=1.3, grow=1.0),
            ]
            boxes += [Space(look, look.gap(22)), Row(look, row, gap=14)]
        return card(look, [Column(look, boxes, grow=1.0)], pad=(36, look.gap(32), 36, look.gap(32)), grow=1.13)

    def _gauge(self, look: Look, gauge: Gauge) -> Box:
        count = Row(
            look,
            [
                Words(look, str(gauge.count), 50, bold=True, line=1.2),
                Words(look, t("staff.of", n=gauge.capacity), look.type.caption, colour=look.colour.ink2, line=1.2),
            ],
            gap=8,
        )
        name = Words(look, gauge.name, 32, line=1.3, grow=1.0)
        return Column(look, [Row(look, [name, count]), Space(look, look.gap(8)), _Bar(look, gauge)])

    def _today(self, look: Look) -> Box:
        prompt = self.prompt
        count = Row(
            look,
            [
                Words(
                    look, str(prompt.printed_today), 68 if look.shape is Shape.SQUARE else look.type.numeral, bold=True, line=1.1
                ),
                Words(look, t("staff.today.printed"), 32, colour=look.colour.ink2, line=1.2),
            ],
            gap=16,
        )
        boxes: list[Box] = [Words(look, t("staff.today"), 36, bold=True, line=1.3), count, Space(look, look.gap(14))]
        for index, (label, value) in enumerate(prompt.figures):
            line: list[Box] = [
                Words(look, label, 30, colour=look.colour.ink2, line=1.3, grow=1.0),
                Words(look, value, 30, line=1.3),
            ]
            boxes += [Rule(look)] if index else []
            boxes.append(Row(look, line, pad=(0, look.gap(12), 0, look.gap(12))))
        return card(look, [Column(look, boxes, grow=1.0)], pad=(36, look.gap(32), 36, look.gap(16)), grow=1.0)

    def _account(self, look: Look) -> Box:
        account, colour = self.prompt.account, look.colour
        tone = Tone.OK if account.balanced else Tone.REFUSED
        said = t("staff.account.holds") if account.balanced else t("staff.account.fails")
        head = Row(
            look,
            [
                Words(look, t("staff.account"), 36, bold=True, line=1.3, grow=1.0),
                chip(look, ICONS[tone], said, colour=ink_of(look, tone), ground=ground_of(look, tone)),
            ],
            gap=16,
        )
        counted: Text = verbatim("—") if account.counted is None else verbatim(str(account.counted))
        agrees = account.counted is not None and account.counted == account.expected
        mark = Icon(look, "check" if agrees else "info", 40, colour=colour.ok if agrees else colour.ink2)
        sum_ = Row(
            look,
            [
                self._figure(look, verbatim(str(account.received)), "staff.account.in"),
                *_between(look, Words(look, "−", 44, colour=colour.ink2, line=1.2)),
                self._figure(look, verbatim(str(account.printed)), "staff.account.out"),
                *_between(look, Words(look, "−", 44, colour=colour.ink2, line=1.2)),
                self._figure(look, verbatim(str(account.void)), "staff.account.void"),
                *_between(look, Words(look, "=", 44, colour=colour.ink2, line=1.2)),
                self._figure(look, verbatim(str(account.expected)), "staff.account.expected"),
                *_between(look, mark),
                self._figure(look, counted, "staff.account.counted"),
            ],
        )
        flat = not look.theme.raised
        skin = Skin(
            colour.surface, 32.0, colour.line if flat else CLEAR, look.theme.border if flat else 0.0, shadow=look.theme.shadows
        )
        return Key(
            look,
            "account",
            [head, Space(look, look.gap(20)), sum_],
            skin,
            self._answers("account"),
            pad=(36, look.gap(26), 36, look.gap(26)),
        )

    def _figure(self, look: Look, number: Text, label: str) -> Box:
        words = [
            Words(look, number, 52, bold=True, align="center", line=1.15),
            Words(look, t(label), look.type.caption, colour=look.colour.ink2, align="center", line=1.25),
        ]
        return Column(look, words)

    # ---- devices and entries --------------------------------------------------------------------------------------------

    def _tile(self, look: Look, tile: Tile) -> Key:
        ink = ink_of(look, tile.tone)
        state = Icon(look, ICONS[tile.tone], 38, colour=ink, fill=tile.tone is not Tone.INFO)
        bad = tile.tone in (Tone.WARN, Tone.REFUSED)
        words: list[Box] = [
            Words(look, tile.title, 31, line=1.25),
            Words(look, tile.fact, look.type.caption, colour=ink if bad else look.colour.ink2, line=1.25),
        ]
        if look.shape is Shape.SQUARE:
            boxes: list[Box] = [Row(look, [Column(look, words, grow=1.0), state], gap=12)]
        else:
            boxes = [Row(look, [Icon(look, tile.icon, 44), Space(look, grow=1.0), state]), Space(look, look.gap(16)), *words]
        flat = not look.theme.raised
        border = 4.0 if bad else look.theme.border if flat else 0.0
        skin = Skin(look.colour.surface, 28.0, ink if bad else look.colour.line, border, shadow=look.theme.shadows)
        return Key(look, tile.name, boxes, skin, self._answers(tile.name), pad=(24, look.gap(22), 18, look.gap(22)))

    def _recent(self, look: Look) -> Box:
        more: list[Box] = [
            Words(look, t("staff.recent"), 36, bold=True, line=1.3, grow=1.0),
            Words(look, t("staff.all"), 32, colour=look.colour.on_tint, line=1.3),
            Icon(look, "caret-right", 36, colour=look.colour.on_tint),
        ]
        boxes: list[Box] = [Row(look, more, gap=12)]
        for index, entry in enumerate(self.prompt.recent[: 3 if look.art > 0.5 else 2 if look.shape is Shape.SQUARE else 1]):
            boxes += [Rule(look)] if index else []
            boxes.append(_entry(look, entry))
        if not self.prompt.recent:
            boxes.append(Words(look, t("staff.recent.none"), 30, colour=look.colour.ink2))
        flat = not look.theme.raised
        border = look.theme.border if flat else 0.0
        skin = Skin(look.colour.surface, 32.0, look.colour.line if flat else CLEAR, border, shadow=look.theme.shadows)
        return Key(look, "journal", boxes, skin, self._answers("journal"), pad=(36, look.gap(28), 28, look.gap(20)))

    # ---- keys -----------------------------------------------------------------------------------------------------------

    def _keys(self, look: Look) -> Box:
        return Grid(look, [self._key(look, action) for action in self.prompt.keys], across=4, gap=(20, 18))

    def _key(self, look: Look, action: Action) -> Key:
        words = Words(look, action.label, 32, align="center", line=1.3)
        icon: list[Box] = [Row(look, [Icon(look, action.icon, 44)], centred=True), Space(look, look.gap(8))]
        mark = [*icon, words] if look.shape is not Shape.SQUARE else [words]
        key = secondary(look, action.name, "", self._answers(action.name))
        key.children = [Column(look, mark)]
        return key

    def _leave(self, look: Look) -> Box:
        main, height = self.prompt.primary, 92.0 if look.shape is Shape.SQUARE else 112.0
        keys: list[Box] = [
            primary(look, main.name, main.label, self._answers(main.name), icon=main.icon, height=height, grow=1.0),
            *(
                secondary(look, each.name, each.label, self._answers(each.name), icon=each.icon, height=height, size=34)
                for each in self.prompt.others
            ),
        ]
        return Row(look, keys, gap=20, up="fill")

    def _answers(self, name: str) -> Callable[[], None]:
        return lambda: self.acting.answer(name)


def _between(look: Look, sign: Box) -> list[Box]:
    """A sign of the sum, as far from one figure as from the next."""
    return [Space(look, grow=1.0), sign, Space(look, grow=1.0)]


def _entry(look: Look, entry: Entry) -> Box:
    icon = "user-circle" if entry.tone is Tone.INFO else ICONS[entry.tone]
    return Row(
        look,
        [
            Icon(look, icon, 34, colour=ink_of(look, entry.tone), fill=True),
            Words(look, entry.time, 30, colour=look.colour.ink2, line=1.3),
            Words(look, entry.words, 30, line=1.3, grow=1.0),
        ],
        gap=20,
        pad=(0, look.gap(14), 0, look.gap(14)),
    )


class _Bar(Box):
    """How full a bin is, with the mark below which it should be filled."""

    def __init__(self, look: Look, gauge: Gauge) -> None:
        super().__init__(look)
        self._gauge = gauge

    def tall(self, width: float) -> float:
        return 36.0

    def paint(self) -> None:
        gauge, look, frame = self._gauge, self.look, self.frame
        track = Frame(frame.x, frame.y + 4, frame.w, 28)
        part = min(1.0, gauge.count / max(1, gauge.capacity))
        fill = look.colour.warn if gauge.count <= gauge.low else look.colour.primary
        border = (look.colour.outline, 3.0) if not look.theme.raised else (CLEAR, 0.0)
        paint_skin(self.canvas.before, track, Skin(look.colour.sunk, 14.0, *border), look.height)
        if gauge.count:
            paint_skin(self.canvas.before, Frame(track.x, track.y, max(28.0, track.w * part), 28), Skin(fill, 14.0), look.height)
        tick = Frame(frame.x + frame.w * min(1.0, gauge.low / max(1, gauge.capacity)) - 2, frame.y, 4, 36)
        paint_skin(self.canvas.before, tick, Skin(look.colour.warn, 1.0), look.height)

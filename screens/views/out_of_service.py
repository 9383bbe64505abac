"""The home screen while certificates cannot be printed: why, until when, where to go instead, what still works."""

from __future__ import annotations

from screens.arrangement import Parts
from screens.layout import Box, Column, Grid, Layers, Row, Space
from screens.look import Look
from screens.prompts import STAFF, Offer, OutOfService
from screens.views.view import View
from screens.widgets.art import Art
from screens.widgets.keys import Key, press_skin
from screens.widgets.surfaces import Orb, Rule, card, chip
from screens.widgets.words import Icon, Words

_ICONS = {
    "clock": "clock",
    "door": "door",
    "left": "certificate",
    "paused.closing": "clock",
    "platform": "wifi-slash",
    "power": "plugs",
    "printer": "printer",
    "reader": "identification-card",
    "unknown": "certificate",
}
"""What is in the way; a wrench stands for the rest."""
_BLANKS = ("blanks", "paused.refill")


class OutOfServiceView(View[OutOfService]):
    """Answers an offer's name; leaves by itself when the journey withdraws it."""

    def knocked(self) -> None:
        self.acting.answer(STAFF)

    def parts(self, look: Look) -> Parts:
        told, rest = self._told(look), self._rest(look)
        if look.low and not look.wide:
            return Parts(Column(look, [*rest, Space(look, grow=1.0)]), upper=told)
        if look.wide:
            body: Box = Row(
                look, [Column(look, [told], grow=1.0), Column(look, self._sided(look, rest), grow=1.0)], gap=40, up="fill"
            )
            told.grow = 1.0
            return Parts(body, whole=True, top=0.0)
        return Parts(
            Column(look, [told, Space(look, look.gap(40)), *rest, Space(look, 28, grow=1.0)]), whole=True, top=look.gap(40)
        )

    @staticmethod
    def _sided(look: Look, rest: list[Box]) -> list[Box]:
        free = Space(look, grow=1.0)
        return [free, *rest] if look.low else [*rest, free]

    def _told(self, look: Look) -> Box:
        prompt, colour = self.prompt, look.colour
        why = prompt.reason.key.removeprefix("oos.reason.")
        boxes: list[Box] = []
        if look.art and why not in _BLANKS:
            boxes.append(Orb(look, _ICONS.get(why, "wrench"), round(200 * look.art), colour=colour.warn, ground=colour.warn_tint))
        elif look.art:
            orb = Orb(look, "tray-arrow-down", 128, colour=colour.warn, ground=colour.warn_tint)
            boxes.append(Layers(look, [Art(look, "blanks-missing", 480), Column(look, [orb], across="center", centred=True)]))
        boxes += [
            Space(look, look.gap(34)),
            Words(look, look.say("oos.title"), look.heading, bold=True, line=1.25, align="center"),
            Space(look, look.gap(14)),
            Words(look, prompt.reason, look.type.body_l, colour=colour.ink2, align="center"),
        ]
        if prompt.eta is not None:
            boxes += [
                Space(look, look.gap(30)),
                chip(
                    look,
                    "clock",
                    prompt.eta,
                    colour=colour.warn,
                    ground=colour.warn_tint,
                    size=max(36.0, look.type.caption),
                    pad=(34, 12),
                    fill=False,
                ),
            ]
        return card(look, boxes, pad=(56, look.gap(64), 56, look.gap(64)), across="center")

    def _rest(self, look: Look) -> list[Box]:
        boxes: list[Box] = []
        if self.prompt.alternatives:
            boxes += [self._heading(look, "oos.can"), Space(look, look.gap(18))]
            rows: list[Box] = []
            for alternative in self.prompt.alternatives:
                if rows:
                    rows.append(Rule(look))
                words = Words(look, alternative, look.type.body_l, bold=True, grow=1.0)
                rows.append(Row(look, [Orb(look, "user-circle", 88), words], gap=30, pad=(0, look.gap(28), 0, look.gap(28))))
            boxes += [card(look, rows, pad=(44, 12, 44, 12)), Space(look, look.gap(38))]
        if self.prompt.offers:
            boxes += [self._heading(look, "oos.still"), Space(look, look.gap(18))]
            count = len(self.prompt.offers)
            across = 1 if look.largest else min(count, 2 if look.wide else 4)
            tiles = [self._tile(look, offer, upright=across > 2) for offer in self.prompt.offers]
            if look.wide and any(tile.wide() > (look.width - 2 * look.margin - 80) / 4 for tile in tiles):
                across = 1
            boxes.append(Grid(look, tiles, across=across, gap=(20, 28)))
        return boxes

    def _heading(self, look: Look, key: str) -> Box:
        return Words(look, look.say(key), look.type.h2, bold=True, line=1.3)

    def _tile(self, look: Look, offer: Offer, *, upright: bool) -> Key:
        mark: Box = Icon(look, offer.icon, 64, colour=look.colour.primary) if look.largest else Orb(look, offer.icon, 84)
        if upright:
            title = Words(look, offer.title, look.type.body, align="center", line=1.25)
            content: list[Box] = [Column(look, [Row(look, [mark], centred=True), Space(look, 16), title])]
        else:
            content = [Row(look, [mark, Words(look, offer.title, look.type.h2, bold=True, line=1.25, grow=1.0)], gap=24)]
        return Key(
            look,
            f"offer-{offer.name}",
            content,
            press_skin(look),
            lambda: self.acting.answer(offer.name),
            pad=(16 if upright else 32, 16, 16, 16),
            least=196 if upright else 144,
        )

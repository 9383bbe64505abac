"""Card on the reader or code before the camera: shows the machine, then the hand."""

from __future__ import annotations

from screens.arrangement import Actions, Parts
from screens.layout import Box, Column, Layers, Row, Space
from screens.look import Look, Shape
from screens.prompts import Identify, IdentifyAnswer, SlotState, Step
from screens.views.view import View, heading, person
from screens.widgets.art import Art
from screens.widgets.keys import Key, secondary
from screens.widgets.surfaces import banner, card, chip
from screens.widgets.words import Icon, Words

_SINK = [(0.6, 96.0, 1.0), (0.9, 96.0, 1.0), (0.5, 0.0, 1.0), (0.4, 0.0, 1.0)]
"""The card goes down onto the frame, lies there, is lifted, and again (2400 ms)."""
_PULSE = [(0.8, 0.0, 0.35), (0.8, 0.0, 1.0)]


class IdentifyView(View[Identify]):
    """Answered by the devices; only "another way" is a key of its own."""

    def parts(self, look: Look) -> Parts:
        prompt = self.prompt
        boxes: list[Box] = [Space(look, look.gap(34))]
        if prompt.person is not None:
            proven = "id.card.done" if prompt.card is SlotState.DONE else "id.code.done"
            boxes += [person(look, prompt.person, chip(look, "check-circle", look.say(proven))), Space(look, look.gap(24))]
        if prompt.trouble is not None:
            boxes += [
                banner(look, "warning-circle", prompt.trouble, colour=look.colour.warn, ground=look.colour.warn_tint),
                Space(look, look.gap(24)),
            ]
        card_first = prompt.card not in (SlotState.HIDDEN, SlotState.DONE)
        if card_first:
            boxes.append(self._card(look))
        if prompt.code not in (SlotState.HIDDEN, SlotState.DONE):
            if card_first:
                boxes.append(Space(look, look.gap(28)))
            boxes.append(self._code(look, alone=not card_first))
        if prompt.privacy is not None:
            words = Words(look, prompt.privacy, max(28, look.type.body - 4), colour=look.colour.ink2, grow=1.0)
            mark = Icon(look, "shield-check", 46, colour=look.colour.ok, fill=True)
            boxes += [Space(look, look.gap(30)), Row(look, [mark, words], gap=22, up="top")]
        boxes.append(Space(look, grow=1.0))
        others: list[Key] = []
        if prompt.other_way is not None:
            others.append(
                secondary(
                    look,
                    "other-way",
                    prompt.other_way,
                    lambda: self.acting.answer(IdentifyAnswer.OTHER_WAY),
                    icon="device-mobile",
                )
            )
        return Parts(
            body=Column(look, boxes),
            head=heading(look, prompt.title, prompt.sub),
            actions=Actions(others=others, leave=self.leave(look)),
            step=Step.VERIFY,
        )

    def _card(self, look: Look) -> Box:
        """The terminal with the reader lit, and the card that sinks onto it."""
        reading = self.prompt.card is SlotState.READING
        where = "id.reading" if reading else "id.where"
        note = chip(
            look,
            "identification-card" if reading else "hand-pointing",
            look.say(where),
            colour=look.colour.ok if reading else look.colour.on_tint,
            ground=look.colour.ok_tint if reading else look.colour.tint,
            fill=False,
        )
        if not look.art:
            return card(look, [Row(look, [Icon(look, "identification-card", 64), note], gap=24)], pad=(40, 24, 40, 24))
        machine = Layers(look, [Art(look, "terminal-reader", 220), Art(look, "halo-reader", 220).loop(_PULSE)])
        width = 520.0
        moving = Art(look, "id-card", width)
        if reading:
            moving.dy = _SINK[0][1] * look.art
        else:
            moving.loop([(seconds, dy * look.art, glow) for seconds, dy, glow in _SINK])
        layers: list[Box] = [Art(look, "pad-done" if reading else "pad", width)]
        if not reading:
            layers.append(Art(look, "arrow-card", width).loop(_PULSE))
        hand = Layers(look, [*layers, moving])
        scene = Column(look, [hand, Space(look, look.gap(26)), note], across="center", centred=True, grow=1.0)
        return card(
            look,
            [Row(look, [machine, scene], gap=36)],
            pad=(40, look.gap(36), 40, look.gap(36)),
            least=600.0 if look.air == 1.0 and not look.wide else 0.0,
        )

    def _code(self, look: Look, *, alone: bool) -> Box:
        """The phone over the window, and what to do with it."""
        reading = self.prompt.code is SlotState.READING
        title = "id.code.reading" if reading else "id.scan.alone" if alone else "id.scan"
        words: list[Box] = [Words(look, look.say(title), look.type.h2, bold=True, line=1.3)]
        if not reading:
            words += [
                Space(look, look.gap(10)),
                Words(look, look.say("id.scan.sub"), look.type.body, colour=look.colour.ink2),
            ]
        row: list[Box] = [Column(look, words, centred=True, grow=1.0)]
        if look.art:
            phone = Layers(look, [Art(look, "scanner", 186), Art(look, "phone", 186)])
            row = [Column(look, [phone], pad=(22, 0, 22, 0)), *row]
            if alone and look.shape is not Shape.SQUARE:
                machine = Layers(look, [Art(look, "terminal-scanner", 220), Art(look, "halo-scanner", 220).loop(_PULSE)])
                row = [machine, *row]
        else:
            row = [Icon(look, "qr-code", 64), *row]
        return card(
            look,
            [Row(look, row, gap=36)],
            pad=(40, look.gap(26), 40, look.gap(26)),
            least=290.0 if look.air == 1.0 and not look.wide else 0.0,
        )

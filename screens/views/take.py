"""The certificate lies in the outlet: where it is, how long it waits there, what else to take along."""

from __future__ import annotations

from screens.arrangement import Actions, Parts
from screens.layout import Box, Column, Layers, Row, Space
from screens.look import Look, Shape
from screens.prompts import SLIP, SlipState, Step, Take, TextSize
from screens.theme import CLEAR, Colour
from screens.views.view import View, heading, ring_side, with_ring
from screens.widgets.art import Art
from screens.widgets.keys import primary, secondary
from screens.widgets.ring import Ring
from screens.widgets.surfaces import Ground, Orb, Skin, banner, card
from screens.widgets.words import Words
from screens.wording import t, verbatim

_DOWN = [(0.8, 24.0, 1.0), (0.8, 0.0, 0.5)]
_PULSE = [(0.8, 0.0, 0.35), (0.8, 0.0, 1.0)]
_CALM = {SlipState.PRINTING: "take.slip.printing", SlipState.OUT: "take.slip.out", SlipState.FAILED: "take.slip.failed"}
_ROOM = {Shape.PORTRAIT: 968.0, Shape.LANDSCAPE: 1244.0, Shape.SQUARE: 842.0}
"""Width of the body."""
LATE = 10
"""Seconds before the end from which the ring is amber."""


class TakeView(View[Take]):
    """Answered by "I have taken it"."""

    def parts(self, look: Look) -> Parts:
        prompt = self.prompt
        late, side = prompt.seconds_left <= LATE, ring_side(look)
        unit = look.say("ring.late" if late and side > 136 else "ring.seconds")
        colour = look.colour.warn if late else look.colour.ok
        ring = Ring(look, prompt.seconds_left, prompt.seconds_total, unit, side=side, colour=colour)
        title = heading(look, prompt.title, prompt.sub)
        calm = banner(
            look,
            "info",
            look.say(_CALM.get(prompt.slip, "take.calm")),
            colour=look.colour.on_tint,
            ground=look.colour.tint,
            size=max(28.0, look.type.body - 4),
        )
        listed = [Words(look, look.say("take.list"), look.type.h2, bold=True, line=1.3), Space(look, look.gap(18))]
        boxes: list[Box]
        if self._side_by_side(look):
            things = Column(look, [*listed, self._things(look)], centred=True, grow=1.0)
            boxes = [Space(look, 4), Row(look, [self._scene(look), things], gap=36), Space(look, look.gap(24), grow=1.0), calm]
        else:
            scene: list[Box] = [self._scene(look)] if look.art else []
            boxes = [
                Space(look, look.gap(36) if not look.wide else 4),
                *scene,
                Space(look, look.gap(44)),
                *listed,
                self._things(look),
            ]
            boxes += [Space(look, look.gap(24), grow=1.0), calm]
        taken = primary(look, "taken", look.say("take.done"), lambda: self.acting.answer(None), icon="check")
        others = [secondary(look, SLIP, look.say("take.slip"), lambda: self.acting.answer(SLIP), icon="receipt", height=112)]
        actions = Actions(taken, others if prompt.slip is SlipState.OFFERED else [])
        return Parts(Column(look, boxes), with_ring(look, title, ring), actions, Step.COLLECT)

    @staticmethod
    def _side_by_side(look: Look) -> bool:
        """Whether what to take along stands beside the picture of the outlet."""
        return look.shape is Shape.LANDSCAPE and look.theme.size is TextSize.STANDARD and look.art > 0.5

    def _scene(self, look: Look) -> Box:
        machine = Layers(look, [Art(look, "terminal-outlet", 212), Art(look, "halo-outlet", 212).loop(_PULSE)])
        width = 660.0 if not look.wide else 520.0
        picture = "outlet-sheet" if self.prompt.sheet else "outlet"
        outlet = Layers(look, [Art(look, picture, width), Art(look, "arrows-down", width).loop(_DOWN)])
        tall = 600.0 if look.air == 1.0 and not look.wide else 0.0
        scene = Row(look, [machine, Column(look, [outlet], across="center", centred=True, grow=1.0)], gap=10)
        return card(look, [scene], pad=(40, look.gap(34), 30, look.gap(30)), least=tall)

    def _things(self, look: Look) -> Box:
        prompt, colour = self.prompt, look.colour
        serial = verbatim(f"№ {prompt.serial}")
        one = t("take.certificate.sheet" if prompt.sheet else "take.certificate")
        things = [self._thing(look, "certificate", one, serial, colour.ok, colour.ok_tint, colour.ink2)]
        if prompt.card_on_reader:
            things.append(
                self._thing(
                    look, "identification-card", t("take.card"), t("take.card.where"), colour.warn, colour.warn_tint, colour.warn
                )
            )
        each = (_ROOM[look.shape] - 24) / 2
        if len(things) > 1 and not self._side_by_side(look) and all(thing.wide() <= each for thing in things):
            for thing in things:
                thing.grow = 1.0
            return Row(look, list(things), gap=24, up="fill")
        return Column(look, list(things), gap=look.gap(20))

    def _thing(
        self, look: Look, icon: str, title: object, sub: object, colour: Colour, ground: Colour, sub_colour: Colour
    ) -> Ground:
        words: list[Box] = [
            Words(look, title, look.type.body, bold=True, line=1.4),  # type: ignore[arg-type]
            Words(look, sub, look.type.caption, colour=sub_colour, line=1.4),  # type: ignore[arg-type]
        ]
        warned = sub_colour == look.colour.warn
        skin = Skin(
            look.colour.surface,
            32.0,
            colour if warned else look.colour.line if not look.theme.raised else CLEAR,
            5.0 if warned or not look.theme.raised else 0.0,
            shadow=look.theme.shadows,
        )
        side, gap = (34, 24) if not look.wide else (28, 20)
        row = Row(look, [Orb(look, icon, 88, colour=colour, ground=ground), Column(look, words, grow=1.0)], gap=gap)
        return Ground(look, [row], skin, pad=(side, look.gap(30), side, look.gap(30)))

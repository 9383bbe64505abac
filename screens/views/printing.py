"""The machine prints: what is done, what is being done, what comes, and that nothing can be lost."""

from __future__ import annotations

from screens.arrangement import Parts
from screens.layout import Box, Column, Frame, Layers, Row, Space
from screens.look import Look, Shape
from screens.prompts import Printing, PrintStage, StageState, Step
from screens.theme import CLEAR
from screens.views.view import View, heading, ring_side, with_ring
from screens.widgets.art import Art
from screens.widgets.ring import Ring
from screens.widgets.surfaces import Orb, Skin, banner, card, paint_skin
from screens.widgets.words import Words

_SWEEP = [(1.2, -120.0, 1.0), (1.2, 60.0, 1.0)]
"""The print head goes over the page and back."""


class PrintingView(View[Printing]):
    """Never answered; only Help is there."""

    def parts(self, look: Look) -> Parts:
        prompt = self.prompt
        head = heading(look, prompt.title, prompt.sub)
        if prompt.seconds_left is not None and prompt.seconds_total:
            side = ring_side(look)
            unit = look.say("ring.about" if side > 136 else "ring.seconds")
            ring = Ring(look, prompt.seconds_left, prompt.seconds_total, unit, side=side)
            head = with_ring(look, head, ring)
        stages = card(look, [self._stage(look, stage) for stage in prompt.stages], pad=(44, 12, 44, 12))
        said = look.say(prompt.safe)
        if look.wide:
            # Beside the body it has lines of its own.
            said = said.replace("\n", "")
        safe = banner(look, "shield-check", said, colour=look.colour.ok, ground=look.colour.ok_tint)
        over = Space(look, look.gap(14), grow=0.4)
        beside = look.shape is Shape.LANDSCAPE and not look.largest
        boxes: list[Box] = [over, stages]
        if look.art and (beside or not look.wide or look.art == 1.0):
            width = 680.0 if not look.wide else 400.0
            paper, moving = ("sheet", "print-head-sheet") if prompt.sheet else ("booklet", "print-head")
            machine = Layers(look, [Art(look, paper, width), Art(look, moving, width).loop(self._sweep(look))])
            boxes = [over, Row(look, [machine], centred=True), Space(look, look.gap(20)), stages]
            if beside:
                stages.grow = 1.0
                boxes = [over, Row(look, [machine, stages], gap=44)]
        boxes.append(Space(look, look.gap(24), grow=1.0))
        if look.wide:
            head += [Space(look, look.gap(36)), safe]
        else:
            boxes.append(safe)
        return Parts(Column(look, boxes), head, step=Step.PRINT)

    def _sweep(self, look: Look) -> list[tuple[float, float, float]]:
        return [(seconds, dy * look.art, glow) for seconds, dy, glow in _SWEEP]

    def _stage(self, look: Look, stage: PrintStage) -> Box:
        colour = look.colour
        running = stage.state is StageState.RUNNING
        if stage.state is StageState.DONE:
            orb = Orb(look, "check", 84, colour=colour.ok, ground=colour.ok_tint)
            ink, mark, shade = colour.ink, "stage.done", colour.ok
        elif running:
            orb = Orb(look, stage.icon, 84, colour=colour.on_primary, ground=colour.primary)
            ink, mark, shade = colour.ink, "stage.running", colour.primary
        else:
            orb = Orb(look, stage.icon, 84, colour=colour.ink2, ground=CLEAR, outline=colour.outline)
            ink, mark, shade = colour.ink2, "stage.waiting", colour.ink2
        word = f"{round(stage.fraction * 100)}%" if running and stage.fraction is not None else look.say(mark)
        title = Words(look, stage.title, look.type.body_l, bold=running, colour=ink, grow=1.0)
        lines: list[Box] = [
            Row(look, [title, Words(look, word, look.type.caption, colour=shade)], gap=16),
            Words(look, stage.hint, look.type.caption, colour=colour.ink2),
        ]
        if running and stage.fraction is not None:
            lines += [Space(look, look.gap(16)), _Bar(look, stage.fraction)]
        over = look.gap(18)
        return Row(look, [orb, Column(look, lines, grow=1.0)], gap=30, up="top", pad=(0, over, 0, over))


class _Bar(Box):
    """How far one stage is."""

    def __init__(self, look: Look, fraction: float) -> None:
        super().__init__(look)
        self._fraction = max(0.0, min(1.0, fraction))

    def tall(self, width: float) -> float:
        return 20.0

    def paint(self) -> None:
        look, frame = self.look, self.frame
        high = not look.theme.raised
        track = Skin(look.colour.canvas if high else look.colour.line, 10.0, look.colour.line, 3.0 if high else 0.0)
        paint_skin(self.canvas.before, frame, track, look.height)
        if self._fraction:
            done = Frame(frame.x, frame.y, max(20.0, round(frame.w * self._fraction)), frame.h)
            paint_skin(self.canvas.before, done, Skin(look.colour.primary, 10.0), look.height)

"""A short wait: what is being done, and that nothing is at stake."""

from __future__ import annotations

from screens.arrangement import Actions, Parts
from screens.layout import Box, Column, Space
from screens.look import Look
from screens.prompts import Working
from screens.views.view import View, heading
from screens.widgets.surfaces import card
from screens.widgets.turning import Turning
from screens.widgets.words import Words


class WorkingView(View[Working]):
    """Never answered; Back and Home where it may be left."""

    def parts(self, look: Look) -> Parts:
        prompt = self.prompt
        wheel = Column(look, [Turning(look, "hourglass-medium")], across="center")
        boxes: list[Box] = [
            wheel,
            Space(look, look.gap(40)),
            *heading(look, prompt.title, None, align="center"),
            Space(look, look.gap(18)),
            Words(look, prompt.sub, look.type.body_l, colour=look.colour.ink2, align="center"),
        ]
        panel = card(look, boxes, pad=(56, look.gap(72), 56, look.gap(72)))
        body = Column(look, [Space(look, look.gap(36), grow=1.0), panel, Space(look, look.gap(36), grow=1.6)])
        return Parts(body, actions=Actions(leave=self.leave(look) if prompt.can_leave else []), step=prompt.step)

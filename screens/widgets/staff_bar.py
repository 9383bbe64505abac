"""The frame of the admin screen: the dark bar at the top, and a body under it over the whole window."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import replace

from screens.arrangement import Parts
from screens.layout import Box, Column, Row, Space
from screens.look import Look
from screens.prompts import Contrast, TextSize
from screens.staff_prompts import StaffHead
from screens.theme import CLEAR, WHITE, Colour, Themes, faded
from screens.views.view import Acting
from screens.widgets.surfaces import Ground, Orb, Skin
from screens.widgets.words import Words
from screens.wording import t

HEIGHT = 148.0


def plain(look: Look) -> Look:
    """The dashboard shows many things at once: it keeps the standard size, the contrast that was chosen, and its place in low reach. (What
    is pressed high up on it is in the menu behind its lowest keys, too.)"""
    return replace(look, theme=_themes().get(look.theme.contrast, TextSize.STANDARD), low=False)


def framed(look: Look, head: StaffHead, acting: Acting, body: Sequence[Box]) -> Parts:
    """`body` under the bar of `head`; in low reach in the part that can be reached."""
    side, foot = look.margin, look.gap(40) if not look.wide else look.gap(28)
    bar = _bar(look, head, acting)
    over = max(look.gap(26), look.reach - bar.tall(look.width)) if look.low else look.gap(26)
    return Parts(Column(look, [bar, Column(look, list(body), pad=(side, over, side, foot), grow=1.0)]), bare=True)


def seconds_left(head: StaffHead, acting: Acting) -> int:
    """Until whoever is signed in no longer is."""
    return max(0, math.ceil(head.log_out_after * acting.patience() - acting.idle()) if math.isfinite(acting.idle()) else 0)


def _bar(look: Look, head: StaffHead, acting: Acting) -> Box:
    ink, faint, ground = _colours(look)
    orb = Orb(look, head.icon, 80, colour=ink, ground=faded(ink, 0.14) if look.theme.raised else CLEAR, outline=CLEAR, part=0.5)
    names: list[Box] = [
        Words(look, head.title, 36, bold=True, colour=ink, line=1.25),
        Words(look, head.sub, 28, colour=faint, line=1.3),
    ]
    minutes, seconds = divmod(seconds_left(head, acting), 60)
    clock: list[Box] = [
        Words(look, acting.clock(), 40, colour=ink, align="right", line=1.2),
        Space(look, 4),
        Words(look, t("staff.logs_out", left=f"{minutes}:{seconds:02}"), 28, colour=faint, align="right", line=1.2),
    ]
    row = Row(look, [orb, Column(look, names, grow=1.0), Column(look, clock)], gap=24)
    high = not look.theme.raised
    skin = Skin(ground, 1.0, look.colour.line if high else CLEAR, look.theme.border if high else 0.0)
    return Ground(look, [row], skin, pad=(look.margin, 0, look.margin, 0), least=HEIGHT if look.air >= 0.7 else 112.0)


@functools.cache
def _themes() -> Themes:
    return Themes()


def _colours(look: Look) -> tuple[Colour, Colour, Colour]:
    """Ink, faint ink and ground of the bar: dark in every contrast."""
    if look.theme.contrast is Contrast.STANDARD:
        return WHITE, faded(WHITE, 0.78), look.colour.ink
    return look.colour.ink, look.colour.ink2, look.colour.sunk

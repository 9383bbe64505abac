"""Grounds to stand on: cards, panels, chips, banners, orbs; and how a rounded ground is painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kivy.graphics import Canvas, Color, Rectangle, SmoothEllipse, SmoothRoundedRectangle
from kivy.graphics.texture import Texture
from PIL import Image, ImageDraw, ImageFilter

from screens.layout import NO_PAD, Box, Column, Frame, Layers, Pad, Row
from screens.look import Look
from screens.theme import CLEAR, Colour
from screens.widgets.words import Icon, Words
from screens.wording import Text


@dataclass(frozen=True, slots=True)
class Skin:
    """How a ground is painted. `edge` is the solid lower edge of what can be pressed, `drop` pixels deep."""

    fill: Colour
    radius: float
    outline: Colour = CLEAR
    border: float = 0.0
    edge: Colour = CLEAR
    drop: float = 0.0
    shadow: bool = False


def paint_skin(canvas: Canvas, frame: Frame, skin: Skin, height: float) -> None:
    """Paint `skin` into `frame` of a screen `height` tall. The edge hangs below the frame."""
    x, y = frame.x, height - frame.y - frame.h
    with canvas:
        if skin.shadow:
            _shadow(frame, skin.radius, height)
        if skin.drop:
            Color(*skin.edge)
            SmoothRoundedRectangle(pos=(x, y - skin.drop), size=(frame.w, frame.h), radius=[skin.radius])
        if skin.border:
            Color(*skin.outline)
            SmoothRoundedRectangle(pos=(x, y), size=(frame.w, frame.h), radius=[skin.radius])
        if skin.fill[3]:
            inset = skin.border
            Color(*skin.fill)
            SmoothRoundedRectangle(
                pos=(x + inset, y + inset),
                size=(max(1.0, frame.w - 2 * inset), max(1.0, frame.h - 2 * inset)),
                radius=[max(1.0, skin.radius - inset)],
            )


_BLUR = 22
"""Standard deviation of the shadow's blur (CSS blur 44)."""
_REACH = 44
_DOWN = 18


def _shadow(frame: Frame, radius: float, height: float) -> None:
    """The card's shadow (0 18 44, ink at 10 %): a small picture, drawn in the eight parts that show around the card.

    The ninth, under the card, would be a whole screen of pixels that nobody sees, drawn again with every frame.
    """
    corner = int(_REACH + radius + 8)
    side = 2 * corner + 2
    mask = Image.new("L", (side, side), 0)
    ImageDraw.Draw(mask).rounded_rectangle((_REACH, _REACH, side - _REACH - 1, side - _REACH - 1), radius, fill=26)
    mask = mask.filter(ImageFilter.GaussianBlur(_BLUR))
    texture = Texture.create(size=(side, side), colorfmt="rgba")
    texture.blit_buffer(
        Image.merge("RGBA", [Image.new("L", mask.size, value) for value in (38, 30, 14)] + [mask]).tobytes(), colorfmt="rgba"
    )
    Color(1, 1, 1, 1)
    left, low = frame.x - _REACH, height - frame.y - frame.h - _REACH - _DOWN
    part = corner / side
    columns = _thirds(left, frame.w + 2 * _REACH, corner, part)
    rows = _thirds(low, frame.h + 2 * _REACH, corner, part)
    for across, (x, w, u0, u1) in enumerate(columns):
        for up, (y, h, v0, v1) in enumerate(rows):
            if (across, up) != (1, 1):
                Rectangle(texture=texture, pos=(x, y), size=(w, h), tex_coords=(u0, v0, u1, v0, u1, v1, u0, v1))


def _thirds(start: float, length: float, corner: float, part: float) -> tuple[tuple[float, float, float, float], ...]:
    """(start, length, texture from, texture to) of both ends, which keep their size, and of what is stretched between them."""
    middle = max(0.0, length - 2 * corner)
    return (
        (start, corner, 0.0, part),
        (start + corner, middle, part, 1 - part),
        (start + corner + middle, corner, 1 - part, 1.0),
    )


class Ground(Column):
    """A column on a painted ground."""

    def __init__(
        self,
        look: Look,
        children: Sequence[Box],
        skin: Skin,
        *,
        pad: Pad = NO_PAD,
        gap: float = 0.0,
        across: str = "fill",
        least: float = 0.0,
        centred: bool = True,
        grow: float = 0.0,
    ) -> None:
        super().__init__(look, children, pad=pad, gap=gap, across=across, least=least, centred=centred, grow=grow)
        self.skin = skin

    def paint(self) -> None:
        paint_skin(self.canvas.before, self.frame, self.skin, self.look.height)


def card(
    look: Look,
    children: Sequence[Box],
    *,
    pad: Pad,
    gap: float = 0.0,
    across: str = "fill",
    least: float = 0.0,
    radius: float = 32.0,
    grow: float = 0.0,
) -> Ground:
    """A raised white ground that is not to be pressed."""
    flat = not look.theme.raised
    skin = Skin(
        look.colour.surface,
        radius,
        look.colour.line if flat else CLEAR,
        look.theme.border if flat else 0.0,
        shadow=look.theme.shadows,
    )
    return Ground(look, children, skin, pad=pad, gap=gap, across=across, least=least, grow=grow)


def panel(look: Look, children: Sequence[Box], *, pad: Pad, gap: float = 0.0, grow: float = 0.0) -> Ground:
    """A sunk ground for what is said in passing."""
    flat = not look.theme.raised
    skin = Skin(look.colour.sunk, 28.0, look.colour.line if flat else CLEAR, look.theme.border if flat else 0.0)
    return Ground(look, children, skin, pad=pad, gap=gap, grow=grow)


def chip(
    look: Look,
    icon: str,
    text: Text | str,
    *,
    colour: Colour | None = None,
    ground: Colour | None = None,
    icon_colour: Colour | None = None,
    fill: bool = True,
    size: float | None = None,
    pad: tuple[float, float] = (22.0, 6.0),
) -> Ground:
    """A pill with an icon and a few words; green unless said otherwise."""
    colour = colour or look.colour.ok
    ground = ground or look.colour.ok_tint
    size = size or look.type.caption
    outlined = not look.theme.raised
    words = Words(look, text, size, colour=colour, line=1.4, grow=0.0)
    row = Row(look, [Icon(look, icon, round(size * 1.15), colour=icon_colour or colour, fill=fill), words], gap=10)
    skin = Skin(ground, round(size * 0.7 + pad[1]), colour if outlined else CLEAR, 3.0 if outlined else 0.0)
    return Ground(look, [row], skin, pad=(pad[0], pad[1], pad[0], pad[1]), across="center")


def banner(look: Look, icon: str, text: Text | str, *, colour: Colour, ground: Colour, size: float | None = None) -> Ground:
    """A tinted block with a filled icon: a state that lasts."""
    size = size or look.type.body
    row = Row(
        look,
        [
            Icon(look, icon, round(size * 1.6), colour=colour, fill=True),
            Words(look, text, size, colour=colour, line=1.4, grow=1.0),
        ],
        gap=24,
    )
    outlined = not look.theme.raised
    skin = Skin(ground, 24.0, colour if outlined else CLEAR, 4.0 if outlined else 0.0)
    return Ground(look, [row], skin, pad=(32, look.gap(24), 32, look.gap(24)))


class Orb(Layers):
    """An icon on a round ground."""

    def __init__(
        self,
        look: Look,
        icon: str,
        side: float,
        *,
        colour: Colour | None = None,
        ground: Colour | None = None,
        outline: Colour | None = None,
        fill: bool = False,
        part: float = 0.56,
    ) -> None:
        self._mark = Icon(look, icon, round(side * part), colour=colour or look.colour.on_tint, fill=fill)
        super().__init__(look, [self._mark])
        self._side = side
        self._ground = look.colour.tint if ground is None else ground
        default = (colour or look.colour.on_tint) if not look.theme.raised else CLEAR
        self._outline = outline or default

    def wide(self) -> float:
        return self._side

    def tall(self, width: float) -> float:
        return self._side

    def paint(self) -> None:
        frame, side = self.frame, min(self.frame.w, self.frame.h)
        x = frame.x + (frame.w - side) / 2
        y = self.look.height - frame.y - frame.h + (frame.h - side) / 2
        with self.canvas.before:
            if self._outline[3]:
                Color(*self._outline)
                SmoothEllipse(pos=(x, y), size=(side, side))
                ground = self._ground if self._ground[3] else self.look.colour.surface
                Color(*ground)
                SmoothEllipse(pos=(x + 3, y + 3), size=(side - 6, side - 6))
            elif self._ground[3]:
                Color(*self._ground)
                SmoothEllipse(pos=(x, y), size=(side, side))


class Rule(Box):
    """A thin line across."""

    def __init__(self, look: Look, *, colour: Colour | None = None, thick: float = 2.0) -> None:
        super().__init__(look)
        self._colour = colour or look.colour.line
        self._thick = thick

    def tall(self, width: float) -> float:
        return self._thick

    def paint(self) -> None:
        paint_skin(self.canvas.before, self.frame, Skin(self._colour, 1.0), self.look.height)

"""What can be pressed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from screens.layout import Box, Column, Frame, Pad, Row
from screens.look import Look, Shape
from screens.theme import CLEAR, Colour
from screens.widgets.surfaces import Skin, paint_skin
from screens.widgets.words import Icon, Words
from screens.wording import Text

DROP = 8.0
"""Depth of the lower edge of a control; pressed, the control goes down by `SINK`."""
SINK = 6.0
LEAST = 88.0
"""No target is smaller (20 mm at 102 dpi, with a little to spare)."""


_SOLID = frozenset({"play"})
"""Icons that are drawn solid: their outline alone reads as something else."""


class Key(Column):
    """A target: a ground that sinks when touched and does `act` when let go. `name` is what a test or a robot calls it; `on`: whether
    it is switched on (or chosen), None for what cannot be."""

    def __init__(
        self,
        look: Look,
        name: str,
        children: Sequence[Box],
        skin: Skin,
        act: Callable[[], None],
        *,
        pad: Pad = (0.0, 0.0, 0.0, 0.0),
        gap: float = 0.0,
        least: float = LEAST,
        enabled: bool = True,
        on: bool | None = None,
        grow: float = 0.0,
    ) -> None:
        super().__init__(look, children, pad=pad, gap=gap, least=max(LEAST, least), centred=True, grow=grow)
        self.name = name
        self.on = on
        self.act = act
        self.enabled = enabled
        self._skin = skin
        self._pressed = False

    def press(self, down: bool) -> None:
        """Look pressed, or not."""
        if down != self._pressed:
            self._pressed = down
            sink = -SINK if down else SINK
            for box in self.boxes():
                if box is not self:
                    box.frame = Frame(box.frame.x, box.frame.y - sink, box.frame.w, box.frame.h)
                box.redraw()

    def paint(self) -> None:
        skin, frame = self._skin, self.frame
        if self._pressed:
            frame = Frame(frame.x, frame.y + SINK, frame.w, frame.h)
            skin = Skin(skin.fill, skin.radius, skin.outline, skin.border, skin.edge, max(0.0, skin.drop - SINK), skin.shadow)
        paint_skin(self.canvas.before, frame, skin, self.look.height)


def primary_skin(look: Look) -> Skin:
    drop = DROP if look.theme.raised else 0.0
    return Skin(look.colour.primary, 28.0, edge=look.colour.primary_edge, drop=drop)


def press_skin(look: Look, *, selected: bool = False, radius: float = 28.0, drop: float = DROP) -> Skin:
    """The ground of secondary buttons, tiles, choice cards, digit keys."""
    colour, theme = look.colour, look.theme
    return Skin(
        fill=colour.tint if selected else colour.surface,
        radius=radius,
        outline=colour.primary if selected else colour.outline,
        border=theme.selected_border if selected else theme.border,
        edge=colour.edge,
        drop=drop if theme.raised else 0.0,
    )


def faint_skin(look: Look) -> Skin:
    """The ground of a key that is closed for now. In high contrast, where all lines are white, it has none."""
    return Skin(look.colour.sunk, 28.0, look.colour.line, look.theme.border if look.theme.raised else 0.0)


def primary(
    look: Look,
    name: str,
    label: Text | str,
    act: Callable[[], None],
    *,
    icon: str = "",
    height: float = 136.0,
    enabled: bool = True,
    grow: float = 0.0,
) -> Key:
    """The one thing to do next: verb and object, the icon after the words."""
    colour = look.colour.on_primary if enabled else look.colour.ink2
    return _labelled(
        look, name, label, act, icon, colour, primary_skin(look) if enabled else faint_skin(look), height, True, enabled, grow
    )


def secondary(
    look: Look,
    name: str,
    label: Text | str,
    act: Callable[[], None],
    *,
    icon: str = "",
    height: float = 136.0,
    size: float | None = None,
    enabled: bool = True,
    grow: float = 0.0,
) -> Key:
    """Anything else that may be done; the icon before the words."""
    skin = press_skin(look) if enabled else faint_skin(look)
    colour = look.colour.ink if enabled else look.colour.ink2
    return _labelled(look, name, label, act, icon, colour, skin, height, False, enabled, grow, size)


def _labelled(
    look: Look,
    name: str,
    label: Text | str,
    act: Callable[[], None],
    icon: str,
    colour: Colour,
    skin: Skin,
    height: float,
    leads: bool,
    enabled: bool,
    grow: float,
    size: float | None = None,
) -> Key:
    if look.wide:
        # Beside the body keys are stacked, and a landscape panel is low.
        tight = look.shape is Shape.SQUARE or look.air < 1.0
        height = min(height, (112.0 if tight else 136.0) if leads else (92.0 if tight else 100.0))
    size = size or (look.type.button if height >= 128 else look.type.button - 6)
    words = Words(look, label, size, bold=leads, colour=colour, align="center", line=1.2)
    marks: list[Box] = (
        [Icon(look, icon, round(size * (1.14 if leads else 1.06)), colour=colour, fill=icon in _SOLID)] if icon else []
    )
    row = Row(look, [words, *marks] if leads else [*marks, words], gap=20 if height >= 128 else 16, centred=True)
    side = (36.0 if height >= 128 and not look.wide else 28.0) + look.theme.border
    return Key(look, name, [row], skin, act, pad=(side, 4, side, 4), least=height, enabled=enabled, grow=grow)


def access_skin(look: Look, *, on: bool, help_key: bool) -> tuple[Skin, Colour]:
    """Ground and ink of a key of the access bar."""
    colour, high = look.colour, not look.theme.raised
    if help_key:
        return (
            (Skin(colour.canvas, 22.0, colour.primary, 4.0), colour.primary)
            if high
            else (Skin(colour.primary, 22.0, CLEAR), colour.on_primary)
        )
    if on:
        return (Skin(colour.primary, 22.0), colour.on_primary) if high else (Skin(colour.ink, 22.0), colour.canvas)
    return Skin(colour.surface, 22.0, colour.outline, 4.0 if high else 3.0), colour.ink

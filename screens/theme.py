"""What the screens are made of: colour roles and type steps (`assets/tokens.json`), in three contrasts and three sizes.

A `Theme` is a value. Switching contrast or size makes another theme and the screen is built anew with it (10 ms); no
widget binds to anything, so nothing can be forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.resources import files

from screens.prompts import Contrast, TextSize

Colour = tuple[float, float, float, float]
"""Red, green, blue, alpha, each 0..1."""

CLEAR: Colour = (0.0, 0.0, 0.0, 0.0)
WHITE: Colour = (1.0, 1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Palette:
    """One colour a role (ui-design, section 2.1); `on_…` is text on that ground, `…_tint` the pale ground of a meaning."""

    canvas: Colour
    surface: Colour
    sunk: Colour
    ink: Colour
    ink2: Colour
    line: Colour
    outline: Colour
    primary: Colour
    primary_edge: Colour
    on_primary: Colour
    tint: Colour
    on_tint: Colour
    ok: Colour
    ok_tint: Colour
    warn: Colour
    warn_tint: Colour
    bad: Colour
    bad_tint: Colour
    cert: Colour
    focus: Colour
    edge: Colour
    hero: Colour
    on_hero: Colour
    hero_sub: Colour
    paper: Colour


@dataclass(frozen=True, slots=True)
class Steps:
    """Type steps in design pixels (ui-design, section 2.2); `line` is the line height as a factor."""

    display: float
    h1: float
    h2: float
    body_l: float
    body: float
    button: float
    caption: float
    numeral: float
    line: float


@dataclass(frozen=True, slots=True)
class Theme:
    """One contrast in one size."""

    contrast: Contrast
    size: TextSize
    colour: Palette
    type: Steps

    @property
    def border(self) -> float:
        """Width of a control's outline, in design pixels."""
        return 5.0 if self.contrast is Contrast.HIGH else 3.0

    @property
    def selected_border(self) -> float:
        return 10.0 if self.contrast is Contrast.HIGH else 6.0

    @property
    def raised(self) -> bool:
        """Whether controls have a bottom edge to press down."""
        return self.contrast is not Contrast.HIGH

    @property
    def shadows(self) -> bool:
        return self.contrast is Contrast.STANDARD


_ROLES = {
    "primary_edge": "primaryD",
    "on_primary": "onP",
    "on_tint": "tintInk",
    "ok_tint": "okT",
    "warn_tint": "warnT",
    "bad_tint": "badT",
    "on_hero": "heroInk",
    "hero_sub": "heroSub",
}
"""Our names to those of the design's tokens, where they differ."""

_STEPS = {"body_l": "bl", "body": "b", "button": "btn", "caption": "cap", "numeral": "num", "line": "lh"}

_DARK_EDGE = "#0A0F13"
"""The bottom edge of a secondary control in the dark contrast (ui-design, section 2.1; the tokens name another use)."""


class Themes:
    """All nine, read once."""

    def __init__(self) -> None:
        tokens = json.loads((files("screens") / "assets" / "tokens.json").read_text("utf-8"))
        self._palettes = {contrast: _palette(contrast, tokens["colour"][contrast.value]) for contrast in Contrast}
        self._steps = {size: _steps(tokens["type"][size.value]) for size in TextSize}

    def get(self, contrast: Contrast, size: TextSize) -> Theme:
        return Theme(contrast, size, self._palettes[contrast], self._steps[size])


def colour(hexadecimal: str) -> Colour:
    """``#RGB`` or ``#RRGGBB`` as a colour. Raises `ValueError`."""
    digits = hexadecimal.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = bytes.fromhex(digits)
    return red / 255, green / 255, blue / 255, 1.0


def faded(base: Colour, alpha: float) -> Colour:
    """`base`, seen through."""
    return (*base[:3], alpha)


def _palette(contrast: Contrast, roles: Mapping[str, str]) -> Palette:
    named = {field.name: colour(roles[_ROLES.get(field.name, field.name)]) for field in fields(Palette)}
    if contrast is Contrast.DARK:
        named["edge"] = colour(_DARK_EDGE)
    return Palette(**named)


def _steps(steps: Mapping[str, str]) -> Steps:
    return Steps(**{field.name: float(steps[_STEPS.get(field.name, field.name)].removesuffix("px")) for field in fields(Steps)})

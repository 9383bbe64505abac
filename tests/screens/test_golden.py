"""Nothing on any screen has moved, vanished, come or changed its colour since somebody looked at it (`tests.screens.golden`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image, ImageFilter

from screens.theme import Themes
from tests.screens.golden import FOLDER, drawn, every, few_colours

if TYPE_CHECKING:
    from screens.ink import Ink

pytestmark = pytest.mark.window

SMOOTH = 1.0
"""Pixels of a picture, eight of the screen each: another renderer draws edges a little otherwise."""
MOST = 28
"""Of 255 and each colour: what a place may differ. Few colours alone make up to 10; text and keys that stand 8 px elsewhere, 50 and more."""


def differs(one: Image.Image, other: Image.Image) -> float:
    blurred = [np.asarray(each.convert("RGB").filter(ImageFilter.GaussianBlur(SMOOTH)), np.float64) for each in (one, other)]
    return float(np.abs(blurred[0] - blurred[1]).max())


def test_every_screen_is_as_it_was_looked_at(ink: Ink, themes: Themes) -> None:
    made = {name: drawn(case, prompt, ink, themes) for name, case, prompt in every()}
    assert sorted(made) == sorted(path.stem for path in FOLDER.glob("*.png"))
    golden = {name: Image.open(FOLDER / f"{name}.png") for name in made}
    assert [name for name, picture in made.items() if picture.size != golden[name].size] == []
    others = {name: found for name, picture in made.items() if (found := differs(picture, golden[name])) > MOST}
    assert others == {}, "look at these screens; if they are as they should be: python -m tests.screens.golden"


@pytest.mark.parametrize("name", ["home", "choose", "check-dark"])
def test_what_stands_eight_pixels_elsewhere_or_in_another_colour_is_another(name: str) -> None:
    """The comparison itself can fail, and few colours alone do not make it."""
    golden = Image.open(FOLDER / f"{name}.png").convert("RGB")
    assert differs(golden, few_colours(golden)) < MOST
    moved = golden.copy()
    moved.paste(golden.crop((0, 100, golden.width, 200)), (0, 101))
    assert differs(golden, moved) > MOST
    assert differs(golden, Image.blend(golden, Image.new("RGB", golden.size, "red"), 0.2)) > MOST

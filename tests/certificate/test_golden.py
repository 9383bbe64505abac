"""Nothing on any page has moved, vanished or come since somebody looked at it (`tests.certificate.golden`)."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from kiosk.certificate.typeset import Typesetter
from tests.certificate.golden import DPI, FOLDER, pages

SMOOTH = 1.2
"""Pixels: another version of poppler draws its edges a little otherwise."""

MOST = 45
"""Of 255: what a place may differ. A line of text that is missing, new or moved by a millimetre differs by 60 and more."""


def differs(one: Image.Image, other: Image.Image) -> float:
    blurred = [np.asarray(picture.convert("L").filter(ImageFilter.GaussianBlur(SMOOTH)), np.float64) for picture in (one, other)]
    return float(np.abs(blurred[0] - blurred[1]).max())


def test_every_page_is_as_it_was_looked_at(typesetter: Typesetter) -> None:
    drawn = dict(pages(typesetter))
    assert sorted(drawn) == sorted(path.stem for path in FOLDER.glob("*.png"))
    for name, picture in drawn.items():
        golden = Image.open(FOLDER / f"{name}.png")
        assert picture.size == golden.size, name
        assert differs(picture, golden) < MOST, name


def test_a_page_whose_text_has_moved_by_a_millimetre_is_another() -> None:
    """The comparison itself can fail."""
    golden = Image.open(FOLDER / "title-overprint-2.png").convert("L")
    moved = Image.new("L", golden.size, 255)
    moved.paste(golden, (0, round(DPI / 25.4)))
    assert differs(golden, moved) > MOST

"""All 87,887 ideographs of GB 18030-2022, level 3, one by one: each is drawn, and none as the box of a missing character."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

import pytest
from PIL import ImageFont

from kiosk.certificate.coverage import read_coverage
from kiosk.certificate.fonts import DEFAULT_DIRECTORIES, FONTS, locate
from kiosk.certificate.typeset import Typesetter

pytestmark = pytest.mark.no_cover  # so many cases that tracing each would take longer than they

RANGES = (
    (0x3400, 0x4DB5),
    (0x4E00, 0x9FEF),
    (0x20000, 0x2A6D6),
    (0x2A700, 0x2B734),
    (0x2B740, 0x2B81D),
    (0x2B820, 0x2CEA1),
    (0x2CEB0, 0x2EBE0),
)
TWELVE = "\ufa0e\ufa0f\ufa11\ufa13\ufa14\ufa1f\ufa21\ufa23\ufa24\ufa27\ufa28\ufa29"
"""The ideographs among the compatibility forms that are no duplicates of others."""

LEVEL_3 = [chr(code) for first, last in RANGES for code in range(first, last + 1)] + list(TWELVE)


def test_there_are_as_many_as_the_standard_says() -> None:
    assert len(LEVEL_3) == len(set(LEVEL_3)) == 87_887


def test_every_one_passes_the_check_before_a_blank_is_touched(typesetter: Typesetter) -> None:
    assert typesetter.glyphs.missing(["".join(LEVEL_3)]) == frozenset()


def test_every_one_is_drawn_by_the_font_that_the_page_takes() -> None:
    left = LEVEL_3
    drawn_by: Counter[str] = Counter()
    for font in FONTS:
        path = locate(font, DEFAULT_DIRECTORIES)
        coverage = read_coverage(font, path)
        face = cast("Any", ImageFont.truetype(str(path), 9, font.index, layout_engine=ImageFont.Layout.BASIC))
        box = bytes(face.getmask("\U0010fffe"))
        mine = [char for char in left if ord(char) in coverage]
        for char in mine:
            ink = face.getmask(char)
            assert ink.getbbox() is not None, f"U+{ord(char):04X} is empty in {font.family}"
            assert bytes(ink) != box, f"U+{ord(char):04X} is a box in {font.family}"
        drawn_by[font.family] = len(mine)
        left = [char for char in left if ord(char) not in coverage]
    assert left == []
    assert drawn_by["Noto Serif CJK SC"] > 27_000

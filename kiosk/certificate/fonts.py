"""The fonts of the printed page: which they are, in which order they are asked for a character, and where they lie.

Debian's fonts-noto-cjk, fonts-hanazono and fonts-babelstone-han together hold every ideograph of GB 18030-2022 level 3. The
typesetter is given these and nothing else, so a page is the same on all machines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from peripherals.device import Turn

DEFAULT_DIRECTORIES = (
    Path("/usr/share/fonts/opentype/noto"),
    Path("/usr/share/fonts/truetype/hanazono"),
    Path("/usr/share/fonts/truetype/babelstone"),
)


@dataclass(frozen=True, slots=True)
class Font:
    """One font: the family's name as typst knows it, its file, and its place in a collection (0: the only one)."""

    family: str
    file: str
    index: int = 0


FONTS = (
    Font("Noto Serif CJK SC", "NotoSerifCJK-Regular.ttc", 2),
    Font("HanaMinA", "HanaMinA.ttf"),
    Font("HanaMinB", "HanaMinB.ttf"),
    Font("BabelStone Han", "BabelStoneHan.ttf"),
    Font("Noto Sans CJK SC", "NotoSansCJK-Regular.ttc", 2),
)
"""In the order in which they are asked: the text face, two Ming faces for rare characters, one for the rarest, a last resort."""

CAPTION_FILES = ("NotoSerifCJK-Bold.ttc",)
"""Needed by the templates' captions, which no record can change."""


class FontMissing(Exception):
    """A font file is not installed, or is not what its name says; the integrator's turn."""

    turn = Turn.INTEGRATOR


def locate(font: Font, directories: Sequence[Path]) -> Path:
    """Where `font` lies. Raises `FontMissing`."""
    return _file(font.file, directories)


def require_all(directories: Sequence[Path]) -> None:
    """Every file that a page may need is there. Raises `FontMissing`."""
    for name in (*(font.file for font in FONTS), *CAPTION_FILES):
        _file(name, directories)


def _file(name: str, directories: Sequence[Path]) -> Path:
    for directory in directories:
        if (path := directory / name).is_file():
            return path
    raise FontMissing(f"{name} is in none of {', '.join(map(str, directories))}")

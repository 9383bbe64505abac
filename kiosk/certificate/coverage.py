"""Which characters a font can draw, read straight from its character map in a few milliseconds.

fontTools would expand every map to a dictionary of characters, which takes a second for these fonts; the ranges of a format 12
subtable are what is wanted anyhow. A character whose glyph has no outline counts as absent: it would print as nothing.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from fontTools.ttLib import TTFont, TTLibError

from kiosk.certificate.fonts import Font, FontMissing

SPACES = frozenset({0x20, 0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000})
"""Characters that ought to have no outline (Unicode, Zs)."""

_Range = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What one font covers: ranges of code points, single ones without an outline, and variation sequences."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    blank: frozenset[int]
    sequences: frozenset[tuple[int, int]]

    def __contains__(self, code: int) -> bool:
        at = bisect_right(self.starts, code) - 1
        return at >= 0 and code <= self.ends[at] and code not in self.blank


def read_coverage(font: Font, path: Path) -> Coverage:
    """The coverage of the font at `path`. Raises `FontMissing` if it is not the font that its name says."""
    try:
        with TTFont(path, fontNumber=font.index, lazy=True) as opened:
            if opened["name"].getBestFamilyName() != font.family:
                raise FontMissing(f"{path.name} is not {font.family}")
            table = _raw(opened, "cmap")
            ranges = _ranges(table)
            sequences = _sequences(table)
            empty = _empty_glyphs(opened)
    except (TTLibError, OSError, KeyError, struct.error, UnicodeDecodeError) as reason:
        raise FontMissing(f"{path.name} cannot be read ({type(reason).__name__})") from None
    blank = {start + glyph - first for start, end, first in ranges for glyph in empty if first <= glyph <= first + end - start}
    return Coverage(
        tuple(start for start, _, _ in ranges), tuple(end for _, end, _ in ranges), frozenset(blank - SPACES), sequences
    )


def _raw(font: TTFont, tag: str) -> bytes:
    """A table as it lies in the file."""
    return cast("dict[str, bytes]", font.reader)[tag]


def _subtables(table: bytes, wanted: int) -> list[int]:
    """Offsets of the subtables of format `wanted` (OpenType, cmap)."""
    count = struct.unpack_from(">H", table, 2)[0]
    offsets = sorted({struct.unpack_from(">L", table, 8 + 8 * index)[0] for index in range(count)})
    return [offset for offset in offsets if struct.unpack_from(">H", table, offset)[0] == wanted]


def _ranges(table: bytes) -> list[_Range]:
    """Segmented coverage: (first code, last code, first glyph), ascending (OpenType, cmap format 12)."""
    offset = _subtables(table, 12)[:1]
    if not offset:
        raise KeyError("cmap format 12")
    count = struct.unpack_from(">L", table, offset[0] + 12)[0]
    groups = table[offset[0] + 16 : offset[0] + 16 + 12 * count]
    return [group for group in struct.iter_unpack(">LLL", groups) if group[2] or group[1] > group[0]]


def _sequences(table: bytes) -> frozenset[tuple[int, int]]:
    """Variation sequences (OpenType, cmap format 14)."""
    found: set[tuple[int, int]] = set()
    for base in _subtables(table, 14):
        for record in range(struct.unpack_from(">L", table, base + 6)[0]):
            selector, default, other = struct.unpack_from(">3sLL", table, base + 10 + 11 * record)
            variation = int.from_bytes(selector)
            if default:
                for entry in range(struct.unpack_from(">L", table, base + default)[0]):
                    packed = struct.unpack_from(">L", table, base + default + 4 + 4 * entry)[0]
                    found.update(((packed >> 8) + more, variation) for more in range((packed & 0xFF) + 1))
            if other:
                for entry in range(struct.unpack_from(">L", table, base + other)[0]):
                    code = int.from_bytes(table[base + other + 4 + 5 * entry : base + other + 7 + 5 * entry])
                    found.add((code, variation))
    return frozenset(found)


def _empty_glyphs(font: TTFont) -> list[int]:
    """Glyphs without an outline in a TrueType font; CFF fonts are believed (a test draws them)."""
    if "loca" not in font:
        return []
    long = struct.unpack_from(">h", _raw(font, "head"), 50)[0]
    offsets = array("I" if long else "H", _raw(font, "loca"))
    offsets.byteswap()
    return [glyph for glyph in range(len(offsets) - 1) if offsets[glyph] == offsets[glyph + 1]]

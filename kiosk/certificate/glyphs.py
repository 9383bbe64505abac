"""Every character or none: whatever a record says must have a glyph before a blank is touched.

No character may print as a box, be dropped or be replaced, so these are refused too: private-use characters (their meaning is
only guessed), controls and invisible format characters (they would reorder or hide text), variation sequences and combining
marks that the character's font does not know (they would silently fall back to the plain form).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import cast

from kiosk.certificate.coverage import Coverage, read_coverage
from kiosk.certificate.drawings import read_drawing
from kiosk.certificate.fonts import FONTS, Font, locate
from kiosk.registration.record import Registration
from peripherals.device import Turn

LINE_BREAK = "\n"
_REFUSED = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})


class GlyphMissing(Exception):
    """Characters that cannot be printed truly: the citizen goes to a counter. Says how many, not whose."""

    turn = Turn.STAFF

    def __init__(self, missing: Iterable[int]) -> None:
        self._missing = frozenset(missing)
        super().__init__(f"{self.count} characters without a glyph")

    @property
    def count(self) -> int:
        return len(self._missing)

    @property
    def code_points(self) -> tuple[str, ...]:
        """As U+XXXX, in order of the code: what the counter's clerk looks up. A part of a name, so never for a log."""
        return tuple(f"U+{code:04X}" for code in sorted(self._missing))


class Glyphs:
    """What the fonts of the page can draw. Reading them takes some 0.1 s; asking takes microseconds."""

    def __init__(self, directories: Sequence[Path], fonts: Sequence[Font] = FONTS) -> None:
        """Raises `FontMissing`."""
        self._fonts: tuple[Coverage, ...] = tuple(read_coverage(font, locate(font, directories)) for font in fonts)

    def missing_characters(self, registration: Registration) -> frozenset[int]:
        """Code points of everything on the page that cannot be printed truly. Raises `DrawingUnreadable`."""
        return self.missing(texts(registration))

    def missing(self, strings: Iterable[str]) -> frozenset[int]:
        """The same for any strings."""
        missing: set[int] = set()
        for cluster in {cluster for string in strings for cluster in _clusters(string)}:
            missing.update(self._missing_of(cluster))
        return frozenset(missing)

    def require(self, strings: Iterable[str]) -> None:
        """Raises `GlyphMissing` unless all can be printed."""
        if missing := self.missing(strings):
            raise GlyphMissing(missing)

    def _missing_of(self, cluster: str) -> Iterable[int]:
        if cluster == LINE_BREAK:
            return ()
        if refused := [ord(char) for char in cluster if unicodedata.category(char) in _REFUSED]:
            return refused
        base, marks = ord(cluster[0]), [ord(char) for char in cluster[1:]]
        # Typst takes the first font that has the base, so that very font must know what follows it.
        font = next((coverage for coverage in self._fonts if base in coverage), None)
        if font is None:
            return (base, *marks)
        if any((base, mark) not in font.sequences if _is_selector(mark) else mark not in font for mark in marks):
            return (base, *marks)
        return ()


def texts(registration: Registration) -> Iterator[str]:
    """Every string of the record that can reach the page, the words of seal and drawings included."""
    printed = registration.model_dump(exclude={"code", "seal", "drawings", "collector", "registered_on", "version", "kind"})
    yield from strings(printed)
    for svg in (registration.seal, *registration.drawings):
        drawing = read_drawing(svg)
        yield drawing.title
        yield from drawing.text.splitlines()


def strings(value: object) -> Iterator[str]:
    """Every string within dictionaries and sequences, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in cast("dict[str, object]", value).values():
            yield from strings(item)
    elif isinstance(value, tuple | list):
        for item in cast("Sequence[object]", value):
            yield from strings(item)


def _clusters(string: str) -> Iterator[str]:
    """A character with the marks and selectors that change it."""
    begin = 0
    for at in range(1, len(string) + 1):
        if at == len(string) or not unicodedata.category(string[at]).startswith("M"):
            yield string[begin:at]
            begin = at


def _is_selector(code: int) -> bool:
    return 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF

"""Which font draws which character, and what is drawn at all.

Kivy has no font fallback: a character that the font lacks becomes a box. Here a text is cut into runs, each with a font that
has it: the Chinese face first, then the fonts for rare characters (a name may hold 𬭎, 𪧶 or 𰻞). `deploy/fonts.py` prepares
the faces and the table of what they cover.
"""

from __future__ import annotations

import bisect
import json
import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

ASSETS = Path(__file__).parent / "assets"
_RARE = {
    "HanaMinA": Path("/usr/share/fonts/truetype/hanazono/HanaMinA.ttf"),
    "HanaMinB": Path("/usr/share/fonts/truetype/hanazono/HanaMinB.ttf"),
    "BabelStoneHan": Path("/usr/share/fonts/truetype/babelstone/BabelStoneHan.ttf"),
}
MISSING = "〓"
"""The printers' mark for a character that no font has; a certificate with such a character is never printed here."""


class FontsMissing(Exception):
    """`deploy/fonts.py` was not run; the integrator's turn."""


class Face(Enum):
    """The faces of the screens, by file."""

    REGULAR = "NotoSansSC-Regular.otf"
    BOLD = "NotoSansSC-Bold.otf"
    SERIF = "NotoSerifSC-Bold.otf"
    ICON = "Phosphor-Regular.ttf"
    ICON_BOLD = "Phosphor-Bold.ttf"
    ICON_FILL = "Phosphor-Fill.ttf"


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one font."""

    font: str
    text: str


class _Coverage:
    """The characters of one font, as sorted ranges."""

    def __init__(self, ranges: str) -> None:
        pairs = [run.split("-") for run in ranges.split()]
        self._first = [int(pair[0], 16) for pair in pairs]
        self._last = [int(pair[-1], 16) for pair in pairs]

    def __contains__(self, character: str) -> bool:
        index = bisect.bisect_right(self._first, ord(character)) - 1
        return index >= 0 and ord(character) <= self._last[index]


class Fonts:
    """The faces and what they cover. Raises `FontsMissing`."""

    def __init__(self, folder: Path = ASSETS / "fonts") -> None:
        self._folder = folder
        try:
            table: dict[str, str] = json.loads((folder / "coverage.json").read_text("utf-8"))
        except FileNotFoundError:
            raise FontsMissing(f"{folder} is not prepared: run deploy/fonts.py") from None
        self._sans = _Coverage(table["NotoSansSC-Regular"])
        self._serif = _Coverage(table["NotoSerifSC-Bold"])
        self._rare_table = {name: table[name] for name in _RARE if name in table}
        self._rare: dict[str, _Coverage] = {}

    def path(self, face: Face) -> str:
        return str(self._folder / face.value)

    def runs(self, text: str, face: Face) -> list[Run]:
        """`text` in as few runs as its characters allow; what no font has becomes `MISSING`."""
        main = self.path(face)
        if face in (Face.ICON, Face.ICON_BOLD, Face.ICON_FILL) or text.isascii():
            return [Run(main, text)] if text else []
        covered = self._serif if face is Face.SERIF else self._sans
        runs: list[Run] = []
        for character in text:
            font = main
            if character not in covered:
                font = self._rare_font(character) or ""
                if not font:
                    font, character = main, MISSING  # noqa: PLW2901
            if runs and runs[-1].font == font:
                runs[-1] = Run(font, runs[-1].text + character)
            else:
                runs.append(Run(font, character))
        return runs

    def _rare_font(self, character: str) -> str | None:
        for name, ranges in self._rare_table.items():
            if name not in self._rare:
                self._rare[name] = _Coverage(ranges)
            if character in self._rare[name] and _RARE[name].exists():
                return str(_RARE[name])
        return None


_HEAP = re.compile(
    r"(?<=[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)
"""Marks above and below a character, after the third."""


def drawable(text: str) -> str:
    """`text` without what draws nothing but disturbs: control and direction characters, variation selectors, heaps of accents.

    Keeps newlines."""
    text = _HEAP.sub("", text) if not text.isascii() else text
    return "".join(
        character
        for character in text
        if character == "\n"
        or not (unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") or _selects_variation(character))
    )


def _selects_variation(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


class Icons:
    """Names of icons (`assets/icons.json`) to characters of the icon fonts."""

    def __init__(self) -> None:
        self._points: dict[str, str] = json.loads((ASSETS / "icons.json").read_text("utf-8"))

    def __getitem__(self, name: str) -> str:
        """The character of icon `name`; one we do not have is drawn as a plain mark, never as a box."""
        return chr(int(self._points.get(name) or self._points["info"], 16))

"""The lines that may be said aloud: the wording of `screens/locale`, cut at its placeholders, and small numbers.

Whatever else stands on a screen (a name, an address, a number of more than three digits) is private: it has no line, so the
loudspeaker cannot say it even by mistake.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from screens.wording import Language, sentences

NUMBERS = 120
"""Numbers up to this one are spoken whole."""
SILENT = "staff."
"""What staff see is never read out."""
_PLACEHOLDER = re.compile(r"\{\w+\}")
_SMALL = re.compile(r"\d{1,3}")
_TIME = re.compile(r"(\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class Say:
    """A stretch of speech. `public`: one of our own lines, spoken beforehand; else for headphones only."""

    text: str
    public: bool


class Catalogue:
    """One language's lines."""

    def __init__(self, language: Language) -> None:
        self._whole: set[str] = set()
        self._templates: list[tuple[re.Pattern[str], list[str]]] = []
        lines = {str(number) for number in range(NUMBERS + 1)}
        for key, sentence in sentences(language).items():
            if key.startswith(SILENT):
                continue
            parts = [_spoken(part) for part in _PLACEHOLDER.split(sentence)]
            lines.update(part for part in parts if part)
            if len(parts) == 1:
                self._whole.add(parts[0])
            elif any(parts):
                pattern = "(.+?)".join(re.escape(_plain(part)) for part in _PLACEHOLDER.split(sentence))
                self._templates.append((re.compile(pattern, re.DOTALL), parts))
        # The more of a sentence is our own, the better it fits.
        self._templates.sort(key=lambda template: -len(template[0].pattern))
        self.lines = frozenset(lines)

    def says(self, shown: str) -> list[Say]:
        """What is shown, as speech: our lines and small numbers are public, all else is private."""
        text = _spoken(shown)
        if not text:
            return []
        if text in self._whole or text in self.lines:
            return [Say(text, True)]
        for pattern, parts in self._templates:
            if found := pattern.fullmatch(_plain(shown)):
                return self._filled(parts, found.groups())
        return _value(shown) or [Say(text, False)]

    def _filled(self, parts: list[str], values: tuple[str, ...]) -> list[Say]:
        said: list[Say] = []
        for index, part in enumerate(parts):
            if part:
                said.append(Say(part, True))
            if index < len(values) and (value := _spoken(values[index])):
                said += _value(value) or [Say(value, value in self._whole)]
        return said


@functools.cache
def catalogue(language: Language) -> Catalogue:
    """The catalogue of `language`, made once."""
    return Catalogue(language)


def _value(value: str) -> list[Say]:
    """A small number or a time of day, in lines that there are; empty for anything else."""
    value = value.strip().removesuffix("%")
    if _SMALL.fullmatch(value):
        return _number(value)
    if clock := _TIME.fullmatch(value):
        return [*_number(clock[1]), *_number(clock[2])]
    return []


def _number(digits: str) -> list[Say]:
    if int(digits) <= NUMBERS:
        return [Say(str(int(digits)), True)]
    return [Say(digit, True) for digit in digits]


def _plain(text: str) -> str:
    """As the screen shows it: the middle dot brings its own space."""
    return text.replace(" · ", "·")


def _spoken(text: str) -> str:
    """As it is said: a line's end and a middle dot are short pauses."""
    return re.sub(r"\s*(·|\n)\s*", "，", text.strip()).strip(" ，").replace("，，", "，")

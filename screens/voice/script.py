"""What a screen says: first what to do, then what stands on it, then the keys with their position."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from screens.prompts import (
    CheckCertificate,
    ChooseOne,
    EnterCode,
    Home,
    Identify,
    Notice,
    Printing,
    Prompt,
    StillThere,
    Take,
    Tone,
)
from screens.voice.catalogue import Say, catalogue
from screens.wording import Language, t

GUIDES: dict[type[Prompt[object]], str] = {
    Home: "voice.home",
    Identify: "voice.card",
    CheckCertificate: "voice.check",
    Printing: "voice.print",
    Take: "voice.take",
}
"""A sentence for the ear, where what is shown is for the eye (ui-design, section 7)."""

RECORDS = (CheckCertificate, ChooseOne)
"""Prompts whose body is a person's data: without headphones only their heads and keys are read."""

COUNTED = frozenset({30, 10, 5, 4, 3, 2, 1})
"""Seconds of a countdown that are said."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen as its words: `head` and `body` outside keys, and each key's words, in reading order."""

    head: Sequence[str]
    body: Sequence[str]
    keys: Sequence[Sequence[str]]


def always(prompt: Prompt[object], language: Language) -> list[Say]:
    """What is said even when nobody asked for a voice: where the card goes, where the certificate lies, that nothing is lost."""
    if isinstance(prompt, Identify | Take):
        return _line(GUIDES[type(prompt)], language)
    if isinstance(prompt, Notice) and prompt.tone is Tone.WARN:
        return [each for text in (prompt.title, prompt.safe) for each in catalogue(language).says(text.render(language))]
    return []


def whole(prompt: Prompt[object], shown: Shown, language: Language, *, private: bool) -> list[Say]:
    """Everything that a screen says when the voice is on. `private`: into headphones."""
    said = _line(GUIDES[type(prompt)], language) if type(prompt) in GUIDES else []
    said += texts(outside_keys(prompt, shown, private=private), language)
    if not isinstance(prompt, EnterCode):  # twelve digits are not read out; they speak when they are chosen
        said += keys(shown.keys, language)
    return list(heard(said, private=private))


def outside_keys(prompt: Prompt[object], shown: Shown, *, private: bool) -> list[str]:
    """The texts of a screen outside its keys that may be read at all."""
    return [*shown.head, *(shown.body if private or not isinstance(prompt, RECORDS) else ())]


def texts(shown: Iterable[str], language: Language) -> list[Say]:
    """Texts as they are said."""
    return [each for text in shown for each in catalogue(language).says(text)]


def keys(words: Sequence[Sequence[str]], language: Language) -> list[Say]:
    """The keys with their position."""
    said: list[Say] = []
    for index, each in enumerate(words):
        said += position(index + 1, len(words), language)
        said += key(each, language)
    return said


def key(words: Iterable[str], language: Language) -> list[Say]:
    """One key, when it is chosen."""
    return texts(words, language)


def position(index: int, count: int, language: Language) -> list[Say]:
    return _line("voice.position", language, n=index, count=count)


def heard(said: Iterable[Say], *, private: bool) -> Iterator[Say]:
    """What comes out: all of it in headphones, only our own lines on the loudspeaker."""
    return (each for each in said if each.public or private)


def counts(prompt: Prompt[object], left: int) -> bool:
    """Whether the seconds that are left are said."""
    return isinstance(prompt, StillThere | Take) and left in COUNTED


def _line(key_: str, language: Language, **values: int) -> list[Say]:
    return catalogue(language).says(t(key_, **values).render(language))

"""A screen for a screen reader: what stands on it, in reading order, as plain values with their places.

The rule of the voice holds here too. What is not a line of ours (`screens.voice.catalogue`) is in the outline only where nobody
but the person hears it; without headphones a key that says only such things is called by its position.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from screens.arrangement import Screen
from screens.layout import Box
from screens.voice import script
from screens.voice.catalogue import Say, catalogue
from screens.widgets.bars import StepHeader
from screens.widgets.keys import Key
from screens.widgets.ring import Ring
from screens.widgets.words import Words
from screens.wording import Language

ROOT, NEWS, FIRST = 0, 1, 16
"""Identities: the window itself, the line that tells what is new, and the least of all others."""


class Role(StrEnum):
    """What an item is."""

    HEADING = "heading"
    LABEL = "label"
    KEY = "key"
    TIMER = "timer"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on the screen. `identity` is the same wherever the same thing stands. `frame`: left, top, right and bottom in pixels of the
    window. `key` is the name by which the window presses it, `on` whether it is switched on (None: no switch).
    """

    identity: int
    role: Role
    name: str
    frame: tuple[float, float, float, float]
    key: str = ""
    enabled: bool = True
    on: bool | None = None
    left: int | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """A whole screen. `news` is told at once, `urgent` even into what is being said; `focus`: identity of the key that the ring is on."""

    title: str
    language: str
    size: tuple[int, int]
    items: tuple[Item, ...] = ()
    news: str = ""
    urgent: bool = False
    focus: int = ROOT

    def values(self) -> dict[str, Any]:
        """The same for JSON."""
        return asdict(self)


class Reader:
    """Reads boxes. `private`: only the person hears it; `record`: the body is her data, and stays out otherwise."""

    def __init__(self, language: Language, scale: float, *, private: bool, record: bool) -> None:
        self._language = language
        self._scale = scale
        self._private = private
        self._record = record and not private
        self._taken: set[int] = set()

    def items(self, screen: Screen, bar: Box | None) -> tuple[Item, ...]:
        """All that is on `screen` and in the access bar."""
        hidden = screen.said_body if self._record else ()
        words = [box for box in _in_order([screen.head, screen.body]) if isinstance(box, Words)]
        # What stands largest is what the screen is about.
        heading = max(words, key=lambda each: each.size, default=None)
        out = {id(box) for part in hidden for box in _in_order([part]) if not isinstance(box, Key)}
        boxes = [box for box in _in_order([screen]) if id(box) not in out]
        return tuple(item for part in (boxes, _in_order([bar] if bar else [])) for item in self._read([*part], heading))

    def _read(self, boxes: Sequence[Box], heading: Words | None) -> Iterator[Item]:
        keys = [box for box in boxes if isinstance(box, Key)]
        for box in boxes:
            if isinstance(box, Key):
                yield self._key(box, keys.index(box) + 1, len(keys))
            elif isinstance(box, Ring):
                yield self._item("ring", Role.TIMER, " ".join(filter(None, map(self._say, box.said))), box, left=box.left)
            elif isinstance(box, StepHeader):
                yield self._item("step", Role.LABEL, self._say(box.said), box)
            elif isinstance(box, Words) and (name := self._say(box.text)):
                yield self._item("words", Role.HEADING if box is heading else Role.LABEL, name, box)

    def _key(self, key: Key, number: int, count: int) -> Item:
        words = [self._say(each.text) for each in key.boxes() if isinstance(each, Words)]
        name = _pause(word for word in words if word)
        if not all(words) or not name:
            # Keys that differ in what may not be told are told apart by their places.
            place = _joined(script.position(number, count, self._language), self._language)
            name = _pause(part for part in (place, name) if part)
        return self._item(f"key {key.name}", Role.KEY, name, key, key=key.name, enabled=key.enabled, on=key.on)

    def _say(self, text: str) -> str:
        said = script.heard(catalogue(self._language).says(text), private=self._private)
        return _joined(said, self._language)

    def _item(self, part: str, role: Role, name: str, box: Box, **more: Any) -> Item:
        identity = identity_of(part)
        while identity in self._taken:
            identity += 1
        self._taken.add(identity)
        frame, scale = box.frame, self._scale
        sides = (frame.x * scale, frame.y * scale, (frame.x + frame.w) * scale, (frame.y + frame.h) * scale)
        return Item(identity, role, name, sides, **more)


def identity_of(part: str) -> int:
    """A number for a part of the screen that is the same as long as the part is."""
    return FIRST + zlib.crc32(part.encode())


def _pause(parts: Iterable[str]) -> str:
    return "，".join(parts)


def _joined(said: Iterable[Say], language: Language) -> str:
    """The pieces of one text, as it is written."""
    return ("" if language is Language.ZH else " ").join(each.text for each in said)


def _in_order(boxes: Iterable[Box]) -> Iterator[Box]:
    """What is read or pressed, in reading order; what a key or a ring consists of is its own affair."""
    for box in boxes:
        if isinstance(box, Key | Ring | StepHeader | Words):
            yield box
        else:
            yield from _in_order(box.children)

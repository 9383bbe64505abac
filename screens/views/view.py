"""What every view is: a prompt, the little that a person has done on it so far, and the parts that show both.

A view is built anew whenever anything changes (language, size, a newer version of the prompt, a touch), so it holds state and
never widgets.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from screens.arrangement import Parts
from screens.layout import Box, Column, Row, Space
from screens.look import Look
from screens.prompts import Nav, Prompt
from screens.widgets.keys import Key, secondary
from screens.widgets.surfaces import Orb
from screens.widgets.words import Icon, Words
from screens.wording import Text

P = TypeVar("P", bound=Prompt[Any])


@dataclass(frozen=True, slots=True)
class Acting:
    """What a view may do: answer its prompt, ask to be drawn again, know how time passes (seconds, monotonic; since a touch; the time of day).

    `redraw(True)` also ignores touches for a moment, because another key may now lie under the finger.
    """

    answer: Callable[[object], None]
    redraw: Callable[[bool], None]
    now: Callable[[], float]
    patience: Callable[[], float]
    idle: Callable[[], float] = lambda: math.inf
    clock: Callable[[], str] = lambda: ""


class View(Generic[P]):
    """Draws one kind of prompt."""

    sheet: ClassVar[bool] = False
    """Whether it lies over the prompt below instead of replacing it."""

    silent: ClassVar[bool] = False
    """Whether it is never read out: what staff see is not for the hall's ears."""

    def __init__(self, prompt: P, acting: Acting) -> None:
        self.prompt = prompt
        self.acting = acting
        self.begun = acting.now()
        self._noticed = self.passing()

    def parts(self, look: Look) -> Parts:
        """What stands on the screen, for `look`."""
        raise NotImplementedError

    def replaced(self, prompt: P) -> None:
        """A newer version of the prompt."""
        self.prompt = prompt

    def knocked(self) -> None:
        """Staff made the hidden gesture. Nothing, but on the home screens."""

    def passing(self) -> object:
        """What changes here by time alone: a countdown, an hour. Nothing, in most views."""
        return None

    def passes(self) -> bool:
        """Called a few times a second: whether what is shown has changed by time alone."""
        before, self._noticed = self._noticed, self.passing()
        return self._noticed != before

    def back(self, look: Look, *, small: bool = False) -> Key:
        return self._leaving(look, "back", "nav.back", "arrow-left", Nav.BACK, small)

    def home(self, look: Look, *, small: bool = False) -> Key:
        return self._leaving(look, "home", "nav.home", "house", Nav.HOME, small)

    def leave(self, look: Look, *, small: bool = False, low: float = 112.0) -> list[Key]:
        """Back and Home; `small` ones are `low` tall."""
        return [
            self._leaving(look, "back", "nav.back", "arrow-left", Nav.BACK, small, low),
            self._leaving(look, "home", "nav.home", "house", Nav.HOME, small, low),
        ]

    def _leaving(self, look: Look, name: str, label: str, icon: str, answer: Nav, small: bool, low: float = 112.0) -> Key:
        icon = "" if (small or look.wide) and look.long_words else icon
        return secondary(look, name, look.say(label), lambda: self.acting.answer(answer), icon=icon, height=low if small else 136)


def ring_side(look: Look) -> float:
    """How large the countdown of a heading is: smaller beside the body, where the heading is long."""
    return 136.0 if look.wide and look.air < 1.0 else 196.0


def with_ring(look: Look, title: list[Box], ring: Box) -> list[Box]:
    """A heading with a countdown beside it; under it where the head is narrow."""
    if look.wide:
        return [*title, Space(look, look.gap(28)), Row(look, [ring])]
    return [Row(look, [Column(look, title, grow=1.0), ring], gap=40)]


def person(look: Look, name: Text, chip: Box) -> Box:
    """Who is there, masked, and how we know."""
    icon = Icon(look, "user-circle", 46, colour=look.colour.ok, fill=True)
    words = Words(look, name, look.type.body, colour=look.colour.ink2, grow=1.0)
    row: list[Box] = [icon, words, chip]
    if look.wide or chip.wide() + words.wide() + 46 + 36 > look.width - 2 * look.margin:
        return Column(look, [Row(look, row[:2], gap=18), Space(look, look.gap(14)), Row(look, [chip])])
    return Row(look, row, gap=18)


def heading(look: Look, title: Text, sub: Text | None = None, *, align: str = "left") -> list[Box]:
    """The question and what helps to answer it."""
    boxes: list[Box] = [Words(look, title, look.heading, bold=True, line=1.25, align=align)]
    if sub is not None:
        boxes += [Space(look, look.gap(14)), Words(look, sub, look.type.body, colour=look.colour.ink2, align=align)]
    return boxes


def headed(look: Look, icon: str, title: Text, sub: Text) -> list[Box]:
    """The heading of a sheet under its icon; beside it where the screen is low."""
    orb = Orb(look, icon, 124, fill=True)
    if look.wide:
        return [Row(look, [orb, Column(look, heading(look, title, sub), grow=1.0)], gap=44)]
    return [Column(look, [orb], across="center"), Space(look, look.gap(36)), *heading(look, title, sub, align="center")]

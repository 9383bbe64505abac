"""How things are to be shown right now: one value that every part of a screen is built with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from screens.ink import Ink
from screens.prompts import TextSize
from screens.theme import Palette, Steps, Theme
from screens.wording import Language, Text, t


class Shape(Enum):
    """The three arrangements that were drawn (ui-design, section 3), with their design sizes.

    A 1280x1024 panel has 86 to 96 dots an inch where the design has 102: its pixels are larger, so its design has more of
    them, and keys and letters keep their millimetres.
    """

    PORTRAIT = (1080, 1920)
    LANDSCAPE = (1920, 1080)
    SQUARE = (1440, 1152)

    @staticmethod
    def of(width: int, height: int) -> Shape:
        """The arrangement for a window of this size."""
        if height > width:
            return Shape.PORTRAIT
        return Shape.LANDSCAPE if width / height > 1.5 else Shape.SQUARE


@dataclass(frozen=True, slots=True)
class Look:
    """Theme, language and arrangement; `air` (0..1) scales the space between things, `art` the illustrations (0: none).

    `width` and `height` are the screen in design pixels. `motion`: things move; `swaps`: they do not, and a loop is shown as two
    still pictures in turn. `low`: what can be pressed lies below `reach`.
    """

    theme: Theme
    language: Language
    shape: Shape
    width: float
    height: float
    ink: Ink
    motion: bool = True
    swaps: bool = False
    low: bool = False
    air: float = 1.0
    art: float = 1.0

    @property
    def colour(self) -> Palette:
        return self.theme.colour

    @property
    def type(self) -> Steps:
        return self.theme.type

    @property
    def margin(self) -> float:
        return 44.0 if self.shape is Shape.SQUARE else 56.0

    @property
    def wide(self) -> bool:
        """Whether head and actions stand beside the body."""
        return self.shape is not Shape.PORTRAIT

    @property
    def reach(self) -> float:
        """Design pixels from the top above which nothing can be pressed in low reach: half of a portrait screen, 40 % of a low one."""
        return self.height * (0.4 if self.wide else 0.5)

    @property
    def largest(self) -> bool:
        return self.theme.size is TextSize.LARGEST

    @property
    def long_words(self) -> bool:
        """Whether small keys leave their icons out, for their words need the room: Largest, and in letters already Large."""
        return self.largest or (self.theme.size is TextSize.LARGE and self.language is not Language.ZH)

    @property
    def heading(self) -> float:
        """Size of the question; where room is scarce, beside the body at once, that of a card's title. The square screen has a narrower
        column for it."""
        if self.air < (0.6 if self.wide else 0.35):
            return self.type.h2 + 4
        return self.type.h1 - (4 if self.shape is Shape.SQUARE else 0)

    def gap(self, pixels: float) -> float:
        """A space between things, tightened where room is scarce."""
        return round(pixels * self.air)

    def say(self, text: Text | str) -> str:
        """A text, or the sentence of a key, in the language of the screen."""
        return self.say_in(self.language, text)

    @staticmethod
    def say_in(language: Language, text: Text | str) -> str:
        """The same in a language of one's choice."""
        return (t(text) if isinstance(text, str) else text).render(language)

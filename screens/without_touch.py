"""The window without a finger on it: the keypad's ring, and what a screen reader is told and asks for.

Both work on the keys that can be pressed now; whatever they do counts only when a touch would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from screens.glass import Glass, Push, said
from screens.look import Look
from screens.manner import Manner
from screens.outline import ROOT, Item, Outline, Reader
from screens.prompts import Prompt, StillThere
from screens.screen_reader import ScreenReader
from screens.voice.reading import Reading
from screens.voice.script import RECORDS
from screens.wording import Language

if TYPE_CHECKING:
    from screens.widgets.keys import Key


class Before(Protocol):
    """What is before the person, as the window knows it."""

    @property
    def settled(self) -> bool: ...

    @property
    def look(self) -> Look: ...

    @property
    def manner(self) -> Manner: ...

    def touched(self) -> None: ...

    def asks(self) -> tuple[Prompt[Any] | None, bool]:
        """The prompt that is up (None under a sheet of the window's own), and whether it is for staff's eyes alone."""
        ...

    def title(self, language: Language) -> str: ...


class WithoutTouch:
    """`chosen`: the name of the key that the ring is on."""

    def __init__(self, window: Before, glass: Glass, reading: Reading) -> None:
        self._window = window
        self._glass = glass
        self._reading = reading
        self._outlined: Outline | None = None
        self.screen_reader = ScreenReader(self._outline, self._assisted)
        self.chosen: str | None = None

    def forget(self) -> None:
        """Drop what was read out of the visit."""
        self.chosen = None
        self._outlined = None
        if self._reading.private:
            self.screen_reader.forget()

    def choose(self, name: str | None) -> None:
        """Lay the ring on the key of this name, or on none."""
        self.chosen = name
        self.ring()

    def ring(self) -> None:
        """Draw the ring where it belongs now."""
        chosen = next((key for key in self._keys() if key.name == self.chosen), None)
        self._glass.ring(chosen, self._window.look)
        self.screen_reader.changed()

    def tactile(self, push: Push) -> None:
        """Do what a key of the keypad says: the ring goes on or back, presses its key, or everything is said again."""
        manner = self._window.manner
        if push is Push.AGAIN:
            self._reading.again(manner)
            return
        keys = self._keys()
        names = [key.name for key in keys]
        at = names.index(self.chosen) if self.chosen in names else None
        if push is Push.PRESS:
            if at is not None:
                self._press(keys[at])
            return
        if not keys:
            return
        step = 1 if push is Push.NEXT else -1
        at = (at + step) % len(keys) if at is not None else 0 if step == 1 else len(keys) - 1
        self.choose(names[at])
        bar = len(self._glass.bar_keys())
        place = (at + 1, len(keys) - bar) if at < len(keys) - bar else None
        self._reading.chosen(said(keys[at]), place, manner)

    def _keys(self) -> list[Key]:
        return [key for key in self._glass.pressable() if key.enabled]

    def _press(self, key: Key) -> None:
        """As soon as touches would count."""
        if self._window.settled or key.name in self._glass.bar_keys():
            self._reading.pressed((), self._window.manner)
            key.act()

    def _assisted(self, deed: str, identity: int) -> None:
        """A screen reader did `deed` to what has this identity in the last outline."""
        items = self._outlined.items if self._outlined else ()
        name = next((item.key for item in items if item.identity == identity), "")
        key = next((key for key in self._keys() if key.name == name), None)
        if key is None:
            return
        self._window.touched()
        if deed == "press":
            self._press(key)
        else:
            self.choose(key.name)

    def _outline(self) -> Outline:
        """The screen for a screen reader. What staff see is outlined only where nobody else hears it."""
        screen, bar = self._glass.front()
        prompt, staff = self._window.asks()
        private, language = self._reading.private, self._window.manner.language
        items: tuple[Item, ...] = ()
        if screen is not None and (private or not staff):
            record = isinstance(prompt, RECORDS)
            items = Reader(language, self._glass.scale, private=private, record=record).items(screen, bar)
        focus = next((item.identity for item in items if item.key and item.key == self.chosen), ROOT)
        title, size = self._window.title(language), self._glass.window_size
        urgent = isinstance(prompt, StillThere)
        self._outlined = Outline(title, language, size, items, self._reading.news(language), urgent, focus)
        return self._outlined

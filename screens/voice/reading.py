"""Reads the window aloud: knows what was said of the present screen already, and says what is new."""

from __future__ import annotations

import re
from collections.abc import Sequence

from screens.manner import Manner
from screens.prompts import EnterCode, Identify, Notice, Prompt, SlotState, Take, Tone
from screens.voice import script
from screens.voice.catalogue import catalogue
from screens.voice.script import Shown
from screens.voice.speaker import Speaker
from screens.voice.tones import Sound
from screens.wording import Language, t


class Reading:
    """The voice of one window."""

    def __init__(self, speaker: Speaker) -> None:
        self._speaker = speaker
        self._prompt: Prompt[object] | None = None
        self._shown = Shown((), (), ())
        self._said: set[str] = set()
        self._untold: list[str] = []
        self._news = ""
        self._counted = 0

    @property
    def able(self) -> bool:
        return self._speaker.able

    @property
    def private(self) -> bool:
        """Whether only the person before the terminal hears it."""
        return self._speaker.private

    @property
    def speaking(self) -> bool:
        return self._speaker.speaking

    def screen(self, prompt: Prompt[object], shown: Shown, manner: Manner, *, fresh: bool) -> None:
        """This is up now: another question (`fresh`), or the present one with something new on it."""
        before = self._prompt
        self._prompt, self._shown = prompt, shown
        language, private = manner.language, self._speaker.private
        if fresh:
            self._said, self._untold = set(), []
        new = [text for text in script.outside_keys(prompt, shown, private=private) if self._is_new(text, fresh=fresh)]
        self._said |= {_changeless(text) for text in (*shown.head, *shown.body)}
        self._untold += new
        first = _sound(None if fresh else before, prompt)
        if fresh:
            said = script.whole(prompt, shown, language, private=private) if manner.voice else script.always(prompt, language)
            if said or first or manner.voice:
                self._speaker.say(said, language, first=first)
        elif manner.voice and (said := [*script.heard(script.texts(new, language), private=private)]):
            self._speaker.say(said, language, first=first)
        elif first:
            self._speaker.sound(first)

    def again(self, manner: Manner) -> None:
        """Say the whole screen once more."""
        if self._prompt is not None:
            self._speaker.say(
                script.whole(self._prompt, self._shown, manner.language, private=self._speaker.private), manner.language
            )

    def at_volume(self, loudness: float, manner: Manner) -> None:
        """Be as loud as that from now on; the first word is heard so."""
        self._speaker.loudness = loudness
        if manner.voice:
            self._speaker.say(catalogue(manner.language).says(t("voice.on").render(manner.language)), manner.language)

    def switched(self, manner: Manner) -> None:
        """The voice was switched on or off, or the language was changed while it is on."""
        if manner.voice:
            self.again(manner)
        else:
            self._speaker.say(catalogue(manner.language).says(t("voice.off").render(manner.language)), manner.language)

    def chosen(self, words: Sequence[str], place: tuple[int, int] | None, manner: Manner) -> None:
        """The ring went to a key; `place`: its number among how many."""
        if not manner.voice or (isinstance(self._prompt, EnterCode) and self._prompt.secret and not self._speaker.private):
            return
        said = script.key(words, manner.language)
        if place is not None:
            said += script.position(*place, manner.language)
        self._speaker.say([*script.heard(said, private=self._speaker.private)], manner.language)

    def left(self, seconds: int, manner: Manner) -> None:
        """So many seconds are left."""
        prompt = self._prompt
        if seconds == self._counted or prompt is None:
            return
        self._counted = seconds
        if manner.voice and script.counts(prompt, seconds):
            self._speaker.say(catalogue(manner.language).says(str(seconds)), manner.language)
        elif isinstance(prompt, Take) and seconds % 10 == 0:
            # Louder each time, until somebody comes.
            self._speaker.sound(Sound.OUTLET, max(0, (prompt.seconds_total - seconds) // 10))

    def pressed(self, words: Sequence[str], manner: Manner) -> None:
        """A key was pressed; a digit that is no secret is said."""
        prompt = self._prompt
        if manner.voice and isinstance(prompt, EnterCode) and not prompt.secret and "".join(words).isdigit():
            self._speaker.say(script.key(words, manner.language), manner.language, first=Sound.TICK)
        else:
            self._speaker.sound(Sound.TICK)

    def news(self, language: Language) -> str:
        """What is new on the screen, as far as it may be told; the same until something newer is."""
        if self._untold:
            said = script.heard(script.texts(self._untold, language), private=self._speaker.private)
            self._news, self._untold = " ".join(each.text for each in said), []
        return self._news

    def hush(self) -> None:
        """The visit is over."""
        self._prompt, self._shown, self._said = None, Shown((), (), ()), set()
        self._untold, self._news = [], ""
        self._speaker.hush()

    def _is_new(self, text: str, *, fresh: bool) -> bool:
        # What was typed last is said by its key.
        typed = isinstance(self._prompt, EnterCode) and len(text.strip()) <= 1
        return fresh or not (typed or _changeless(text) in self._said)


def _changeless(text: str) -> str:
    """A text without its figures: a countdown is not said anew each second."""
    return re.sub(r"\d+", "#", text)


def _sound(before: Prompt[object] | None, now: Prompt[object]) -> Sound | None:
    if isinstance(now, Identify):
        reading = SlotState.READING in (now.card, now.code)
        was = isinstance(before, Identify) and SlotState.READING in (before.card, before.code)
        return Sound.READ if reading and not was else None
    if isinstance(now, Take) and not isinstance(before, Take):
        return Sound.OUTLET
    if isinstance(now, Notice) and now.tone in (Tone.WARN, Tone.REFUSED) and not isinstance(before, Notice):
        return Sound.ATTENTION
    return None

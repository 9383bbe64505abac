"""The window: shows prompts to the person before the terminal and brings back what she answers.

`KioskWindow` is the real `screens.prompts.Stage`. It runs on the asyncio loop of its caller and is used from there only. One
finger counts at a time; a key acts when it is let go inside; what has just appeared ignores touches for 600 ms, so that the
last touch of one screen never presses something on the next.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar, cast

from screens import toolkit
from screens.arrangement import Screen, arranged
from screens.fonts import Fonts
from screens.glass import Glass, Push
from screens.hall import HallInfo
from screens.knock import Knock
from screens.look import Look, Shape
from screens.manner import VOLUMES, Manner
from screens.prompts import Nav, Prompt
from screens.theme import Themes
from screens.voice.reading import Reading
from screens.voice.speaker import Speaker
from screens.without_touch import WithoutTouch
from screens.wording import Language

log = logging.getLogger(__name__)

A = TypeVar("A")

SETTLE_SECONDS = 0.6
"""How long a screen ignores touches after it appeared (ui-design, section 9.10)."""
TICK_SECONDS = 0.2
ALONE_SECONDS = 20.0
"""After so long without a touch the machine tidies up, and so once a minute: whoever reads does not notice, and mostly nobody is there."""


@dataclass(slots=True, eq=False)
class _Asked:
    """A prompt that is up, and its view."""

    prompt: Prompt[Any]
    view: Any


class _Over(Enum):
    """A sheet of the window's own that lies over whatever is asked."""

    HELP = "Help"
    VOLUME = "Volume"


class KioskWindow:
    """The one window of a terminal. Make one a process, on the thread of the event loop.

    `size` is that of the window in pixels (ignored when `fullscreen`); `on_help` is called when the help key is pressed, `on_help_withdrawn` when somebody calls it off;
    `on_change` after every change of what is on the screen; `reduced_motion`: nothing moves (None: only where the machine draws too slowly); `closable`: a request to close ends it (None: unless it is full screen);
    `monotonic` is the clock of idle time and countdowns.
    """

    def __init__(
        self,
        size: tuple[int, int] = (1080, 1920),
        *,
        fullscreen: bool = False,
        hall: HallInfo,
        on_help: Callable[[], None] = lambda: None,
        on_help_withdrawn: Callable[[], None] = lambda: None,
        on_change: Callable[[], None] = lambda: None,
        language: Language = Language.ZH,
        show_cursor: bool = False,
        reduced_motion: bool | None = None,
        speaker: Speaker | None = None,
        closable: bool | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        toolkit.shape(*size, fullscreen, show_cursor)
        from screens.ink import Ink  # the window must be shaped before anything of Kivy is made

        self._themes = Themes()
        self._hall = hall
        self._on_help, self._on_help_withdrawn = on_help, on_help_withdrawn
        self._on_change = on_change
        self._usual = self._manner = Manner(language)
        self._still, self._paces, self._slow = reduced_motion is True, reduced_motion is None, False
        self._monotonic = monotonic
        self._reading = Reading(speaker or Speaker(None))
        self._asked: list[_Asked] = []
        self._over: _Over | None = None
        self._knock = Knock(monotonic)
        self._touched_at = monotonic()
        self._settled_at = 0.0
        self._sequence = 0
        self._minute = ""
        self._tidied = False
        self._shown: _Asked | None = None
        self.on_first_frame: Callable[[], None] | None = None
        self._glass = Glass(size if not fullscreen else None, self, closable=not fullscreen if closable is None else closable)
        self._untouched = WithoutTouch(self, self._glass, self._reading)
        width, height = self._glass.window_size
        shape = Shape.of(width, height)
        scale = min(width / shape.value[0], height / shape.value[1])
        self._shape, self._design = shape, (width / scale, height / scale)
        self._glass.scale = scale
        self._ink = Ink(Fonts(), scale)
        self._render_bars()

    # ---- the stage ------------------------------------------------------------------------------------------------

    async def ask(self, prompt: Prompt[A]) -> A | Nav:
        """Show `prompt` and wait for the person's answer. Cancelling withdraws it."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

        def settle(value: object) -> None:
            if not answer.done():
                answer.set_result(value)

        withdraw = self.put_up(cast(Prompt[Any], prompt), settle)
        try:
            return await answer
        finally:
            withdraw()

    def put_up(self, prompt: Prompt[Any], settle: Callable[[object], None]) -> Callable[[], None]:
        """Show `prompt`; `settle` is given each answer to it, until what is returned is called, which withdraws it."""
        from screens.views.gallery import view_of
        from screens.views.view import Acting

        acting = Acting(
            settle,
            lambda settles: self._redrawn(asked, settles),
            self._monotonic,
            lambda: self.patience,
            lambda: self.idle_seconds,
            self._hall.time,
        )
        asked = _Asked(prompt, view_of(prompt, acting))
        self._asked.append(asked)
        self._render()

        def withdraw() -> None:
            if asked in self._asked:
                self._asked.remove(asked)
                if asked.view.sheet:
                    self._render()

        return withdraw

    def show(self, prompt: Prompt[Any]) -> None:
        """A newer version of the prompt being asked; nothing, when it is no longer being asked."""
        for asked in reversed(self._asked):
            if type(asked.prompt) is type(prompt):
                if asked.prompt == prompt:
                    return
                asked.prompt = prompt
                asked.view.replaced(prompt)
                asyncio.get_running_loop().call_soon(self._catch_up, asked, prompt)
                return

    def _catch_up(self, asked: _Asked, prompt: Prompt[Any]) -> None:
        """Draw what was shown, unless something newer came at the same moment."""
        if asked in self._asked and asked.prompt is prompt:
            self._render()

    @property
    def idle_seconds(self) -> float:
        return self._monotonic() - self._touched_at

    @property
    def patience(self) -> float:
        return self._manner.patience

    def touched(self) -> None:
        self._touched_at, self._tidied = self._monotonic(), False

    def knocked(self) -> None:
        """A touch on the mark: whoever knows the gesture knocks; only the home screens hear it."""
        if self._asked and self._knock.touched():
            self._asked[-1].view.knocked()

    def paced(self) -> None:
        """It is known how fast frames are drawn here: on a slow machine nothing moves."""
        before, self._slow = self._slow, self._draws_slowly
        if self._slow is not before:
            log.info("motion: %s", "off, frames are drawn too slowly for it" if self._slow else "on")
            self._render()

    @property
    def _draws_slowly(self) -> bool:
        return self._paces and self._glass.pace.slow

    def forget(self) -> None:
        """Drop every word and picture of the visit."""
        self._asked.clear()
        self._shown = None
        self._over = None
        self._reading.hush()
        self._untouched.forget()
        self._glass.clear()
        self._ink.forget()
        gc.collect()
        self._changed()

    def wipe(self) -> None:
        """Drop every word and picture of the visit; all that the access bar sets goes back to what it was."""
        self._manner = self._usual
        self._reading.at_volume(VOLUMES[self._usual.volume], self._usual)
        self._slow = self._draws_slowly
        self.forget()
        self._render_bars()

    # ---- the window -----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Draw and listen until `stop`."""
        beside = [asyncio.ensure_future(each) for each in (self._tick(), self._untouched.screen_reader.run())]
        try:
            await self._glass.run()
        finally:
            for each in beside:
                each.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    def stop(self) -> None:
        """Close the window; `run` returns."""
        self._glass.stop()

    def stands_in(self, hall: HallInfo) -> None:
        """Say from now on that the terminal stands in `hall`."""
        self._hall = hall
        self._render_bars()
        self._changed()

    def screenshot(self, path: Path) -> None:
        """Write what is on the screen as a PNG. Animations are drawn where they are."""
        self._glass.screenshot(path)

    def targets(self) -> dict[str, list[float]]:
        """What can be pressed now: name → [x, y, width, height] in window pixels from the top left. Holds no personal data."""
        return {
            key.name: [round(value * self._glass.scale, 1) for value in (key.frame.x, key.frame.y, key.frame.w, key.frame.h)]
            for key in self._glass.pressable()
            if key.enabled
        }

    def looks(self) -> Mapping[str, object]:
        """What a person (or a robot) sees: the prompt's name, the targets, and a number that grows with every change."""
        top = self._asked[-1] if self._asked else None
        prompt = self._over.value if self._over else type(top.prompt).__name__ if top else ""
        return {"prompt": prompt, "targets": self.targets(), "sequence": self._sequence}

    def words(self) -> list[str]:
        """Every text on the screen, outermost first: for tests, and for whoever builds a voice."""
        return self._glass.words()

    @property
    def settled(self) -> bool:
        """Whether touches count by now."""
        return self._monotonic() >= self._settled_at

    @property
    def look(self) -> Look:
        """How things are shown right now."""
        manner = self._manner
        theme = self._themes.get(manner.contrast, manner.size)
        width, height = self._design
        return Look(
            theme,
            manner.language,
            self._shape,
            width,
            height,
            self._ink,
            motion=not (self._still or self._slow or manner.calm),
            swaps=not self._still,
            low=manner.low,
        )

    @property
    def focus(self) -> str | None:
        """The name of the key that the keypad's ring is on."""
        return self._untouched.chosen

    @property
    def manner(self) -> Manner:
        """What the access bar is set to."""
        return self._manner

    def choose(self, manner: Manner) -> None:
        """Set what the access bar sets."""
        before, self._manner = self._manner, manner
        self._render_bars()
        self._render()
        if before.volume != manner.volume:
            self._reading.at_volume(VOLUMES[manner.volume], manner)
        if before.voice != manner.voice or (manner.voice and before.language is not manner.language):
            self._reading.switched(manner)

    def pressed(self, words: Sequence[str] = ()) -> None:
        """A finger is on a key that says `words`: the keypad's ring goes, a tick is heard."""
        self._untouched.choose(None)
        self._reading.pressed(words, self._manner)

    def tactile(self, push: Push) -> None:
        """A key of the keypad was pushed."""
        self._untouched.tactile(push)

    def asks(self) -> tuple[Prompt[Any] | None, bool]:
        """The prompt that is up (None under a sheet of the window's own), and whether it is for staff's eyes alone."""
        shown = None if self._over else self._shown
        return (shown.prompt, shown.view.silent) if shown else (None, False)

    def title(self, language: Language) -> str:
        """The window's name for a screen reader: that of the hall."""
        return self._hall.name().render(language)

    # ---- details --------------------------------------------------------------------------------------------------

    def _redrawn(self, asked: _Asked, settles: bool) -> None:
        if asked in self._asked:
            if settles:
                self._settles()
            self._render()

    def _render(self) -> None:
        """Build what is up: the topmost prompt that is no sheet, and the sheet over it."""
        base = next((asked for asked in reversed(self._asked) if not asked.view.sheet), None)
        sheet = self._asked[-1] if self._asked and self._asked[-1].view.sheet else None
        look = self.look
        shown = sheet or base
        fresh = shown is not self._shown
        if fresh and shown is not None:
            self._settles()
            self._shown = shown
        pressed = None if fresh else self._glass.under_finger
        if base is not None:
            new = fresh and sheet is None
            self._glass.screen(arranged(base.view.parts, look, self._themes), rises=new and look.motion)
        self._glass.sheet(self._sheet_of(sheet, look), look)
        self._glass.press_again(pressed)
        self._untouched.choose(None if fresh else self._untouched.chosen)
        if shown is not None and not shown.view.silent:
            self._reading.screen(shown.prompt, self._glass.shown(), self._manner, fresh=fresh)
        self._changed()

    def _sheet_of(self, sheet: _Asked | None, look: Look) -> Screen | None:
        from screens.views.help_called import help_called
        from screens.views.volume import volume

        if self._over is _Over.HELP:
            return arranged(lambda each: help_called(each, self._hall.called(), self._done, self._withdrawn), look, self._themes)
        if self._over is _Over.VOLUME:
            level = self._manner.volume
            return arranged(lambda each: volume(each, level, self._loudness, self._voice, self._done), look, self._themes)
        return arranged(sheet.view.parts, look, self._themes) if sheet else None

    def _render_bars(self) -> None:
        from screens.widgets.bars import AccessActs, AccessBar, top_bar

        look = self.look
        choose = self.choose
        acts = AccessActs(
            language=lambda: choose(self._manner.in_other_language()),
            size=lambda: choose(self._manner.in_next_size()),
            contrast=lambda: choose(self._manner.in_next_contrast()),
            voice=self._voiced if self._reading.able else None,
            low=lambda: choose(self._manner.within_reach()),
            call=self._help,
        )
        self._minute = self._hall.time()
        self._glass.bars(top_bar(look, self._hall), AccessBar(look, acts, speaking=self._manner.voice), look)

    def _help(self) -> None:
        self._on_help()
        self._lay(_Over.HELP)

    def _withdrawn(self) -> None:
        self._on_help_withdrawn()
        self._done()

    def _voiced(self) -> None:
        """The voice key: on; while it is on, how loud, and off."""
        if self._manner.voice:
            self._lay(_Over.VOLUME)
        else:
            self._voice()

    def _voice(self) -> None:
        self._over = None
        self.choose(self._manner.with_voice())

    def _loudness(self, level: int) -> None:
        self.choose(self._manner.at_volume(level))

    def _done(self) -> None:
        self._lay(None)

    def _lay(self, over: _Over | None) -> None:
        """Put this sheet over everything, or take it away."""
        self._over = over
        self._settles()
        self._render()

    def _settles(self) -> None:
        self._settled_at = self._monotonic() + SETTLE_SECONDS

    def _changed(self) -> None:
        self._sequence += 1
        self._untouched.screen_reader.changed()
        self._on_change()

    async def _tick(self) -> None:
        """Countdowns and the clock. Everything else is drawn when it happens."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            if self._minute != self._hall.time():
                self._render_bars()
                self._tidied = False
            if not self._tidied and self.idle_seconds > ALONE_SECONDS:
                self._tidied = True
                gc.collect()
            # Every view hears of time, and one rebuild shows what changed.
            changed = [asked.view.passes() for asked in list(self._asked)]
            if any(changed):
                self._render()
            if self._manner.voice and self._reading.speaking:
                self.touched()
            if (left := self._glass.seconds_left()) is not None:
                self._reading.left(left, self._manner)

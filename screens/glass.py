"""The pane of glass: layers of boxes in Kivy's window, and the one finger that counts.

From the back to the front: ground, top bar, screen, scrim and sheet, access bar. The access bar is never covered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Protocol, cast

from kivy.animation import Animation
from kivy.base import EventLoop, async_runTouchApp, stopTouchApp
from kivy.clock import Clock
from kivy.graphics import Color, PopMatrix, PushMatrix, Rectangle, Scale, SmoothLine, Translate
from kivy.input.motionevent import MotionEvent
from kivy.properties import NumericProperty
from kivy.uix.widget import Widget

from screens.arrangement import Screen
from screens.layout import Box, Frame
from screens.look import Look
from screens.pace import Pace
from screens.prompts import Contrast
from screens.theme import Colour, faded
from screens.theme import colour as hexadecimal
from screens.voice.script import Shown
from screens.widgets.bars import TOP, access_height
from screens.widgets.keys import Key
from screens.widgets.ring import Ring
from screens.widgets.words import Words

REACH = 12.0
"""Design pixels by which a key's hit box is larger than the key."""
RISE, FADE_SECONDS = 24.0, 0.22
MARK = 160.0
"""Design pixels from the left in which a touch of the top bar is one on the mark."""


class Held(Protocol):
    """What the glass asks of its window."""

    on_first_frame: Callable[[], None] | None

    @property
    def settled(self) -> bool: ...

    def touched(self) -> None: ...

    def pressed(self, words: Sequence[str] = ()) -> None:
        """A key with these words on it was touched."""
        ...

    def tactile(self, push: Push) -> None:
        """A key of the keypad (or keyboard) was pushed."""
        ...

    def knocked(self) -> None:
        """The mark was touched."""
        ...

    def paced(self) -> None:
        """It is known how fast frames are drawn here."""
        ...


class Push(Enum):
    """The four keys by which everything can be done without seeing or reaching the screen."""

    NEXT = "next"
    PREVIOUS = "previous"
    PRESS = "press"
    AGAIN = "again"


_PUSHES: dict[int, Push] = {
    9: Push.NEXT,  # Tab
    274: Push.NEXT,  # down
    275: Push.NEXT,  # right
    273: Push.PREVIOUS,  # up
    276: Push.PREVIOUS,  # left
    13: Push.PRESS,  # Enter
    271: Push.PRESS,  # Enter of the number pad
    32: Push.PRESS,  # space
    42: Push.AGAIN,  # asterisk
    268: Push.AGAIN,  # asterisk of the number pad
}
"""What a keypad sends (SDL's numbers of keys). Every other key does nothing at all."""
RING, RING_INK = 6.0, 3.0
"""Widths of the focus ring and of the dark line around it (ui-design, section 2.1)."""


class Layer(Widget):
    """A tree of boxes as one widget, which can fade in and rise into its place."""

    rise = NumericProperty(0.0)

    def __init__(self, box: Box) -> None:
        super().__init__(size_hint=(None, None))
        self.box = box
        with self.canvas.before:
            PushMatrix()
            self._shift = Translate(0, 0)
        self.canvas.add(box.canvas)
        with self.canvas.after:
            PopMatrix()
        self.bind(rise=self._risen)

    def rises(self) -> None:
        self.opacity = 0.0
        self.rise = RISE
        Animation(opacity=1.0, rise=0.0, duration=FADE_SECONDS, t="out_quad").start(self)

    def rest(self) -> None:
        """Be taken away: nothing in it moves any more."""
        Animation.cancel_all(self)
        self.unbind(rise=self._risen)
        self.canvas.clear()
        for box in list(self.box.boxes()):
            box.rest()
            box.dismantle()

    def _risen(self, *_: object) -> None:
        self._shift.y = -self.rise


class Glass(Widget):
    """Root of the widget tree; only `screens.app` makes one."""

    def __init__(self, size: tuple[int, int] | None, held: Held, *, closable: bool) -> None:
        EventLoop.ensure_window()
        self._window = EventLoop.window
        super().__init__(size_hint=(None, None))
        if size is not None and tuple(self._window.system_size) != size:
            self._window.size = size
        self._held = held
        self.scale = 1.0
        self._top: Layer | None = None
        self._screen: Layer | None = None
        self._sheet: Layer | None = None
        self._bar: Layer | None = None
        self._bare = False
        self._scrim = Widget(size_hint=(None, None))
        self._pressed: Key | None = None
        self._down: set[int] = set()
        self._ring = Widget(size_hint=(None, None))
        self._finger: object = None
        # A right click, Esc and F1 do Kivy's own things unless somebody takes them.
        self._window.bind(
            on_keyboard=lambda *_: True,
            on_key_down=self._pushed,
            on_key_up=self._released,
            on_textinput=lambda *_: True,
            on_drop_file=lambda *_: True,
            on_drop_text=lambda *_: True,
            on_request_close=lambda *_, **__: not closable,
        )
        self.pace = Pace(held.paced)
        self._window.bind(on_draw=self._drawing, on_flip=self._flipped)
        self._flips = 0

    # ---- layers ---------------------------------------------------------------------------------------------------

    @property
    def window_size(self) -> tuple[int, int]:
        width, height = self._window.system_size
        return int(width), int(height)

    def bars(self, top: Box, bar: Box, look: Look) -> None:
        """Frame the screen anew."""
        height = access_height(look)
        top.place(Frame(0, 0, look.width, TOP))
        bar.place(Frame(0, look.height - height, look.width, height))
        self._top, self._bar = Layer(top.draw()), Layer(bar.draw())
        self._window.clearcolor = look.colour.canvas
        self.canvas.before.clear()
        self.canvas.after.clear()
        with self.canvas.before:
            PushMatrix()
            Scale(self.scale, self.scale, 1)
        with self.canvas.after:
            PopMatrix()
        self._stack()

    def screen(self, screen: Screen, *, rises: bool) -> None:
        """Show `screen`, fading in and rising a little when it is another question."""
        self._let_go()
        self._screen, self._bare = Layer(screen), screen.bare
        self._stack()
        if rises:
            self._screen.rises()

    def sheet(self, sheet: Screen | None, look: Look) -> None:
        """Lay `sheet` over the screen, or take it away."""
        if sheet is None and self._sheet is None:
            return
        self._let_go()
        self._sheet = Layer(sheet) if sheet is not None else None
        self._scrim.canvas.clear()
        if sheet is not None:
            bottom = access_height(look)
            with self._scrim.canvas:
                Color(*_scrim(look))
                Rectangle(pos=(0, bottom), size=(look.width, look.height - bottom))
        self._stack()

    def clear(self) -> None:
        """Show no screen and no sheet."""
        self._let_go()
        self._screen = self._sheet = None
        self._bare = False
        self._stack()

    def pressable(self) -> Iterator[Key]:
        """Everything that can be pressed now: under a sheet, only the sheet and the access bar."""
        for layer in (self._sheet or self._screen, None if self._bare else self._bar):
            if layer is not None:
                yield from (box for box in layer.box.boxes() if isinstance(box, Key))

    def words(self) -> list[str]:
        around = (None, None) if self._bare else (self._top, self._bar)
        layers = [layer for layer in (around[0], self._screen, self._sheet, around[1]) if layer is not None]
        return [box.text for layer in layers for box in layer.box.boxes() if isinstance(box, Words)]

    def bar_keys(self) -> list[str]:
        """Names of the access bar's keys, which are under every screen."""
        return [box.name for box in self._bar.box.boxes() if isinstance(box, Key)] if self._bar and not self._bare else []

    def seconds_left(self) -> int | None:
        """What the countdown says, where there is one."""
        layer = self._sheet or self._screen
        return next((box.left for box in layer.box.boxes() if isinstance(box, Ring)), None) if layer else None

    def shown(self) -> Shown:
        """What stands on the topmost screen, for the ear: words outside keys, and the words of each key that can be pressed."""
        screen, _ = self.front()
        return shown_on(screen) if screen is not None else Shown((), (), ())

    def front(self) -> tuple[Screen | None, Box | None]:
        """The topmost screen, and the access bar where there is one."""
        layer = self._sheet or self._screen
        bar = None if self._bare or self._bar is None else self._bar.box
        return cast(Screen, layer.box) if layer else None, bar

    def _stack(self) -> None:
        top = None if self._bare else self._top
        wanted: list[Widget] = [layer for layer in (top, self._screen) if layer is not None]
        if self._sheet is not None:
            wanted += [self._scrim, self._sheet]
        if self._bar is not None and not self._bare:
            wanted.append(self._bar)
        wanted.append(self._ring)
        for child in list(self.children):
            if child not in wanted and isinstance(child, Layer):
                child.rest()
        self.clear_widgets()
        for layer in wanted:
            self.add_widget(layer)

    def ring(self, key: Key | None, look: Look) -> None:
        """Put the focus ring around `key`, or take it away."""
        self._ring.canvas.clear()
        if key is None:
            return
        out = RING / 2 + 5
        x, y = key.frame.x - out, look.height - key.frame.y - key.frame.h - out
        box = (x, y, key.frame.w + 2 * out, key.frame.h + 2 * out, 30 + out)
        with self._ring.canvas:
            Color(*look.colour.ink)
            SmoothLine(rounded_rectangle=box, width=RING / 2 + RING_INK)
            Color(*look.colour.focus)
            SmoothLine(rounded_rectangle=box, width=RING / 2)

    def _pushed(self, _: object, number: int, scancode: int, codepoint: str | None, modifiers: Sequence[str]) -> bool:
        fresh = number not in self._down
        self._down.add(number)
        push = _PUSHES.get(number)
        if push is None or any(each in modifiers for each in ("ctrl", "alt", "meta")):
            return True
        if number == 9 and "shift" in modifiers:
            push = Push.PREVIOUS
        # A key that is held down goes on through the screen, but presses only once.
        if fresh or push in (Push.NEXT, Push.PREVIOUS):
            self._held.touched()
            self._held.tactile(push)
        return True

    def _released(self, _: object, number: int, *__: object) -> bool:
        self._down.discard(number)
        return True

    # ---- the finger -----------------------------------------------------------------------------------------------

    def on_touch_down(self, touch: MotionEvent) -> bool:
        self._held.touched()
        if self._finger is not None or getattr(touch, "button", "left") != "left":
            return True
        self._finger = touch.uid
        key = self._under(touch)
        if key is not None and (self._held.settled or self._in_bar(key)):
            self._pressed = key
            key.press(True)
            self._held.pressed(said(key))
        return True

    def on_touch_move(self, touch: MotionEvent) -> bool:
        if touch.uid == self._finger and self._pressed is not None:
            self._pressed.press(self._under(touch) is self._pressed)
        return True

    def on_touch_up(self, touch: MotionEvent) -> bool:
        if touch.uid != self._finger:
            return True
        self._finger = None
        self._held.touched()
        key, self._pressed = self._pressed, None
        if key is not None:
            inside = self._under(touch) is key
            key.press(False)
            if inside:
                key.act()
        elif self._on_mark(touch):
            self._held.knocked()
        return True

    def _on_mark(self, touch: MotionEvent) -> bool:
        """Whether it was the mark at the top left, where staff knock."""
        y = (self._window.height - touch.y) / self.scale
        return not self._bare and self._sheet is None and touch.x / self.scale < MARK and y < TOP

    def _under(self, touch: MotionEvent) -> Key | None:
        x, y = touch.x / self.scale, (self._window.height - touch.y) / self.scale
        near = [key for key in self.pressable() if key.enabled and key.frame.holds(x, y, REACH)]
        # Hit boxes reach over their keys and may meet between two: the nearer middle wins.
        inside = [key for key in near if key.frame.holds(x, y)] or near
        return min(inside, key=lambda key: _far(key.frame, x, y), default=None)

    def _in_bar(self, key: Key) -> bool:
        return self._bar is not None and key in set(self._bar.box.boxes())

    @property
    def under_finger(self) -> str | None:
        """The name of the key that a finger is on."""
        return self._pressed.name if self._pressed is not None else None

    def press_again(self, name: str | None) -> None:
        """The same question was built anew (a countdown, a slot that changed) under a finger on the key `name`: it stays pressed."""
        key = next((each for each in self.pressable() if each.name == name and each.enabled), None)
        if key is not None and self._finger is not None:
            self._pressed = key
            key.press(True)

    def _let_go(self) -> None:
        """Whatever was pressed is gone, and letting go does nothing."""
        if self._pressed is not None and not self._in_bar(self._pressed):
            self._pressed = None

    # ---- Kivy -----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        await async_runTouchApp(self, async_lib="asyncio")

    def stop(self) -> None:
        stopTouchApp()

    def screenshot(self, path: Path) -> None:
        from PIL import Image

        width, height = self.window_size
        from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels

        self._window.dispatch("on_draw")
        pixels = glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE)
        Image.frombytes("RGB", (width, height), bytes(pixels)).transpose(Image.Transpose.FLIP_TOP_BOTTOM).save(path)

    def _drawing(self, *_: object) -> None:
        # It is drawn and shown before the clock's next round. Waiting for the renderer here would hold every other thread as well.
        self.pace.begins()
        Clock.schedule_once(lambda _: self.pace.ends(), 0)

    def _flipped(self, *_: object) -> None:
        self._flips += 1
        first = self._held.on_first_frame
        if self._flips == 1 and first is not None:
            Clock.schedule_once(lambda _: first(), 0)


def shown_on(screen: Screen) -> Shown:
    """A screen for the ear."""
    keys = [said(key) for key in screen.boxes() if isinstance(key, Key) and key.enabled]
    return Shown(_outside_keys(screen.head), _outside_keys(screen.body), keys)


def said(box: Box) -> list[str]:
    """All words in a box, in reading order; icons say nothing."""
    return [each.text for each in box.boxes() if isinstance(each, Words)]


def _outside_keys(box: Box) -> list[str]:
    if isinstance(box, Key | Ring):
        return []
    own = [box.text] if isinstance(box, Words) else []
    return own + [text for child in box.children for text in _outside_keys(child)]


def _scrim(look: Look) -> Colour:
    if look.theme.contrast is Contrast.STANDARD:
        return faded(hexadecimal("#0D141B"), 0.66)
    return (0.0, 0.0, 0.0, 0.8 if look.theme.contrast is Contrast.HIGH else 0.7)


def _far(frame: Frame, x: float, y: float) -> float:
    return (frame.x + frame.w / 2 - x) ** 2 + (frame.y + frame.h / 2 - y) ** 2

"""A code scanner that types what it read (keyboard wedge, USB HID), taken away from the keyboard so that a scan never types into the screen.

    keyboard:/dev/input/by-id/usb-Honeywell_3310g-event-kbd

It types as an American keyboard; a code ends with Enter, or with a pause. Codes of bytes must be shown in their text form (`payload_of`).
"""

from __future__ import annotations

import os
import select
import struct
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from peripherals.code_scanner.scanner import LONGEST_PAYLOAD
from peripherals.code_scanner.source import SourceBroken
from peripherals.serial_line import remaining

INPUT_EVENT = struct.Struct("@llHHi")
"""struct input_event of the kernel (linux/input.h): seconds, microseconds, type, code, value."""
EV_KEY, EV_SYN, SYN_DROPPED = 1, 0, 3
DOWN, UP = 1, 0
ENTER = frozenset({28, 96})
SHIFT = frozenset({42, 54})
PAUSE_SECONDS = 0.3
"""A scanner types a code without such a pause; a person could not."""

_ROWS = ((2, "1234567890-=", "!@#$%^&*()_+"), (16, "qwertyuiop[]", "QWERTYUIOP{}"), (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'))
_LAST_ROWS = ((43, "\\zxcvbnm,./", "|ZXCVBNM<>?"), (71, "789-456+1230.", "789-456+1230."))
KEYS: dict[int, tuple[str, str]] = {
    first + index: pair
    for first, plain, shifted in (*_ROWS, *_LAST_ROWS)
    for index, pair in enumerate(zip(plain, shifted, strict=True))
} | {55: ("*", "*"), 57: (" ", " "), 98: ("/", "/"), 15: ("\t", "\t")}
"""Key codes of the kernel (linux/input-event-codes.h) as an American keyboard has them, without and with Shift."""


class KeyDecoder:
    """Turns key events into codes."""

    def __init__(self, longest: int = LONGEST_PAYLOAD) -> None:
        self._longest = longest
        self._typed: list[str] = []
        self._held: set[int] = set()
        self._spoiled = False

    @property
    def begun(self) -> bool:
        return bool(self._typed) or self._spoiled

    def event(self, kind: int, code: int, value: int) -> bytes | None:
        """Take in one event; the code that it ends, if it does."""
        if kind == EV_SYN and code == SYN_DROPPED:
            # The kernel lost events: half a code is none.
            self._held.clear()
            self._spoiled = True
        elif kind == EV_KEY and code in SHIFT:
            (self._held.discard if value == UP else self._held.add)(code)
        elif kind == EV_KEY and value == DOWN:
            if code in ENTER:
                return self.pause()
            if code not in KEYS or len(self._typed) >= self._longest:
                self._spoiled = True
            else:
                self._typed.append(KEYS[code][bool(self._held)])
        return None

    def pause(self) -> bytes | None:
        """Nothing more comes: the code that was typed, None for one with keys in it that no code is typed with."""
        text, spoiled = "".join(self._typed), self._spoiled
        self._typed.clear()
        self._spoiled = False
        return None if spoiled else text.encode() or None


def events_in(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Type, code and value of each event in what the kernel gave."""
    whole = len(data) - len(data) % INPUT_EVENT.size
    for _, _, kind, code, value in INPUT_EVENT.iter_unpack(data[:whole]):
        yield kind, code, value


class GrabbedKeyboard(Protocol):
    """A keyboard whose events come to us alone."""

    def fileno(self) -> int: ...
    def close(self) -> None: ...


def grab(path: str) -> GrabbedKeyboard:
    """Take the keyboard at `path` away from everybody else. Raises OSError."""
    import evdev  # only where such a scanner is in use

    device: evdev.InputDevice[str] = evdev.InputDevice(path)
    try:
        device.grab()
    except OSError:
        device.close()
        raise
    return device


class KeyboardSource:
    """A `CodeSource`: the scanner as a keyboard that was grabbed."""

    def __init__(self, path: str, take: Callable[[str], GrabbedKeyboard] = grab) -> None:
        """Raises `SourceBroken`."""
        self._decoder = KeyDecoder()
        self._waiting: list[bytes] = []
        try:
            self._keyboard = take(path)
        except OSError as reason:
            raise SourceBroken(f"{path}: {os.strerror(reason.errno) if reason.errno else 'cannot be opened'}") from None

    @property
    def heard(self) -> bool:
        """A scanner that types is silent until it is shown a code."""
        return True

    def next(self, seconds: float) -> bytes | None:
        deadline = time.monotonic() + seconds
        while not self._waiting and (self._decoder.begun or remaining(deadline)):
            patience = PAUSE_SECONDS if self._decoder.begun else remaining(deadline)
            try:
                readable, _, _ = select.select([self._keyboard], [], [], patience)
                data = os.read(self._keyboard.fileno(), 64 * INPUT_EVENT.size) if readable else b""
            except (OSError, ValueError):
                raise SourceBroken("the scanner was unplugged") from None
            if readable and not data:
                raise SourceBroken("the scanner was unplugged")
            self._waiting += [code for event in events_in(data) if (code := self._decoder.event(*event)) is not None]
            if not readable and self._decoder.begun and (code := self._decoder.pause()) is not None:
                return code
        return self._waiting.pop(0) if self._waiting else None

    def light(self, on: bool) -> None:
        """Such scanners watch by themselves."""

    def close(self) -> None:
        self._keyboard.close()

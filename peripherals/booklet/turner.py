"""The page turner on its serial line.

A command moves a booklet, so it is sent once. When nothing is heard of its end, nobody knows what it did: `EffectUnknown`, and no further command is sent until the unit
reports that end after all, or somebody looked (`resolve`). Asking how the unit is moves nothing and may be repeated.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import ClassVar

from peripherals.address import Address
from peripherals.booklet.frames import Act, Event, Flags, Frame, FrameScanner, FrameWrong, move, query
from peripherals.device import DeviceFault, DeviceState, DeviceStatus, EventStream, Listener, Media, StatusChanged, Turn
from peripherals.serial_line import LineBroken, SerialLine, open_line, remaining

log = logging.getLogger(__name__)

BAUD = 9600
QUERY_SECONDS = 1.0
SILENT_SECONDS = 3.5
RETRY_SECONDS = 0.25
ACCEPT_SECONDS = 2.0
SECONDS: dict[Act, float] = {Act.FEED: 20.0, Act.TURN: 30.0, Act.STAMP: 30.0, Act.EJECT: 30.0, Act.REJECT: 30.0}
"""How long the end of each act may take; feeding takes about seven seconds."""
ENDS: dict[Act, frozenset[Event]] = {
    Act.FEED: frozenset({Event.LOADED}),
    Act.TURN: frozenset({Event.PHOTOGRAPH}),
    Act.STAMP: frozenset({Event.PHOTOGRAPH}),
    Act.EJECT: frozenset({Event.OUT}),
    Act.REJECT: frozenset({Event.OUT}),
}
"""The event that says an act has ended well."""
GONE, SILENT, EMPTY, JAMMED, BROKEN, UNKNOWN = (
    "turner-gone",
    "turner-silent",
    "media-empty",
    "media-jam",
    "other",
    "effect-unknown",
)


class BookletFault(DeviceFault):
    """Something about the booklet unit."""

    code: ClassVar[str] = "booklet"
    turn: ClassVar[Turn] = Turn.STAFF


class ActFailed(BookletFault):
    """The unit says that it did not do it, or cannot be asked to. `moved`: it had begun, so the booklet is not where it was."""

    code: ClassVar[str] = "booklet-act-failed"

    def __init__(self, detail: str = "", *, moved: bool = False) -> None:
        super().__init__(detail)
        self.moved = moved


class EffectUnknown(BookletFault):
    """A command was sent and its end was not heard: where the booklet is must be looked at."""

    code: ClassVar[str] = "booklet-effect-unknown"


class PageTurner:
    """A `Device`: the page turner on the serial line `path`. `seconds`: how long the end of each act may take."""

    def __init__(
        self, path: str, name: str = "page-turner", *, baud: int = BAUD, seconds: dict[Act, float] | None = None
    ) -> None:
        self._path, self._name, self._baud = path, name, baud
        self._seconds = {**SECONDS, **(seconds or {})}
        self._events = EventStream()
        self._changed = threading.Condition()
        self._acting = threading.Lock()
        self._status = DeviceStatus(DeviceState.OFFLINE, datetime.now(UTC), ("not-open",), "not opened yet")
        self._flags: Flags | None = None
        self._line: SerialLine | None = None
        self._heard: list[Event] = []
        self._unknown: Act | None = None
        self._media = Media.UNKNOWN
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    @classmethod
    def at(cls, address: Address, name: str) -> PageTurner:
        """From a settings line: ``turner:/dev/serial/by-id/…?baud=9600``. Raises `AddressWrong`."""
        return cls(address.of("turner").only("baud").where, name, baud=address.speed(BAUD))

    @property
    def name(self) -> str:
        return self._name

    @property
    def media(self) -> Media:
        """Where the booklet is, as far as the unit has said."""
        return self._media

    def open(self) -> None:
        if self._thread is not None:
            return
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(self._closing,), name=f"{self._name} watch", daemon=True)
        self._thread.start()
        with self._changed:
            self._changed.wait_for(lambda: "not-open" not in self._status.reasons, SILENT_SECONDS)

    def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is not None:
            self._closing.set()
            thread.join(5)
            self._set(DeviceState.OFFLINE, ("not-open",), "closed")

    def status(self) -> DeviceStatus:
        return self._status

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        return self._events.subscribe(listener)

    def feed(self) -> None:
        """Take a booklet in. Raises `ActFailed`, `EffectUnknown`."""
        self._act(Act.FEED, Media.PRESENT)

    def turn(self) -> None:
        """Turn to the next page. Raises the same."""
        self._act(Act.TURN, Media.PRESENT)

    def stamp(self) -> None:
        """Put the seal on the page that lies open. Raises the same."""
        self._act(Act.STAMP, Media.PRESENT)

    def eject(self) -> None:
        """Give the booklet out to the person. Raises the same."""
        self._act(Act.EJECT, Media.ENTERING)

    def reject(self) -> None:
        """Put the booklet into the reject bin. Raises the same."""
        self._act(Act.REJECT, Media.RETRACTED)

    def resolve(self, seen: Media) -> None:
        """Somebody looked where the booklet is."""
        with self._changed:
            self._unknown, self._media = None, seen
        self._tell_flags()

    def _act(self, act: Act, after: Media) -> None:
        if not self._acting.acquire(blocking=False):
            raise ActFailed("another act is under way")
        try:
            with self._changed:
                if self._unknown is not None:
                    raise EffectUnknown(f"what {self._unknown.name} did is not known yet")
                line = self._line
                if line is None or not self._status.usable:
                    raise ActFailed(f"the unit is {self._status.state}: {', '.join(self._status.reasons)}")
                self._heard.clear()
            self._send_once(line, act)
            self._await_end(act)
            self._media = after
        finally:
            self._acting.release()

    def _send_once(self, line: SerialLine, act: Act) -> None:
        try:
            line.write(move(act).encode())
        except LineBroken:
            self._lost(act)

    def _await_end(self, act: Act) -> None:
        began = time.monotonic()
        with self._changed:
            while True:
                if Event.FAILED in self._heard:
                    moved = Event.ACCEPTED in self._heard
                    raise ActFailed(f"{act.name}: {'failed half-way' if moved else 'refused'}", moved=moved)
                if ENDS[act] & set(self._heard):
                    return
                patience = self._seconds[act] if Event.ACCEPTED in self._heard else min(ACCEPT_SECONDS, self._seconds[act])
                left = remaining(began + patience)
                if not left or self._line is None:
                    break
                self._changed.wait(min(left, 0.5))
        self._lost(act)

    def _lost(self, act: Act) -> None:
        with self._changed:
            self._unknown, self._media = act, Media.UNKNOWN
        self._set(DeviceState.HARDWARE_ERROR, (UNKNOWN,), f"the end of {act.name} was not heard")
        raise EffectUnknown(f"{act.name}: its end was not heard")

    # ---- the watching thread ---------------------------------------------------------------------------------------------

    def _watch(self, closing: threading.Event) -> None:
        while not closing.is_set():
            try:
                with open_line(self._path, self._baud) as line:
                    self._watch_line(line, closing)
            except LineBroken as reason:
                self._set(DeviceState.NO_DEVICE, (GONE,), f"{self._path}: {reason}")
            finally:
                with self._changed:
                    self._line = self._flags = None
                    self._changed.notify_all()
            closing.wait(RETRY_SECONDS)

    def _watch_line(self, line: SerialLine, closing: threading.Event) -> None:
        scanner = FrameScanner()
        with self._changed:
            self._line = line
        heard = time.monotonic()
        asked = float("-inf")
        while not closing.is_set():
            now = time.monotonic()
            if now - asked >= QUERY_SECONDS:
                line.write(query().encode())
                asked = now
            data = line.read(0.1)
            if not data:
                scanner.forget()
            for frame in scanner.feed(data):
                heard = now
                self._take(frame)
            if now - heard > SILENT_SECONDS:
                self._set(DeviceState.OFFLINE, (SILENT,), "the page turner does not answer")

    def _take(self, frame: Frame) -> None:
        with contextlib.suppress(FrameWrong):
            meaning = frame.meaning()
            with self._changed:
                if isinstance(meaning, Flags):
                    self._flags = meaning
                else:
                    self._heard.append(meaning)
                    if self._unknown is not None and meaning in ENDS[self._unknown]:
                        log.info("%s: the end of %s was heard late", self._name, self._unknown.name)
                        self._unknown = None
                self._changed.notify_all()
            self._tell_flags()

    def _tell_flags(self) -> None:
        flags, unknown = self._flags, self._unknown
        if unknown is not None:
            self._set(DeviceState.HARDWARE_ERROR, (UNKNOWN,), f"the end of {unknown.name} was not heard")
        elif flags is not None:
            said = ((flags.jammed, JAMMED), (flags.broken, BROKEN), (flags.empty, EMPTY))
            reasons = tuple(reason for holds, reason in said if holds)
            self._set(DeviceState.HARDWARE_ERROR if reasons else DeviceState.ONLINE, reasons, self._path)

    def _set(self, state: DeviceState, reasons: tuple[str, ...], detail: str) -> None:
        with self._changed:
            if (state, reasons) == (self._status.state, self._status.reasons):
                return
            status = self._status = DeviceStatus(state, datetime.now(UTC), reasons, detail)
            self._changed.notify_all()
        log.info("%s: %s %s", self._name, state, ", ".join(reasons))
        self._events.emit(StatusChanged(self._name, status))

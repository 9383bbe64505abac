"""A camera as code scanner: watches frames while armed and reports each code that is held up, once.

Two threads: one keeps reading the camera and holds on to the newest frame only (older ones are dropped, never queued, so that
no one's code is read late), the other looks at that frame a few times a second and watches the camera's health. A camera that
falls silent is reported OFFLINE and opened again with growing pauses until it is back.
"""

from __future__ import annotations

import importlib
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar

from peripherals.code_scanner.frames import OpenSource, source_from
from peripherals.code_scanner.health import DARK, FROZEN, GONE, FrameHealth
from peripherals.code_scanner.presence import Presence
from peripherals.code_scanner.scanner import CodeScanned, payload_of
from peripherals.code_scanner.source import SourceBroken
from peripherals.device import DeviceFault, DeviceState, DeviceStatus, EventStream, Listener, StatusChanged, Turn

if TYPE_CHECKING:
    from peripherals.code_scanner.reading import Gray

log = logging.getLogger(__name__)

LOOKS_PER_SECOND = 10.0
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 8.0
"""Seconds between attempts to open a camera: doubled from the first to the longest."""
JOIN_SECONDS = 6.0
"""Longer than a stream's own deadlines, so that close() leaves no thread behind."""


class CameraGone(DeviceFault):
    """No frames: unplugged, in use by another program, or broken."""

    code: ClassVar[str] = GONE
    turn: ClassVar[Turn] = Turn.STAFF


class CameraFrozen(DeviceFault):
    """The same frame over and over: the driver or the camera hangs."""

    code: ClassVar[str] = FROZEN
    turn: ClassVar[Turn] = Turn.STAFF


class CameraDark(DeviceFault):
    """All black: something covers the lens. A lit phone would still be seen, so the scanner stays in use."""

    code: ClassVar[str] = DARK
    turn: ClassVar[Turn] = Turn.STAFF


_DETAIL = {
    GONE: "The camera gives no pictures. Check its cable.",
    FROZEN: "The camera gives the same picture over and over. Unplug it and plug it in again.",
    DARK: "The camera sees nothing but black. Is its lens covered?",
}
_FAULT: dict[str, type[DeviceFault]] = {GONE: CameraGone, FROZEN: CameraFrozen, DARK: CameraDark}


class CameraScanner:
    """The code scanner of a terminal with a camera (a `Device`).

    `source` is a V4L2 index or path, the URL of an MJPEG stream, or a function that opens a `FrameSource`. Frames are looked at
    only between `arm` and `disarm`. Events: `CodeScanned` once for each code held up (again after it was away for two
    seconds, and after `arm`), `StatusChanged`; listeners are called on the scanner's thread.
    """

    def __init__(
        self,
        source: str | int | OpenSource,
        *,
        name: str = "code-scanner",
        looks_per_second: float = LOOKS_PER_SECOND,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._open_source = source_from(source) if isinstance(source, str | int) else source
        self._pause = 1 / looks_per_second
        self._clock = clock
        self._events = EventStream()
        self._slot = _NewestFrame()
        self._closing = threading.Event()
        self._stale = threading.Event()
        self._threads: tuple[threading.Thread, ...] = ()
        self._lock = threading.Lock()
        self._health = FrameHealth(clock())
        self._armed_since: float | None = None
        self._arming = 0
        self._status = _status_of((GONE,), datetime.now(UTC))

    @property
    def name(self) -> str:
        return self._name

    def open(self) -> None:
        """Start watching. Returns at once: a camera that is away is a state (OFFLINE), and comes back by itself."""
        if self._threads and all(thread.is_alive() for thread in self._threads):
            return
        self.close()
        # OpenCV and the decoders take longer to load than the window of a terminal, so they come with the camera; and here, because two
        # threads that begin to load numpy at the same moment both fail.
        for module in ("capture", "live"):
            importlib.import_module(f"peripherals.code_scanner.{module}")
        self._closing.clear()
        self._health = FrameHealth(self._clock())
        self._threads = (
            threading.Thread(target=self._read_frames, name=f"{self._name}-frames", daemon=True),
            threading.Thread(target=self._look_at_frames, name=f"{self._name}-looks", daemon=True),
        )
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop both threads and let go of the camera."""
        self._closing.set()
        self._slot.wake()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(JOIN_SECONDS)
        self._threads = ()
        self._slot.take()
        with self._lock:
            self._status = _status_of((GONE,), datetime.now(UTC))

    def status(self) -> DeviceStatus:
        """OFFLINE with ``camera-gone`` or ``camera-frozen``, or ONLINE (perhaps with ``camera-dark``)."""
        if not self._closing.is_set() and not all(thread.is_alive() for thread in self._threads):
            return _status_of((GONE,), datetime.now(UTC))
        with self._lock:
            return self._status

    def fault(self) -> DeviceFault | None:
        """What is wrong, as the fault that says whose turn it is; None when all is well."""
        reasons = self.status().reasons
        return _FAULT[reasons[0]](_DETAIL[reasons[0]]) if reasons else None

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for each event, from the scanner's thread."""
        return self._events.subscribe(listener)

    def arm(self) -> None:
        """From now on report codes; one that is before the lens already is reported (again)."""
        with self._lock:
            self._arming += 1
            self._armed_since = self._clock()

    def disarm(self) -> None:
        """Report no more codes. None is reported after this returned, unless a listener is being called already."""
        with self._lock:
            self._armed_since = None

    @property
    def armed(self) -> bool:
        with self._lock:
            return self._armed_since is not None

    # The camera's thread.

    def _read_frames(self) -> None:
        pause = FIRST_PAUSE
        while not self._closing.is_set():
            try:
                source = self._open_source()
            except SourceBroken:
                self._closing.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
                continue
            try:
                while not self._closing.is_set() and not self._stale.is_set():
                    self._slot.put(source.read(), self._clock())
                    pause = FIRST_PAUSE
            except SourceBroken as broken:
                log.info("%s: %s; opening it again", self._name, broken)
            finally:
                source.close()
                self._stale.clear()
            self._closing.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    # The looking thread.

    def _look_at_frames(self) -> None:
        from peripherals.code_scanner.live import LiveLook

        look, presence = LiveLook(), Presence()
        arming = 0
        judged = reopened = float("-inf")
        while not self._closing.is_set():
            taken = self._slot.take(timeout=self._pause)
            now = self._clock()
            if taken is not None:
                frame, taken_at = taken
                self._health.frame_came(taken_at)
                if now - judged >= 1:
                    self._health.judge(frame, now)
                    judged = now
                with self._lock:
                    since, current = self._armed_since, self._arming
                if current != arming:
                    arming = current
                    look.forget()
                    presence.forget()
                if since is not None and taken_at >= since:
                    payloads = [code.payload for code in look.look(frame)]
                    self._report(presence.newly_shown(payloads, self._clock()), arming)
            complaints = self._health.complaints(self._clock())
            self._take_status(complaints)
            if FROZEN in complaints and self._clock() - reopened > LONGEST_PAUSE:
                reopened = self._clock()
                self._stale.set()
            self._closing.wait(max(0.0, self._pause - (self._clock() - now)))

    def _report(self, payloads: tuple[bytes, ...], arming: int) -> None:
        for payload in payloads:
            with self._lock:
                wanted = self._armed_since is not None and self._arming == arming
            content = payload_of(payload) if wanted else None
            if content is not None:
                self._events.emit(CodeScanned(self._name, content))

    def _take_status(self, reasons: tuple[str, ...]) -> None:
        with self._lock:
            if reasons == self._status.reasons:
                return
            self._status = status = _status_of(reasons, datetime.now(UTC))
        log.info("%s: %s %s", self._name, status.state, ", ".join(reasons))
        self._events.emit(StatusChanged(self._name, status))


class _NewestFrame:
    """Room for one frame: a newer one replaces it."""

    def __init__(self) -> None:
        self._came = threading.Condition()
        self._frame: tuple[Gray, float] | None = None

    def put(self, frame: Gray, taken_at: float) -> None:
        with self._came:
            self._frame = (frame, taken_at)
            self._came.notify()

    def take(self, timeout: float = 0.0) -> tuple[Gray, float] | None:
        with self._came:
            if self._frame is None and timeout:
                self._came.wait(timeout)
            frame, self._frame = self._frame, None
            return frame

    def wake(self) -> None:
        with self._came:
            self._came.notify_all()


def _status_of(reasons: tuple[str, ...], since: datetime) -> DeviceStatus:
    away = bool(reasons) and reasons[0] in (GONE, FROZEN)
    return DeviceStatus(
        state=DeviceState.OFFLINE if away else DeviceState.ONLINE,
        since=since,
        reasons=reasons,
        detail=_DETAIL[reasons[0]] if reasons else "",
    )

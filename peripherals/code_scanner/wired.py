"""A scanner that decodes by itself and sends what it read: over a serial line, or typed as by a keyboard.

One thread listens, opens the device again when it was unplugged, and reports each code once, by the same rules as the camera: only while armed, and
again only after it was away for two seconds. What arrives while nobody waits for a code is thrown away.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import ClassVar, Protocol

from peripherals.code_scanner.presence import Presence
from peripherals.code_scanner.scanner import CodeScanned, payload_of
from peripherals.code_scanner.source import SourceBroken
from peripherals.device import DeviceFault, DeviceState, DeviceStatus, EventStream, Listener, StatusChanged, Turn

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.5
SILENT = "scanner-silent"
"""The reason of a scanner that should have given a sign of life."""
LISTEN_SECONDS = 0.1
"""How long one wait for a code lasts."""


class ScannerGone(DeviceFault):
    """Unplugged, or in use by another program."""

    code: ClassVar[str] = "scanner-gone"
    turn: ClassVar[Turn] = Turn.STAFF


class CodeSource(Protocol):
    """An opened scanner. Used by one thread."""

    @property
    def heard(self) -> bool:
        """Whether it lives, as far as it can be told: false when it should have given a sign and did not."""
        ...

    def next(self, seconds: float) -> bytes | None:
        """The next code as the scanner gives it, None when none came in time. Raises `SourceBroken`."""
        ...

    def light(self, on: bool) -> None:
        """Switch its light or trigger, where it has one that obeys. Raises `SourceBroken`."""
        ...

    def close(self) -> None:
        """Never raises."""
        ...


class WiredScanner:
    """A `CodeScanner` over what `open_source` opens."""

    def __init__(
        self,
        open_source: Callable[[], CodeSource],
        name: str = "code-scanner",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._open_source = open_source
        self._name = name
        self._clock = clock
        self._events = EventStream()
        self._lock = threading.Lock()
        self._armed = False
        self._arming = 0
        self._status = _gone("not opened yet", "not-open")
        self._closing = threading.Event()
        self._looked = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def name(self) -> str:
        return self._name

    def open(self) -> None:
        """Start listening; returns after the first attempt, whatever it showed."""
        if self._thread is not None:
            return
        self._closing, self._looked = threading.Event(), threading.Event()
        self._thread = threading.Thread(
            target=self._listen, args=(self._closing, self._looked), name=f"{self._name} listening", daemon=True
        )
        self._thread.start()
        self._looked.wait(3)

    def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._closing.set()
        thread.join(5)
        self._set(_gone("closed", "not-open"))

    def status(self) -> DeviceStatus:
        """ONLINE while its line is there, and (where it is known to give one) a sign of life is heard: most are silent by nature."""
        return self._status

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        return self._events.subscribe(listener)

    def arm(self) -> None:
        with self._lock:
            self._armed = True
            self._arming += 1

    def disarm(self) -> None:
        with self._lock:
            self._armed = False

    @property
    def armed(self) -> bool:
        return self._armed

    # ---- the listening thread --------------------------------------------------------------------------------------------

    def _listen(self, closing: threading.Event, looked: threading.Event) -> None:
        while not closing.is_set():
            try:
                source = self._open_source()
            except SourceBroken as broken:
                self._set(_gone(str(broken)))
                looked.set()
                closing.wait(RETRY_SECONDS)
                continue
            try:
                self._listen_to(source, closing, looked)
            except SourceBroken as broken:
                if not closing.is_set():
                    self._set(_gone(str(broken)))
            finally:
                source.close()

    def _listen_to(self, source: CodeSource, closing: threading.Event, looked: threading.Event) -> None:
        presence, arming, lit = Presence(), 0, False
        while not closing.is_set():
            self._set(_well() if source.heard else _silent())
            looked.set()
            if self._armed != lit:
                lit = not lit
                source.light(lit)
            raw = source.next(LISTEN_SECONDS)
            with self._lock:
                wanted, current = self._armed, self._arming
            if current != arming:
                presence.forget()
                arming = current
            payload = payload_of(raw) if raw is not None else None
            if payload is not None and wanted and presence.newly_shown([payload], self._clock()):
                self._events.emit(CodeScanned(self._name, payload))

    def _set(self, status: DeviceStatus) -> None:
        with self._lock:
            if (status.state, status.reasons) == (self._status.state, self._status.reasons):
                return
            self._status = status
        log.info("%s: %s %s", self._name, status.state, ", ".join(status.reasons))
        self._events.emit(StatusChanged(self._name, status))


def _well() -> DeviceStatus:
    return DeviceStatus(DeviceState.ONLINE, datetime.now(UTC), (), "its line is there")


def _silent() -> DeviceStatus:
    return DeviceStatus(
        DeviceState.OFFLINE, datetime.now(UTC), (SILENT,), "its line is there, and nothing is heard of the scanner"
    )


def _gone(detail: str, reason: str = ScannerGone.code) -> DeviceStatus:
    state = DeviceState.OFFLINE if reason == "not-open" else DeviceState.NO_DEVICE
    return DeviceStatus(state, datetime.now(UTC), (reason,), detail)

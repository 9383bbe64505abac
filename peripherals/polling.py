"""A device that says nothing by itself: one thread looks at it at intervals, and what changed is reported."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from peripherals.device import DeviceState, DeviceStatus, EventStream, Listener, StatusChanged

log = logging.getLogger(__name__)

JOIN_SECONDS = 6.0


class PolledDevice(ABC):
    """A `Device` whose driver only has to know how to look once."""

    def __init__(self, name: str, seconds: float) -> None:
        self._name = name
        self._seconds = seconds
        self._events = EventStream()
        self._state = threading.Lock()
        self._status = DeviceStatus(DeviceState.OFFLINE, datetime.now(UTC), ("not-open",), "not opened yet")
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    @abstractmethod
    def _look(self) -> tuple[DeviceState, tuple[str, ...], str]:
        """State, reasons and detail of this moment. May block for some seconds; never raises."""

    @property
    def name(self) -> str:
        return self._name

    def open(self) -> None:
        """Start looking; returns after the first look, whatever it showed."""
        if self._thread is not None:
            return
        self._closing, looked = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(self._closing, looked), name=f"{self._name} watch", daemon=True)
        self._thread.start()
        looked.wait(JOIN_SECONDS)

    def close(self) -> None:
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._closing.set()
        thread.join(JOIN_SECONDS)
        self._set(DeviceState.OFFLINE, ("not-open",), "closed")

    def status(self) -> DeviceStatus:
        return self._status

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        return self._events.subscribe(listener)

    def _watch(self, closing: threading.Event, looked: threading.Event) -> None:
        while not closing.is_set():
            self._set(*self._look())
            looked.set()
            closing.wait(self._seconds)

    def _set(self, state: DeviceState, reasons: tuple[str, ...], detail: str) -> None:
        with self._state:
            if (state, reasons) == (self._status.state, self._status.reasons):
                self._status = replace(self._status, detail=detail)
                return
            status = self._status = DeviceStatus(state, datetime.now(UTC), reasons, detail)
        log.info("%s: %s %s", self._name, state, ", ".join(reasons))
        self._events.emit(StatusChanged(self._name, status))

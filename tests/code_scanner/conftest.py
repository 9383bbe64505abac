"""A camera made of arrays, a clock that a test turns, and an ear for a scanner's events."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import pytest

from peripherals.code_scanner.camera import CameraScanner
from peripherals.code_scanner.reading import Gray
from peripherals.code_scanner.source import SourceBroken
from peripherals.device import DeviceEvent

Event = TypeVar("Event", bound=DeviceEvent)

PATIENCE = 20.0
"""Seconds until a test gives up on something that takes a fraction of one."""


class HandClock:
    """Monotonic seconds that pass only when the test says so."""

    def __init__(self) -> None:
        self._now = 1000.0

    def __call__(self) -> float:
        return self._now

    def pass_seconds(self, seconds: float) -> None:
        self._now += seconds


class PaperCamera:
    """A frame source whose view the test lays down; `pulled` is its cable, `stuck` its driver."""

    def __init__(self) -> None:
        self.view: Gray = np.full((300, 400), 128, np.uint8)
        self.pulled = False
        self.stuck = False
        self.opened = 0
        self.closed = 0
        self.served = threading.Semaphore(0)
        self._dice = np.random.default_rng(7)

    def open(self) -> PaperCamera:
        if self.pulled:
            raise SourceBroken("pulled")
        self.opened += 1
        return self

    def read(self) -> Gray:
        threading.Event().wait(0.002)
        if self.pulled:
            raise SourceBroken("pulled")
        frame = self.view.copy()
        if not self.stuck:
            frame[0, :] ^= self._dice.integers(0, 4, frame.shape[1], np.uint8)
        self.served.release()
        return frame

    def close(self) -> None:
        self.closed += 1

    def let_frames_pass(self, count: int = 60) -> None:
        """Wait until this many more frames were served."""
        while self.served.acquire(blocking=False):
            pass
        for _ in range(count):
            assert self.served.acquire(timeout=PATIENCE)


class Ear:
    """Collects a scanner's events."""

    def __init__(self, scanner: CameraScanner) -> None:
        self._events: queue.Queue[DeviceEvent] = queue.Queue()
        scanner.subscribe(self._events.put)

    def next(self, kind: type[Event]) -> Event:
        """The next event of this kind; others before it are let go."""
        while True:
            event = self._events.get(timeout=PATIENCE)
            if isinstance(event, kind):
                return event

    def heard(self, kind: type[Event]) -> list[Event]:
        """All events of this kind that came until now."""
        events: list[Event] = []
        while not self._events.empty():
            event = self._events.get()
            if isinstance(event, kind):
                events.append(event)
        return events


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def paper_camera() -> PaperCamera:
    return PaperCamera()


@pytest.fixture
def scanner(paper_camera: PaperCamera, clock: Callable[[], float]) -> Iterator[CameraScanner]:
    scanner = CameraScanner(paper_camera.open, looks_per_second=200, clock=clock)
    yield scanner
    scanner.close()


@pytest.fixture
def ear(scanner: CameraScanner) -> Ear:
    return Ear(scanner)

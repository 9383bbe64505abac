"""What every device is: a name, a state, an event stream, and faults that say whose turn it is.

The vocabulary is borrowed, not invented: states are those of CEN/XFS (CWA 16926), media states those of XFS PTR, printer
reasons those of IPP (RFC 8011, section 5.4.12). Anything may import this module; it imports nothing of ours.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol


class DeviceState(StrEnum):
    """State of a device as XFS names it (CWA 16926-1, WFS_STAT_DEV...)."""

    ONLINE = "online"
    OFFLINE = "offline"
    POWER_OFF = "power-off"
    BUSY = "busy"
    NO_DEVICE = "no-device"
    USER_ERROR = "user-error"
    HARDWARE_ERROR = "hardware-error"


class Media(StrEnum):
    """State of paper or booklet in a printing unit (XFS PTR)."""

    PRESENT = "present"
    NOT_PRESENT = "not-present"
    JAMMED = "jammed"
    ENTERING = "entering"
    UNKNOWN = "unknown"
    RETRACTED = "retracted"


class Turn(StrEnum):
    """Who can mend a fault."""

    CITIZEN = "citizen"
    STAFF = "staff"
    INTEGRATOR = "integrator"
    HEALS = "heals"


class DeviceFault(Exception):
    """A device could not do what it was asked.

    `code` names the fault for logs, metrics and wording (kebab-case, stable); `turn` says who can mend it. The message is
    for staff and integrators and never carries personal data.
    """

    code: ClassVar[str] = "device-fault"
    turn: ClassVar[Turn] = Turn.STAFF

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.code)
        self.detail = detail


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """One reading of a device's health.

    `reasons` are machine-readable words of the device's own vocabulary (IPP reasons for printers), worst first; `detail` is
    one plain sentence for staff; `since` is when this state began (aware, UTC).
    """

    state: DeviceState
    since: datetime
    reasons: tuple[str, ...] = ()
    detail: str = ""

    @property
    def usable(self) -> bool:
        return self.state in (DeviceState.ONLINE, DeviceState.BUSY)

    @property
    def obstacle(self) -> str | None:
        """Why it cannot be used, in one word; None while it can."""
        return None if self.usable else self.reasons[0] if self.reasons else "other"


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """Something that a device reports by itself; each driver has its own subclasses."""

    device: str


@dataclass(frozen=True, slots=True)
class StatusChanged(DeviceEvent):
    """The device's state or reasons changed."""

    status: DeviceStatus


Listener = Callable[[DeviceEvent], None]


class Device(Protocol):
    """What the rest of the house knows of any device. All methods may block; none may be called on an event loop."""

    @property
    def name(self) -> str:
        """Name of this device in the settings file, e.g. ``card-reader``."""
        ...

    def open(self) -> None:
        """Claim the device and start watching it. Idempotent. Raises `DeviceFault`."""
        ...

    def close(self) -> None:
        """Release everything. Idempotent, never raises."""
        ...

    def status(self) -> DeviceStatus:
        """Ask the device how it is. Never raises: silence is a state too."""
        ...

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` for each event, from the driver's thread. Returns a function that unsubscribes."""
        ...


class EventStream:
    """Thread-safe fan-out of events to listeners; drivers own one each."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        with self._lock:
            self._listeners.append(listener)

        def unsubscribe() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return unsubscribe

    def emit(self, event: DeviceEvent) -> None:
        with self._lock:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(event)

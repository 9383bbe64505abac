"""A systemd for the hall: the manager's D-Bus interface on a bus of its own, with the hall's daemons for units.

The watchdog speaks to it exactly as to the real one (org.freedesktop.systemd1, the methods that it uses). Jobs are done one after the
other on a thread, and a unit whose job failed is "failed", as it would be.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jeepney import HeaderFields, Message, MessageType, message_bus, new_error, new_method_return
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from sandbox.private_bus import PrivateBus

NAME = "org.freedesktop.systemd1"
PLACE = "/org/freedesktop/systemd1"


@dataclass(slots=True)
class Unit:
    """One unit: how it is started (again), killed, and whether it runs. A `one_shot` runs to its end when it is started."""

    start: Callable[[], None]
    kill: Callable[[int], None] = lambda _: None
    running: Callable[[], bool] = lambda: False
    ended_well: Callable[[], bool] = lambda: False
    """Whether it ended by itself with status 0; then it is inactive, not failed."""
    one_shot: bool = False
    stopped: bool = False
    """Whether somebody stopped it by hand."""
    starts: int = 0
    failed: bool = field(default=False)

    @property
    def active(self) -> str:
        if self.stopped or self.ended_well():
            return "inactive"
        if self.failed:
            return "failed"
        if self.one_shot:
            return "inactive"
        return "active" if self.running() else "failed"


class VirtualSystemd:
    """dbus-daemon and the manager on it; `units` may be changed by tests."""

    def __init__(self, directory: Path, units: dict[str, Unit]) -> None:
        self._daemon = PrivateBus(directory)
        self.units = units
        self.address = self._daemon.address
        self._jobs: queue.SimpleQueue[Unit | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._bus: DBusConnection | None = None

    def __enter__(self) -> Self:
        self._daemon.__enter__()
        self._bus = open_dbus_connection(self.address)
        self._bus.send_and_get_reply(message_bus.RequestName(NAME), timeout=5)
        for work in (self._answer, self._work):
            thread = threading.Thread(target=work, name=f"systemd {work.__name__}", daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._jobs.put(None)
        self._daemon.__exit__(None, None, None)  # the answering thread ends with its connection
        for thread in self._threads:
            thread.join(20)
        if self._bus is not None:
            self._bus.close()

    def _answer(self) -> None:
        assert self._bus is not None
        with contextlib.suppress(OSError, EOFError):
            while True:
                message = self._bus.receive()
                if message.header.message_type is MessageType.method_call:
                    self._bus.send(self._reply(message))

    def _reply(self, message: Message) -> Message:
        fields = message.header.fields
        member: str = fields[HeaderFields.member]
        path: str = fields[HeaderFields.path]
        if member == "Get":
            unit = next((unit for name, unit in self.units.items() if _path(name) == path), None)
            return self._property(message, unit, str(message.body[1]))
        unit = self.units.get(str(message.body[0])) if message.body else None
        if unit is None:
            return new_error(message, f"{NAME}.NoSuchUnit", "s", (f"Unit {message.body[:1]} not found.",))
        match member:
            case "RestartUnit" | "StartUnit":
                self._jobs.put(unit)
                return new_method_return(message, "o", (f"{PLACE}/job/1",))
            case "KillUnit":
                unit.kill(int(message.body[2]))
            case "ResetFailedUnit":
                unit.failed = False
            case "LoadUnit":
                return new_method_return(message, "o", (_path(str(message.body[0])),))
            case _:
                return new_error(message, "org.freedesktop.DBus.Error.UnknownMethod", "s", (f"no method {member}",))
        return new_method_return(message)

    def _property(self, message: Message, unit: Unit | None, name: str) -> Message:
        if unit is None:
            return new_error(message, "org.freedesktop.DBus.Error.UnknownObject", "s", ("no such unit",))
        values: dict[str, tuple[str, Any]] = {
            "ActiveState": ("s", unit.active),
            "SubState": ("s", "running" if unit.active == "active" else "dead"),
            "NRestarts": ("u", 0),
        }
        if name not in values:
            return new_error(message, "org.freedesktop.DBus.Error.UnknownProperty", "s", (f"no property {name}",))
        return new_method_return(message, "v", (values[name],))

    def _work(self) -> None:
        while (unit := self._jobs.get()) is not None:
            unit.stopped = False
            unit.starts += 1
            try:
                unit.start()
                unit.failed = False
            except (RuntimeError, OSError, AssertionError):
                unit.failed = True


def _path(unit: str) -> str:
    """A unit's object path: everything but letters and digits as _XX (sd_bus_path_encode)."""
    return f"{PLACE}/unit/" + "".join(character if character.isalnum() else f"_{ord(character):02x}" for character in unit)

"""systemd as the watchdog needs it, over D-Bus (org.freedesktop.systemd1): restart, kill and start units, and ask how they are.

Every call has a connection of its own and ends within seconds: a bus that is gone must not hold up the watchdog. What may be done to
which unit is written in the polkit rules, not here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass

from jeepney import DBusAddress, DBusErrorResponse, MessageType, Properties, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import unwrap_msg

SYSTEM_BUS = "unix:path=/run/dbus/system_bus_socket"
SECONDS = 5.0
PLACE, NAME = "/org/freedesktop/systemd1", "org.freedesktop.systemd1"
MANAGER = DBusAddress(PLACE, NAME, f"{NAME}.Manager")


class SupervisorFault(Exception):
    """systemd did not do it. `code`: "bus-silent" (nobody answers) or "refused" (it said no)."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class UnitState:
    """ActiveState and SubState of a unit (systemd's own words), and how often systemd restarted it by itself."""

    active: str
    sub: str
    restarts: int = 0

    @property
    def in_other_hands(self) -> bool:
        """Somebody stopped it, or systemd is just stopping or starting it: not ours to touch."""
        return self.active in ("inactive", "deactivating", "activating", "reloading")


class Systemd:
    """The manager on the bus at `address`. Every method raises `SupervisorFault`."""

    def __init__(self, address: str = SYSTEM_BUS) -> None:
        self._address = address

    def restart(self, unit: str) -> None:
        """Queue a restart, also of a unit that failed too often; does not wait for its end."""
        self._call("ResetFailedUnit", "s", (unit,), may_fail=True)
        self._call("RestartUnit", "ss", (unit, "replace"))

    def start(self, unit: str) -> None:
        """Queue a start."""
        self._call("StartUnit", "ss", (unit, "replace"))

    def kill(self, unit: str, signal: int) -> None:
        """Send `signal` to the unit's main process."""
        self._call("KillUnit", "ssi", (unit, "main", signal))

    def state(self, unit: str) -> UnitState:
        """How the unit is now."""
        (path,) = self._call("LoadUnit", "s", (unit,))
        unit_ = Properties(DBusAddress(path, NAME, f"{NAME}.Unit"))
        service = Properties(DBusAddress(path, NAME, f"{NAME}.Service"))
        with self._connection() as bus:
            active, sub = (_value(bus, unit_, name) for name in ("ActiveState", "SubState"))
            restarts = _value(bus, service, "NRestarts") if unit.endswith(".service") else 0
        return UnitState(str(active), str(sub), restarts if isinstance(restarts, int) else 0)

    def _call(self, method: str, signature: str, body: tuple[object, ...], *, may_fail: bool = False) -> tuple[str, ...]:
        with self._connection() as bus:
            answer = bus.send_and_get_reply(new_method_call(MANAGER, method, signature, body), timeout=SECONDS)
            if answer.header.message_type is MessageType.error and not may_fail:
                raise SupervisorFault("refused", _words(answer.body))
            return answer.body

    @contextlib.contextmanager
    def _connection(self) -> Generator[DBusConnection]:
        try:
            with open_dbus_connection(self._address, auth_timeout=SECONDS) as bus:
                yield bus
        except DBusErrorResponse as error:
            raise SupervisorFault("refused", _words(error.data)) from None
        except (OSError, TimeoutError, ValueError, EOFError) as reason:
            raise SupervisorFault("bus-silent", type(reason).__name__) from None


def _value(bus: DBusConnection, properties: Properties, name: str) -> object:
    ((_, value),) = unwrap_msg(bus.send_and_get_reply(properties.get(name), timeout=SECONDS))
    return value


def _words(body: tuple[object, ...]) -> str:
    """A D-Bus error's sentence; systemd's name units, never people."""
    return str(body[0]) if body else "no reason given"

"""A blind person's screen reader: an AT-SPI bus of the hall's own, and somebody on it who reads windows and presses what she finds.

She knows nothing but what AT-SPI tells her: names, roles, states, places, and the actions that things have.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from jeepney import (
    DBusAddress,
    DBusErrorResponse,
    HeaderFields,
    MatchRule,
    Message,
    MessageType,
    Properties,
    message_bus,
    new_method_call,
)
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.wrappers import unwrap_msg

from sandbox.private_bus import PrivateBus

LAUNCHER = Path("/usr/libexec/at-spi-bus-launcher")
"""Debian package at-spi2-core."""
_ATSPI = "org.a11y.atspi"
_HERE = "/org/a11y/atspi/accessible/root"
_ROLES = {23: "frame", 29: "label", 43: "key", 54: "status", 62: "switch", 83: "heading"}
_STATES = {8: "enabled", 12: "focused", 20: "on"}
_ANSWER_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that the screen reader found; `frame` is left, top, width, height in pixels of the window."""

    path: str
    role: str
    name: str
    states: frozenset[str]
    frame: tuple[int, int, int, int]
    actions: int


class ScreenReaderUser:
    """The buses in `directory` (a short name), and the reader. `environment` is what the terminal must be started with."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stack = ExitStack()
        self._session = PrivateBus(directory)
        self.environment = {
            "DBUS_SESSION_BUS_ADDRESS": self._session.address,
            "XDG_RUNTIME_DIR": str(directory),
            "GSETTINGS_BACKEND": "memory",
        }
        self._told: list[str] = []
        self._bus: DBusConnection | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self._session)
            # No display: the launcher would leave its address there.
            environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"} | self.environment
            launcher = subprocess.Popen(
                [LAUNCHER, "--launch-immediately"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            stack.callback(launcher.wait)
            stack.callback(launcher.terminate)
            session = stack.enter_context(open_dbus_connection(self._session.address))
            address = self._first_answer(session)
            status = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Status")
            unwrap_msg(session.send_and_get_reply(Properties(status).set("IsEnabled", "b", True), timeout=_ANSWER_SECONDS))
            self._bus = stack.enter_context(open_dbus_connection(address.partition(",")[0]))
            announcements = MatchRule(type="signal", interface=f"{_ATSPI}.Event.Object", member="Announcement")
            unwrap_msg(self._bus.send_and_get_reply(message_bus.AddMatch(announcements), timeout=_ANSWER_SECONDS))
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def reads(self) -> list[Found]:
        """Everything on the terminal's screen, in the order in which it is read; nothing where there is no terminal."""
        for bus, path in self._children(f"{_ATSPI}.Registry", _HERE):
            for window, place in self._children(bus, path):
                self._terminal = window
                return self._found(window, [place, *(path for _, path in self._children(window, place))])
        return []

    def presses(self, found: Found) -> None:
        """Do the first thing that can be done with it."""
        self._ask(self._terminal, found.path, f"{_ATSPI}.Action", "DoAction", "i", (0,))

    def goes_to(self, found: Found) -> None:
        """Put the keyboard's focus there."""
        self._ask(self._terminal, found.path, f"{_ATSPI}.Component", "GrabFocus")

    def heard(self) -> list[str]:
        """What was announced since this was last asked."""
        self._children(f"{_ATSPI}.Registry", _HERE)  # a round trip brings what is on its way
        told, self._told = self._told, []
        return told

    def _found(self, bus: str, paths: list[str]) -> list[Found]:
        """All of these, asked about in one go."""
        accessible, action, component = (f"{_ATSPI}.{name}" for name in ("Accessible", "Action", "Component"))
        answers = iter(
            self._send(
                message
                for path in paths
                for message in (
                    Properties(DBusAddress(path, bus, accessible)).get("Name"),
                    new_method_call(DBusAddress(path, bus, accessible), "GetRole"),
                    new_method_call(DBusAddress(path, bus, accessible), "GetState"),
                    new_method_call(DBusAddress(path, bus, component), "GetExtents", "u", (1,)),
                    Properties(DBusAddress(path, bus, action)).get("NActions"),
                )
            )
        )
        found: list[Found] = []
        for path in paths:
            ((_, name),) = unwrap_msg(next(answers))
            (role,) = unwrap_msg(next(answers))
            ((low, high),) = unwrap_msg(next(answers))
            states = frozenset(word for bit, word in _STATES.items() if (low | high << 32) >> bit & 1)
            # Not everything has a place or can be pressed.
            (frame,) = _body(next(answers)) or ((0, 0, 0, 0),)
            ((_, actions),) = _body(next(answers)) or (("i", 0),)
            found.append(Found(path, _ROLES.get(role, str(role)), name, states, frame, actions))
        return found

    def _children(self, bus: str, path: str) -> list[tuple[str, str]]:
        (children,) = self._ask(bus, path, f"{_ATSPI}.Accessible", "GetChildren")
        return children

    def _ask(
        self, bus: str, path: str, interface: str, method: str, signature: str | None = None, given: tuple[Any, ...] = ()
    ) -> Any:
        (answer,) = self._send([new_method_call(DBusAddress(path, bus, interface), method, signature, given)])
        return unwrap_msg(answer)

    def _send(self, messages: Iterable[Message]) -> list[Message]:
        """The answers to all of these, in their order; what is announced meanwhile is kept."""
        assert self._bus is not None
        serials: list[int] = []
        for message in messages:
            serials.append(next(self._bus.outgoing_serial))
            self._bus.send(message, serial=serials[-1])
        answers: dict[int, Message] = {}
        while len(answers) < len(serials):
            answer = self._bus.receive(timeout=_ANSWER_SECONDS)
            if (serial := answer.header.fields.get(HeaderFields.reply_serial)) is not None:
                answers[serial] = answer
            elif answer.header.fields.get(HeaderFields.member) == "Announcement":
                self._told.append(str(answer.body[3][1]))
        return [answers[serial] for serial in serials]

    def _first_answer(self, session: DBusConnection) -> str:
        """Where the AT-SPI bus is, once its launcher is there."""
        until = time.monotonic() + _ANSWER_SECONDS
        asking = new_method_call(DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus"), "GetAddress")
        while True:
            try:
                return str(unwrap_msg(session.send_and_get_reply(asking, timeout=_ANSWER_SECONDS))[0])
            except DBusErrorResponse:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)


def _body(message: Message) -> tuple[Any, ...]:
    """What a method answered; nothing where there is no such method."""
    return message.body if message.header.message_type is MessageType.method_return else ()

"""A UPS as upsd tells of it: the network protocol of NUT (RFC 9271), of which one question is needed: the variables of one UPS.

Asking ``LIST VAR name`` gives ``BEGIN LIST VAR name``, lines ``VAR name variable "value"``, ``END LIST VAR name``; or ``ERR reason``. Words of
``ups.status``: OL on line, OB on battery, LB low battery, FSD forced shutdown, RB replace battery, and others.
"""

from __future__ import annotations

import shlex
import socket
from dataclasses import dataclass

from peripherals.address import Address, AddressWrong
from peripherals.device import DeviceState
from peripherals.polling import PolledDevice

PORT = 3493
POLL_SECONDS = 2.0
ANSWER_SECONDS = 2.0
LONGEST_ANSWER = 64 * 1024
ON_BATTERY, BATTERY_LOW, REPLACE_BATTERY, SILENT = "on-battery", "battery-low", "replace-battery", "ups-silent"


class NutWrong(ValueError):
    """upsd said something that the protocol does not know, or no. The message is its own word, or ours."""


@dataclass(frozen=True, slots=True)
class Power:
    """What the UPS says: whether it lives on its battery, whether that is nearly empty or worn, its charge in per cent, how many seconds it will last."""

    on_battery: bool
    low: bool
    worn: bool = False
    charge: int | None = None
    seconds: int | None = None


def parse_variables(answer: bytes, ups: str) -> dict[str, str]:
    """The variables in a whole answer to ``LIST VAR``. Raises `NutWrong`."""
    try:
        lines = answer.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise NutWrong("not text") from None
    if lines and lines[0].startswith("ERR "):
        raise NutWrong(lines[0][4:].split(" ")[0][:40])
    if len(lines) < 2 or lines[0] != f"BEGIN LIST VAR {ups}" or lines[-1] != f"END LIST VAR {ups}":
        raise NutWrong("not a list of variables")
    found: dict[str, str] = {}
    for line in lines[1:-1]:
        try:
            words = shlex.split(line)
        except ValueError:
            raise NutWrong("a line with an open quotation mark") from None
        if len(words) != 4 or words[:2] != ["VAR", ups]:
            raise NutWrong("a line that is no variable")
        found[words[2]] = words[3]
    return found


def power_of(variables: dict[str, str]) -> Power:
    """What the variables say of the power. Raises `NutWrong` without a status."""
    words = set(variables.get("ups.status", "").split())
    if not words:
        raise NutWrong("no ups.status")
    return Power(
        on_battery="OB" in words or "FSD" in words,
        low="LB" in words or "FSD" in words,
        worn="RB" in words,
        charge=_whole(variables.get("battery.charge")),
        seconds=_whole(variables.get("battery.runtime")),
    )


class NutUps(PolledDevice):
    """A `Device`: the UPS that upsd at `host`:`port` calls `ups`.

    Online with the reasons ``on-battery``, ``battery-low``, ``replace-battery``; offline with ``ups-silent`` while upsd or the UPS does not answer. Then
    what it said last still holds: a silent UPS that was on its battery is on its battery.
    """

    def __init__(
        self, name: str, ups: str, host: str = "127.0.0.1", port: int = PORT, *, poll_seconds: float = POLL_SECONDS
    ) -> None:
        super().__init__(name, poll_seconds)
        self._ups = ups
        self._place = (host, port)
        self._power: Power | None = None

    @classmethod
    def at(cls, address: Address, name: str) -> NutUps:
        """From a settings line as NUT writes it: ``nut:terminal@127.0.0.1`` or ``nut:terminal@host?port=3493``. Raises `AddressWrong`."""
        ups, at, host = address.of("nut").only("port").where.partition("@")
        if not ups or (at and not host) or any(not (character.isalnum() or character in "._-") for character in ups):
            raise AddressWrong("nut: write nut:NAME@HOST, as upsc does")
        return cls(name, ups, host or "127.0.0.1", address.whole("port", PORT))

    @property
    def power(self) -> Power | None:
        """What it said last; None if it never did."""
        return self._power

    def _look(self) -> tuple[DeviceState, tuple[str, ...], str]:
        try:
            power = self._power = power_of(parse_variables(self._ask(), self._ups))
        except OSError as reason:
            return (
                DeviceState.OFFLINE,
                (SILENT, *self._last_known()),
                f"upsd at {self._place[0]} does not answer ({type(reason).__name__})",
            )
        except NutWrong as reason:
            return DeviceState.OFFLINE, (SILENT, *self._last_known()), f"upsd says of {self._ups}: {reason}"
        lasts = f", lasts {power.seconds // 60} min" if power.seconds is not None else ""
        charge = f"{power.charge} % charged" if power.charge is not None else "charge not told"
        return DeviceState.ONLINE, _reasons(power), f"{'on battery' if power.on_battery else 'on mains'}, {charge}{lasts}"

    def _last_known(self) -> tuple[str, ...]:
        return _reasons(self._power) if self._power is not None else ()

    def _ask(self) -> bytes:
        """The answer to LIST VAR. Raises OSError (silence too)."""
        ends = (f"END LIST VAR {self._ups}\n".encode(), b"ERR ")
        with socket.create_connection(self._place, ANSWER_SECONDS) as line:
            line.settimeout(ANSWER_SECONDS)
            line.sendall(f"LIST VAR {self._ups}\n".encode())
            answer = b""
            while not answer.endswith(ends[0]) and not (answer.startswith(ends[1]) and answer.endswith(b"\n")):
                part = line.recv(4096)
                if not part or len(answer) > LONGEST_ANSWER:
                    break
                answer += part
            line.sendall(b"LOGOUT\n")
            return answer


def _reasons(power: Power) -> tuple[str, ...]:
    said = ((power.low, BATTERY_LOW), (power.on_battery, ON_BATTERY), (power.worn, REPLACE_BATTERY))
    return tuple(reason for holds, reason in said if holds)


def _whole(text: str | None) -> int | None:
    try:
        value = int(float(text)) if text is not None and len(text) < 20 else None
    except (ValueError, OverflowError):
        return None
    return value if value is not None and value >= 0 else None

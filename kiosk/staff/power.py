"""Restart and shutdown, through systemd: the terminal's service, or the whole machine.

`systemctl` speaks to systemd over D-Bus and is allowed to by the polkit rule that the package brings; `run` is injected, so
that a test sees what would be said. Nothing is done while a certificate is between the queue and the citizen's hand.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from enum import StrEnum

from kiosk.issuance.ledger import Ledger
from kiosk.issuance.states import State

SECONDS = 10.0
AT_WORK = frozenset({State.SPOOLING, State.PRINTING, State.PRINTED, State.PRESENTED})


class PowerAct(StrEnum):
    """What systemd is asked for."""

    RESTART_TERMINAL = "restart-terminal"
    RESTART_MACHINE = "restart-machine"
    SHUT_DOWN = "shut-down"


class PowerRefused(Exception):
    """It was not done. `code`: "at-work" (a certificate is under way), "systemd" (systemctl said no, or is not there)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


Run = Callable[[Sequence[str]], int]
"""Runs a command and returns its exit status; raises `OSError` where there is no such command."""


class Power:
    """The switch. `unit` is the terminal's service."""

    def __init__(self, ledger: Ledger, unit: str, run: Run | None = None) -> None:
        self._ledger = ledger
        self._unit = unit
        self._run = run or _run

    def check(self) -> None:
        """Raises `PowerRefused` while a certificate is under way."""
        if any(issuance.state in AT_WORK for issuance in self._ledger.open()):
            raise PowerRefused("at-work")

    def do(self, act: PowerAct) -> None:
        """Ask systemd; returns once it has taken the order. Raises `PowerRefused`."""
        self.check()
        words = {
            PowerAct.RESTART_TERMINAL: ("restart", self._unit),
            PowerAct.RESTART_MACHINE: ("reboot",),
            PowerAct.SHUT_DOWN: ("poweroff",),
        }[act]
        try:
            status = self._run(["systemctl", "--no-block", *words])
        except (OSError, subprocess.TimeoutExpired):
            raise PowerRefused("systemd") from None
        if status:
            raise PowerRefused("systemd")


def _run(words: Sequence[str]) -> int:
    return subprocess.run(list(words), capture_output=True, timeout=SECONDS, check=False).returncode

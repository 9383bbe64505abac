"""What the watchdog does about a part. One rule for all of it: nothing is touched while a certificate is being printed."""

from __future__ import annotations

import signal
from typing import Protocol

from kiosk.watchdog.ladder import Remedy, Rung
from kiosk.watchdog.messages import Advice, Post
from kiosk.watchdog.sign import IssuingSign
from kiosk.watchdog.supervisor import SupervisorFault, Systemd, UnitState


class NotNow(Exception):
    """A certificate is being printed; the same remedy is wanted again at the next look."""


class Hands(Protocol):
    """What can apply remedies."""

    @property
    def issuing(self) -> bool:
        """Whether a certificate is being printed."""
        ...

    def in_other_hands(self, unit: str) -> bool:
        """Whether somebody stopped this unit, or systemd is just starting or stopping it. False also when nobody can say."""
        ...

    def apply(self, rung: Rung) -> None:
        """Apply it, now. Raises `NotNow`, `SupervisorFault`."""
        ...


class TwoHands:
    """systemd for units, a message for the terminal's handles."""

    def __init__(self, systemd: Systemd, post: Post, sign: IssuingSign) -> None:
        self._systemd = systemd
        self._post = post
        self._sign = sign

    @property
    def issuing(self) -> bool:
        return self._sign.up

    def in_other_hands(self, unit: str) -> bool:
        try:
            return self.state(unit).in_other_hands
        except SupervisorFault:
            return False

    def state(self, unit: str) -> UnitState:
        """Raises `SupervisorFault`."""
        return self._systemd.state(unit)

    def apply(self, rung: Rung) -> None:
        with self._sign.seized() as free:
            if not free:
                raise NotNow
            match rung.remedy:
                case Remedy.REOPEN:
                    if not self._post.send(Advice(reopen=(rung.target,))):
                        raise SupervisorFault("terminal-deaf", "the terminal takes no messages")
                case Remedy.RESTART_SERVICE | Remedy.RESTART_TERMINAL:
                    self._systemd.restart(rung.target)
                case Remedy.CLEAR_SOCKETS | Remedy.POWER_CYCLE:
                    self._systemd.start(rung.target)
                case Remedy.KILL_TERMINAL:
                    # First dead, while we hold the lock: it cannot begin to print between our look and its end.
                    try:
                        self._systemd.kill(rung.target, signal.SIGKILL)
                    finally:
                        self._systemd.restart(rung.target)

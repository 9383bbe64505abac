"""systemd's notify protocol (sd_notify(3)): one datagram with lines of NAME=value. Without systemd nothing is sent."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Generator, Mapping


class Notifier:
    """`$NOTIFY_SOCKET` of `environment`. Never raises: who cannot be told does not listen."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        own = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        usec = environment.get("WATCHDOG_USEC", "")
        self.patience = int(usec) / 1e6 if own and usec.isdigit() else None
        """Seconds after which systemd takes us for dead; None when it does not watch."""

    def tell(self, **fields: str) -> None:
        """E.g. ``tell(READY="1", STATUS="serving")``."""
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to:
            to.setblocking(False)
            to.sendto("\n".join(f"{name}={value}" for name, value in fields.items()).encode(), self._address)

    @contextlib.contextmanager
    def patient(self, seconds: float) -> Generator[None]:
        """Meanwhile systemd takes us for dead only after `seconds` without a sign: what is being printed is not to be killed."""
        if self.patience is None or self.patience >= seconds:
            yield
            return
        self.tell(WATCHDOG="1", WATCHDOG_USEC=str(int(seconds * 1e6)))
        try:
            yield
        finally:
            self.tell(WATCHDOG="1", WATCHDOG_USEC=str(int(self.patience * 1e6)))

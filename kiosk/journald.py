"""Log records as journald wants them: one datagram an entry, each field by itself (systemd's native journal protocol).

Only under systemd, which says by `$JOURNAL_STREAM` that stderr is the journal; everywhere else records are lines on stderr.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import struct
import sys
from collections.abc import Mapping
from pathlib import Path

from kiosk.events import Event

SOCKET = "/run/systemd/journal/socket"
LINES = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}


def set_up(level: int = logging.INFO, environment: Mapping[str, str] = os.environ) -> None:
    """Send what is logged to journald where it listens, else to stderr."""
    if "JOURNAL_STREAM" in environment and Path(SOCKET).exists():
        logging.basicConfig(level=level, handlers=[JournalHandler()])
    else:
        logging.basicConfig(level=level, format=LINES, stream=sys.stderr)


class JournalHandler(logging.Handler):
    """Writes to journald's socket; never blocks, and what journald does not take is lost."""

    def __init__(self, path: str = SOCKET) -> None:
        super().__init__()
        self._path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(OSError):
            self._socket.sendto(entry(record, self.format(record)), self._path)

    def close(self) -> None:
        self._socket.close()
        super().close()


def entry(record: logging.LogRecord, message: str) -> bytes:
    """The datagram of one record."""
    priority = next((PRIORITIES[level] for level in sorted(PRIORITIES, reverse=True) if record.levelno >= level), 7)
    fields: dict[str, object] = {"MESSAGE": message, "PRIORITY": priority, "SYSLOG_IDENTIFIER": "dazheng", "LOGGER": record.name}
    event = getattr(record, "event", None)
    if isinstance(event, Event):
        fields |= {"MESSAGE_ID": event.message_id, "DAZHENG_EVENT": event.name}
        fields |= {f"DAZHENG_{name.upper()}": value for name, value in record.__dict__["event_fields"].items()}
    return b"".join(_field(name, str(value)) for name, value in fields.items())


def _field(name: str, value: str) -> bytes:
    data = value.encode()
    if b"\n" in data:
        return name.encode() + b"\n" + struct.pack("<Q", len(data)) + data + b"\n"
    return name.encode() + b"=" + data + b"\n"

"""A virtual card in the machine's real USB CCID reader: QEMU's `ccid-card-passthru` on a unix socket (the protocol of libcacard).

The card is any of `sandbox.devices.card`; the reader, its USB descriptors, pcscd and libccid are what a real one meets.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from enum import IntEnum
from pathlib import Path

from sandbox.devices.card import Card

VERSION = 2
ANY_READER, READER = 0xFFFFFFFF, 0
LONGEST_ATR = 40
CONNECT_SECONDS = 10.0


class Kind(IntEnum):
    """VSCMsgType."""

    INIT = 1
    ERROR = 2
    READER_ADD = 3
    ATR = 5
    CARD_REMOVE = 6
    APDU = 7


class PassthruSlot:
    """The slot of the reader behind the socket at `path`; `lay` and `lift` as hands do."""

    def __init__(self, path: Path) -> None:
        self._card: Card | None = None
        self._line = _connected(path)
        self._send(Kind.INIT, b"VSCD" + struct.pack(">II", VERSION, 0), ANY_READER)
        self._send(Kind.READER_ADD, b"", ANY_READER)
        self._thread = threading.Thread(target=self._answer_for_ever, name="passed-through card", daemon=True)
        self._thread.start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)
        self._line.close()
        self._thread.join(5)

    def lay(self, card: Card) -> None:
        self._card = card
        self._send(Kind.ATR, card.atr[:LONGEST_ATR])

    def lift(self) -> None:
        if self._card is not None:
            self._card = None
            self._send(Kind.CARD_REMOVE, b"")

    def _answer_for_ever(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            while True:
                kind, _, length = struct.unpack(">III", self._exactly(12))
                data = self._exactly(length)
                card = self._card
                if kind == Kind.APDU and card is not None and (answer := card.answer(data)) is not None:
                    self._send(Kind.APDU, answer)

    def _send(self, kind: Kind, data: bytes, reader: int = READER) -> None:
        self._line.sendall(struct.pack(">III", kind, reader, len(data)) + data)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self._line.recv(count - len(data))
            if not part:
                raise EOFError
            data += part
        return data


def _connected(path: Path) -> socket.socket:
    deadline = time.monotonic() + CONNECT_SECONDS
    while True:
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(str(path))
        except OSError:
            line.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return line

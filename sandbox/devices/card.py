"""Virtual cards, and the hand that lays them on the reader and lifts them.

A card is a function from command to answer; `CardSlot` speaks vpcd's protocol (length, then a control byte or an APDU) over TCP
with quick acknowledgements (without them every APDU costs 44 ms). Faults are commanded: mute, foreign, broken records, lifted
after so many commands, slow.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, Protocol

from peripherals.card_reader.apdu import Instruction
from peripherals.card_reader.documents.social_security import (
    APPLICATION,
    CARD_FILE,
    CARD_LAYOUT,
    HOLDER_FILE,
    HOLDER_LAYOUT,
)
from peripherals.card_reader.layout import Value, encode_file

OK, NOT_FOUND, NO_RECORD, UNKNOWN, NO_FILE = 0x9000, 0x6A82, 0x6A83, 0x6D00, 0x6986
POWER_OFF, POWER_ON, RESET, GET_ATR = 0, 1, 2, 4


@dataclass(frozen=True, slots=True)
class Holder:
    """What is written on a social security card."""

    name: str
    number: str
    sex: str = "1"
    birth: date | None = None
    card_number: str = "A12345678"
    issued: date = date(2019, 5, 6)
    valid_to: date | None = date(2039, 5, 6)


class Card(Protocol):
    """A card as the reader sees it."""

    atr: bytes

    def answer(self, command: bytes) -> bytes | None:
        """Data and status word; None: no answer at all."""
        ...


@dataclass(slots=True)
class SocialSecurityCard:
    """A second-generation social security card with both basic files, made by the table by which the driver reads."""

    holder: Holder
    overrides: Mapping[str, Value] = field(default_factory=dict[str, Value])
    atr: bytes = bytes.fromhex("3B6D000080318065B08301029083009000")
    _selected: bool = False
    _file: int | None = None

    def answer(self, command: bytes) -> bytes | None:
        instruction, p1, p2 = command[1], command[2], command[3]
        if instruction == Instruction.SELECT:
            return self._select(p1, command[5 : 5 + command[4]] if len(command) > 5 else b"")
        if instruction == Instruction.READ_RECORD:
            return self._read(p1, p2)
        return _status(UNKNOWN)

    def records(self) -> dict[int, list[bytes]]:
        """Both files, as records."""
        holder = self.holder
        name = holder.name.encode("gb18030")
        cut = _cut(holder.name, 30)
        values: dict[str, Value] = {
            "card_id": bytes.fromhex("41150000000000000000000000000001"),
            "class": "3",
            "version": "2.00",
            "issuer": bytes.fromhex("915600000241150000000000"),
            "issued": holder.issued,
            "valid_to": holder.valid_to,
            "card_number": holder.card_number,
            "number": holder.number,
            "name": holder.name[:cut],
            "name_continued": holder.name[cut:] if len(name) > 30 else "",
            "sex": holder.sex,
            "nation": b"\x01",
            "birthplace": b"\x41\x15\x02",
            "birth": holder.birth,
            **self.overrides,
        }
        return {CARD_FILE: encode_file(CARD_LAYOUT, values), HOLDER_FILE: encode_file(HOLDER_LAYOUT, values)}

    def _select(self, p1: int, name: bytes) -> bytes:
        if p1 == 0x04:
            self._selected, self._file = name == APPLICATION, None
            return _status(OK if self._selected else NOT_FOUND)
        identifier = int.from_bytes(name, "big")
        if not self._selected or identifier not in self.records():
            return _status(NOT_FOUND)
        self._file = identifier
        return _status(OK)

    def _read(self, p1: int, p2: int) -> bytes:
        if self._file is None:
            return _status(NO_FILE)
        records = self.records()[self._file]
        if p2 == 0x04:
            return records[p1 - 1] + _status(OK) if 1 <= p1 <= len(records) else _status(NO_RECORD)
        return next((record + _status(OK) for record in records if record[0] == p1), _status(NO_RECORD))


@dataclass(slots=True)
class ForeignCard:
    """A bank's or a bus company's card: well, and none of ours."""

    atr: bytes = bytes.fromhex("3B6500002063CB6600")

    def answer(self, command: bytes) -> bytes | None:
        return _status(NOT_FOUND if command[1] == Instruction.SELECT else UNKNOWN)


@dataclass(slots=True)
class SilentCard:
    """A card that answers the reset and then nothing."""

    atr: bytes = bytes.fromhex("3B6D000080318065B08301029083009000")

    def answer(self, command: bytes) -> bytes | None:
        return None


Damage = Literal["number", "name", "truncated", "tags", "no-files", "text"]


@dataclass(slots=True)
class DamagedCard:
    """A social security card with broken records; `damage` says how."""

    holder: Holder
    damage: Damage
    atr: bytes = bytes.fromhex("3B6D000080318065B08301029083009000")
    _card: SocialSecurityCard = field(init=False)

    def __post_init__(self) -> None:
        number = self.holder.number
        wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
        holder = replace(self.holder, number=wrong) if self.damage == "number" else self.holder
        overrides: dict[str, Value] = {"name": ""} if self.damage == "name" else {}
        self._card = SocialSecurityCard(holder, overrides)

    def answer(self, command: bytes) -> bytes | None:
        answer = self._card.answer(command)
        if answer is None or command[1] != Instruction.READ_RECORD or len(answer) <= 2:
            files = command[1] == Instruction.SELECT and command[2] == 0x02
            return _status(NOT_FOUND) if self.damage == "no-files" and files else answer
        record, status = answer[:-2], answer[-2:]
        match self.damage:
            case "truncated":
                return record[: len(record) // 2] + status
            case "tags":
                return b"\x7f" + record[1:] + status
            case "text":
                return (record[:2] + b"\x81\x20\xff" * 6 if record[0] == 0x09 else record) + status
            case _:
                return answer


class CardSlot:
    """The virtual reader's slot: at most one card lies in it. Use `insert` and `remove` as hands do."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self.commands = 0
        """How many APDUs the card that lies here has seen."""

    def insert(self, card: Card, *, lifted_after: int | None = None, slow_seconds: float = 0.0) -> None:
        """Lay a card down. `lifted_after`: pulled away instead of answering that command; `slow_seconds`: before each answer."""
        self.remove()
        line = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        line.settimeout(None)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.commands = 0
        thread = threading.Thread(
            target=self._serve, args=(line, card, lifted_after, slow_seconds), name="virtual card", daemon=True
        )
        with self._lock:
            self._line, self._thread = line, thread
        thread.start()

    def remove(self) -> None:
        """Lift the card, if one is there."""
        with self._lock:
            line, thread = self._line, self._thread
            self._line = self._thread = None
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        if thread is not None and thread is not threading.current_thread():
            thread.join(5)

    @property
    def occupied(self) -> bool:
        return self._line is not None

    def _serve(self, line: socket.socket, card: Card, lifted_after: int | None, slow_seconds: float) -> None:
        try:
            while (message := _receive(line)) is not None:
                if len(message) == 1:
                    if message[0] == GET_ATR:
                        _send(line, card.atr)
                    continue
                if lifted_after is not None and self.commands >= lifted_after:
                    self.remove()
                    return
                self.commands += 1
                if slow_seconds:
                    time.sleep(slow_seconds)
                answer = card.answer(message)
                if answer is not None:
                    _send(line, answer)
        except OSError:
            return


def _receive(line: socket.socket) -> bytes | None:
    head = _exactly(line, 2)
    return None if head is None else _exactly(line, struct.unpack(">H", head)[0])


def _exactly(line: socket.socket, count: int) -> bytes | None:
    data = b""
    while len(data) < count:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = line.recv(count - len(data))
        if not part:
            return None
        data += part
    return data


def _send(line: socket.socket, data: bytes) -> None:
    line.sendall(struct.pack(">H", len(data)) + data)


def _status(word: int) -> bytes:
    return word.to_bytes(2, "big")


def _cut(name: str, limit: int) -> int:
    """How many characters fit into `limit` bytes of GB 18030."""
    for count in range(len(name), 0, -1):
        if len(name[:count].encode("gb18030")) <= limit:
            return count
    return 0

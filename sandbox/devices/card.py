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

OK, NOT_FOUND, NO_RECORD, UNKNOWN, NO_FILE, MORE, MEMORY_FAILURE = 0x9000, 0x6A82, 0x6A83, 0x6D00, 0x6986, 0x6110, 0x6581
GET_ATR = 4
"""vpcd's control byte that wants an answer (0 off, 1 on, 2 reset want none)."""
NO_ATR = b"\x3b"
"""Not a whole answer to reset: what a worn card or one laid upside down gives (vpcd takes an empty one for no card)."""
SWAP_SECONDS = 0.5
"""A hand needs longer to lay down the next card than the virtual reader (which looks every 400 ms) to see that the first is gone."""
RECONNECT_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Holder:
    """What is written on a social security card."""

    name: str
    number: str
    sex: str = "1"
    nation: bytes = b"\x01"
    birth: date | None = None
    issuer: bytes = bytes.fromhex("915600000241150000000000")
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
        values: dict[str, Value] = {
            "card_id": bytes.fromhex("41150000000000000000000000000001"),
            "class": "3",
            "version": "2.00",
            "issuer": holder.issuer,
            "issued": holder.issued,
            "valid_to": holder.valid_to,
            "card_number": holder.card_number,
            "number": holder.number,
            "name": holder.name,
            "sex": holder.sex,
            "nation": holder.nation,
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
class ChainingCard:
    """The same card with an older chip: it says how much there is (61xx, or 6Cxx for a wrong Le) and is asked again."""

    holder: Holder
    atr: bytes = bytes.fromhex("3B6D000080318065B08301029083009000")
    _card: SocialSecurityCard = field(init=False)
    _waiting: bytes = b""

    def __post_init__(self) -> None:
        self._card = SocialSecurityCard(self.holder)

    def answer(self, command: bytes) -> bytes | None:
        if command[1] == Instruction.GET_RESPONSE:
            part, self._waiting = self._waiting[: command[4]], self._waiting[command[4] :]
            return part + (_status(0x6100 | len(self._waiting)) if self._waiting else _status(OK))
        answer = self._card.answer(command)
        if answer is None or len(answer) <= 2:
            return answer
        record = answer[:-2]
        if len(record) < 20:
            return answer if command[-1] == len(record) else _status(0x6C00 | len(record))
        self._waiting = record
        return _status(0x6100 | len(record) // 2)


@dataclass(slots=True)
class ForeignCard:
    """A bank's or a bus company's card: well, and none of ours."""

    atr: bytes = bytes.fromhex("3B6500002063CB6600")

    def answer(self, command: bytes) -> bytes | None:
        return _status(NOT_FOUND if command[1] == Instruction.SELECT else UNKNOWN)


@dataclass(slots=True)
class SilentCard:
    """A card that answers the reset and then nothing; with a broken `atr` (`NO_ATR`) not even that."""

    atr: bytes = bytes.fromhex("3B6D000080318065B08301029083009000")

    def answer(self, command: bytes) -> bytes | None:
        return None


Damage = Literal["number", "name", "truncated", "tags", "no-files", "no-number", "text", "controls", "dates", "memory", "endless"]
"""Check digit wrong; name empty; records cut short; tags of nothing known; no files; no record of the number; a name that is no GBK; a
name with control characters; dates that are none; memory failure (6581) when the name's continuation is read; 61xx without end.
"""


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
        names: dict[Damage, str] = {"name": "", "controls": "张\x1b[2J三"}
        overrides: dict[str, Value] = {"name": names[self.damage]} if self.damage in names else {}
        self._card = SocialSecurityCard(holder, overrides)

    def answer(self, command: bytes) -> bytes | None:
        answer = self._card.answer(command)
        if answer is None or command[1] != Instruction.READ_RECORD or len(answer) <= 2:
            if self.damage == "endless" and command[1] == Instruction.GET_RESPONSE:
                return b"\x00" * 16 + _status(MORE)
            files = command[1] == Instruction.SELECT and command[2] == 0x02
            return _status(NOT_FOUND) if self.damage == "no-files" and files else answer
        record, status = answer[:-2], answer[-2:]
        match self.damage, record[0]:
            case "truncated", _:
                return record[: len(record) // 2] + status
            case "tags", _:
                return b"\x7f" + record[1:] + status
            case "text", 0x09:
                return record[:2] + (b"\x81\x20" * record[1])[: record[1]] + status
            case "dates", 0x05 | 0x06 | 0x0D:
                return record[:2] + bytes.fromhex("20231345") + status
            case "no-number", 0x08:
                return _status(NO_RECORD)
            case "memory", 0x4E:
                return _status(MEMORY_FAILURE)
            case "endless", _:
                return record + _status(MORE)
            case _:
                return answer


class CardSlot:
    """The virtual reader's slot: at most one card lies in it. Use `insert` and `remove` as hands do.

    A card stays where it lies when pcscd dies, and is there for the next pcscd on the same port.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self._lock = threading.Lock()
        self._lying: _Lying | None = None
        self._lifted_at = -SWAP_SECONDS
        self._commands = 0

    @property
    def occupied(self) -> bool:
        return self._lying is not None

    @property
    def commands(self) -> int:
        """How many APDUs the card that lies here, or the last one that did, has seen."""
        return self._commands

    def insert(self, card: Card, *, lifted_after: int | None = None, slow_seconds: float = 0.0) -> None:
        """Lay a card down, lifting the one that lies there. `lifted_after`: pulled away instead of answering that command;
        `slow_seconds`: before each answer.
        """
        self.remove()
        time.sleep(max(0.0, self._lifted_at + SWAP_SECONDS - time.monotonic()))
        self._commands = 0
        lying = _Lying(card, lifted_after, slow_seconds)
        lying.thread = threading.Thread(target=self._stay, args=(lying,), name="virtual card", daemon=True)
        with self._lock:
            self._lying = lying
        lying.thread.start()

    def remove(self) -> None:
        """Lift the card, if one is there."""
        with self._lock:
            lying, self._lying = self._lying, None
            if lying is None:
                return
            self._lifted_at = time.monotonic()
            lying.lifted.set()
            if lying.line is not None:
                with contextlib.suppress(OSError):
                    lying.line.shutdown(socket.SHUT_RDWR)
        if lying.thread is not None and lying.thread is not threading.current_thread():
            lying.thread.join(5)

    def _stay(self, lying: _Lying) -> None:
        """Answer the reader until lifted, whichever pcscd is behind it."""
        while not lying.lifted.is_set():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), timeout=10) as line:
                line.settimeout(None)
                line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    if lying.lifted.is_set():
                        return
                    lying.line = line
                try:
                    self._serve(line, lying)
                finally:
                    with self._lock:
                        lying.line = None
            lying.lifted.wait(RECONNECT_SECONDS)

    def _serve(self, line: socket.socket, lying: _Lying) -> None:
        while (message := _receive(line)) is not None:
            if len(message) == 1:
                if message[0] == GET_ATR:
                    _send(line, lying.card.atr)
                continue
            if lying.lifted_after is not None and self._commands >= lying.lifted_after:
                self.remove()
                return
            self._commands += 1
            if lying.slow_seconds and lying.lifted.wait(lying.slow_seconds):
                return
            answer = lying.card.answer(message)
            if answer is not None:
                _send(line, answer)


@dataclass(slots=True, eq=False)
class _Lying:
    """One card's stay in the slot."""

    card: Card
    lifted_after: int | None
    slow_seconds: float
    lifted: threading.Event = field(default_factory=threading.Event)
    line: socket.socket | None = None
    thread: threading.Thread | None = None


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

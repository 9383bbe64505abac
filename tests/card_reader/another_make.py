"""A card reader that the house has never seen, as an integrator writes it after docs/devices.md: one file, to begin from.

Frames are ``STX | length (2) | body | check | ETX``, the check is the exclusive or of length and body. Asked ``P`` it says whether a card lies there, asked
``R`` what the card says: nine texts in GB 18030 with ``|`` between them. Its answers begin with the letter that was asked and one byte of status.
"""

from __future__ import annotations

import threading
import time
from datetime import date

from peripherals.address import Address
from peripherals.card_reader.documents import resident_id
from peripherals.card_reader.documents.identity import IdentityDocument
from peripherals.card_reader.emrtd import TravelAccess
from peripherals.card_reader.faults import (
    CardFault,
    CardLifted,
    CardRecordsBroken,
    MuteCard,
    ReaderGone,
    ReaderSilent,
    ReaderUnfit,
)
from peripherals.card_reader.reader import CardInserted, CardRemoved
from peripherals.device import DeviceState
from peripherals.polling import PolledDevice
from peripherals.serial_line import LineBroken, SerialLine, exclusive_or, remaining

STX, ETX = 0x02, 0x03
OK, NO_CARD, READ_FAILED, MODULE_ILL = range(4)
FIELDS = ("name", "sex", "nation", "birth", "address", "number", "issuer", "valid_from", "valid_to")
POLL_SECONDS, ANSWER_SECONDS, TRIES = 0.3, 1.0, 3


def encode(body: bytes) -> bytes:
    """The frame around a body."""
    content = len(body).to_bytes(2, "big") + body
    return bytes((STX, *content, exclusive_or(content), ETX))


def decode(data: bytes) -> bytes | None:
    """The body of the first whole, right frame, whatever lies around it; None as long as there is none."""
    for start, byte in enumerate(data):
        if byte == STX:
            length = int.from_bytes(data[start + 1 : start + 3], "big")
            frame = data[start : start + length + 5]
            if len(frame) == length + 5 and frame == encode(frame[3:-2]):
                return frame[3:-2]
    return None


def parse_record(data: bytes, today: date) -> IdentityDocument:
    """The document in a good answer to ``R``. Raises `CardFault`."""
    try:
        texts = dict(zip(FIELDS, data.decode("gb18030").split("|"), strict=True))
        days = {name: date.fromisoformat(texts[name]) for name in ("birth", "valid_from")}
        valid_to = None if texts["valid_to"] == "长期" else date.fromisoformat(texts["valid_to"])
    except ValueError:
        raise CardRecordsBroken("the text does not hold nine fields") from None
    return resident_id.document({**texts, **days, "valid_to": valid_to}, today)


class AnotherReader(PolledDevice):
    """A `CardReader` on the serial line `path`."""

    def __init__(self, path: str, name: str, baud: int) -> None:
        super().__init__(name, POLL_SECONDS)
        self._path, self._baud = path, baud
        self._using = threading.Lock()
        """Held while a question is on the line."""
        self._line: SerialLine | None = None
        self._lies = self._spent = False
        """`_spent`: a card whose reading failed counts as lifted until it is laid down anew."""

    @classmethod
    def at(cls, address: Address, name: str) -> AnotherReader:
        """From a settings line: ``another:/dev/serial/by-id/…?baud=57600``. Raises `AddressWrong`."""
        return cls(address.only("baud").where, name, address.speed(57600))

    @property
    def card_present(self) -> bool:
        return self._lies and not self._spent

    @property
    def answering(self) -> bool:
        return self.status().state is DeviceState.ONLINE

    def close(self) -> None:
        super().close()
        with self._using:
            self._let_go()

    def read(self, today: date, travel: TravelAccess | None = None) -> IdentityDocument:
        """Raises `CardFault`, `ReaderFault`."""
        try:
            with self._using:
                status, data = self._ask(b"R")
            if status != OK:
                raise {NO_CARD: CardLifted, MODULE_ILL: ReaderUnfit}.get(status, MuteCard)(f"status {status}")
            return parse_record(data, today)
        except CardFault:
            self._spent = True
            self._events.emit(CardRemoved(self._name))
            raise
        except LineBroken as reason:
            raise ReaderGone(str(reason)) from None

    def _look(self) -> tuple[DeviceState, tuple[str, ...], str]:
        try:
            with self._using:
                status, _ = self._ask(b"P")
        except LineBroken as reason:
            with self._using:
                self._let_go()
            return self._without_card(DeviceState.NO_DEVICE, ReaderGone.code, f"{self._path}: {reason}")
        except ReaderSilent as fault:
            return self._without_card(DeviceState.OFFLINE, fault.code, fault.detail)
        if status == MODULE_ILL:
            return self._without_card(DeviceState.HARDWARE_ERROR, ReaderUnfit.code, "its security module is ill")
        self._lay(status == OK)
        return DeviceState.ONLINE, (), f"{self._path} at {self._baud} baud"

    def _without_card(self, state: DeviceState, reason: str, detail: str) -> tuple[DeviceState, tuple[str, ...], str]:
        self._lay(False)
        return state, (reason,), detail

    def _lay(self, lies: bool) -> None:
        before, self._lies = self._lies, lies
        if before == lies:
            return
        if lies:
            self._events.emit(CardInserted(self._name))
        elif not self._spent:
            self._events.emit(CardRemoved(self._name))
        self._spent = False

    def _ask(self, question: bytes) -> tuple[int, bytes]:
        """Status and data. Asking changes nothing, so it is asked again. Raises `ReaderSilent`, `LineBroken`."""
        if self._line is None:
            self._line = SerialLine(self._path, self._baud)
        for _ in range(TRIES):
            self._line.purge()
            self._line.write(encode(question))
            heard, deadline = b"", time.monotonic() + ANSWER_SECONDS
            while left := remaining(deadline):
                heard += self._line.read(left)
                body = decode(heard)
                if body is not None and body[:1] == question and len(body) > 1:
                    return body[1], body[2:]
        raise ReaderSilent(f"no answer to {question.decode()} in {TRIES} tries")

    def _let_go(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

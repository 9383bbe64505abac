"""A virtual SAM-V reader at the end of a pseudo-terminal, and the cards that are laid on it.

It answers by the same tables by which the driver asks. As a real one, it finds a card once: after it was selected, or a reading of it failed, it must be
lifted and laid down again.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from peripherals.card_reader.documents import permanent_residence_2017, permanent_residence_2023, residence_permit, resident_id
from peripherals.card_reader.sam_v_frames import Answer, Command, FrameScanner, FrameWrong, Reply, Request, encode_reading
from peripherals.card_reader.text_record import Place, Value, encode_record
from sandbox.devices.serial_port import LineFault, VirtualSerialPort

PHOTO = bytes(index * 7 % 256 for index in range(1024))
"""In place of a picture in the closed format: the terminal keeps it as it is."""
LAYOUTS: dict[str, tuple[Place, ...]] = {
    "": resident_id.LAYOUT,
    "J": residence_permit.LAYOUT,
    "I": permanent_residence_2017.LAYOUT,
    "Y": permanent_residence_2023.LAYOUT,
}
SAM_ID = bytes.fromhex("0500010097E1330139300000D2029649")


@dataclass(slots=True)
class SamVCard:
    """A card as its chip holds it. `letter`: "" resident ID, "J", "I", "Y"; `values` by the names of that layout.

    `refusal`: what the reader answers to the reading of it instead; `selectable`: off for a card of another kind in the same field.
    """

    values: Mapping[str, Value]
    letter: str = ""
    refusal: Answer | None = None
    selectable: bool = True
    record: bytes = field(init=False)
    """The 256 bytes; a test may spoil them."""

    def __post_init__(self) -> None:
        values = {"type": self.letter, **self.values} if self.letter else self.values
        self.record = encode_record(LAYOUTS[self.letter], values)


def resident_card(
    name: str, number: str, *, sex: str = "1", valid_to: date | None = None, address: str = "河南省信阳市浉河区"
) -> SamVCard:
    """A resident ID card of an invented person."""
    return SamVCard(
        {
            "name": name,
            "sex": sex,
            "nation": "01",
            "birth": date(int(number[6:10]), int(number[10:12]), int(number[12:14])),
            "address": address,
            "number": number,
            "issuer": "信阳市公安局浉河分局",
            "valid_from": date(2016, 4, 8),
            "valid_to": valid_to,
        }
    )


class VirtualSamVReader:
    """The reader. `link`: the name of its line; `baud`: the speed to which it is set."""

    def __init__(self, link: Path, *, baud: int = 115200) -> None:
        self._scanner = FrameScanner()
        self._lock = threading.Lock()
        self._card: SamVCard | None = None
        self._found = self._selected = self._spent = False
        self.asked: list[Command] = []
        """Every command that came to it whole."""
        self.ill: Answer | None = None
        """What it answers to everything, when its security module is ill."""
        self.port = VirtualSerialPort(link, self._answer, self._scanner.forget, baud=baud)

    def __enter__(self) -> Self:
        self.port.plug()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.port.unplug()

    @property
    def line(self) -> str:
        """The settings line that opens it."""
        return f"sam-v:{self.port.link}"

    @property
    def occupied(self) -> bool:
        return self._card is not None

    def lay(self, card: SamVCard) -> None:
        """Lay a card down, lifting the one that lies there."""
        with self._lock:
            self._card = card
            self._found = self._selected = self._spent = False

    def lift(self) -> None:
        with self._lock:
            self._card = None
            self._found = self._selected = False

    def fault(self, fault: LineFault | None, times: int = -1) -> None:
        """Break the line; see `VirtualSerialPort.fault`."""
        self.port.fault(fault, times)

    def _answer(self, arrived: bytes) -> list[bytes]:
        replies: list[Reply] = []
        damaged = self._scanner.damaged
        for body in self._scanner.feed(arrived):
            try:
                request = Request.parse(body)
            except FrameWrong:
                replies.append(Reply(Answer.BAD_COMMAND))
                continue
            with self._lock:
                self.asked.append(request.command)
                replies.append(Reply(self.ill) if self.ill is not None else self._reply(request.command))
        if self._scanner.damaged > damaged:
            replies.append(Reply(Answer.BAD_CHECK))
        return [reply.encode() for reply in replies]

    def _reply(self, command: Command) -> Reply:
        card = self._card
        match command:
            case Command.RESET | Command.STATUS:
                return Reply(Answer.OK)
            case Command.SAM_ID:
                return Reply(Answer.OK, SAM_ID)
            case Command.FIND:
                if card is None or self._selected or self._spent:
                    return Reply(Answer.FIND_FAILED)
                self._found = True
                return Reply(Answer.FOUND, bytes(4))
            case Command.SELECT:
                if card is None or not self._found or not card.selectable:
                    return Reply(Answer.SELECT_FAILED)
                self._selected = True
                return Reply(Answer.OK, bytes(8))
            case Command.READ:
                if card is None or not self._selected:
                    return Reply(Answer.READ_FAILED)
                if card.refusal is not None:
                    self._selected, self._spent = False, True
                    return Reply(card.refusal)
                return Reply(Answer.OK, encode_reading(card.record, PHOTO))
            case Command.READ_NEWEST_ADDRESS:
                return Reply(Answer.NO_SUCH_DATA if card is not None and self._selected else Answer.READ_FAILED)

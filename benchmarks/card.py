"""From a card on the reader to the identity on it: against the same commands sent bare through pyscard's scard layer.

Both go through one pcscd to one virtual card and open their own context and connection each time, as anybody must.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from smartcard import scard

from benchmarks.harness import Row, compare
from peripherals.card_reader import PcscReader, read_document
from sandbox.devices.card import Card, CardSlot
from sandbox.devices.pcsc import ENVIRONMENT, PcscDaemon
from sandbox.hall import card_of
from sandbox.people import PEOPLE

TODAY = date(2026, 3, 2)
CARD_SECONDS = 10.0
"""How long pcscd may take to see the card (it looks every 400 ms)."""


@dataclass(slots=True)
class _Overheard:
    """A card that writes down what it is asked."""

    card: Card
    atr: bytes = b""
    commands: list[bytes] = field(default_factory=list[bytes])

    def __post_init__(self) -> None:
        self.atr = self.card.atr

    def answer(self, command: bytes) -> bytes | None:
        self.commands.append(command)
        return self.card.answer(command)


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="dazheng-b") as name:
        directory = Path(name)
        os.environ[ENVIRONMENT] = str(directory / "pcscd.comm")
        with PcscDaemon(directory) as daemon:
            slot, reader = CardSlot(daemon.port), PcscReader()
            card = _Overheard(card_of(PEOPLE[0]))
            slot.insert(card)
            reader.open()
            try:
                _wait_for(lambda: reader.card_present)
                return [_row(reader, card)]
            finally:
                reader.close()
                slot.remove()


def _row(reader: PcscReader, card: _Overheard) -> Row:
    assert read_document(reader, today=TODAY).number == PEOPLE[0].number
    asked = [list(command) for command in card.commands]
    where = reader.status().detail
    return compare(
        "card → identity",
        lambda: read_document(reader, today=TODAY),
        "bare APDUs",
        lambda: _bare(where, asked),
        goal=1.3,
        runs=60,
        note=f"{len(asked)} commands through pcscd, once by `read_document` and once by SCardTransmit alone, a connection each",
    )


def _bare(reader: str, commands: list[list[int]]) -> None:
    """What any program must do: context, connection, the commands, and let go."""
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    assert result == scard.SCARD_S_SUCCESS
    protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    result, card, protocol = scard.SCardConnect(context, reader, scard.SCARD_SHARE_SHARED, protocols)
    assert result == scard.SCARD_S_SUCCESS
    pci = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
    for command in commands:
        result, _ = scard.SCardTransmit(card, pci, command)
        assert result == scard.SCARD_S_SUCCESS
    scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
    scard.SCardReleaseContext(context)


def _wait_for(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + CARD_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("pcscd does not see the virtual card")
        time.sleep(0.01)

"""From a card on the reader to the identity on it: against the same commands sent bare through pyscard's scard layer.

Both go through one pcscd to one virtual card and open their own context and connection each time, as anybody must. A travel document never says the
same twice; bare, it is told what it was told once and gives the answers that it gave then.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from smartcard import scard

from benchmarks.harness import Row, compare, seconds_until
from peripherals.card_reader import PcscReader, read_document
from peripherals.card_reader.emrtd import CountrySigners, MachineReadableZone, TravelAccess
from sandbox.devices.card import Card, CardSlot
from sandbox.devices.pcsc import ENVIRONMENT, PcscDaemon
from sandbox.devices.travel_document import State, TravelDocumentChip, Traveller
from sandbox.hall import card_of
from sandbox.people import PEOPLE

TODAY = date(2026, 3, 2)
PERMIT = Traveller("CHAN<<TAI<MAN", "H12345678", "陳<<大文")


@dataclass(slots=True)
class _Overheard:
    """A card that writes down what it is asked and answers; `again`: it gives the answers that it gave, in turn."""

    card: Card
    atr: bytes = b""
    commands: list[bytes] = field(default_factory=list[bytes])
    answers: list[bytes | None] = field(default_factory=list["bytes | None"])
    again: list[bytes | None] = field(default_factory=list["bytes | None"])

    def __post_init__(self) -> None:
        self.atr = self.card.atr

    def answer(self, command: bytes) -> bytes | None:
        if self.again:
            return self.again.pop(0)
        self.commands.append(command)
        self.answers.append(self.card.answer(command))
        return self.answers[-1]


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="dazheng-b") as name:
        directory = Path(name)
        os.environ[ENVIRONMENT] = str(directory / "pcscd.comm")
        with PcscDaemon(directory) as daemon:
            slot, reader = CardSlot(daemon.port), PcscReader()
            reader.open()
            try:
                card = _laid(slot, reader, card_of(PEOPLE[0]))
                social = _row("card → identity", reader, card, None, PEOPLE[0].number)
                state = State("CHN")
                access = TravelAccess(
                    CountrySigners.load(state.write(directory / "csca")), MachineReadableZone.parse(PERMIT.zone())
                )
                chip = _laid(slot, reader, TravelDocumentChip(PERMIT, state))
                return [social, _row("travel document → identity", reader, chip, access, PERMIT.number)]
            finally:
                reader.close()
                slot.remove()


def _laid(slot: CardSlot, reader: PcscReader, card: Card) -> _Overheard:
    overheard = _Overheard(card)
    slot.insert(overheard)
    seconds_until(lambda: not reader.card_present or slot.commands == 0)
    seconds_until(lambda: reader.card_present)
    return overheard


def _row(name: str, reader: PcscReader, card: _Overheard, travel: TravelAccess | None, number: str) -> Row:
    def ours() -> None:
        assert read_document(reader, today=TODAY, travel=travel).number == number

    ours()
    asked, answered = [list(command) for command in card.commands], list(card.answers)
    where = reader.status().detail

    def bare() -> None:
        if travel is not None:
            card.again[:] = answered
        _bare(where, asked)

    return compare(
        name,
        ours,
        "bare APDUs",
        bare,
        goal=1.3 if travel is None else None,
        runs=60,
        note=f"{len(asked)} commands through pcscd, once by `read_document` and once by SCardTransmit alone, a connection each"
        + (
            ""
            if travel is None
            else "; keys, ciphers, seals and the state's signature are ours, and the virtual chip's own ciphers"
        ),
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

"""An open PC/SC connection as a `Channel`, and what PC/SC's result codes mean here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from smartcard import scard

from peripherals.card_reader.apdu import CommandApdu, Instruction, ResponseApdu, StatusWord
from peripherals.card_reader.faults import CardFault, CardLifted, MuteCard, ReaderFault, ReaderGone, ReaderServiceDown

NOTICE_MILLISECONDS = 700
"""Longer than pcscd takes to notice that a card is gone (it looks every 400 ms)."""
MAX_CHAIN = 32
"""Longest chain of 61xx and 6Cxx answers that is followed; a card that goes on for longer gets no further."""


class PcscChannel:
    """A `Channel` over an open PC/SC connection. The handle is bound to the card: another card in its place is `CardLifted`."""

    def __init__(self, context: int, reader: str, card: int, protocol: int) -> None:
        self._context = context
        self._reader = reader
        self._card = card
        self._pci = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1

    def transmit(self, command: CommandApdu) -> ResponseApdu:
        data, sw = self._exchange(command)
        for _ in range(MAX_CHAIN):
            if sw >> 8 == 0x6C:
                data, sw = self._exchange(replace(command, le=sw & 0xFF))
            elif sw >> 8 == 0x61:
                more, sw = self._exchange(CommandApdu(0x00, Instruction.GET_RESPONSE, 0x00, 0x00, le=sw & 0xFF))
                data += more
            else:
                break
        return ResponseApdu(data, StatusWord(sw))

    def _exchange(self, command: CommandApdu) -> tuple[bytes, int]:
        result, answer = scard.SCardTransmit(self._card, self._pci, list(command.encode()))
        if result == scard.SCARD_E_NOT_TRANSACTED or (result == scard.SCARD_S_SUCCESS and len(answer) < 2):
            # The reader notices a missing card only at its next look; until then it just has no answer.
            raise CardLifted("no answer") if self._lifted() else MuteCard("an answer without a status word")
        check(result)
        return bytes(answer[:-2]), answer[-2] << 8 | answer[-1]

    def _lifted(self) -> bool:
        """Whether the reader finds the card gone within its own polling time."""
        known = scard.SCARD_STATE_PRESENT | scard.SCARD_STATE_INUSE
        result, seen = scard.SCardGetStatusChange(self._context, NOTICE_MILLISECONDS, [(self._reader, known)])
        while result == scard.SCARD_S_SUCCESS and seen[0][1] & scard.SCARD_STATE_PRESENT:
            known = seen[0][1] & ~scard.SCARD_STATE_CHANGED
            result, seen = scard.SCardGetStatusChange(self._context, NOTICE_MILLISECONDS, [(self._reader, known)])
        return result == scard.SCARD_S_SUCCESS


def check(result: int) -> None:
    """Raise the `CardFault` or `ReaderFault` that PC/SC's `result` stands for, unless it is success."""
    if result != scard.SCARD_S_SUCCESS:
        raise _FAULTS.get(result, ReaderServiceDown)(scard.SCardGetErrorMessage(result))


_FAULTS: dict[int, Callable[[str], CardFault | ReaderFault]] = {
    scard.SCARD_W_REMOVED_CARD: CardLifted,
    scard.SCARD_E_NO_SMARTCARD: CardLifted,
    scard.SCARD_W_RESET_CARD: CardLifted,
    scard.SCARD_E_NOT_TRANSACTED: MuteCard,
    scard.SCARD_W_UNRESPONSIVE_CARD: MuteCard,
    scard.SCARD_W_UNPOWERED_CARD: MuteCard,
    scard.SCARD_W_UNSUPPORTED_CARD: MuteCard,
    scard.SCARD_E_PROTO_MISMATCH: MuteCard,
    scard.SCARD_E_UNKNOWN_READER: ReaderGone,
    scard.SCARD_E_READER_UNAVAILABLE: ReaderGone,
    scard.SCARD_E_NO_READERS_AVAILABLE: ReaderGone,
    scard.SCARD_F_COMM_ERROR: ReaderServiceDown,
    scard.SCARD_E_NO_SERVICE: ReaderServiceDown,
    scard.SCARD_E_SERVICE_STOPPED: ReaderServiceDown,
    scard.SCARD_E_INVALID_HANDLE: ReaderServiceDown,
}

"""A card reader behind pcscd, spoken to through pyscard's thin `scard` layer.

One thread waits in SCardGetStatusChange and reports cards and the reader's own comings and goings. It survives the daemon: when
pcscd dies, every context made before is thrown away and new ones are made until it answers again (pyscard's own monitor does not).
Each connection has a context of its own, so that a card which hangs cannot hold up the watch.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from smartcard import scard

from peripherals.card_reader.apdu import CommandApdu, Instruction, ResponseApdu, StatusWord
from peripherals.card_reader.faults import CardFault, CardLifted, MuteCard, ReaderFault, ReaderGone, ReaderServiceDown
from peripherals.device import DeviceEvent, DeviceFault, DeviceState, DeviceStatus, EventStream, Listener, StatusChanged

log = logging.getLogger(__name__)

WATCH_MILLISECONDS = 1000
"""How long one wait for a change lasts; also how soon a vanished reader is looked for again."""
RETRY_SECONDS = 0.25
NOTICE_MILLISECONDS = 700
"""Longer than pcscd takes to notice that a card is gone (it looks every 400 ms)."""
MAX_CHAIN = 32


@dataclass(frozen=True, slots=True)
class CardInserted(DeviceEvent):
    """A card lies on the reader. `atr`: its answer to reset (empty for a mute card)."""

    atr: bytes = b""


@dataclass(frozen=True, slots=True)
class CardRemoved(DeviceEvent):
    """The card was lifted."""


class PcscReader:
    """A `Device`: the first reader whose name contains `match`."""

    def __init__(self, name: str = "card-reader", match: str = "") -> None:
        self._name = name
        self._match = match
        self._events = EventStream()
        self._lock = threading.Lock()
        self._status = DeviceStatus(DeviceState.OFFLINE, datetime.now(UTC), ("not-open",), "not opened yet")
        self._present = False
        self._reader: str | None = None
        self._context: int | None = None
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        self._first_look = threading.Event()

    @property
    def name(self) -> str:
        return self._name

    @property
    def card_present(self) -> bool:
        """Whether a card lies on the reader now."""
        return self._present

    def open(self) -> None:
        """Start watching; returns after the first look, whatever it showed."""
        if self._thread is not None:
            return
        self._closing.clear()
        self._first_look.clear()
        self._thread = threading.Thread(target=self._watch, name=f"{self._name} watch", daemon=True)
        self._thread.start()
        self._first_look.wait(5)

    def close(self) -> None:
        """Stop watching."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._closing.set()
        with self._lock:
            if self._context is not None:
                scard.SCardCancel(self._context)
        thread.join(5)
        self._set_status(DeviceState.OFFLINE, "not-open", "closed")

    def status(self) -> DeviceStatus:
        return self._status

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        return self._events.subscribe(listener)

    @contextlib.contextmanager
    def connect(self) -> Generator[PcscChannel]:
        """A channel to the card that lies on the reader; blocks as long as the card does. Raises `CardFault`, `ReaderFault`."""
        reader = self._reader
        if reader is None:
            raise self._absence()
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        _check(result)
        try:
            protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
            result, card, protocol = scard.SCardConnect(context, reader, scard.SCARD_SHARE_SHARED, protocols)
            _check(result)
            try:
                yield PcscChannel(context, reader, card, protocol)
            finally:
                scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
        finally:
            scard.SCardReleaseContext(context)

    # ---- the watching thread ---------------------------------------------------------------------------------------------

    def _watch(self) -> None:
        while not self._closing.is_set():
            try:
                self._watch_context()
            except DeviceFault as fault:
                self._lose(fault if isinstance(fault, ReaderFault) else ReaderServiceDown(fault.detail))
            self._first_look.set()
            self._closing.wait(RETRY_SECONDS)

    def _watch_context(self) -> None:
        """Watch with one context until it is no good any more."""
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        _check(result)
        with self._lock:
            self._context = context
        try:
            reader = self._find(context)
            state = scard.SCARD_STATE_UNAWARE
            while not self._closing.is_set():
                result, states = scard.SCardGetStatusChange(context, WATCH_MILLISECONDS, [(reader, state)])
                if result == scard.SCARD_E_TIMEOUT:
                    continue
                if result == scard.SCARD_E_CANCELLED:
                    return
                _check(result)
                _, state, atr = states[0]
                if state & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE):
                    raise ReaderGone("the reader was unplugged")
                self._saw(reader, bool(state & scard.SCARD_STATE_PRESENT), bytes(atr))
                state &= ~scard.SCARD_STATE_CHANGED
                self._first_look.set()
        finally:
            with self._lock:
                self._context = None
            scard.SCardReleaseContext(context)

    def _find(self, context: int) -> str:
        result, readers = scard.SCardListReaders(context, [])
        if result == scard.SCARD_E_NO_READERS_AVAILABLE:
            raise ReaderGone("no reader is plugged in")
        _check(result)
        found = next((reader for reader in readers if self._match in reader), None)
        if found is None:
            raise ReaderGone(f"no reader called {self._match!r} among {len(readers)}")
        return found

    def _saw(self, reader: str, present: bool, atr: bytes) -> None:
        self._reader = reader
        self._set_status(DeviceState.ONLINE, "", reader)
        if present != self._present:
            self._present = present
            self._events.emit(CardInserted(self._name, atr) if present else CardRemoved(self._name))

    def _lose(self, fault: ReaderFault) -> None:
        self._reader = None
        if self._present:
            self._present = False
            self._events.emit(CardRemoved(self._name))
        state = DeviceState.NO_DEVICE if isinstance(fault, ReaderGone) else DeviceState.OFFLINE
        self._set_status(state, fault.code, fault.detail)

    def _set_status(self, state: DeviceState, reason: str, detail: str) -> None:
        reasons = (reason,) if reason else ()
        if (state, reasons) == (self._status.state, self._status.reasons):
            self._status = replace(self._status, detail=detail)
            return
        self._status = DeviceStatus(state, datetime.now(UTC), reasons, detail)
        log.info("%s: %s %s", self._name, state, detail)
        self._events.emit(StatusChanged(self._name, self._status))

    def _absence(self) -> ReaderFault:
        return ReaderServiceDown() if "reader-service-down" in self._status.reasons else ReaderGone()


class PcscChannel:
    """A `Channel` over an open PC/SC connection."""

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
        _check(result)
        if len(answer) < 2:
            # The reader notices a missing card only at its next look; until then it just has no answer.
            raise CardLifted("no answer") if self._lifted() else MuteCard("an answer without a status word")
        return bytes(answer[:-2]), answer[-2] << 8 | answer[-1]

    def _lifted(self) -> bool:
        """Whether the reader finds the card gone within its own polling time."""
        states = [(self._reader, scard.SCARD_STATE_PRESENT | scard.SCARD_STATE_INUSE)]
        result, seen = scard.SCardGetStatusChange(self._context, NOTICE_MILLISECONDS, states)
        while result == scard.SCARD_S_SUCCESS and seen[0][1] & scard.SCARD_STATE_PRESENT:
            result, seen = scard.SCardGetStatusChange(
                self._context, NOTICE_MILLISECONDS, [(self._reader, seen[0][1] & ~scard.SCARD_STATE_CHANGED)]
            )
        return result == scard.SCARD_S_SUCCESS and not seen[0][1] & scard.SCARD_STATE_PRESENT


_FAULTS: dict[int, Callable[[str], CardFault | ReaderFault]] = {
    scard.SCARD_W_REMOVED_CARD: CardLifted,
    scard.SCARD_E_NO_SMARTCARD: CardLifted,
    scard.SCARD_W_RESET_CARD: CardLifted,
    scard.SCARD_E_NOT_TRANSACTED: CardLifted,
    scard.SCARD_W_UNRESPONSIVE_CARD: MuteCard,
    scard.SCARD_W_UNPOWERED_CARD: MuteCard,
    scard.SCARD_E_PROTO_MISMATCH: MuteCard,
    scard.SCARD_E_UNKNOWN_READER: ReaderGone,
    scard.SCARD_E_READER_UNAVAILABLE: ReaderGone,
    scard.SCARD_E_NO_READERS_AVAILABLE: ReaderGone,
    scard.SCARD_F_COMM_ERROR: ReaderServiceDown,
    scard.SCARD_E_NO_SERVICE: ReaderServiceDown,
    scard.SCARD_E_SERVICE_STOPPED: ReaderServiceDown,
    scard.SCARD_E_INVALID_HANDLE: ReaderServiceDown,
}


def _check(result: int) -> None:
    if result != scard.SCARD_S_SUCCESS:
        message = scard.SCardGetErrorMessage(result)
        raise _FAULTS.get(result, ReaderServiceDown)(message)

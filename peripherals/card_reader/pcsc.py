"""A card reader behind pcscd, spoken to through pyscard's thin `scard` layer.

One thread waits in SCardGetStatusChange and reports cards and the reader's own comings and goings. It survives the daemon: when
pcscd dies, every context made before is thrown away and new ones are made until it answers again (pyscard's own monitor does not).
When pcscd is there and does not answer, `status` says so. Each connection has a context of its own, so that a card which hangs
cannot hold up the watch.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from smartcard import scard

from peripherals.card_reader.channel import PcscChannel, check
from peripherals.card_reader.chip import read_chip
from peripherals.card_reader.documents.identity import IdentityDocument
from peripherals.card_reader.emrtd import TravelAccess
from peripherals.card_reader.faults import CardFault, ReaderFault, ReaderGone, ReaderServiceDown
from peripherals.card_reader.reader import CardInserted, CardRemoved
from peripherals.device import DeviceState, DeviceStatus, EventStream, Listener, StatusChanged

log = logging.getLogger(__name__)

WATCH_MILLISECONDS = 1000
"""How long one wait for a change lasts."""
RETRY_SECONDS = 0.25
"""How soon a vanished reader or daemon is looked for again."""
SILENCE_SECONDS = 2.5
"""A watch that has had no answer from pcscd for so long counts as unanswered; longer than a wait and a retry."""


class PcscReader:
    """A `Device`: the first reader whose name contains `match`."""

    def __init__(self, name: str = "card-reader", match: str = "") -> None:
        self._name = name
        self._match = match
        self._events = EventStream()
        self._lock = threading.Lock()
        self._status = DeviceStatus(DeviceState.OFFLINE, datetime.now(UTC), ("not-open",), "not opened yet")
        self._card: int | None = None
        self._reader: str | None = None
        self._watching: _Watching | None = None

    @property
    def name(self) -> str:
        return self._name

    @property
    def card_present(self) -> bool:
        """Whether a card lies on the reader now."""
        return self._card is not None

    @property
    def answering(self) -> bool:
        """Whether pcscd, or the failure to reach it, has been heard of lately; False while it is stopped in its tracks."""
        watching = self._watching
        return watching is None or time.monotonic() - watching.heard < SILENCE_SECONDS

    def open(self) -> None:
        """Start watching; returns after the first look, whatever it showed."""
        if self._watching is not None:
            return
        watching = self._watching = _Watching(time.monotonic())
        watching.thread = threading.Thread(target=self._watch, args=(watching,), name=f"{self._name} watch", daemon=True)
        watching.thread.start()
        watching.looked.wait(SILENCE_SECONDS)

    def close(self) -> None:
        """Stop watching. A watch that pcscd does not answer is left behind and ends when pcscd does."""
        watching, self._watching = self._watching, None
        if watching is None:
            return
        watching.closing.set()
        context = watching.context
        if context is not None:
            # SCardCancel asks the daemon and waits for its answer too: not on the caller's time.
            threading.Thread(target=scard.SCardCancel, args=(context,), name=f"{self._name} cancel", daemon=True).start()
        if watching.thread is not None:
            watching.thread.join(SILENCE_SECONDS)
        self._reader = self._card = None
        self._set_status(DeviceState.OFFLINE, "not-open", "closed")

    def status(self) -> DeviceStatus:
        """The last that was heard of the reader; offline when pcscd has stopped answering."""
        if not self.answering:
            self._set_status(DeviceState.OFFLINE, ReaderServiceDown.code, "pcscd does not answer")
        return self._status

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        return self._events.subscribe(listener)

    def read(self, today: date, travel: TravelAccess | None = None) -> IdentityDocument:
        """The document that lies on the reader; blocks as long as the card does. Raises `CardFault`, `ReaderFault`."""
        with self.connect() as channel:
            return read_chip(channel, today, travel)

    @contextlib.contextmanager
    def connect(self) -> Generator[PcscChannel]:
        """A channel to the card that lies on the reader; blocks as long as the card does. Raises `CardFault`, `ReaderFault`."""
        reader = self._reader
        if reader is None:
            raise ReaderServiceDown if ReaderServiceDown.code in self._status.reasons else ReaderGone
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        check(result)
        try:
            protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
            result, card, protocol = scard.SCardConnect(context, reader, scard.SCARD_SHARE_SHARED, protocols)
            check(result)
            try:
                yield PcscChannel(context, reader, card, protocol)
            finally:
                scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
        finally:
            scard.SCardReleaseContext(context)

    # ---- the watching thread ---------------------------------------------------------------------------------------------

    def _watch(self, watching: _Watching) -> None:
        while not watching.closing.is_set():
            try:
                self._watch_context(watching)
            except ReaderFault as fault:
                self._lose(watching, fault)
            except CardFault as fault:
                self._lose(watching, ReaderServiceDown(fault.detail))
            watching.closing.wait(RETRY_SECONDS)

    def _watch_context(self, watching: _Watching) -> None:
        """Watch with one context until it is no good any more."""
        result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
        check(result)
        watching.context = context
        try:
            reader = self._find(context)
            state = scard.SCARD_STATE_UNAWARE
            while not watching.closing.is_set():
                result, states = scard.SCardGetStatusChange(context, WATCH_MILLISECONDS, [(reader, state)])
                if watching.closing.is_set() or result == scard.SCARD_E_CANCELLED:
                    return
                if result != scard.SCARD_E_TIMEOUT:
                    check(result)
                    state = states[0][1] & ~scard.SCARD_STATE_CHANGED
                if state & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE):
                    raise ReaderGone("the reader was unplugged")
                self._saw(watching, reader, state, bytes(states[0][2]) if states else b"")
        finally:
            watching.context = None
            scard.SCardReleaseContext(context)

    def _find(self, context: int) -> str:
        result, readers = scard.SCardListReaders(context, [])
        if result == scard.SCARD_E_NO_READERS_AVAILABLE:
            raise ReaderGone("no reader is plugged in")
        check(result)
        found = next((reader for reader in readers if self._match in reader), None)
        if found is None:
            raise ReaderGone(f"no reader called {self._match!r} among {len(readers)}")
        return found

    def _saw(self, watching: _Watching, reader: str, state: int, atr: bytes) -> None:
        """`state` is pcscd's word: flags below, and above them how often a card came or went; so a card that was exchanged
        between two looks is not taken for the one before.
        """
        self._reader = reader
        watching.heard = time.monotonic()
        before, self._card = self._card, (state >> 16 if state & scard.SCARD_STATE_PRESENT else None)
        self._set_status(DeviceState.ONLINE, "", reader)
        if before != self._card:
            if before is not None:
                self._events.emit(CardRemoved(self._name))
            if self._card is not None:
                self._events.emit(CardInserted(self._name, atr))
        watching.looked.set()

    def _lose(self, watching: _Watching, fault: ReaderFault) -> None:
        watching.heard = time.monotonic()
        if watching.closing.is_set():
            return
        self._reader = None
        before, self._card = self._card, None
        state = DeviceState.NO_DEVICE if isinstance(fault, ReaderGone) else DeviceState.OFFLINE
        self._set_status(state, fault.code, fault.detail)
        if before is not None:
            self._events.emit(CardRemoved(self._name))
        watching.looked.set()

    def _set_status(self, state: DeviceState, reason: str, detail: str) -> None:
        reasons = (reason,) if reason else ()
        with self._lock:
            if (state, reasons) == (self._status.state, self._status.reasons):
                self._status = replace(self._status, detail=detail)
                return
            status = self._status = DeviceStatus(state, datetime.now(UTC), reasons, detail)
        log.info("%s: %s %s", self._name, state, detail)
        self._events.emit(StatusChanged(self._name, status))


@dataclass(slots=True, eq=False)
class _Watching:
    """One stretch from `open` to `close`. A thread that outlives its stretch (pcscd does not answer) cannot touch the next one."""

    heard: float
    """When pcscd or its absence was last heard of (time.monotonic)."""
    closing: threading.Event = field(default_factory=threading.Event)
    looked: threading.Event = field(default_factory=threading.Event)
    context: int | None = None
    thread: threading.Thread | None = None

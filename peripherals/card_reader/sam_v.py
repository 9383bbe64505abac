"""A reader of resident ID cards with a SAM-V security module on a serial line (RS-232, USB-serial).

One thread asks every 300 ms whether a card lies there, selects it, and then asks whether it still does. The speed of the line is found by trying; after
noise, half frames or silence the line is in step again with the next command, for every command only asks. A card whose reading failed must be
lifted: it counts as removed until it is laid down anew.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import NoReturn

from peripherals.address import Address, AddressWrong
from peripherals.card_reader.documents import permanent_residence_2017, permanent_residence_2023, residence_permit, resident_id
from peripherals.card_reader.documents.identity import IdentityDocument
from peripherals.card_reader.emrtd import TravelAccess
from peripherals.card_reader.faults import (
    CardFault,
    CardLifted,
    CardRecordsBroken,
    ForeignCard,
    MuteCard,
    ReaderFault,
    ReaderGone,
    ReaderSilent,
    ReaderUnfit,
)
from peripherals.card_reader.reader import CardInserted, CardRemoved
from peripherals.card_reader.sam_v_frames import Answer, Command, FrameScanner, FrameWrong, Reply, Request, parse_reading
from peripherals.card_reader.text_record import RecordError, type_letter
from peripherals.device import DeviceFault, DeviceState, DeviceStatus, EventStream, Listener, StatusChanged
from peripherals.serial_line import LineBroken, SerialLine, open_line, remaining

log = logging.getLogger(__name__)

BAUDS = (115200, 57600, 38400, 19200, 9600)
"""Speeds that such readers can be set to, the usual one first."""
POLL_SECONDS = 0.3
"""Asked faster than this a reader falls behind its own radio field."""
TRIAL_SECONDS = 0.35
"""How long an answer to "how are you" may take at a speed that is being tried."""
ANSWER_SECONDS = 1.0
READING_SECONDS = 2.5
"""How long an answer may take, without its time on the line."""
TRIES = 3
"""How often a command is given before the reader counts as silent, or its line as too noisy."""
UNSELECTABLE = 4
"""After so many looks a card that is found and cannot be selected counts as laid down, so that its holder is told."""
RETRY_SECONDS = 0.25
READING_BYTES = 1295

DOCUMENTS = {
    document.LETTER: document for document in (resident_id, residence_permit, permanent_residence_2017, permanent_residence_2023)
}
"""Every type of card that such a reader reads, by the letter in its text."""

UNFIT = frozenset({Answer.NOT_AUTHORISED, Answer.SELF_TEST_FAILED, Answer.RANDOM_FAILED})


class SamVReader:
    """A `CardReader` on the serial line `path`. `baud`: its speed, or 0 to find it by trying."""

    def __init__(self, path: str, name: str = "card-reader", baud: int = 0) -> None:
        self._path = path
        self._name = name
        self._bauds = (baud,) if baud else BAUDS
        self._events = EventStream()
        self._lock = threading.RLock()
        """Held while a command is on the line, and while the state changes."""
        self._status = DeviceStatus(DeviceState.OFFLINE, datetime.now(UTC), ("not-open",), "not opened yet")
        self._card: _Card | None = None
        self._talk: _Conversation | None = None
        self._watching: _Watching | None = None

    @classmethod
    def at(cls, address: Address, name: str) -> SamVReader:
        """From a settings line: ``sam-v:/dev/ttyUSB0?baud=115200``. Raises `AddressWrong`."""
        baud = address.only("baud").whole("baud", 0)
        if baud not in (0, *BAUDS):
            raise AddressWrong(f"sam-v: baud={baud}: one of {', '.join(map(str, BAUDS))}")
        return cls(address.where, name, baud)

    @property
    def name(self) -> str:
        return self._name

    @property
    def card_present(self) -> bool:
        return self._card is not None

    @property
    def answering(self) -> bool:
        return self._status.state is DeviceState.ONLINE

    def open(self) -> None:
        """Start watching; returns after the first look, whatever it showed."""
        if self._watching is not None:
            return
        watching = self._watching = _Watching()
        watching.thread = threading.Thread(target=self._watch, args=(watching,), name=f"{self._name} watch", daemon=True)
        watching.thread.start()
        watching.looked.wait(TRIAL_SECONDS * (len(self._bauds) + 1))

    def close(self) -> None:
        watching, self._watching = self._watching, None
        if watching is None:
            return
        watching.closing.set()
        if watching.thread is not None:
            watching.thread.join(TRIES * (READING_SECONDS + ANSWER_SECONDS))
        self._card = None
        self._set_status(DeviceState.OFFLINE, "not-open", "closed")

    def status(self) -> DeviceStatus:
        return self._status

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        return self._events.subscribe(listener)

    def sam_id(self) -> str:
        """The security module's own number, in hexadecimal. Raises `ReaderFault`."""
        with self._lock:
            return self._conversation().ask(Command.SAM_ID).data.hex()

    def read(self, today: date, travel: TravelAccess | None = None) -> IdentityDocument:
        """The document that lies on the reader; such readers read no travel documents. Raises `CardFault`, `ReaderFault`; after any of them the card must be lifted."""
        try:
            with self._lock:
                talk = self._conversation()
                if self._card is None:
                    raise CardLifted("no card lies on the reader")
                if not self._card.selected:
                    raise MuteCard("found, and cannot be selected")
                reply = talk.ask(Command.READ)
            if reply.answer is not Answer.OK:
                _refused(reply.answer)
            return read_card(reply.data, today)
        except CardFault:
            self._lifted()
            raise
        except LineBroken as reason:
            raise ReaderGone(str(reason)) from None

    def _conversation(self) -> _Conversation:
        if self._talk is None:
            gone = ReaderGone.code in self._status.reasons or self._watching is None
            raise (ReaderGone if gone else ReaderSilent)(self._status.detail)
        return self._talk

    # ---- the watching thread ---------------------------------------------------------------------------------------------

    def _watch(self, watching: _Watching) -> None:
        while not watching.closing.is_set():
            try:
                with open_line(self._path, self._bauds[0]) as line:
                    self._watch_line(watching, line)
            except LineBroken as reason:
                self._lose(watching, DeviceState.NO_DEVICE, ReaderGone(f"{self._path}: {reason}"))
            except ReaderFault as fault:
                self._lose(
                    watching, DeviceState.OFFLINE if isinstance(fault, ReaderSilent) else DeviceState.HARDWARE_ERROR, fault
                )
            watching.closing.wait(RETRY_SECONDS)

    def _watch_line(self, watching: _Watching, line: SerialLine) -> None:
        talk = _Conversation(line)
        talk.find_speed(self._bauds, watching.closing)
        if watching.closing.is_set():
            return
        with self._lock:
            self._talk = talk
        self._set_status(DeviceState.ONLINE, "", f"{self._path} at {line.baud} baud")
        misfits = 0
        while not watching.closing.is_set():
            began = time.monotonic()
            with self._lock:
                if self._card is not None and self._card.selected:
                    if talk.ask(Command.READ_NEWEST_ADDRESS).answer not in (Answer.OK, Answer.NO_SUCH_DATA):
                        self._lifted()
                else:
                    misfits = self._look(talk, misfits)
            watching.looked.set()
            watching.closing.wait(max(0.0, began + POLL_SECONDS - time.monotonic()))

    def _look(self, talk: _Conversation, misfits: int) -> int:
        """Look for a card; returns how often in a row one was found that could not be selected."""
        found = talk.ask(Command.FIND).answer
        if found in UNFIT:
            raise ReaderUnfit(f"answer {found:02X}")
        if found is not Answer.FOUND:
            self._lifted()
            return 0
        if talk.ask(Command.SELECT).answer is Answer.OK:
            self._lifted()
            self._laid(_Card(selected=True))
            return 0
        if misfits + 1 == UNSELECTABLE:
            self._laid(_Card(selected=False))
        return misfits + 1

    def _laid(self, card: _Card) -> None:
        self._card = card
        self._events.emit(CardInserted(self._name))

    def _lifted(self) -> None:
        with self._lock:
            before, self._card = self._card, None
        if before is not None:
            self._events.emit(CardRemoved(self._name))

    def _lose(self, watching: _Watching, state: DeviceState, fault: ReaderFault) -> None:
        with self._lock:
            self._talk = None
        self._lifted()
        if not watching.closing.is_set():
            self._set_status(state, fault.code, fault.detail)
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


@dataclass(frozen=True, slots=True)
class _Card:
    selected: bool


@dataclass(slots=True, eq=False)
class _Watching:
    """One stretch from `open` to `close`."""

    closing: threading.Event = field(default_factory=threading.Event)
    looked: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None


class _Conversation:
    """Commands and answers on one open line, one at a time."""

    def __init__(self, line: SerialLine) -> None:
        self._line = line
        self._scanner = FrameScanner()

    def find_speed(self, bauds: tuple[int, ...], closing: threading.Event) -> None:
        """Set the line to the speed at which the reader answers. Raises `ReaderSilent`, `LineBroken`."""
        for baud in bauds:
            if closing.is_set():
                return
            self._line.set_baud(baud)
            with contextlib.suppress(_Unanswered):
                self._exchange(Command.STATUS, TRIAL_SECONDS)
                return
        raise ReaderSilent(f"no answer at {' or '.join(map(str, bauds))} baud")

    def ask(self, command: Command) -> Reply:
        """The reader's answer. A damaged one, or silence, is asked for again: asking changes nothing. Raises `ReaderSilent`, `LineBroken`."""
        seconds = ANSWER_SECONDS
        if command is Command.READ:
            seconds = READING_SECONDS + READING_BYTES * 10 / self._line.baud
        for _ in range(TRIES):
            with contextlib.suppress(_Unanswered):
                reply = self._exchange(command, seconds)
                if reply.answer not in (Answer.BAD_CHECK, Answer.BAD_LENGTH):  # else: what we said came to it damaged
                    return reply
        raise ReaderSilent(f"no answer to {command.name} in {TRIES} tries")

    def _exchange(self, command: Command, seconds: float) -> Reply:
        """One command, one answer. Raises `_Unanswered`."""
        self._scanner.forget()
        self._line.purge()
        self._line.write(Request(command).encode())
        damaged = self._scanner.damaged
        deadline = time.monotonic() + seconds
        while left := remaining(deadline):
            for body in self._scanner.feed(self._line.read(left)):
                with contextlib.suppress(FrameWrong):
                    return Reply.parse(body)
            if self._scanner.damaged > damaged:
                break
        raise _Unanswered


class _Unanswered(Exception):
    """No answer in time, or a damaged one."""


_REFUSALS: dict[Answer, type[DeviceFault]] = {
    Answer.READ_FAILED: CardLifted,
    Answer.SELECT_FAILED: CardLifted,
    Answer.FIND_FAILED: CardLifted,
    Answer.WRONG_CARD: ForeignCard,
    Answer.CARD_NOT_AUTHENTICATED: MuteCard,
    Answer.SAM_NOT_AUTHENTICATED: MuteCard,
    Answer.BAD_INFORMATION: CardRecordsBroken,
    Answer.NO_SUCH_DATA: CardRecordsBroken,
    Answer.NOT_AUTHORISED: ReaderUnfit,
    Answer.SELF_TEST_FAILED: ReaderUnfit,
    Answer.RANDOM_FAILED: ReaderUnfit,
}
"""What a refused reading means; any other answer is a card that cannot be read."""


def _refused(answer: Answer) -> NoReturn:
    raise _REFUSALS.get(answer, MuteCard)(f"answer {answer:02X}")


def read_card(data: bytes, today: date) -> IdentityDocument:
    """The document in the data of a good reading. Raises `CardFault`."""
    try:
        record, photo = parse_reading(data)
        document = DOCUMENTS.get(type_letter(record))
        if document is None:
            raise ForeignCard("a type of card that is not known")
        return replace(document.read(record, today), photo=photo or None)
    except (FrameWrong, RecordError) as reason:
        raise CardRecordsBroken(str(reason)) from None

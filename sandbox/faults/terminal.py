"""The terminal's process in a fault run: the real composition, but for the window, with a citizen who answers at once.

It tells its director over a socket where it is: each commit of a state of an issuance is a gate at which it waits for a word, so that
a blow falls exactly before or after it. Everything else (loops, worker threads, journeys, wording) is the product's own.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from kiosk.devices import any_code
from kiosk.issuance.ledger import Ledger
from kiosk.issuance.states import State
from kiosk.settings import Settings
from kiosk.terminal import Terminal
from offline_cache import outbox
from offline_cache.keys import FileKey
from offline_cache.store import Store, StoreError, Transaction
from peripherals.card_reader import IdentityDocument
from peripherals.card_reader.emrtd import MachineReadableZone
from sandbox.people import Person
from screens.prompts import (
    CheckAnswer,
    CheckCertificate,
    ChooseOne,
    Evaluate,
    Home,
    Nav,
    Notice,
    OptionState,
    Prompt,
    Take,
)

A = TypeVar("A")
STATUS_SECONDS = 0.1
WALKED_AWAY = 0.02
"""Patience with somebody who is not there any more, as a share of what it is with others: a run is not to wait for minutes."""
STORE_FAILED = 3
"""Exit status of a terminal that could not open its store."""


class Line:
    """The director's end is at the other side of `channel`: words out at any time, a gate waits for one word in."""

    def __init__(self, channel: socket.socket, shift: Callable[[], float]) -> None:
        self._channel = channel
        self._shift = shift
        self._reader = channel.makefile("r", encoding="utf-8")
        self._out = threading.Lock()
        self._gate = threading.Lock()

    def says(self, **words: Any) -> None:
        with self._out, contextlib.suppress(OSError):
            self._channel.sendall(f"{json.dumps(words)}\n".encode())

    def gate(self, point: str) -> None:
        """Stand here until the director has decided."""
        with self._gate:
            self.says(at=point)
            self._reader.readline()

    def clock(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._shift())


class _Watched(Transaction):
    """Notices which state of an issuance a transaction is about to commit."""

    def __init__(self, inner: Transaction) -> None:
        self._inner = inner
        self.state: State | None = None

    def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        if sql.startswith(("INSERT INTO issuances", "UPDATE issuances")):
            self.state = next((value for value in values if isinstance(value, State)), self.state)
        return self._inner.execute(sql, values)

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        return self._inner.rows(sql, values)

    def row(self, sql: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        return self._inner.row(sql, values)


def _open(_: str) -> None:
    """A gate that nobody minds."""


class GatedStore(Store):
    """A real store with a gate before and after each commit of an issuance's state."""

    gate: Callable[[str], None] = staticmethod(_open)
    commit_seconds: Callable[[], float] = staticmethod(float)
    """How long the disk keeps a commit waiting."""

    @contextlib.contextmanager
    def transaction(self) -> Generator[Transaction]:
        with super().transaction() as tx:
            watched = _Watched(tx)
            yield watched
            if seconds := self.commit_seconds():
                time.sleep(seconds)
            if watched.state:
                self.gate(f"before {watched.state}")
        if watched.state:
            self.gate(f"after {watched.state}")


class _Cards:
    def __init__(self, person: Person | None) -> None:
        self._person = person
        self.occupied = False
        self.left_behind = self.must_be_lifted = False
        self.reads_travel_documents = False

    async def next(self, on_reading: Callable[[], None], zone: MachineReadableZone | None = None) -> IdentityDocument:
        if self._person is None:
            await asyncio.Event().wait()
        assert self._person
        on_reading()
        return IdentityDocument(kind="social-security", name=self._person.name, number=self._person.number)


class _Codes:
    def __init__(self, code: bytes) -> None:
        self._code = code

    async def next(self, wanted: Callable[[bytes], bool] = any_code) -> bytes:
        if not self._code or not wanted(self._code):
            await asyncio.Event().wait()
        return self._code


class Citizen:
    """Implements `screens.prompts.Stage`: sees every prompt, answers at once, and comes once. Nobody comes where `certificate` is ""."""

    def __init__(self, certificate: str, line: Line, *, walks: bool) -> None:
        self._certificate = certificate
        self._line = line
        self._came = False
        self.idle_seconds = 0.0
        self.patience = WALKED_AWAY if walks else 1.0
        self._walks = walks

    async def ask(self, prompt: Prompt[A]) -> A | Nav:
        self._tell(prompt)
        answer = self._answer(prompt)
        if answer is None:
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        return answer[0] if answer else Nav.HOME

    def show(self, prompt: Prompt[object]) -> None:
        """She has seen it."""

    def touched(self) -> None:
        """She is not slow."""

    def forget(self) -> None:
        """Nothing of her is kept here."""

    def wipe(self) -> None:
        """Nor of how she wanted things shown."""

    def _tell(self, prompt: Prompt[Any]) -> None:
        title = getattr(prompt, "title", None) or getattr(prompt, "reason", None)
        self._line.says(
            sees=type(prompt).__name__, key=title.key if title is not None else "", case=getattr(prompt, "case", None)
        )

    def _answer(self, prompt: Prompt[Any]) -> tuple[Any] | None:
        match prompt:
            case Home() if self._certificate and not self._came:
                self._came = True
                return ("print",)
            case ChooseOne():
                ready = [option.name for option in prompt.options if option.state is OptionState.READY]
                return (self._certificate if self._certificate in ready and prompt.go else Nav.HOME,)
            case CheckCertificate():
                return (CheckAnswer.CORRECT,)
            case Take():
                return None if self._walks else (None,)
            case Evaluate():
                return ("5",)
            case Notice():
                return (prompt.actions[0].name,)
            case _:
                return None


def run(
    settings: Settings,
    channel: socket.socket,
    person: Person | None,
    code: bytes,
    shift: Callable[[], float],
    commit_seconds: Callable[[], float],
    beside: Callable[[Terminal], Coroutine[Any, Any, object]] | None = None,
    *,
    walks: bool = False,
) -> int:
    """Serve until killed. Returns the exit status of a terminal that could not even begin. `shift`: by how much its clock is wrong;
    `commit_seconds`: how slow its disk is; `beside`: what else goes on on its event loop; `walks`: she walks away from the outlet.
    """
    line = Line(channel, shift)
    try:
        store = GatedStore.open(settings.store.path, FileKey(settings.store.key).keys())
    except StoreError as reason:
        line.says(failed=reason.code)
        return STORE_FAILED
    store.gate = line.gate
    store.commit_seconds = commit_seconds
    citizen = Citizen(person.cases[0].certificate_id if person else "", line, walks=walks)
    terminal = Terminal(settings, citizen, clock=line.clock, store=store, slots=(_Cards(person), _Codes(code)))

    async def tell() -> None:
        ledger = Ledger(store)
        while True:
            line.says(**await asyncio.to_thread(_status, store, ledger))
            await asyncio.sleep(STATUS_SECONDS)

    async def serve() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(terminal.run())
            tasks.create_task(tell())
            if beside is not None:
                tasks.create_task(beside(terminal))

    asyncio.run(serve())
    return 0


def _status(store: Store, ledger: Ledger) -> dict[str, Any]:
    try:
        # In the order in which things move: from the request or the issuance into the outbox, and out of it.
        with store.reading() as tx:
            asked = tx.rows(
                "SELECT request_key FROM authorisation_requests "
                "WHERE coalesce(grant_id, '') NOT IN (SELECT authorisation_id FROM issuances)"
            )
        standing = [issuance.state.value for issuance in ledger.open()]
        backlog = outbox.backlog(store)
        return {"waiting": backlog.waiting, "refused": backlog.refused, "open": standing, "asked": len(asked)}
    except StoreError as reason:
        return {"store": reason.code}

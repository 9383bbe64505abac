"""A store tied to a counter outside of the disk: once paper was about to move, no older copy of the store is believed any more.

    ratchet.check()                    # when the store is opened
    ratchet.settle()                   # the counter answers, and stands where the store says
    with store.transaction() as tx:
        …                              # the state that names the act
        ratchet.remember(tx)           # and the count that will be there when the act begins
    ratchet.settle()                   # counts; only then may the act begin

A crash before the commit leaves both as they were; one between commit and count leaves the counter one behind, and whoever opens the
store next counts. So a good store is never refused: its counter is never ahead of it. A copy from before the commit is refused for ever
from the count on, also when everything else on the disk was put back with it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Generator
from typing import Protocol

from offline_cache import journal
from offline_cache.heads import StoreRolledBack
from offline_cache.store import Store, StoreError, Transaction


class CounterUnusable(StoreError):
    """The counter does not answer, is not there, or is not the one that belongs to this store: nothing may be printed."""

    code = "counter-unusable"
    turn = "integrator"


class Counter(Protocol):
    """Counts outside of the disk; all methods block and raise `CounterUnusable`."""

    def value(self) -> int: ...

    def step(self) -> None:
        """One more, for good when the call returns."""
        ...

    def claimed(self) -> bool:
        """Whether a store has ever taken it."""
        ...

    def claim(self) -> None: ...


class Ratchet:
    """One store and its counter. Every process that opens the store has its own; they take turns."""

    def __init__(self, store: Store, counter: Counter) -> None:
        self._store = store
        self._counter = counter
        self._level = False

    def check(self) -> None:
        """For whoever opens the store. Raises `StoreRolledBack` and `StoreError`."""
        with self._alone():
            claimed = self._counter.claimed()
            if _remembered(self._store) is None:
                self._adopt(claimed=claimed)
            self._settle()
            if not claimed:
                self._counter.claim()

    def settle(self) -> None:
        """Let the counter stand where the store says, be it that it must count now. Raises `StoreRolledBack` and `StoreError`."""
        with self._alone():
            self._settle()

    def remember(self, tx: Transaction) -> None:
        """The count after the next `settle`, inside the caller's transaction. Raises `CounterUnusable` if the last one did not succeed."""
        if not self._level:
            raise CounterUnusable("the counter has not answered")
        self._level = False
        tx.execute("UPDATE counter SET value = value + 1")

    def _settle(self) -> None:
        self._level = False
        said, remembered = self._counter.value(), _remembered(self._store)
        if remembered is None or said < remembered - 1:
            raise CounterUnusable(
                f"{self._store.path}: the counter says {said}, the store {remembered}: they do not belong together"
            )
        if said > remembered:
            raise StoreRolledBack(
                f"{self._store.path}: the counter says {said}, the store {remembered}; an older copy was put back"
            )
        if said < remembered:
            self._counter.step()
        self._level = True

    def _adopt(self, *, claimed: bool) -> None:
        """A new store takes the count as it is: nothing can be printed from it yet. One that was in use before there was a counter does
        so once in the TPM's life: a copy from that time would look the same.
        """
        if claimed and journal.head(self._store).seq > 0:
            raise StoreRolledBack(
                f"{self._store.path}: it knows of no counter, and the counter of another; an older copy was put back"
            )
        with self._store.transaction() as tx:
            tx.execute("INSERT INTO counter (id, value) VALUES (1, ?)", (self._counter.value(),))

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        """Two processes must not both count for one act. The lock goes with whoever holds it, however it ends."""
        try:
            handle = os.open(self._store.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as reason:
            raise StoreError(f"{self._store.path.parent}: {reason.strerror}") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _remembered(store: Store) -> int | None:
    with store.reading() as tx:
        row = tx.row("SELECT value FROM counter")
    return None if row is None else int(row[0])

"""One encrypted file with everything that must survive: SQLCipher, write-ahead log, synchronous=FULL.

    store = Store.open(path, keys)
    with store.transaction() as tx:
        ...                       # all of it, or nothing

One connection behind one lock; calls block and belong on worker threads. Other processes (staff commands) open the file
too and take short transactions. What goes wrong is typed and says whose turn it is; nothing is lost by it.
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Generator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from sqlcipher3 import dbapi2 as sqlcipher

from offline_cache.keys import StoreKeys

BUSY_MILLISECONDS = 5000


class StoreError(Exception):
    """The store could not do it; the transaction had no effect. `turn` is who can mend it. Carries no row's content."""

    code = "store"
    turn = "staff"


class StoreFull(StoreError):
    """The disk is full."""

    code = "store-full"


class StoreReadOnly(StoreError):
    """The disk or file cannot be written."""

    code = "store-read-only"


class StoreLocked(StoreError):
    """Somebody else held the store for too long; heals."""

    code = "store-locked"
    turn = "heals"


class StoreDamaged(StoreError):
    """The file is not what was written."""

    code = "store-damaged"


class WrongKey(StoreError):
    """The key does not open this file (or the file is no store at all)."""

    code = "store-wrong-key"
    turn = "integrator"


class StoreTooNew(StoreError):
    """The file was written by a newer version of the software."""

    code = "store-too-new"
    turn = "integrator"


class Conflict(StoreError):
    """A rule that the schema keeps would have been broken (one blank bound twice, one key used twice)."""

    code = "store-conflict"
    turn = "integrator"


class Transaction:
    """What may be done between begin and commit."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run one statement; returns how many rows it changed."""
        with _typed():
            return int(self._connection.execute(sql, tuple(values)).rowcount)

    def insert(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run one INSERT; returns the row's id."""
        with _typed():
            return int(self._connection.execute(sql, tuple(values)).lastrowid)

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with _typed():
            return list(self._connection.execute(sql, tuple(values)).fetchall())

    def row(self, sql: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        with _typed():
            return self._connection.execute(sql, tuple(values)).fetchone()


class Store:
    """The open store."""

    def __init__(self, connection: Any, keys: StoreKeys, path: Path) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self.keys = keys
        self.path = path

    @classmethod
    def open(cls, path: Path, keys: StoreKeys, *, max_pages: int | None = None) -> Self:
        """Open (or make) the store at `path` and bring its schema up to date.

        `max_pages` bounds the file (4 KiB pages), for tests of a full disk. Raises `StoreError`.
        """
        try:
            # One connection, guarded by our lock, may serve any worker thread.
            connection = sqlcipher.connect(str(path), isolation_level=None, check_same_thread=False)
        except sqlcipher.Error as reason:
            raise _translated(reason) from None
        try:
            with _typed(opening=True):
                connection.execute(f"PRAGMA key = \"x'{keys.encryption.hex()}'\"")
                connection.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA secure_delete = ON")
                if max_pages is not None:
                    connection.execute(f"PRAGMA max_page_count = {max_pages}")
            store = cls(connection, keys, path)
            store._migrate()
        except StoreError:
            connection.close()
            raise
        return store

    @contextlib.contextmanager
    def transaction(self) -> Generator[Transaction]:
        """All or nothing, on disk when the block ends. Raises `StoreError`; an exception in the block undoes everything."""
        with self._lock:
            with _typed():
                self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(self._connection)
                with _typed():
                    self._connection.execute("COMMIT")
            except BaseException:
                # A failed statement may have rolled back already; then there is nothing left to undo.
                if self._connection.in_transaction:
                    with contextlib.suppress(sqlcipher.Error):
                        self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Generator[Transaction]:
        """A consistent look without taking the writer's place."""
        with self._lock:
            with _typed():
                self._connection.execute("BEGIN DEFERRED")
            try:
                yield Transaction(self._connection)
            finally:
                if self._connection.in_transaction:
                    with contextlib.suppress(sqlcipher.Error):
                        self._connection.execute("ROLLBACK")

    def check(self) -> None:
        """Read the whole file and verify every page. Raises `StoreDamaged`."""
        with self._lock, _typed():
            complaints = self._connection.execute("PRAGMA cipher_integrity_check").fetchall()
            verdict = self._connection.execute("PRAGMA quick_check").fetchone()
        if complaints or verdict != ("ok",):
            raise StoreDamaged(f"{self.path}: {len(complaints)} damaged pages")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _migrate(self) -> None:
        known = _migrations()
        with _typed():
            version = int(self._connection.execute("PRAGMA user_version").fetchone()[0])
        if version > len(known):
            raise StoreTooNew(f"{self.path}: schema {version}, this software knows {len(known)}")
        for number, script in list(enumerate(known, start=1))[version:]:
            with self.transaction() as tx:
                # Another process may have migrated between our look and our lock.
                found = tx.row("PRAGMA user_version")
                if found is not None and int(found[0]) >= number:
                    continue
                for statement in _statements(script):
                    tx.execute(statement)
                tx.execute(f"PRAGMA user_version = {number}")


def _migrations() -> list[str]:
    """The schema's steps, in order of their number."""
    found = sorted(
        (entry.name, entry.read_text("utf-8"))
        for entry in (files("offline_cache") / "migrations").iterdir()
        if entry.name.endswith(".sql")
    )
    return [script for _, script in found]


def _statements(script: str) -> list[str]:
    """The statements of one migration: separated by a semicolon at a line's end."""
    return [part.strip() for part in re.split(r";\s*(?:\n|$)", re.sub(r"--[^\n]*", "", script)) if part.strip()]


@contextlib.contextmanager
def _typed(*, opening: bool = False) -> Generator[None]:
    try:
        yield
    except sqlcipher.Error as reason:
        raise _translated(reason, opening=opening) from None


def _translated(reason: Exception, *, opening: bool = False) -> StoreError:
    """SQLite's error as one of ours; the message keeps SQLite's words, which never quote values."""
    words = str(reason)
    lowered = words.lower()
    if "not a database" in lowered:
        return WrongKey(words) if opening else StoreDamaged(words)
    if isinstance(reason, sqlcipher.IntegrityError):
        return Conflict(words)
    for part, kind in (
        ("full", StoreFull),
        ("readonly", StoreReadOnly),
        ("unable to open", StoreReadOnly),
        ("locked", StoreLocked),
        ("busy", StoreLocked),
        ("malformed", StoreDamaged),
        ("disk i/o", StoreReadOnly),
    ):
        if part in lowered:
            return kind(words)
    return StoreError(words)

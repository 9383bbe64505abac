"""One encrypted file with everything that must survive: SQLCipher, write-ahead log, synchronous=FULL.

    store = Store.open(path, keys)
    with store.transaction() as tx:
        ...                       # all of it, or nothing

One connection behind one lock: calls block, belong on worker threads, and may come from any of them. Other processes (staff
commands) open the file too and take short transactions; whoever waits longer than five seconds gets `StoreLocked`.

What goes wrong is typed and says whose turn it is; nothing is lost by it. A crash at any instant leaves all of a transaction or
nothing. One case cannot be told apart from here: when the disk itself fails during a commit (`DiskFault`), the transaction counts as
not done, but may be found done after a crash. Whoever writes intentions before acts, as the ledgers do, is safe either way.
"""

from __future__ import annotations

import contextlib
import os
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
    """The disk or file may not be written, or cannot be opened at all."""

    code = "store-read-only"


class DiskFault(StoreError):
    """The disk failed to read, write or sync."""

    code = "store-disk-fault"


class StoreLocked(StoreError):
    """Somebody else held the store for too long; heals."""

    code = "store-locked"
    turn = "heals"


class StoreDamaged(StoreError):
    """The file is not what was written."""

    code = "store-damaged"


class WrongKey(StoreError):
    """The key does not open this file; a damaged first page looks the same, for nothing in the file is readable."""

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

    def __init__(self, connection: sqlcipher.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run one statement; returns how many rows it changed."""
        with _typed():
            return self._connection.execute(sql, tuple(values)).rowcount

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        with _typed():
            return self._connection.execute(sql, tuple(values)).fetchall()

    def row(self, sql: str, values: Sequence[object] = ()) -> tuple[Any, ...] | None:
        """The first row of a query, or None."""
        with _typed():
            return self._connection.execute(sql, tuple(values)).fetchone()


class Store:
    """The open store."""

    def __init__(self, connection: sqlcipher.Connection, keys: StoreKeys, path: Path) -> None:
        self._connection = connection
        self._lock = threading.RLock()
        self.keys = keys
        self.path = path

    @classmethod
    def open(cls, path: Path, keys: StoreKeys, *, max_pages: int | None = None) -> Self:
        """Open (or make) the store at `path` and bring its schema up to date.

        `max_pages` bounds the file (4 KiB pages), for tests of a full disk. Raises `StoreError`.
        """
        _create(path)
        with _typed(opening=True):
            # One connection, guarded by our lock, may serve any worker thread.
            connection = sqlcipher.connect(str(path), isolation_level=None, check_same_thread=False)
        try:
            with _typed(opening=True):
                connection.execute("PRAGMA cipher_log_level = NONE")  # it would write to stderr what we say with types
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
                self._undo()
                raise

    @contextlib.contextmanager
    def reading(self) -> Generator[Transaction]:
        """A consistent look without taking the writer's place. Holds this store's lock: keep it short."""
        with self._lock:
            with _typed():
                self._connection.execute("BEGIN DEFERRED")
            try:
                yield Transaction(self._connection)
            finally:
                self._undo()

    def check(self) -> None:
        """Read the whole file and verify every page. Raises `StoreDamaged`."""
        with self._lock, _typed():
            complaints = self._connection.execute("PRAGMA cipher_integrity_check").fetchall()
            verdict = None if complaints else self._connection.execute("PRAGMA integrity_check").fetchone()
        if complaints:
            raise StoreDamaged(f"{self.path}: {len(complaints)} damaged pages")
        if verdict != ("ok",):
            raise StoreDamaged(f"{self.path}: its tables and indices do not agree")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _undo(self) -> None:
        # A failed statement may have rolled back already; then there is nothing left to undo.
        if self._connection.in_transaction:
            with contextlib.suppress(sqlcipher.Error):
                self._connection.execute("ROLLBACK")

    def _migrate(self) -> None:
        known = _migrations()
        with self.reading() as tx:
            row = tx.row("PRAGMA user_version")
        version = int(row[0]) if row else 0
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


def _statements(script: str) -> Generator[str]:
    """The statements of one migration; each begins on a line of its own."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlcipher.complete_statement(statement):
            yield statement
            statement = ""


def _create(path: Path) -> None:
    """An empty file that nobody else may read, where there is none: SQLite would make it as the umask says."""
    with contextlib.suppress(OSError):  # whatever is wrong with the place, opening tells it in its own words
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))


@contextlib.contextmanager
def _typed(*, opening: bool = False) -> Generator[None]:
    try:
        yield
    except sqlcipher.Error as reason:
        raise _translated(reason, opening=opening) from None


_KINDS: dict[str, type[StoreError]] = {
    "SQLITE_FULL": StoreFull,
    # The index of the write-ahead log could not grow: only a full disk does that.
    "SQLITE_IOERR_SHMSIZE": StoreFull,
    "SQLITE_READONLY": StoreReadOnly,
    "SQLITE_CANTOPEN": StoreReadOnly,
    "SQLITE_PERM": StoreReadOnly,
    "SQLITE_BUSY": StoreLocked,
    "SQLITE_LOCKED": StoreLocked,
    "SQLITE_CORRUPT": StoreDamaged,
    "SQLITE_NOTADB": StoreDamaged,
    "SQLITE_IOERR": DiskFault,
    "SQLITE_CONSTRAINT": Conflict,
}
"""SQLite's result codes by name; an extended code (SQLITE_READONLY_DBMOVED) counts as its plain one."""


def _translated(reason: sqlcipher.Error, *, opening: bool = False) -> StoreError:
    """SQLite's error as one of ours; the message keeps SQLite's words, which never quote values."""
    words = str(reason)
    name = getattr(reason, "sqlite_errorname", "")
    if opening and name == "SQLITE_NOTADB":
        return WrongKey("the key does not open this file, or it is damaged")
    plain = "_".join(name.split("_")[:2])
    return _KINDS.get(name, _KINDS.get(plain, StoreError))(words)

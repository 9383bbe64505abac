"""One encrypted file: all or nothing, unreadable without its key, and every trouble has a name."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2 as sqlcipher

from offline_cache import journal, records
from offline_cache.keys import StoreKeys, derive
from offline_cache.store import (
    Conflict,
    Store,
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreLocked,
    StoreReadOnly,
    StoreTooNew,
    WrongKey,
)
from tests.offline_cache.conftest import NOON, Tamper


def note(store: Store, text: str) -> None:
    with store.transaction() as tx:
        journal.append(tx, NOON, "test", {"text": text})


def told(store: Store) -> list[object]:
    return [entry.data["text"] for entry in journal.entries(store)]


def test_what_was_written_is_there_after_reopening(path: Path, keys: StoreKeys) -> None:
    first = Store.open(path, keys)
    note(first, "one")
    first.close()
    second = Store.open(path, keys)
    assert told(second) == ["one"]
    second.close()


def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    note(store, "before")
    with pytest.raises(ZeroDivisionError), store.transaction() as tx:
        journal.append(tx, NOON, "test", {"text": "half"})
        _ = 1 / 0
    note(store, "after")
    assert told(store) == ["before", "after"]
    assert journal.verify(store) is None


def test_the_file_is_private_and_tells_nothing(path: Path, store: Store) -> None:
    records.keep(store, "record-1", "411502199003072817", "张建国".encode(), NOON + timedelta(days=1))
    assert path.stat().st_mode & 0o777 == 0o600
    for file in path.parent.iterdir():
        content = file.read_bytes()
        assert not content.startswith(b"SQLite format 3")
        for secret in ("张建国".encode(), b"411502199003072817", b"record-1", b"CREATE TABLE"):
            assert secret not in content


def test_another_key_opens_nothing_and_harms_nothing(path: Path, keys: StoreKeys) -> None:
    store = Store.open(path, keys)
    note(store, "one")
    store.close()
    with pytest.raises(WrongKey) as refusal:
        Store.open(path, derive(b"w" * 32))
    assert refusal.value.turn == "integrator"
    again = Store.open(path, keys)
    assert told(again) == ["one"]
    again.close()


def test_a_file_that_is_no_store_is_refused(path: Path, keys: StoreKeys) -> None:
    path.write_bytes(b"not a database, but long enough to look like one" * 200)
    with pytest.raises(WrongKey):
        Store.open(path, keys)
    assert path.read_bytes().startswith(b"not a database")


def test_one_flipped_bit_anywhere_is_noticed(path: Path, keys: StoreKeys) -> None:
    """Every page carries its own authentication: no bit of the file can be changed unseen."""
    store = Store.open(path, keys)
    for number in range(40):
        records.keep(store, str(number), "holder", os.urandom(3000), NOON)
    store.close()
    whole = path.read_bytes()
    for place in range(20, len(whole), len(whole) // 23):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        path.write_bytes(damaged)
        with pytest.raises((StoreDamaged, WrongKey)):
            opened = Store.open(path, keys)
            try:
                opened.check()
            finally:
                opened.close()
    path.write_bytes(whole)
    opened = Store.open(path, keys)
    opened.check()
    opened.close()


def test_a_file_cut_short_is_noticed(path: Path, keys: StoreKeys) -> None:
    store = Store.open(path, keys)
    for number in range(40):
        records.keep(store, str(number), "holder", os.urandom(3000), NOON)
    store.close()
    path.write_bytes(path.read_bytes()[: 4096 * 20 + 100])
    with pytest.raises(StoreDamaged):
        opened = Store.open(path, keys)
        try:
            opened.check()
        finally:
            opened.close()


def test_a_store_of_a_newer_version_is_left_alone(path: Path, keys: StoreKeys, store: Store, tamper: Tamper) -> None:
    store.close()
    tamper("PRAGMA user_version = 99")
    with pytest.raises(StoreTooNew, match="schema 99"):
        Store.open(path, keys)


def test_an_older_store_is_brought_up_to_date_with_what_it_holds(path: Path, keys: StoreKeys) -> None:
    """As the first version wrote it: blanks were loaded before there was an account of batches."""
    script = (Path(journal.__file__).parent / "migrations" / "001_ground.sql").read_text("utf-8")
    connection = sqlcipher.connect(str(path), isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{keys.encryption.hex()}'\"")
    for statement in script.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    for number in range(3):
        connection.execute(
            "INSERT INTO blanks (serial, kind, bin, position, state, changed_at) VALUES (?, 'title', 'A', ?, 'loaded', ?)",
            (f"4100218635{number}", number, NOON.isoformat()),
        )
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    store = Store.open(path, keys)
    with store.reading() as tx:
        assert tx.rows("SELECT kind, bin, first_serial, count FROM blank_batches") == [("title", "A", "41002186350", 3)]
    store.close()
    Store.open(path, keys).close()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path, keys: StoreKeys) -> None:
    with pytest.raises(StoreReadOnly):
        Store.open(tmp_path / "nowhere" / "store.db", keys)
    with pytest.raises(StoreReadOnly):
        Store.open(tmp_path, keys)


def test_a_full_disk_is_typed_and_loses_nothing(path: Path, keys: StoreKeys) -> None:
    store = Store.open(path, keys, max_pages=60)
    written = 0
    with pytest.raises(StoreFull) as fault:
        while written < 1000:
            records.keep(store, f"record-{written}", "holder", os.urandom(2000), NOON + timedelta(days=1))
            written += 1
    assert fault.value.turn == "staff"
    assert 0 < written < 1000
    assert len(records.of_holder(store, "holder", NOON)) == written
    # It is the room that is missing, not the store that is broken: what is freed can be used.
    assert records.wipe_expired(store, NOON + timedelta(days=2)) == written
    records.keep(store, "again", "holder", b"fits", NOON + timedelta(days=3))
    store.check()
    store.close()


FILLS_A_DISK = """
import os, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from offline_cache import records
from offline_cache.keys import derive
from offline_cache.store import Store, StoreFull
room, keys, later = Path(sys.argv[1]), derive(b"k" * 32), datetime(2030, 1, 1, tzinfo=UTC)
store = Store.open(room / "store.db", keys)
written = 0
try:
    while written < 2000:
        records.keep(store, str(written), "holder", os.urandom(2000), later)
        written += 1
except StoreFull:
    pass
store.close()
store = Store.open(room / "store.db", keys)
store.check()
kept = len(records.of_holder(store, "holder", later - timedelta(days=1)))
store.close()
print(written, kept)
"""


def test_a_disk_that_really_is_full(tmp_path: Path) -> None:
    """A file system of 800 KiB in a mount namespace of its own, where the machine allows one."""
    if shutil.which("unshare") is None:
        pytest.skip("no unshare on this machine")
    room = tmp_path / "room"
    room.mkdir()
    script = f'mount -t tmpfs -o size=800k tmpfs "{room}" && exec "{sys.executable}" -c "$0" "{room}"'
    allowed = subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True)
    if allowed.returncode:
        pytest.skip("mount namespaces are not allowed on this machine")
    run = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, FILLS_A_DISK], check=False, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    written, kept = (int(word) for word in run.stdout.split())
    assert 10 < written < 2000
    assert kept == written


def test_a_read_only_disk_is_typed(tmp_path: Path) -> None:
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("mount namespaces are not allowed on this machine")
    room = tmp_path / "room"
    room.mkdir()
    Store.open(room / "store.db", derive(b"k" * 32)).close()
    asked = (
        "import sys; from pathlib import Path; from offline_cache.keys import derive; from offline_cache.store import *\n"
        "try:\n    store = Store.open(Path(sys.argv[1]) / 'store.db', derive(b'k' * 32))\n"
        '    with store.transaction() as tx: tx.execute("DELETE FROM records")\n'
        "except StoreReadOnly: print('read-only')"
    )
    script = f'mount --bind "{room}" "{room}" && mount -o remount,ro,bind "{room}" && exec "{sys.executable}" -c "$0" "{room}"'
    run = subprocess.run(["unshare", "-rm", "sh", "-c", script, asked], check=False, capture_output=True, text=True, timeout=60)
    assert run.stdout.strip() == "read-only", run.stderr


def test_somebody_who_holds_the_store_too_long_is_a_typed_fault_that_heals(
    path: Path, keys: StoreKeys, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("offline_cache.store.BUSY_MILLISECONDS", 50)
    other = Store.open(path, keys)
    with store.transaction() as tx:
        journal.append(tx, NOON, "test", {"text": "long"})
        with pytest.raises(StoreLocked) as fault, other.transaction():
            pass
        assert fault.value.turn == "heals"
        assert told(other) == [], "a look is not hindered, and sees what is committed"
    note(other, "then")
    assert told(store) == ["long", "then"]
    other.close()


def test_a_broken_rule_of_the_schema_is_a_conflict_and_writes_nothing(store: Store) -> None:
    row = ("key-0001", "/p", b"{}", "t", "t")
    insert = "INSERT INTO outbox (idempotency_key, path, body, created_at, next_attempt_at) VALUES (?, ?, ?, ?, ?)"
    with pytest.raises(Conflict), store.transaction() as tx:
        tx.execute(insert, row)
        tx.execute(insert, row)
    with store.reading() as tx:
        assert tx.rows("SELECT * FROM outbox") == []


def test_a_transaction_inside_a_transaction_is_a_mistake_that_undoes_both(store: Store) -> None:
    with pytest.raises(StoreError), store.transaction() as tx:
        journal.append(tx, NOON, "test", {"text": "outer"})
        with store.transaction():
            pass
    assert told(store) == []


def test_many_workers_write_one_chain(store: Store) -> None:
    def work(name: int) -> None:
        for number in range(20):
            note(store, f"{name}-{number}")

    workers = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    texts = [str(text) for text in told(store)]
    assert len(texts) == 80
    for name in range(4):
        assert [text for text in texts if text.startswith(f"{name}-")] == [f"{name}-{number}" for number in range(20)]
    assert journal.verify(store) is None


WRITES_FOR_EVER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from offline_cache import journal, outbox
from offline_cache.keys import derive
from offline_cache.store import Store
store = Store.open(Path(sys.argv[1]), derive(b"k" * 32))
at = datetime(2026, 5, 18, tzinfo=UTC)
number = journal.head(store).seq
while True:
    number += 1
    with store.transaction() as tx:
        outbox.put(tx, at, "/p", b"x" * 3000, key=f"key-{number:08}")
        journal.append(tx, at, "test", {"number": number})
        tx.execute("INSERT INTO records VALUES (?, ?, ?, ?)", (f"r{number}", b"h", b"y" * 5000, at.isoformat()))
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


@pytest.mark.parametrize("seed", range(6))
def test_killed_at_any_instant_all_or_nothing(path: Path, keys: StoreKeys, seed: int) -> None:
    """Whatever the process had said was done is there, and the one that it was at is there whole or not at all."""
    confirmed = 0
    for round_ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITES_FOR_EVER, str(path)], stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert writer.stdout is not None
        for _ in range(3 + 17 * ((seed + round_) % 3)):
            confirmed = int(writer.stdout.readline())
        time.sleep(0.0007 * ((seed * 3 + round_) % 7))  # somewhere within the next transaction
        writer.send_signal(signal.SIGKILL)
        rest = writer.communicate()[0].split()
        confirmed = int(rest[-1]) if rest else confirmed
        store = Store.open(path, keys)
        store.check()
        assert journal.verify(store) is None
        with store.reading() as tx:
            counts = {table: tx.rows(f"SELECT count(*) FROM {table}")[0][0] for table in ("journal", "outbox", "records")}
        store.close()
        assert len(set(counts.values())) == 1, counts
        assert counts["journal"] in (confirmed, confirmed + 1)

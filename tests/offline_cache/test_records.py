"""Sealed records: found by whom they concern, gone when they expire."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from offline_cache import records
from offline_cache.keys import StoreKeys, derive
from offline_cache.store import Store
from tests.offline_cache.conftest import NOON

ZHANG, LI = "411502199003072817", "411502198511020022"
LATER = NOON + timedelta(hours=8)


def test_each_holder_finds_only_what_is_theirs(store: Store) -> None:
    records.keep(store, "a", ZHANG, b"house", LATER)
    records.keep(store, "b", LI, b"shop", LATER)
    records.keep(store, "c", ZHANG, b"garage", LATER)
    assert records.of_holder(store, ZHANG, NOON) == [b"house", b"garage"]
    assert records.of_holder(store, LI, NOON) == [b"shop"]
    assert records.of_holder(store, "411502199003072818", NOON) == []


def test_a_newer_version_replaces_the_older_also_for_another_holder(store: Store) -> None:
    records.keep(store, "a", ZHANG, b"version 1", LATER)
    records.keep(store, "a", LI, b"version 2", LATER)
    assert records.of_holder(store, ZHANG, NOON) == []
    assert records.of_holder(store, LI, NOON) == [b"version 2"]


def test_expired_is_not_given_out_even_before_it_is_wiped(store: Store) -> None:
    records.keep(store, "a", ZHANG, b"house", LATER)
    assert records.of_holder(store, ZHANG, LATER) == []
    assert records.of_holder(store, ZHANG, LATER - timedelta(seconds=1)) == [b"house"]


def test_wiping_takes_what_has_expired_and_nothing_else(store: Store) -> None:
    records.keep(store, "a", ZHANG, b"old", NOON)
    records.keep(store, "b", ZHANG, b"new", LATER)
    assert records.wipe_expired(store, NOON) == 1
    assert records.wipe_expired(store, NOON) == 0
    assert records.of_holder(store, ZHANG, NOON - timedelta(days=1)) == [b"new"]


def test_the_hash_by_which_one_looks_depends_on_the_key(path: Path, keys: StoreKeys, store: Store) -> None:
    """Whoever gets at the rows alone cannot try out identity numbers."""
    records.keep(store, "a", ZHANG, b"house", LATER)
    with store.reading() as tx:
        (row,) = tx.rows("SELECT holder_hash FROM records")
    assert bytes(row[0]) == keys.hash(ZHANG) != derive(b"x" * 32).hash(ZHANG)

"""The store's key: made once, readable by the service alone, never said aloud."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from offline_cache.keys import FileKey, KeyUnusable, derive


def test_a_new_key_is_private_and_stays_the_same(tmp_path: Path) -> None:
    source = FileKey(tmp_path / "store.key")
    source.create()
    assert (tmp_path / "store.key").stat().st_mode & 0o777 == 0o600
    assert len((tmp_path / "store.key").read_bytes()) == 32
    assert source.keys() == source.keys()
    assert [entry.name for entry in tmp_path.iterdir()] == ["store.key"]


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    source = FileKey(tmp_path / "store.key")
    source.create()
    before = source.keys()
    with pytest.raises(KeyUnusable, match="already"):
        source.create()
    assert source.keys() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["store.key"]


def test_encryption_and_lookup_keys_differ_and_are_not_the_secret(tmp_path: Path) -> None:
    keys = derive(b"s" * 32)
    assert len({keys.encryption, keys.lookup, b"s" * 32}) == 3
    assert derive(b"t" * 32).encryption != keys.encryption
    assert keys.hash("411502199001011234") != derive(b"t" * 32).hash("411502199001011234")


def test_keys_are_not_in_their_repr() -> None:
    keys = derive(b"s" * 32)
    assert keys.encryption.hex() not in repr(keys)
    assert repr(keys.encryption) not in repr(keys)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    source = FileKey(tmp_path / "store.key")
    source.create()
    (tmp_path / "store.key").chmod(mode)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        source.keys()


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 33])
def test_what_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "store.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(KeyUnusable, match="not a key of 32 bytes") as refusal:
        FileKey(path).keys()
    assert refusal.value.turn == "integrator"


def test_no_key_no_directory_and_no_file_are_each_said(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="No such file"):
        FileKey(tmp_path / "nothing").keys()
    with pytest.raises(KeyUnusable, match="No such file"):
        FileKey(tmp_path / "nowhere" / "store.key").create()
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(KeyUnusable, match="not a file"):
        FileKey(tmp_path / "pipe").keys()

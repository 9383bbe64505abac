"""Accounts from a shell, as whoever looks after the machine keeps them; and the office that opens an export."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.staff.export import Exporter
from offline_cache import journal
from offline_cache.signing import FileSigningKey
from offline_cache.store import Store
from tests.journeys.office import keypair

SETTINGS = """
terminal_id = "xy-01"
[platform]
url = "https://127.0.0.1:1"
certificate = "terminal.crt"
key = "terminal.pem"
ca = "terminal.crt"
[trust]
registry_root = "terminal.crt"
platform_root = "terminal.crt"
[store]
path = "store.db"
key = "store.key"
"""


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "kiosk.toml"
    path.write_text(SETTINGS)
    return path


def staff(settings: Path, monkeypatch: pytest.MonkeyPatch, *words: str, pin: str = "") -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{pin}\n"))
    return main(["staff", *words, "--settings", str(settings)])


def test_accounts_are_added_listed_and_closed(
    settings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert staff(settings, monkeypatch, "add", "0317", "--role", "supervisor", "--by", "0001", pin="402817") == 0
    assert staff(settings, monkeypatch, "add", "0402", "--role", "operator", "--by", "0317", pin="123456") == 2
    assert "in a row" in capsys.readouterr().err
    assert staff(settings, monkeypatch, "add", "0402", "--role", "operator", "--by", "0317", pin="730164") == 0
    assert staff(settings, monkeypatch, "close", "0402", "--by", "0317") == 0
    capsys.readouterr()
    assert staff(settings, monkeypatch, "list") == 0
    assert capsys.readouterr().out.splitlines() == [f"{'0317':16}  supervisor", f"{'0402':16}  operator    closed"]


def test_the_office_opens_what_is_for_it_and_from_that_terminal(
    tmp_path: Path, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    keypair(tmp_path, "terminal")
    for name in ("office", "stranger"):
        keypair(tmp_path, name, rsa_bits=2048)
    with store.transaction() as tx:
        journal.append(tx, datetime.now(UTC), "staff.called", {"reason": "help-key"})
    key = FileSigningKey(tmp_path / "terminal.pem")
    written = Exporter(
        store, lambda: datetime.now(UTC), "xy-01", key, tmp_path, tmp_path / "office.crt", mounted=Path.is_dir
    ).write("0009")
    (tmp_path / "terminal.pub").write_bytes(key.public_pem())
    (tmp_path / "stranger.pub").write_bytes(FileSigningKey(_other_key(tmp_path)).public_pem())

    def opens(office: str, terminal: str) -> int:
        keys = ["--key", str(tmp_path / f"{office}.pem"), "--certificate", str(tmp_path / f"{office}.crt")]
        return main(["journal", "read", str(written.path), *keys, "--public-key", str(tmp_path / f"{terminal}.pub")])

    assert opens("office", "terminal") == 0
    assert f"xy-01: {written.head.seq} entries" in capsys.readouterr().out
    assert opens("stranger", "terminal") == 2
    assert "does not open" in capsys.readouterr().err
    assert opens("office", "stranger") == 2
    assert "not this terminal's" in capsys.readouterr().err
    changed = bytearray(written.path.read_bytes())
    changed[len(changed) // 2] ^= 1
    written.path.write_bytes(bytes(changed))
    assert opens("office", "terminal") == 2


def _other_key(directory: Path) -> Path:
    keypair(directory, "other")
    return directory / "other.pem"

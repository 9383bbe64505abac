"""Signed heads, the copy that was put back, and an export that others can check."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from offline_cache import export, heads, journal
from offline_cache.export import ExportUnusable
from offline_cache.heads import SignedHead, StoreRolledBack, Witness
from offline_cache.journal import Head
from offline_cache.keys import StoreKeys
from offline_cache.signing import FileSigningKey
from offline_cache.store import Store, StoreError
from tests.offline_cache.conftest import NOON, Tamper
from tests.offline_cache.test_journal import write

CHECK = Path(__file__).parent.parent.parent / "docs" / "check_journal.py"


def a_key(path: Path) -> FileSigningKey:
    private = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return FileSigningKey(path)


@pytest.fixture
def key(tmp_path: Path) -> FileSigningKey:
    return a_key(tmp_path / "terminal.key")


def keep_head(store: Store, key: FileSigningKey) -> SignedHead | None:
    head = heads.sign(store, key, "xy-01", NOON)
    if head is not None:
        with store.transaction() as tx:
            heads.keep(tx, head)
    return head


def test_a_head_is_signed_when_the_journal_has_grown(store: Store, key: FileSigningKey, tmp_path: Path) -> None:
    assert keep_head(store, key) is None, "an empty journal has nothing to say"
    write(store, 3)
    assert keep_head(store, key) is not None
    assert keep_head(store, key) is None
    write(store, 2)
    keep_head(store, key)
    assert [head.seq for head in heads.signed_heads(store)] == [3, 5]
    assert heads.unsigned(store, key.public_pem()) == []
    assert heads.unsigned(store, a_key(tmp_path / "other.key").public_pem()) == [3, 5]


def test_a_journal_written_anew_is_found_by_its_signed_heads(store: Store, key: FileSigningKey, tamper: Tamper) -> None:
    """Somebody with the store's key rewrites everything, hashes and all; the terminal's key he does not have."""
    write(store, 6)
    keep_head(store, key)
    anchors = [Head(head.seq, head.hash) for head in heads.signed_heads(store)]
    tamper("DELETE FROM journal")
    write(store, 6)
    assert journal.verify(store, anchors) is None, "the same entries at the same times are the same journal"
    tamper("DELETE FROM journal")
    with store.transaction() as tx:
        for number in range(6):
            journal.append(tx, NOON, "blank.moved", {"number": number * 7})
    assert journal.verify(store) is None, "the chain alone does not show it"
    assert journal.verify(store, anchors) is not None
    for seq in (6, 5):
        tamper(f"UPDATE journal_heads SET seq = {seq}, hash = (SELECT hash FROM journal WHERE seq = {seq})")
        assert heads.unsigned(store, key.public_pem()) == [seq], "nor can the head be made to fit"


def test_heads_are_neither_changed_nor_forgotten(store: Store, key: FileSigningKey) -> None:
    write(store, 1)
    keep_head(store, key)
    for statement in ("DELETE FROM journal_heads", "UPDATE journal_heads SET at = ''"):
        with pytest.raises(StoreError), store.transaction() as tx:
            tx.execute(statement)


def test_a_store_copied_back_from_yesterday_is_refused(path: Path, keys: StoreKeys, tmp_path: Path) -> None:
    witness = Witness(tmp_path / "elsewhere.head")
    store = Store.open(path, keys)
    write(store, 4)
    witness.check(store)
    store.close()
    shutil.copy(path, tmp_path / "yesterday.db")
    store = Store.open(path, keys)
    write(store, 3)
    witness.remember(journal.head(store))
    witness.check(store)
    store.close()
    for file in path.parent.glob("store.db*"):
        file.unlink()
    shutil.copy(tmp_path / "yesterday.db", path)
    store = Store.open(path, keys)
    with pytest.raises(StoreRolledBack, match="entry 7") as refusal:
        witness.check(store)
    assert refusal.value.turn == "integrator"
    with store.transaction() as tx:  # and going on from there does not make it the same store
        for number in range(5):
            journal.append(tx, NOON, "another day", {"number": number})
    with pytest.raises(StoreRolledBack):
        witness.check(store)
    store.close()


@pytest.mark.parametrize("content", [b"", b"{}", b'{"seq": 1}', b"\xff"])
def test_a_witness_that_cannot_be_read_lets_nothing_pass(store: Store, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "elsewhere.head").write_bytes(content)
    with pytest.raises(StoreRolledBack):
        Witness(tmp_path / "elsewhere.head").check(store)


# ---- the export ------------------------------------------------------------------------------------------------------------


def alone(file: Path, public: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The stand-alone check, without our packages on its path."""
    command = [sys.executable, "-I", "-S", str(CHECK), str(file), *([str(public)] if public else [])]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


@pytest.fixture
def exported(store: Store, key: FileSigningKey, tmp_path: Path) -> Path:
    with store.transaction() as tx:
        journal.append(tx, NOON, "test", {"text": '引号 " 与 𬭎', "number": 1.5, "none": None}, case="0518-120000")
    write(store, 8)
    file = tmp_path / "journal.jsonl"
    file.write_text("".join(export.lines(store, key, "xy-01", NOON)), "utf-8")
    return file


def test_an_export_is_read_and_checked_with_and_without_us(exported: Path, key: FileSigningKey, tmp_path: Path) -> None:
    (tmp_path / "public.pem").write_bytes(key.public_pem())
    done = alone(exported, tmp_path / "public.pem")
    assert (done.returncode, done.stderr) == (0, "")
    assert "xy-01 holds: 9 entries" in done.stdout
    told = export.read(exported.read_text("utf-8").splitlines(), key.public_pem())
    assert told.entries[0].data == {"text": '引号 " 与 𬭎', "number": 1.5, "none": None}
    (tmp_path / "other.pem").write_bytes(a_key(tmp_path / "other.key").public_pem())
    assert "signature" in alone(exported, tmp_path / "other.pem").stderr
    with pytest.raises(ExportUnusable, match="signature"):
        export.read(exported.read_text("utf-8").splitlines(), (tmp_path / "other.pem").read_bytes())


def altered(lines: list[str]) -> list[str]:
    return [*lines[:4], lines[4].replace('"blank.moved"', '"blank.moves"'), *lines[5:]]


def cut_off(lines: list[str]) -> list[str]:
    return [*lines[:-2], lines[-1]]


DEEDS: dict[str, tuple[Callable[[list[str]], list[str]], str]] = {
    "altered": (altered, "entry 4"),
    "removed": (lambda lines: lines[:4] + lines[5:], "entry 4"),
    "reordered": (lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]], "entry 4"),
    "cut off": (cut_off, "after 8|entry 9"),
    "another terminal's": (lambda lines: [lines[0].replace("xy-01", "xy-02"), *lines[1:]], "signature"),
}


@pytest.mark.parametrize("deed", list(DEEDS))
def test_whatever_is_done_to_an_export_is_said(exported: Path, deed: str) -> None:
    act, said = DEEDS[deed]
    lines = act(exported.read_text("utf-8").splitlines())
    exported.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(ExportUnusable, match=said):
        export.read(lines)
    done = alone(exported)
    assert done.returncode == 1
    assert any(part in done.stderr for part in said.split("|")), done.stderr


@pytest.mark.parametrize("text", ["", "[]\n[]\n", "{}\n{}\n", "nonsense\n"])
def test_what_is_no_export_is_refused(text: str) -> None:
    with pytest.raises(ExportUnusable):
        export.read(text.splitlines())


def test_an_escrowed_export_is_opened_with_openssl_and_the_escrow_key(exported: Path, tmp_path: Path) -> None:
    certificate, private = tmp_path / "escrow.pem", tmp_path / "escrow.key"
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private.write_bytes(rsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "escrow")])
    begins = datetime.now(UTC) - timedelta(days=1)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(rsa_key.public_key())
        .serial_number(1)
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=3650))
        .sign(rsa_key, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(Encoding.PEM))
    sealed = export.escrowed(exported.read_bytes(), certificate.read_bytes())
    assert b"blank.moved" not in sealed
    (tmp_path / "journal.p7m").write_bytes(sealed)
    opened = subprocess.run(
        ["openssl", "cms", "-decrypt", "-inform", "DER", "-in", str(tmp_path / "journal.p7m"), "-inkey", str(private)],
        check=True,
        capture_output=True,
    ).stdout
    assert opened == exported.read_bytes()
    with pytest.raises(ExportUnusable):
        export.escrowed(b"", b"no certificate")
    assert json.loads(opened.splitlines()[0])["format"] == "dazheng-journal-1"

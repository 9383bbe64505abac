"""The same store opened, the same heads signed, wherever the keys are: file, systemd credential, PKCS#11 token, TPM."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from offline_cache import journal
from offline_cache.keys import CredentialKey, FileKey, KeyUnusable, StoreKeys
from offline_cache.pkcs11_key import Pkcs11Key
from offline_cache.signing import FileSigningKey, holds
from offline_cache.store import Store, WrongKey
from offline_cache.tpm_key import TpmKey
from tests.offline_cache.conftest import NOON
from tests.software_tpm import SoftwareTpm

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")


class Both(Protocol):
    """A source of both secrets."""

    def create(self) -> None: ...

    def keys(self) -> StoreKeys: ...

    def sign(self, message: bytes) -> bytes: ...

    def public_pem(self) -> bytes: ...


MakeSource = Callable[[str], Both]


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeSource]:
    """SoftHSM tokens by name. The library reads its settings once a process."""
    if not SOFTHSM.exists():
        pytest.fail("softhsm2 is not installed (deploy/packages.txt)")
    room = tmp_path_factory.mktemp("softhsm")
    (room / "tokens").mkdir()
    (room / "softhsm2.conf").write_text(f"directories.tokendir = {room}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    (room / "pin").write_text("271828\n")
    before = os.environ.get("SOFTHSM2_CONF")
    os.environ["SOFTHSM2_CONF"] = str(room / "softhsm2.conf")
    for name in ("one", "two"):
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", name, "--so-pin", "314159", "--pin", "271828"],
            check=True,
            capture_output=True,
        )
    yield lambda name: Pkcs11Key(SOFTHSM, name, room / "pin")
    if before is None:
        del os.environ["SOFTHSM2_CONF"]
    else:
        os.environ["SOFTHSM2_CONF"] = before


@pytest.fixture(scope="module")
def tpm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeSource]:
    """One software TPM a name; what each sealed lies in a directory of that name."""
    room = tmp_path_factory.mktemp("tpm")
    running: list[SoftwareTpm] = []

    def start(name: str) -> Both:
        running.append(SoftwareTpm(room / f"{name}-state"))
        return TpmKey(room / name, running[-1].tcti)

    yield start
    for each in running:
        each.off()


@pytest.mark.parametrize("kind", ["token", "tpm"])
def test_both_secrets_in_hardware(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    make: MakeSource = request.getfixturevalue(kind)
    source, other = make("one"), make("two")
    with pytest.raises(KeyUnusable):
        source.keys()
    source.create()
    with pytest.raises(KeyUnusable, match="already"):
        source.create()
    other.create()

    store = Store.open(tmp_path / "store.db", source.keys())
    with store.transaction() as tx:
        journal.append(tx, NOON, "test", {})
    store.close()
    Store.open(tmp_path / "store.db", source.keys()).close()
    with pytest.raises(WrongKey):
        Store.open(tmp_path / "store.db", other.keys())

    signature = source.sign(b"head")
    assert holds(source.public_pem(), b"head", signature)
    assert not holds(source.public_pem(), b"other", signature)
    assert not holds(other.public_pem(), b"head", signature)


def test_a_token_with_another_pin_or_that_is_not_there_is_said(token: MakeSource, tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("000000")
    for unusable in (
        Pkcs11Key(SOFTHSM, "one", tmp_path / "pin"),
        Pkcs11Key(SOFTHSM, "nobody", tmp_path / "pin"),
        Pkcs11Key(SOFTHSM, "one", tmp_path / "nowhere"),
        Pkcs11Key(tmp_path / "no.so", "one", tmp_path / "pin"),
    ):
        with pytest.raises(KeyUnusable) as refusal:
            unusable.keys()
        assert "000000" not in str(refusal.value)


def test_a_tpm_that_does_not_answer_or_is_another_machines(tpm: MakeSource, tmp_path: Path) -> None:
    here, there = tpm("here"), tpm("there")
    here.create()
    assert isinstance(here, TpmKey)
    assert isinstance(there, TpmKey)
    stolen = TpmKey(here._directory, there._tcti)  # pyright: ignore[reportPrivateUsage] - the disk in another machine
    with pytest.raises(KeyUnusable, match="does not hold"):
        stolen.keys()
    with pytest.raises(KeyUnusable):
        TpmKey(tmp_path, "swtpm:host=127.0.0.1,port=1").keys()


def test_a_systemd_credential_is_read_where_systemd_puts_it(tmp_path: Path) -> None:
    FileKey(tmp_path / "store.key").create()
    assert CredentialKey("store.key", tmp_path).keys() == FileKey(tmp_path / "store.key").keys()
    for source in (CredentialKey("store.key", None), CredentialKey("nothing", tmp_path)):
        with pytest.raises(KeyUnusable):
            source.keys()
    (tmp_path / "short").write_bytes(b"x")
    with pytest.raises(KeyUnusable, match="32 bytes"):
        CredentialKey("short", tmp_path).keys()


def test_a_signing_key_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "terminal.key"
    private = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key = FileSigningKey(path)
    assert holds(key.public_pem(), b"head", key.sign(b"head"))
    path.write_bytes(ec.generate_private_key(ec.SECP384R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    for wrong in (path, tmp_path / "nothing", Path(__file__)):
        with pytest.raises(KeyUnusable):
            FileSigningKey(wrong).sign(b"head")

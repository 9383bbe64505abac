"""A terminal's disk and key are lost: escrow, platform and a count together explain every blank, and it begins anew."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kiosk.delivery import deliver_next
from kiosk.issuance import blanks
from kiosk.journal_heads import Escrow, JournalHeads
from offline_cache import export, outbox
from offline_cache.heads import Witness
from offline_cache.keys import derive
from offline_cache.signing import FileSigningKey
from offline_cache.store import Store
from sandbox.platform.paper import Problem
from tests.township.conftest import FLAT, PARKING, SERIALS, TOWN, ZHANG, Town

TWO = ("r-1", "r-2")


def keeper(directory: Path) -> tuple[Path, bytes]:
    """The certificate of whoever keeps the escrow key, and that key."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "escrow")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(9))
    path = directory / "escrow.pem"
    path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def heads_of(town: Town, store: Store, directory: Path, escrow: Escrow | None = None) -> JournalHeads:
    key = FileSigningKey(town.files.terminal_key)
    return JournalHeads(store, key, TOWN, Witness(directory / "head"), town.clock, escrow)


def states(town: Town) -> list[str]:
    return [town.platform.core.blanks[serial].state for serial in SERIALS]


async def test_a_lost_store_is_closed_by_two_and_every_blank_is_explained_or_named(town: Town, tmp_path: Path) -> None:
    certificate, key = keeper(tmp_path)
    session = town.shows(town.requests, ZHANG, town.books())
    await town.prints(town.requests, session, FLAT)
    heads = heads_of(town, town.store, tmp_path, Escrow(certificate, tmp_path))
    assert heads.note()
    assert heads.put_in_escrow()
    town.delivers()
    assert town.client.journal_head() is not None

    # After the last escrow another one is printed, the platform hears nothing of it, and the disk is gone with its key.
    last = await town.prints(town.requests, session, PARKING)
    core = town.platform.core
    sealed = (tmp_path / f"journal-{TOWN}.p7m").read_bytes()
    public = FileSigningKey(town.files.terminal_key).public_pem()
    told = export.read(export.opened(sealed, certificate.read_bytes(), key).decode().splitlines(), public)

    with contextlib.closing(Store.open(tmp_path / "new.db", derive(b"n" * 32))) as new:
        (tmp_path / "anew").mkdir()
        beginning = heads_of(town, new, tmp_path / "anew")
        blanks.supply(new, town.now, "A", "title", SERIALS[2:], ("s-017", "s-021"))
        assert beginning.note()
        deliver_next(new, town.client, town.clock)
        assert outbox.backlog(new).refused == 1, "while the old journal is open, a shorter one is a rollback"

        with pytest.raises(Problem):
            core.close_journal(told, SERIALS[2:], ("r-1", "r-1"))
        done = core.close_journal(told, SERIALS[2:], TWO)
        assert (done.complete, done.unexplained) == (True, (SERIALS[1],)), "the one that was printed unheard"
        assert done.unresolved == (last.authorisation_id,)
        assert states(town) == ["used", "unknown", *["issued"] * 8]
        core.paper.resolve(last.authorisation_id, TWO)

        blanks.remove(new, town.now, SERIALS[2], blanks.BlankState.SPOILED, "damaged", "s-017")
        assert beginning.note()
        assert deliver_next(new, town.client, town.clock)
        head = town.client.journal_head()
        assert head is not None
        assert outbox.backlog(new).waiting == 0
        assert head.seq < len(told.entries), "a new journal has begun"


def test_a_blank_that_lies_there_although_it_was_used_is_named(town: Town, tmp_path: Path) -> None:
    store, key = town.store, FileSigningKey(town.files.terminal_key)
    told = export.read("".join(export.lines(store, key, TOWN, town.now)).splitlines())
    town.platform.core.blanks[SERIALS[0]] = town.platform.core.blanks[SERIALS[0]].model_copy(update={"state": "used"})
    done = town.platform.core.close_journal(told, SERIALS, TWO)
    assert done.unexplained == (SERIALS[0],)
    assert states(town) == ["unknown", *["issued"] * 9]

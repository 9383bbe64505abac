"""`kiosk blanks`, `journal`, `guard`, as staff type them: what they say, and their exit status."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kiosk.__main__ import main
from kiosk.custody import open_store, signing_key
from kiosk.issuance.ledger import Ledger
from kiosk.issuance.pruning import KEPT, prune
from kiosk.issuance.states import State
from kiosk.journal_heads import HEADS, Escrow, JournalHeads
from kiosk.settings import Settings, load
from offline_cache import heads, outbox
from offline_cache.heads import Witness
from offline_cache.store import Store
from peripherals.printer import OnceGuard
from tests.issuance.hall import NOON, SERIALS
from tests.issuance.test_ledger import bring

Kiosk = Callable[..., tuple[int, str]]
BY = ("--by", "s-017")
TWO = (*BY, "--and", "s-021")


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    private = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "tls.key").write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "once").mkdir()
    file = tmp_path / "kiosk.toml"
    file.write_text(
        'terminal_id = "xy-01"\n[platform]\nurl = "https://platform.example"\ncertificate = "tls.pem"\nkey = "tls.key"\nca = "ca.pem"\n'
        '[trust]\nregistry_root = "r.pem"\nplatform_root = "p.pem"\n[store]\npath = "store/terminal.db"\nkey = "store/terminal.key"\n'
        'witness = "terminal.head"\n[printer]\nserver = "no-such.sock"\nguard_directory = "once"\n[blanks]\nlow = 3\n'
    )
    return file


@pytest.fixture
def settings(settings_file: Path) -> Settings:
    return load(settings_file)


@pytest.fixture
def kiosk(settings_file: Path, capsys: pytest.CaptureFixture[str]) -> Kiosk:
    def run(*words: str) -> tuple[int, str]:
        status = main([*words, "--settings", str(settings_file)] if words[:2] != ("journal", "read") else list(words))
        captured = capsys.readouterr()
        return status, captured.out + captured.err

    return run


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = open_store(settings)
    yield opened
    opened.close()


def test_before_the_first_delivery_there_is_nothing_to_account_for_and_that_is_said(kiosk: Kiosk) -> None:
    assert kiosk("blanks", "account") == (0, "no blank was ever received\n")


def test_a_delivery_goes_to_the_terminal_into_the_bin_and_is_accounted_for(kiosk: Kiosk, tmp_path: Path) -> None:
    first = SERIALS[0]
    assert kiosk("blanks", "receive", first, "10", *TWO) == (0, f"10 blanks received: {first} to {SERIALS[9]}\n")
    assert kiosk("blanks", "load", first, "4", *BY)[0] == 2, "not handed out yet"
    assert kiosk("blanks", "hand-out", first, "6", *BY)[0] == 0
    assert kiosk("blanks", "load", first, "4", *BY)[0] == 0
    assert kiosk("blanks", "void", SERIALS[0], "--reason", "damaged", *BY)[0] == 0
    assert kiosk("blanks", "destroy", SERIALS[0], *TWO)[0] == 0
    assert kiosk("blanks", "account") == (0, "title: 10 received = 4 received + 2 at-terminal + 3 loaded + 1 destroyed\n")
    assert kiosk("blanks", "levels") == (0, "bin A: 3 title left\n")
    assert "spoiled → destroyed" in kiosk("blanks", "history", SERIALS[0])[1]
    assert kiosk("blanks", "history", "99999999999")[0] == 1
    status, said = kiosk("blanks", "day", "--csv", str(tmp_path / "day.csv"), "--pdf", str(tmp_path / "day.pdf"))
    assert (status, "0 + 4 loaded" in said) == (0, True)
    assert (tmp_path / "day.pdf").read_bytes().startswith(b"%PDF")
    assert SERIALS[0] in (tmp_path / "day.csv").read_text("utf-8-sig")
    assert kiosk("blanks", "unload", "A", *BY)[0] == 0
    assert len(kiosk("blanks", "list", "--state", "at-terminal")[1].splitlines()) == 5


def test_a_difference_is_said_and_settled_by_two(kiosk: Kiosk) -> None:
    kiosk("blanks", "load", SERIALS[0], "4", *TWO)
    assert kiosk("blanks", "count", "A", "4", "--top", SERIALS[0], *BY)[0] == 0
    status, said = kiosk("blanks", "count", "A", "3", "--top", SERIALS[1], *BY)
    assert (status, "Nothing is printed" in said) == (1, True)
    assert kiosk("blanks", "day")[0] == 1
    assert kiosk("blanks", "settle-count", "A", "3", "--top", SERIALS[1], *TWO)[0] == 2
    assert kiosk("blanks", "settle-count", "A", "3", "--top", SERIALS[1], "--missing", SERIALS[0], *TWO)[0] == 0
    assert kiosk("blanks", "account") == (0, "title: 4 received = 3 loaded + 1 missing\n")


def test_an_unknown_end_is_settled_when_the_name_is_closed(kiosk: Kiosk, store: Store, settings: Settings) -> None:
    kiosk("blanks", "load", SERIALS[0], "4", *TWO)
    issuance = bring(Ledger(store), State.UNKNOWN)
    assert kiosk("blanks", "settle")[0] == 1
    assert kiosk("blanks", "settle", SERIALS[0], "--end", "spoiled", *BY)[0] == 2, "two are needed"
    token = settings.printer.guard_directory
    assert kiosk("blanks", "settle", SERIALS[0], "--end", "spoiled", *TWO)[0] == 0
    assert OnceGuard(token).knows(issuance.job_name), "it can never print any more"
    assert kiosk("blanks", "settle") == (0, "")


def test_an_unknown_end_waits_while_the_job_may_still_print(kiosk: Kiosk, store: Store, settings: Settings) -> None:
    """The job was let through, and neither queue nor printer can be asked: nobody knows whether a sheet comes out yet."""
    kiosk("blanks", "load", SERIALS[0], "4", *TWO)
    issuance = bring(Ledger(store), State.UNKNOWN)
    guard = OnceGuard(settings.printer.guard_directory)
    guard.withdraw(issuance.job_name)
    (next(guard.directory.iterdir()) / "withdrawn").rename(next(guard.directory.iterdir()) / "started")
    status, said = kiosk("blanks", "settle", SERIALS[0], "--end", "spoiled", *TWO)
    assert (status, "may still come out" in said) == (2, True)


def test_the_journal_is_signed_verified_exported_and_read(kiosk: Kiosk, store: Store, settings: Settings, tmp_path: Path) -> None:
    kiosk("blanks", "load", SERIALS[0], "4", *TWO)
    bring(Ledger(store), State.TAKEN)
    keeper = JournalHeads(store, signing_key(settings), "xy-01", Witness(tmp_path / "terminal.head"), lambda: NOON)
    assert keeper.note()
    assert keeper.note(), "nothing new is nothing wrong"
    status, said = kiosk("journal", "verify")
    assert (status, "1 signed heads" in said) == (0, True), said
    story = kiosk("journal", "show", "--case", "0518-120000")[1].splitlines()
    assert "issuance.authorised" in story[0]
    assert "issuance.taken" in story[-1]
    assert kiosk("journal", "show", "--case", "nobody")[0] == 1
    assert kiosk("journal", "export", str(tmp_path / "journal.jsonl"))[0] == 0
    (tmp_path / "public.pem").write_bytes(signing_key(settings).public_pem())
    status, said = kiosk(
        "journal", "read", str(tmp_path / "journal.jsonl"), "--public-key", str(tmp_path / "public.pem"), "--blanks"
    )
    assert status == 0
    assert "4 received = 3 loaded + 1 issued" in said
    assert f"{SERIALS[0]:12}  issued" in said
    (tmp_path / "journal.jsonl").write_text("nonsense")
    assert kiosk("journal", "read", str(tmp_path / "journal.jsonl"))[0] == 2


def test_heads_go_to_the_platform_under_a_key_that_says_what_they_are(store: Store, settings: Settings, tmp_path: Path) -> None:
    bring_blanks(store)
    keeper = JournalHeads(store, signing_key(settings), "xy-01", Witness(tmp_path / "terminal.head"), lambda: NOON)
    assert keeper.note()
    event = outbox.next_due(store, NOON)
    assert event is not None
    (head,) = heads.signed_heads(store)
    assert (event.path, event.idempotency_key) == (HEADS, f"head-{head.seq}-{head.hash.hex()[:32]}")
    assert 8 <= len(event.idempotency_key) <= 64


def test_a_store_put_back_from_yesterday_is_refused_by_every_command(kiosk: Kiosk, settings: Settings, tmp_path: Path) -> None:
    kiosk("blanks", "load", SERIALS[0], "4", *TWO)
    shutil.copytree(tmp_path / "store", tmp_path / "yesterday")
    kiosk("blanks", "void", SERIALS[0], "--reason", "damaged", *BY)
    store = open_store(settings)
    JournalHeads(store, signing_key(settings), "xy-01", Witness(tmp_path / "terminal.head"), lambda: NOON).close()
    store.close()
    shutil.rmtree(tmp_path / "store")
    (tmp_path / "yesterday").rename(tmp_path / "store")
    status, said = kiosk("blanks", "account")
    assert (status, "older copy" in said) == (2, True), said


def test_losing_the_key_loses_no_blanks_account(kiosk: Kiosk, settings: Settings, tmp_path: Path) -> None:
    """The terminal keeps its journal in escrow; when disk and key are gone, the holder of the escrow key still has every blank."""
    certificate = tmp_path / "escrow.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=escrow", "-days", "30",
         "-keyout", str(tmp_path / "escrow.key"), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    kiosk("blanks", "load", SERIALS[0], "6", *TWO)
    store = open_store(settings)
    Ledger(store).found(bring(Ledger(store), State.LEFT), State.RETAINED, "s-017")
    escrow = Escrow(certificate, tmp_path)
    JournalHeads(store, signing_key(settings), "xy-01", Witness(tmp_path / "terminal.head"), lambda: NOON, escrow).close()
    store.close()
    shutil.rmtree(tmp_path / "store")
    opened = tmp_path / "journal.jsonl"
    subprocess.run(
        ["openssl", "cms", "-decrypt", "-inform", "DER", "-in", str(tmp_path / "journal-xy-01.p7m"),
         "-inkey", str(tmp_path / "escrow.key"), "-out", str(opened)],
        check=True, capture_output=True,
    )  # fmt: skip
    status, said = kiosk("journal", "read", str(opened), "--blanks")
    assert (status, "6 received = 5 loaded + 1 retained" in said) == (0, True), said


def test_one_of_the_staff_says_who_has_a_certificate_that_nobody_is_known_to_have_taken(kiosk: Kiosk, store: Store) -> None:
    bring_blanks(store)
    bring(Ledger(store), State.LEFT)
    status, said = kiosk("blanks", "settle")
    assert (status, f"{SERIALS[0]}  left  case 0518-120000" in said) == (1, True), said
    status, said = kiosk("blanks", "settle", SERIALS[0], "--end", "spoiled", *TWO)
    assert (status, "--end retained or taken" in said) == (2, True), said
    status, said = kiosk("blanks", "settle", SERIALS[0], "--end", "retained", "--by", "0001")
    assert (status, said) == (0, f"{SERIALS[0]} is retained; the platform is told\n"), said


def test_a_token_is_forgotten_only_when_the_platform_has_heard_and_all_is_long_over(store: Store, settings: Settings) -> None:
    bring_blanks(store)
    guard = OnceGuard(settings.printer.guard_directory)
    ledger = Ledger(store)
    issuance = bring(ledger, State.TAKEN)
    waiting = bring(ledger, State.UNKNOWN, "auth-2", "cert-2")
    for name in (issuance.job_name, waiting.job_name):
        guard.withdraw(name)
    later = issuance.expires_at + KEPT
    assert prune(store, guard, later) == 0, "the platform has not heard"
    while event := outbox.next_due(store, NOON):
        outbox.acknowledge(store, event, NOON)
    assert prune(store, guard, NOON) == 0, "not long over"
    assert prune(store, guard, later) == 1
    assert [guard.knows(name) for name in (issuance.job_name, waiting.job_name)] == [False, True]


def bring_blanks(store: Store) -> None:
    from tests.issuance.hall import load as load_blanks

    load_blanks(store)

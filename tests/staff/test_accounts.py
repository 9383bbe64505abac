"""Who gets in, who waits, who is locked out; and what of it stands in the journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.staff.accounts import MOST_WRONG, WAITS, AccountError, Accounts, SignInRefused
from kiosk.staff.roles import ALLOWED, Act, Member, Role, may_attest, table
from offline_cache import journal
from offline_cache.store import Store
from tests.staff.conftest import CHEAP, PIN, Clock

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
CARD, OTHER_CARD = b"c" * 32, b"o" * 32


def refused(accounts: Accounts, number: str, pin: str = "000001", card: bytes | None = None) -> SignInRefused:
    with pytest.raises(SignInRefused) as refusal:
        accounts.sign_in(number, pin, card)
    return refusal.value


def kinds(store: Store) -> list[str]:
    return [entry.kind for entry in journal.entries(store)]


def test_number_and_pin_open_the_admin_screen(accounts: Accounts, store: Store) -> None:
    assert accounts.sign_in("0317", PIN) == Member("0317", Role.SUPERVISOR)
    assert kinds(store)[-1] == "staff.signed-in"


def test_each_wrong_pin_waits_longer_and_the_sixth_locks(accounts: Accounts, clock: Clock) -> None:
    for tries, wait in enumerate(WAITS, start=1):
        refusal = refused(accounts, "0402")
        assert (refusal.code, refusal.wait_seconds, refusal.left) == ("wrong", wait, MOST_WRONG - tries)
        if wait:
            clock.passes(wait - 1)
            assert refused(accounts, "0402", PIN).code == "wait", "not even the right one counts before its time"
            clock.passes(1)
    assert refused(accounts, "0402").code == "locked"
    clock.passes(10**7)
    assert refused(accounts, "0402", PIN).code == "locked"
    accounts.unlock("0402", by="0317")
    assert accounts.sign_in("0402", PIN).number == "0402"


def test_a_good_sign_in_forgets_the_wrong_ones(accounts: Accounts) -> None:
    refused(accounts, "0402")
    accounts.sign_in("0402", PIN)
    assert refused(accounts, "0402").left == MOST_WRONG - 1


def test_a_strangers_number_waits_and_locks_like_any_other_and_is_not_written_down(
    accounts: Accounts, store: Store, clock: Clock
) -> None:
    for wait in WAITS:
        assert refused(accounts, "411502").wait_seconds == wait
        clock.passes(wait)
    assert refused(accounts, "411502").code == "locked"
    assert "411502" not in "".join(str(entry.data) for entry in journal.entries(store))


def test_pulling_the_plug_gives_nobody_another_try(accounts: Accounts, store: Store, clock: Clock) -> None:
    refused(accounts, "0402")
    refused(accounts, "0402")
    after_a_restart = Accounts(store, clock, CHEAP)
    assert refused(after_a_restart, "0402", PIN).code == "wait"


def test_a_clock_put_back_shortens_no_wait(accounts: Accounts, clock: Clock) -> None:
    refused(accounts, "0402")
    refused(accounts, "0402")
    clock.passes(-86400)
    assert refused(accounts, "0402", PIN).wait_seconds == WAITS[1]


def test_who_has_a_card_must_lay_it_down(accounts: Accounts) -> None:
    accounts.set_card("0317", CARD, by="0001")
    assert accounts.number_of(CARD) == "0317"
    assert refused(accounts, "0317", PIN).code == "wrong"
    assert refused(accounts, "0317", PIN, OTHER_CARD).code == "wrong"
    accounts.unlock("0317", by="0001")
    assert accounts.sign_in("0317", PIN, CARD).role is Role.SUPERVISOR
    with pytest.raises(AccountError):
        accounts.set_card("0402", CARD, by="0001")


def test_a_closed_account_opens_nothing_and_its_number_is_never_given_again(accounts: Accounts) -> None:
    accounts.close("0402", by="0317")
    assert refused(accounts, "0402", PIN).code == "wrong"
    with pytest.raises(AccountError):
        accounts.add("0402", Role.AUDITOR, PIN, by="0317")
    assert [account.number for account in accounts.listed() if account.closed] == ["0402"]


@pytest.mark.parametrize("pin", ["12345", "1234567", "12345a", "111111", "123456", "987654", "901234"])
def test_a_pin_is_six_digits_and_no_row_of_them(accounts: Accounts, pin: str) -> None:
    with pytest.raises(AccountError):
        accounts.set_pin("0402", pin, by="0402")


def test_no_pin_is_readable_in_the_store(accounts: Accounts, store: Store) -> None:
    with store.reading() as tx:
        rows = tx.rows("SELECT * FROM staff")
    assert rows
    assert all(str(row[2]).startswith("$argon2id$v=19$") for row in rows)
    assert PIN not in str(rows)
    assert PIN not in "".join(str(entry.data) for entry in journal.entries(store))


def test_an_auditor_moves_nothing() -> None:
    assert not ALLOWED[Role.AUDITOR] & {Act.LOAD, Act.VOID, Act.RECEIVE, Act.COUNT, Act.SETTLE, Act.PAUSE, Act.POWER, Act.TEST}


def test_two_people_are_two_and_one_of_them_supervises_what_is_unknown() -> None:
    supervisor, operator, other = (
        Member("0317", Role.SUPERVISOR),
        Member("0402", Role.OPERATOR),
        Member("0403", Role.OPERATOR),
    )
    assert may_attest(Act.SETTLE, operator, supervisor)
    assert not may_attest(Act.SETTLE, operator, other)
    assert not may_attest(Act.SETTLE, supervisor, Member("0317", Role.SUPERVISOR))
    assert not may_attest(Act.SETTLE, supervisor, Member("0009", Role.AUDITOR))
    assert may_attest(Act.COUNT, operator, other)


def test_the_handbook_shows_the_table_of_roles() -> None:
    assert table() in OPERATIONS.read_text("utf-8")

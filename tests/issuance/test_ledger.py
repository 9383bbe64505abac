"""The ledger: each step is one transaction with its journal entry, its blank and its report; a step astray writes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.issuance import blanks
from kiosk.issuance.blanks import BlankState
from kiosk.issuance.ledger import AlreadyOpen, Issuance, Ledger, TwoPeopleNeeded
from kiosk.issuance.states import OPEN, TRANSITIONS, IllegalTransition, State
from offline_cache import journal, outbox
from offline_cache.store import Store
from tests.issuance.hall import NOON, SERIALS, Terminal, World, authorisation

WAYS: dict[State, list[State]] = {
    State.AUTHORISED: [],
    State.RESERVED: [State.RESERVED],
    State.SPOOLING: [State.RESERVED, State.SPOOLING],
    State.PRINTING: [State.RESERVED, State.SPOOLING, State.PRINTING],
    State.PRINTED: [State.RESERVED, State.SPOOLING, State.PRINTING, State.PRINTED],
    State.PRESENTED: [State.RESERVED, State.SPOOLING, State.PRINTING, State.PRINTED, State.PRESENTED],
    State.TAKEN: [State.RESERVED, State.SPOOLING, State.PRINTING, State.PRINTED, State.PRESENTED, State.TAKEN],
    State.LEFT: [State.RESERVED, State.SPOOLING, State.PRINTED, State.PRESENTED, State.LEFT],
    State.RETAINED: [State.RESERVED, State.SPOOLING, State.PRINTED, State.RETAINED],
    State.SPOILED: [State.RESERVED, State.SPOOLING, State.PRINTED, State.SPOILED],
    State.UNKNOWN: [State.RESERVED, State.SPOOLING, State.UNKNOWN],
    State.GIVEN_BACK: [State.RESERVED, State.SPOOLING, State.PRINTING, State.GIVEN_BACK],
}
"""One way to each state."""

BLANK_IN: dict[State, BlankState] = {
    State.AUTHORISED: BlankState.LOADED,
    State.GIVEN_BACK: BlankState.LOADED,
    State.TAKEN: BlankState.ISSUED,
    State.RETAINED: BlankState.RETAINED,
    State.SPOILED: BlankState.SPOILED,
    State.UNKNOWN: BlankState.QUARANTINED,
}
"""Where the first blank is in each state; reserved in the others."""


def step(ledger: Ledger, issuance: Issuance, to: State) -> Issuance:
    if issuance.state is State.UNKNOWN and to is not State.UNKNOWN:
        return ledger.settled(issuance, to, ("s-017", "s-021"))
    if issuance.state is State.LEFT and to is not State.LEFT:
        return ledger.found(issuance, to, "s-017")
    steps: dict[State, Callable[[], Issuance]] = {
        State.AUTHORISED: lambda: ledger.authorised(authorisation(issuance.authorisation_id), "title", issuance.case),
        State.RESERVED: lambda: ledger.reserved(issuance),
        State.SPOOLING: lambda: ledger.spooling(issuance, "ab" * 32),
        State.PRINTING: lambda: ledger.printing(issuance),
        State.PRINTED: lambda: ledger.printed(issuance),
        State.PRESENTED: lambda: ledger.presented(issuance),
        State.TAKEN: lambda: ledger.taken(issuance, "citizen"),
        State.LEFT: lambda: ledger.left(issuance, "not taken in time"),
        State.RETAINED: lambda: ledger.retained(issuance, "not taken in time"),
        State.SPOILED: lambda: ledger.spoiled(issuance, "torn"),
        State.UNKNOWN: lambda: ledger.unknown(issuance, "silence"),
        State.GIVEN_BACK: lambda: ledger.given_back(issuance, "no citizen"),
    }
    return steps[to]()


def bring(ledger: Ledger, state: State, authorisation_id: str = "auth-1", certificate: str = "cert-0012345") -> Issuance:
    issuance = ledger.authorised(authorisation(authorisation_id, certificate), "title", "0518-120000")
    for following in WAYS[state]:
        issuance = step(ledger, issuance, following)
    assert issuance.state is state
    return issuance


def told(store: Store) -> list[tuple[str, str]]:
    """What waits in the outbox: path and outcome."""
    heard: list[tuple[str, str]] = []
    while event := outbox.next_due(store, NOON):
        body = json.loads(event.body)
        heard.append((event.path, body["outcome"] if body else "return"))
        outbox.acknowledge(store, event, NOON)
    return heard


def everything(store: Store) -> list[list[tuple[object, ...]]]:
    with store.reading() as tx:
        return [tx.rows(f"SELECT * FROM {table}") for table in ("issuances", "blanks", "journal", "outbox", "blank_batches")]


@pytest.mark.parametrize("state", list(State))
def test_a_crash_after_each_state_leaves_that_state_whole(path: Path, world: World, terminal: Terminal, state: State) -> None:
    before = bring(terminal.ledger, state)
    terminal.store.close()
    again = Terminal(path, world)
    found = again.ledger.get("auth-1")
    assert found == before
    assert [issuance.authorisation_id for issuance in again.ledger.open()] == (["auth-1"] if state in OPEN else [])
    assert blanks.listed(again.store)[0].state is BLANK_IN.get(state, BlankState.RESERVED)
    assert all(line.balanced for line in blanks.account(again.store))
    assert journal.verify(again.store) is None
    kinds = [entry.kind for entry in journal.entries(again.store, case="0518-120000")]
    assert kinds == [f"issuance.{passed}" for passed in (State.AUTHORISED, *WAYS[state])]
    again.off()


@pytest.mark.parametrize("before", list(State))
@pytest.mark.parametrize("after", list(State))
def test_the_machine_goes_only_along_its_table(terminal: Terminal, before: State, after: State) -> None:
    issuance = bring(terminal.ledger, before)
    if after in TRANSITIONS[before]:
        assert step(terminal.ledger, issuance, after).state is after
        return
    written = everything(terminal.store)
    with pytest.raises((IllegalTransition, AlreadyOpen)):
        step(terminal.ledger, issuance, after)
    assert everything(terminal.store) == written


def test_an_old_copy_cannot_take_a_step_again(ledger: Ledger, store: Store) -> None:
    reserved = bring(ledger, State.RESERVED)
    ledger.spooling(reserved, "ab" * 32)
    written = everything(store)
    with pytest.raises(IllegalTransition):
        ledger.spooling(reserved, "cd" * 32)
    with pytest.raises(IllegalTransition):
        ledger.given_back(reserved, "too late")
    assert everything(store) == written


@pytest.mark.parametrize(
    ("state", "heard"),
    [
        (State.TAKEN, [("/v1/issuance-reports", "taken")]),
        (State.LEFT, [("/v1/issuance-reports", "left")]),
        (State.RETAINED, [("/v1/issuance-reports", "retained")]),
        (State.SPOILED, [("/v1/issuance-reports", "spoiled")]),
        (State.UNKNOWN, [("/v1/issuance-reports", "unknown")]),
        (State.GIVEN_BACK, [("/v1/authorisations/auth-1/return", "return")]),
        (State.PRESENTED, []),
    ],
)
def test_the_platform_is_told_each_end_once(ledger: Ledger, store: Store, state: State, heard: list[tuple[str, str]]) -> None:
    bring(ledger, state)
    assert told(store) == heard


def test_a_report_carries_serial_digest_and_evidence(ledger: Ledger, store: Store) -> None:
    bring(ledger, State.TAKEN)
    event = outbox.next_due(store, NOON)
    assert event is not None
    body = json.loads(event.body)
    assert (body["blank_serial"], body["page_digest"], body["evidence"]) == (SERIALS[0], "ab" * 32, "citizen")
    assert 8 <= len(event.idempotency_key) <= 64


def test_an_event_has_the_same_key_whoever_tells_it(tmp_path: Path) -> None:
    """A store put back to yesterday tells the same thing under the same key: the platform notices that it heard it before."""
    keys: list[str] = []
    for name in ("one", "two"):
        terminal = Terminal(tmp_path / name, World())
        blanks.supply(terminal.store, NOON, "A", "title", SERIALS[:2], ("s-017", "s-021"))
        bring(terminal.ledger, State.TAKEN)
        event = outbox.next_due(terminal.store, NOON)
        assert event is not None
        keys.append(event.idempotency_key)
        terminal.off()
    assert keys[0] == keys[1]


def test_a_certificate_has_one_open_issuance_and_the_second_grant_is_given_back(ledger: Ledger, store: Store) -> None:
    bring(ledger, State.PRINTING)
    for _ in range(2):
        with pytest.raises(AlreadyOpen):
            ledger.authorised(authorisation("auth-2"), "title", "0518-130000")
    assert told(store) == [("/v1/authorisations/auth-2/return", "return")]


def test_an_authorisation_that_was_used_is_never_begun_again_nor_given_back(ledger: Ledger, store: Store) -> None:
    bring(ledger, State.TAKEN)
    told(store)
    with pytest.raises(AlreadyOpen):
        ledger.authorised(authorisation("auth-1"), "title", "0518-130000")
    assert told(store) == []


def test_another_certificate_gets_the_next_blank_and_a_freed_one_is_used_again(ledger: Ledger, store: Store) -> None:
    assert bring(ledger, State.RESERVED, "auth-1", "cert-1").serial == SERIALS[0]
    second = bring(ledger, State.RESERVED, "auth-2", "cert-2")
    assert second.serial == SERIALS[1]
    ledger.given_back(second, "no citizen")
    assert bring(ledger, State.RESERVED, "auth-3", "cert-3").serial == SERIALS[1]


@pytest.mark.parametrize("end", [State.SPOILED, State.RETAINED, State.TAKEN])
def test_two_of_the_staff_settle_an_unknown_end(ledger: Ledger, store: Store, end: State) -> None:
    unknown = bring(ledger, State.UNKNOWN)
    settled = ledger.settled(unknown, end, ("s-017", "s-021"))
    assert settled.state is end
    assert told(store) == [("/v1/issuance-reports", "unknown"), ("/v1/issuance-reports", end.value)]
    entry = next(entry for entry in journal.entries(store) if entry.kind == "issuance.settled")
    assert (entry.data["by"], entry.data["and"], entry.case) == ("s-017", "s-021", "0518-120000")
    assert all(line.balanced for line in blanks.account(store))


@pytest.mark.parametrize("end", [State.RETAINED, State.TAKEN])
def test_one_of_the_staff_says_who_has_a_certificate_that_was_left(ledger: Ledger, store: Store, end: State) -> None:
    found = ledger.found(bring(ledger, State.LEFT), end, "s-017")
    assert (found.state, found.evidence) == (end, "staff")
    assert told(store) == [("/v1/issuance-reports", "left"), ("/v1/issuance-reports", end.value)]
    entry = next(entry for entry in journal.entries(store) if entry.kind == "issuance.found")
    assert (entry.data["by"], entry.data["end"], entry.case) == ("s-017", end.value, "0518-120000")


def test_nobody_claims_that_staff_hold_a_certificate_for_which_nobody_has_looked(ledger: Ledger, store: Store) -> None:
    left = bring(ledger, State.LEFT)
    written = everything(store)
    for astray in (
        lambda: ledger.taken(left, "citizen"),
        lambda: ledger.retained(left, "not taken in time"),
        lambda: ledger.settled(left, State.RETAINED, ("s-017", "s-021")),
        lambda: ledger.found(left, State.SPOILED, "s-017"),
    ):
        with pytest.raises(IllegalTransition):
            astray()
    assert everything(store) == written
    with pytest.raises(AlreadyOpen):
        ledger.authorised(authorisation("auth-2"), "title", "0518-130000")


@pytest.mark.parametrize("by", [("s-017", "s-017"), ("s-017", " s-017 "), ("", "s-017"), (" ", "")])
def test_one_person_alone_settles_nothing(ledger: Ledger, store: Store, by: tuple[str, str]) -> None:
    unknown = bring(ledger, State.UNKNOWN)
    written = everything(store)
    with pytest.raises(TwoPeopleNeeded):
        ledger.settled(unknown, State.SPOILED, by)
    assert everything(store) == written


def test_an_unknown_end_cannot_be_slipped_out_of_by_an_ordinary_step(ledger: Ledger, store: Store) -> None:
    unknown = bring(ledger, State.UNKNOWN)
    written = everything(store)
    for astray in (
        lambda: ledger.taken(unknown, "citizen"),
        lambda: ledger.retained(unknown, "found"),
        lambda: ledger.spoiled(unknown, "found"),
        lambda: ledger.given_back(unknown, "found"),
    ):
        with pytest.raises(IllegalTransition):
            astray()
    assert everything(store) == written


def test_settling_is_for_unknown_ends_only(ledger: Ledger) -> None:
    with pytest.raises(IllegalTransition):
        ledger.settled(bring(ledger, State.PRESENTED), State.TAKEN, ("s-017", "s-021"))


def test_no_personal_data_is_asked_for_or_kept(ledger: Ledger, store: Store) -> None:
    """The ledger knows a registration by its identifiers alone."""
    bring(ledger, State.TAKEN)
    columns = {"authorisation_id", "certificate_id", "record_version", "kind", "case_number", "state", "serial", "page_digest"}
    with store.reading() as tx:
        names = {str(row[1]) for row in tx.rows("PRAGMA table_info(issuances)")}
    assert names - columns == {"reason", "evidence", "expires_at", "changed_at"}

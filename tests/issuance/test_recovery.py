"""Recovery: every combination of what three witnesses can say, from every state in which a crash can leave an issuance."""

from __future__ import annotations

from itertools import product

import pytest

from kiosk.issuance import blanks
from kiosk.issuance.blanks import BlankState
from kiosk.issuance.ledger import Ledger
from kiosk.issuance.recovery import Guard, Printer, Queue, StillAtWork, Verdict, judge, recover, settle
from kiosk.issuance.recovery import Testimony as Said
from kiosk.issuance.states import OPEN, State
from offline_cache import journal
from offline_cache.store import Store
from tests.issuance.hall import NOON
from tests.issuance.test_ledger import bring, everything, told

pytestmark = pytest.mark.no_cover  # so many cases that tracing each would take longer than they

EVERYTHING_SAID = [Said(*said) for said in product(Guard, Queue, Printer)]


class Statements:
    """Witnesses that say what they are told to say, and remember in which order they were asked."""

    def __init__(self, testimony: Said, withdrawn: bool, *, working: bool = False) -> None:
        self.testimony = testimony
        self.withdrawn = withdrawn
        self.working = working
        self.asked: list[str] = []

    def testify(self, job_name: str) -> Said:
        self.asked.append(f"testify {job_name}")
        return self.testimony

    def withdraw(self, job_name: str) -> bool:
        self.asked.append(f"withdraw {job_name}")
        return self.withdrawn

    def at_work(self, job_name: str) -> bool:
        self.asked.append(f"at work {job_name}")
        return self.working


@pytest.mark.parametrize("testimony", EVERYTHING_SAID, ids=lambda t: f"{t.guard.value}/{t.queue.value}/{t.printer.value}")
def test_the_judgement_never_errs_towards_printing_again(testimony: Said) -> None:
    """Written from the witnesses' side, not from the code's: what may each statement never lead to?"""
    verdict = judge(testimony)
    may_have_reached_the_device = testimony.guard is not Guard.NEVER_SEEN
    may_still_print = testimony.queue in (Queue.WAITING, Queue.PROCESSING, Queue.SILENT)
    says_done = testimony.queue is Queue.COMPLETED
    if may_have_reached_the_device or may_still_print or says_done or testimony.printer is Printer.PRINTED:
        assert verdict is not Verdict.NOT_PRINTED
    if testimony.printer is Printer.NOT_PRINTED:
        assert verdict is not Verdict.PRINTED
    if testimony.printer is Printer.PRINTED:
        assert verdict is Verdict.PRINTED
    if verdict is Verdict.PRINTED and testimony.printer is Printer.SILENT:
        assert (testimony.guard, testimony.queue) == (Guard.DELIVERED, Queue.COMPLETED)


def test_each_verdict_occurs() -> None:
    assert {judge(testimony) for testimony in EVERYTHING_SAID} == set(Verdict)


def test_every_combination_ends_in_a_state_that_is_true(ledger: Ledger, store: Store) -> None:
    """From spooling and printing, with and without a certain withdrawal: 360 recoveries on one store."""
    blanks.supply(store, NOON, "B", "title", [f"5100{number:07}" for number in range(1, 401)], ("s-017", "s-021"))
    cases = product((State.SPOOLING, State.PRINTING), (True, False), EVERYTHING_SAID)
    for number, (state, withdrawn, testimony) in enumerate(cases):
        issuance = bring(ledger, state, f"auth-{number}", f"cert-{number}")
        assert issuance.serial is not None
        witnesses = Statements(testimony, withdrawn)
        ((after, before),) = recover(ledger, witnesses)
        assert before is state
        assert witnesses.asked == [f"withdraw auth-{number}.1", f"testify auth-{number}.1"], "withdrawn before it is asked for"
        verdict = judge(testimony)
        expected = State.GIVEN_BACK if verdict is Verdict.NOT_PRINTED and withdrawn else State.UNKNOWN
        assert after.state is expected, (testimony, withdrawn)
        assert ledger.get(after.authorisation_id) == after
        if expected is State.UNKNOWN:
            assert testimony.guard.value in (after.reason or "") or verdict is Verdict.PRINTED
            assert [blank.state for blank in blanks.listed(store) if blank.serial == issuance.serial] == [BlankState.QUARANTINED]
            ledger.settled(after, State.SPOILED, ("s-017", "s-021"))
        told(store)
    assert ledger.open() == []
    assert journal.verify(store) is None
    (account,) = blanks.account(store)
    assert account.balanced
    assert BlankState.RESERVED not in account.by_state


@pytest.mark.parametrize("state", sorted(OPEN))
def test_recovery_of_each_open_state(ledger: Ledger, store: Store, state: State) -> None:
    bring(ledger, state)
    witnesses = Statements(Said(Guard.SILENT, Queue.SILENT, Printer.SILENT), False)
    ((after, before),) = recover(ledger, witnesses)
    assert before is state
    untouched = state in (State.AUTHORISED, State.RESERVED)
    left = state is State.LEFT
    assert after.state is (State.GIVEN_BACK if untouched else State.LEFT if left else State.UNKNOWN)
    assert bool(witnesses.asked) is (state in (State.SPOOLING, State.PRINTING)), "only a job is asked about"


def test_recovery_again_changes_nothing_more(ledger: Ledger, store: Store) -> None:
    bring(ledger, State.PRINTING)
    witnesses = Statements(Said(Guard.STARTED, Queue.NO_SUCH_JOB, Printer.SILENT), True)
    recover(ledger, witnesses)
    written = everything(store)
    assert [(after.state, before) for after, before in recover(ledger, witnesses)] == [(State.UNKNOWN, State.UNKNOWN)]
    assert everything(store) == written


def test_nothing_open_asks_nobody(ledger: Ledger) -> None:
    bring(ledger, State.TAKEN)
    witnesses = Statements(EVERYTHING_SAID[0], True)
    assert recover(ledger, witnesses) == []
    assert witnesses.asked == []


def test_several_open_ones_are_each_judged(ledger: Ledger) -> None:
    bring(ledger, State.RESERVED, "auth-1", "cert-1")
    bring(ledger, State.PRINTING, "auth-2", "cert-2")
    bring(ledger, State.PRESENTED, "auth-3", "cert-3")
    found = recover(ledger, Statements(Said(Guard.NEVER_SEEN, Queue.NO_SUCH_JOB, Printer.NOT_PRINTED), True))
    assert {after.authorisation_id: after.state for after, _ in found} == {
        "auth-1": State.GIVEN_BACK,
        "auth-2": State.GIVEN_BACK,
        "auth-3": State.UNKNOWN,
    }


def test_an_unknown_end_is_settled_only_when_no_sheet_can_come_out_any_more(ledger: Ledger, store: Store) -> None:
    """A sheet that comes out after two of the staff have said that there is none would be a second one."""
    unknown = bring(ledger, State.UNKNOWN)
    by = ("s-017", "s-021")
    waits_at_the_printer = Statements(Said(Guard.STARTED, Queue.SILENT, Printer.SILENT), False, working=True)
    written = everything(store)
    with pytest.raises(StillAtWork):
        settle(ledger, waits_at_the_printer, unknown, State.SPOILED, by)
    assert everything(store) == written
    assert waits_at_the_printer.asked == ["withdraw auth-1.1", "at work auth-1.1"], "the name is closed before anybody is asked"
    gave_up = Statements(Said(Guard.FAILED, Queue.ENDED_OTHERWISE, Printer.SILENT), False)
    assert settle(ledger, gave_up, unknown, State.SPOILED, by).state is State.SPOILED


def test_a_name_that_was_never_let_through_is_closed_and_settled_without_the_printer(ledger: Ledger) -> None:
    unknown = bring(ledger, State.UNKNOWN)
    witnesses = Statements(Said(Guard.NEVER_SEEN, Queue.SILENT, Printer.SILENT), True, working=True)
    assert settle(ledger, witnesses, unknown, State.SPOILED, ("s-017", "s-021")).state is State.SPOILED
    assert witnesses.asked == ["withdraw auth-1.1"]

"""The machine and its recovery, explored exhaustively: every crash, every silence, two terminals after one certificate.

What is explored is `kiosk.issuance.states` and `kiosk.issuance.recovery` as they are; `model.py` is the world around them. The second half
takes one safeguard away at a time: the exploration must find what that safeguard is for.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kiosk.issuance import recovery, states
from kiosk.issuance.recovery import Guard, Printer, Queue, Verdict
from kiosk.issuance.recovery import Testimony as Said
from kiosk.issuance.states import IllegalTransition, State
from tests.issuance.model import Explorer, Flaw, Judgements

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.no_cover,
]  # tens of thousands of worlds: tracing each would take longer than they
JUDGED: Judgements = {}


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("CRITICAL", "dazheng.issuance")


@pytest.mark.parametrize(
    ("authorisations", "certificates", "terminals", "at_least"),
    [
        pytest.param(2, 1, 2, 5_000, id="two terminals, one certificate"),
        pytest.param(2, 2, 1, 20_000, id="one terminal, one certificate after another"),
    ],
)
def test_whatever_happens_there_is_one_paper_and_every_state_is_true(
    authorisations: int, certificates: int, terminals: int, at_least: int
) -> None:
    follows_paper = certificates == 1  # with two there are worlds enough
    explorer = Explorer(Flaw.NONE, authorisations, certificates, terminals, follows_paper=follows_paper, judgements=JUDGED)
    assert explorer.explore() is None
    assert len(explorer.seen) > at_least, "the model has become too small to say anything"
    reached = {job.disk for world in explorer.seen for job in world.jobs}
    assert reached == {None, *State}, "every state is met"
    assert explorer.stuck() is None, "from everywhere there is a way to an end that the platform hears"


@pytest.mark.parametrize(
    "flaw", [flaw for flaw in Flaw if flaw not in (Flaw.NONE, Flaw.QUEUE_BELIEVED)], ids=lambda flaw: flaw.name
)
def test_each_safeguard_is_needed(flaw: Flaw) -> None:
    two_certificates = flaw is Flaw.BIN_STAYS_OPEN
    explorer = Explorer(
        flaw,
        certificates=2 if two_certificates else 1,
        terminals=1 if two_certificates else 2,
        calm=flaw in (Flaw.REGRANTED_AT_EXPIRY, Flaw.RETAINED_AT_TIME_OUT),
    )
    violation = explorer.explore()
    assert violation is not None, f"nothing was found although there is {flaw.value}"
    assert any(word in violation.what for word in ("papers", "blank", "paper")), violation
    if flaw is Flaw.RETAINED_AT_TIME_OUT:
        assert violation.what == "the disk says retained, and the paper is at: outlet"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (State.UNKNOWN, State.GIVEN_BACK),
        (State.PRINTED, State.GIVEN_BACK),
        (State.PRINTING, State.RESERVED),
        (State.PRESENTED, State.GIVEN_BACK),
        (State.SPOOLING, State.AUTHORISED),
        (State.AUTHORISED, State.PRESENTED),
        (State.LEFT, State.GIVEN_BACK),
        (State.LEFT, State.SPOILED),
    ],
    ids=str,
)
def test_one_way_more_in_the_table_and_it_is_found(monkeypatch: pytest.MonkeyPatch, before: State, after: State) -> None:
    monkeypatch.setattr(states, "TRANSITIONS", {**states.TRANSITIONS, before: states.TRANSITIONS[before] | {after}})
    assert Explorer(judgements=JUDGED).explore() is not None


def test_a_table_without_a_way_out_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    fewer = {state: onward - {State.UNKNOWN} for state, onward in states.TRANSITIONS.items()}
    with monkeypatch.context() as patch, pytest.raises(IllegalTransition):
        patch.setattr(states, "TRANSITIONS", fewer)
        Explorer().explore()
    monkeypatch.setattr(states, "TRANSITIONS", {**states.TRANSITIONS, State.UNKNOWN: frozenset[State]()})
    explorer = Explorer(judgements=JUDGED)
    assert explorer.explore() is None
    assert explorer.stuck() is not None


def hopeful_about_silence(said: Said) -> Verdict:
    if said.guard is Guard.STARTED and said.printer is Printer.SILENT:
        return Verdict.NOT_PRINTED
    return recovery.judge(said)


def trusting_the_queue(said: Said) -> Verdict:
    return Verdict.PRINTED if said.queue is Queue.COMPLETED else Verdict.NOT_PRINTED


def believing_a_printer_that_forgot(said: Said) -> Verdict:
    return Verdict.NOT_PRINTED if said.printer is Printer.NOT_PRINTED else recovery.judge(said)


def a_started_job_has_printed(said: Said) -> Verdict:
    return Verdict.PRINTED if said.guard is Guard.STARTED else recovery.judge(said)


@pytest.mark.parametrize(
    ("wrong", "flaw"),
    [
        (a_started_job_has_printed, Flaw.NONE),
        # A job that is judged not printed is given back only if the guard has closed its name: two safeguards, each found with one less.
        (hopeful_about_silence, Flaw.QUEUE_BELIEVED),
        (trusting_the_queue, Flaw.QUEUE_BELIEVED),
        (believing_a_printer_that_forgot, Flaw.QUEUE_BELIEVED),
    ],
)
def test_a_judgement_that_guesses_is_found(monkeypatch: pytest.MonkeyPatch, wrong: Callable[[Said], Verdict], flaw: Flaw) -> None:
    right = recovery.judge

    def judge(said: Said) -> Verdict:
        with monkeypatch.context() as patch:
            patch.setattr(recovery, "judge", right)
            return wrong(said)

    monkeypatch.setattr(recovery, "judge", judge)
    assert Explorer(flaw).explore() is not None


def test_the_right_judgement_needs_no_certain_withdrawal() -> None:
    assert Explorer(Flaw.QUEUE_BELIEVED).explore() is None

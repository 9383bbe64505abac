"""The machine on paper: complete, and the same in code and documentation."""

from __future__ import annotations

from pathlib import Path

from kiosk.issuance import recovery, states
from kiosk.issuance.states import FOR_PEOPLE, MEANINGS, OPEN, REPORTED, TRANSITIONS, State
from kiosk.platform.types import IssuanceOutcome

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


def test_every_state_has_a_meaning_and_its_transitions() -> None:
    assert set(MEANINGS) == set(TRANSITIONS) == set(State)


def test_the_page_shows_the_machine_as_it_is() -> None:
    assert states.table() in PAGE.read_text("utf-8")


def test_the_page_shows_the_judgement_as_it_is() -> None:
    assert recovery.table() in PAGE.read_text("utf-8")


def test_every_state_is_reached_and_every_open_one_has_an_end() -> None:
    reached, edge = {State.AUTHORISED}, [State.AUTHORISED]
    while edge:
        for following in TRANSITIONS[edge.pop()] - reached:
            reached.add(following)
            edge.append(following)
    assert reached == set(State)
    assert set(State) - OPEN == {State.TAKEN, State.RETAINED, State.SPOILED, State.GIVEN_BACK}


def test_once_the_paper_may_carry_it_nothing_leads_back() -> None:
    """From printed and unknown on, no way leads to giving back (the platform would grant another) or to printing again."""
    for state in (State.PRINTED, State.PRESENTED, State.LEFT, State.UNKNOWN):
        behind, edge = set[State](), [state]
        while edge:
            for following in TRANSITIONS[edge.pop()] - behind:
                behind.add(following)
                edge.append(following)
        assert not behind & {State.GIVEN_BACK, State.AUTHORISED, State.RESERVED, State.SPOOLING, State.PRINTING}


def test_the_platform_hears_every_end_by_a_name_it_knows() -> None:
    assert set(REPORTED.values()) == {outcome.value for outcome in IssuanceOutcome}
    assert set(REPORTED) | {State.GIVEN_BACK} == (set(State) - OPEN) | FOR_PEOPLE

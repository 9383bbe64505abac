"""One certificate, one unresolved authorisation, over all terminals; and what every other asker is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sandbox.platform.paper import Problem
from tests.platform.conftest import FLAT, HALL, OTHER, PARKING, TOWN, ZHANG, Registry, refusal


def test_of_two_terminals_that_race_one_gets_it_and_the_other_is_told(registry: Registry) -> None:
    first, second = registry.identified(HALL), registry.identified(OTHER)
    registry.core.authorise(HALL, first, FLAT, 1, "request-of-hall-1")
    with pytest.raises(Problem) as refused:
        registry.core.authorise(OTHER, second, FLAT, 1, "request-of-hall-2")
    assert refusal(refused) == "already-authorised"
    assert registry.availability(OTHER) == "authorised-elsewhere"
    assert registry.availability(OTHER, PARKING) == "ready"


def test_it_is_bound_to_terminal_record_version_and_expiry(registry: Registry) -> None:
    granted = registry.authorised(HALL)
    assert (granted.terminal_id, granted.record_version) == (HALL, 1)
    assert granted.expires_at - registry.clock.now == timedelta(minutes=20)
    for terminal, act in ((OTHER, registry.core.renew), (OTHER, registry.core.give_back)):
        with pytest.raises(Problem) as refused:
            act(terminal, granted.authorisation_id)
        assert refusal(refused) == "unknown-authorisation"


def test_a_late_one_frees_nothing_until_its_terminal_has_said_what_became_of_it(registry: Registry) -> None:
    granted = registry.authorised(HALL)
    registry.clock.goes_on(hours=5)
    assert registry.availability(OTHER) == registry.availability(HALL) == "unresolved"
    with pytest.raises(Problem) as refused:
        registry.authorised(OTHER)
    assert refusal(refused) == "unresolved"
    registry.core.give_back(HALL, granted.authorisation_id)
    assert registry.authorised(OTHER).authorisation_id != granted.authorisation_id


def test_a_terminal_that_comes_back_late_tells_that_it_printed(registry: Registry) -> None:
    granted = registry.authorised(HALL)
    registry.clock.goes_on(days=3)
    registry.reports(granted)
    assert registry.availability(OTHER) == "printed"
    assert registry.core.blanks["41002186350"].state == "used"


def test_two_of_the_registry_resolve_what_a_lost_terminal_cannot_and_its_late_word_is_kept_for_them(registry: Registry) -> None:
    lost = registry.authorised(HALL)
    registry.clock.goes_on(days=1)
    with pytest.raises(Problem):
        registry.core.paper.resolve(lost.authorisation_id, ("r-1", "r-1"))
    registry.core.paper.resolve(lost.authorisation_id, ("r-1", "r-2"))
    assert registry.availability(OTHER) == "ready"
    with pytest.raises(Problem) as refused:
        registry.reports(lost)
    assert refusal(refused) == "authorisation-closed"
    assert [report.authorisation_id for report in registry.core.paper.disputes] == [lost.authorisation_id]


def test_an_unknown_end_frees_nothing_until_people_have_looked(registry: Registry) -> None:
    granted = registry.authorised(HALL)
    registry.reports(granted, "unknown")
    assert registry.availability(HALL) == registry.availability(OTHER) == "frozen"
    registry.reports(granted, "spoiled")
    assert registry.availability(OTHER) == "ready", "the void sheet is the end of it; another may be printed"


def test_a_certificate_that_was_left_is_printed_and_its_end_follows(registry: Registry) -> None:
    granted = registry.authorised(HALL)
    registry.reports(granted, "left")
    assert registry.availability(HALL) == registry.availability(OTHER) == "printed"
    with pytest.raises(Problem) as refused:
        registry.reports(granted, "spoiled")
    assert refusal(refused) == "already-reported"
    registry.reports(granted, "retained")
    with pytest.raises(Problem):
        registry.reports(granted, "left")


def test_an_open_one_can_be_renewed_a_late_or_closed_one_cannot(registry: Registry) -> None:
    granted = registry.authorised(HALL)
    registry.clock.goes_on(minutes=15)
    renewed = registry.core.renew(HALL, granted.authorisation_id)
    assert renewed.authorisation_id == granted.authorisation_id
    assert renewed.expires_at > granted.expires_at
    registry.clock.goes_on(minutes=21)
    with pytest.raises(Problem) as refused:
        registry.core.renew(HALL, granted.authorisation_id)
    assert refusal(refused) == "authorisation-expired"
    registry.core.give_back(HALL, granted.authorisation_id)
    with pytest.raises(Problem) as refused:
        registry.core.renew(HALL, granted.authorisation_id)
    assert refusal(refused) == "authorisation-closed"


def test_a_record_that_changed_in_between_is_not_printed_in_its_old_version(registry: Registry) -> None:
    granted = registry.authorised(HALL)
    registry.core.change_record(FLAT, lambda case: replace(case, usage="商业"))
    with pytest.raises(Problem) as refused:
        registry.core.renew(HALL, granted.authorisation_id)
    assert refusal(refused) == "record-changed"
    registry.core.give_back(HALL, granted.authorisation_id)
    with pytest.raises(Problem) as refused:
        registry.authorised(HALL, version=1)
    assert refusal(refused) == "record-changed"
    assert registry.authorised(HALL, version=2).record_version == 2


def test_a_record_that_changed_while_its_page_was_printed_goes_to_a_counter(registry: Registry) -> None:
    granted = registry.authorised(HALL)
    registry.core.change_record(FLAT, lambda case: case)
    registry.reports(granted)
    assert registry.availability(HALL) == "frozen"


def test_a_request_whose_answer_was_lost_is_taken_back_by_its_key(registry: Registry) -> None:
    registry.authorised(HALL, key="request-lost-1")
    registry.core.withdraw_request(HALL, "request-lost-1")
    assert registry.availability(OTHER) == "ready"
    with pytest.raises(Problem) as refused:
        registry.authorised(HALL, key="request-lost-1")
    assert refusal(refused) == "request-withdrawn"


def test_a_request_that_is_taken_back_before_it_arrives_gets_nothing(registry: Registry) -> None:
    registry.core.withdraw_request(HALL, "request-slow-1")
    with pytest.raises(Problem) as refused:
        registry.authorised(HALL, key="request-slow-1")
    assert refusal(refused) == "request-withdrawn"
    assert registry.authorised(OTHER, key="request-slow-1").terminal_id == OTHER, "keys are each terminal's own"


def test_what_was_printed_is_not_taken_back(registry: Registry) -> None:
    granted = registry.authorised(HALL, key="request-printed")
    registry.reports(granted)
    for act in (
        lambda: registry.core.withdraw_request(HALL, "request-printed"),
        lambda: registry.core.give_back(HALL, granted.authorisation_id),
    ):
        with pytest.raises(Problem) as refused:
            act()
        assert refusal(refused) == "authorisation-closed"


# ---- granted beforehand -------------------------------------------------------------------------------------------------


def test_a_township_is_granted_beforehand_what_its_own_appointments_need(registry: Registry) -> None:
    registry.books(ZHANG, TOWN, begins=timedelta(days=2))
    registry.books("li-hua", HALL, begins=timedelta(days=2))
    given = registry.core.pre_grants(TOWN, [])
    assert [each.authorisation.certificate_id for each in given.pre_grants] == [FLAT, PARKING]
    one = given.pre_grants[0]
    assert one.authorisation.terminal_id == TOWN
    assert one.authorisation.expires_at == registry.clock.now + timedelta(days=2, hours=2)
    assert one.listing.record
    assert registry.availability(HALL) == "kept-for-appointment"
    with pytest.raises(Problem) as refused:
        registry.authorised(HALL)
    assert refusal(refused) == "kept-for-appointment"


def test_asking_again_gives_only_what_is_not_held_and_a_lost_answer_is_given_again(registry: Registry) -> None:
    registry.books(ZHANG, TOWN)
    lost = registry.core.pre_grants(TOWN, [])
    again = registry.core.pre_grants(TOWN, [])
    assert [each.authorisation for each in again.pre_grants] == [each.authorisation for each in lost.pre_grants]
    assert registry.core.pre_grants(TOWN, [each.authorisation.authorisation_id for each in again.pre_grants]).pre_grants == ()


def test_the_quota_bounds_them_and_a_hall_terminal_has_none(registry: Registry) -> None:
    registry.core.profiles[TOWN] = registry.core.profiles[TOWN].model_copy(update={"pre_grants": 1})
    registry.books(ZHANG, TOWN)
    assert len(registry.core.pre_grants(TOWN, []).pre_grants) == 1
    with pytest.raises(Problem) as refused:
        registry.core.pre_grants(HALL, [])
    assert refusal(refused) == "no-quota"


def test_a_changed_record_or_a_cancelled_appointment_is_wanted_back_and_stays_exclusive_until_then(registry: Registry) -> None:
    registry.books(ZHANG, TOWN)
    held = [each.authorisation.authorisation_id for each in registry.core.pre_grants(TOWN, []).pre_grants]
    registry.core.change_record(FLAT, lambda case: case)
    answer = registry.core.pre_grants(TOWN, held)
    assert answer.wanted_back == (held[0],)
    assert answer.pre_grants == ()
    assert registry.availability(HALL) == "kept-for-appointment"
    registry.core.give_back(TOWN, held[0])
    assert registry.core.pre_grants(TOWN, held[1:]).pre_grants[0].authorisation.record_version == 2
    for booking in registry.core.bookings.values():
        booking.cancelled = True
    assert set(registry.core.pre_grants(TOWN, held[1:]).wanted_back) >= {held[1]}


def test_the_terminal_that_has_it_beforehand_gets_the_same_one_online(registry: Registry) -> None:
    registry.books(ZHANG, TOWN)
    before = registry.core.pre_grants(TOWN, []).pre_grants[0].authorisation
    granted = registry.authorised(TOWN)
    assert granted.authorisation_id == before.authorisation_id
    assert len([grant for grant in registry.core.grants.values() if grant.state == "open"]) == 2


def test_a_report_of_what_was_printed_without_a_link_uses_up_the_appointment(registry: Registry) -> None:
    registry.books(ZHANG, TOWN)
    before = registry.core.pre_grants(TOWN, []).pre_grants[0].authorisation
    registry.clock.goes_on(days=1)
    registry.reports(before)
    assert [booking.used for booking in registry.core.bookings.values()] == [True]
    assert registry.availability(HALL) == "printed"

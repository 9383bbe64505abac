"""The link is gone for days: who has an appointment is served, nobody is served twice, and afterwards both sides agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.platform.types import AppointmentProof, Availability, OneTimeCodeProof, Refused
from offline_cache import journal, pre_grants
from sandbox.people import BY_SLUG
from tests.township.conftest import FLAT, HALL, PARKING, ZHANG, Town, card, client, key

DAYS = timedelta(days=4)


async def test_two_proofs_print_what_was_granted_beforehand_and_afterwards_both_sides_agree(town: Town) -> None:
    code = town.books(lasts=DAYS)
    town.supplies.replenish()
    town.loses_its_link()
    town.now += timedelta(days=2)

    session = town.shows(town.desk, ZHANG, code)
    assert (session.level, session.proofs, session.phone_masked) == (2, ("card", "appointment"), None)
    assert {each.certificate_id: each.availability for each in town.desk.listings(session.session_id)} == {
        FLAT: Availability.READY,
        PARKING: Availability.READY,
    }
    issuance = await town.prints(town.desk, session)
    assert town.world.paper == [issuance.job_name]
    assert town.delivers() == 0

    town.has_its_link_again()
    town.now += timedelta(minutes=6)
    assert town.delivers() == 1
    town.agrees()
    report = town.platform.core.reports[0]
    assert (report.blank_serial, report.outcome.value) == (issuance.serial, "taken")
    assert journal.verify(town.store) is None


async def test_the_same_code_prints_the_other_certificate_but_none_twice(town: Town) -> None:
    code = town.books(lasts=DAYS)
    town.supplies.replenish()
    town.loses_its_link()
    session = town.shows(town.desk, ZHANG, code)
    await town.prints(town.desk, session)
    states = {each.certificate_id: each.availability for each in town.desk.listings(session.session_id)}
    assert states == {FLAT: Availability.PRINTED, PARKING: Availability.READY}
    with pytest.raises(Refused) as refused:
        town.desk.authorise(session.session_id, FLAT, 1, idempotency_key=key())
    assert refused.value.code == "authorisation-expired"
    again = town.shows(town.desk, ZHANG, code)
    await town.prints(town.desk, again, PARKING)
    with pytest.raises(Refused) as refused:
        town.shows(town.desk, ZHANG, code)
    assert refused.value.code == "no-appointment"
    assert len(town.world.paper) == 2


async def test_printed_without_a_link_and_asked_for_online_before_the_platform_has_heard(town: Town) -> None:
    code = town.books(lasts=DAYS)
    town.supplies.replenish()
    town.loses_its_link()
    await town.prints(town.desk, town.shows(town.desk, ZHANG, code))
    town.has_its_link_again()
    session = town.shows(town.requests, ZHANG, town.books())
    with pytest.raises(Refused) as refused:
        await town.prints(town.requests, session)
    assert refused.value.code == "already-authorised"
    assert len(town.world.paper) == 1
    town.now += timedelta(minutes=6)
    town.delivers()
    town.agrees()


async def test_with_the_link_the_granted_one_is_what_is_used(town: Town) -> None:
    town.books(lasts=DAYS)
    town.supplies.replenish()
    issuance = await town.prints(town.requests, town.shows(town.requests, ZHANG, town.books()))
    assert town.platform.core.grants[issuance.authorisation_id].appointment is not None
    assert issuance.authorisation_id not in pre_grants.held(town.store)
    town.delivers()
    town.requests.settle()
    town.agrees()


def test_a_hall_is_refused_kindly_meanwhile(town: Town) -> None:
    town.books(lasts=DAYS)
    town.supplies.replenish()
    hall = client(town.platform, town.platform.files_of(HALL))
    session = hall.open_session(card(ZHANG), idempotency_key=key())
    code = town.platform.appointment_code(ZHANG, HALL)
    hall.add_proof(session.session_id, AppointmentProof(code=code), idempotency_key=key())
    assert {each.availability for each in hall.listings(session.session_id)} == {Availability.KEPT_FOR_APPOINTMENT}
    with pytest.raises(Refused) as refused:
        hall.authorise(session.session_id, FLAT, 1, idempotency_key=key())
    assert refused.value.code == "kept-for-appointment"
    hall.close()


# ---- who is there -------------------------------------------------------------------------------------------------------


def test_either_proof_comes_first_and_one_alone_shows_nothing(town: Town) -> None:
    code = town.books(lasts=DAYS)
    town.supplies.replenish()
    town.loses_its_link()
    by_code = town.desk.open_session(AppointmentProof(code=code), idempotency_key=key())
    assert (by_code.level, by_code.name_masked) == (1, "")
    assert town.desk.listings(by_code.session_id) == []
    by_card = town.desk.open_session(card(ZHANG), idempotency_key=key())
    assert by_card.level == 1
    assert town.desk.listings(by_card.session_id) == []
    with pytest.raises(Refused) as refused:
        town.desk.listings(by_code.session_id)
    assert refused.value.code == "session-expired", "one visit at a time"


def test_two_proofs_of_two_people_open_nothing(town: Town) -> None:
    code = town.books("li-hua", lasts=DAYS)
    town.books(ZHANG, lasts=DAYS)
    town.supplies.replenish()
    town.loses_its_link()
    session = town.desk.open_session(card(ZHANG), idempotency_key=key())
    with pytest.raises(Refused) as refused:
        town.desk.add_proof(session.session_id, AppointmentProof(code=code), idempotency_key=key())
    assert refused.value.code == "other-person"
    session = town.desk.open_session(AppointmentProof(code=code), idempotency_key=key())
    with pytest.raises(Refused) as refused:
        town.desk.add_proof(session.session_id, card(ZHANG), idempotency_key=key())
    assert refused.value.code == "other-person"


def test_who_has_no_appointment_here_is_told_what_works_instead(town: Town) -> None:
    town.books(ZHANG, lasts=DAYS)
    town.supplies.replenish()
    town.loses_its_link()
    late = town.books("li-hua", lasts=DAYS)
    for proof in (card("wang-xiulan"), AppointmentProof(code=late)):
        with pytest.raises(Refused) as refused:
            town.desk.open_session(proof, idempotency_key=key())
        assert refused.value.code == "no-appointment"
    session = town.desk.open_session(card(ZHANG), idempotency_key=key())
    for act in (
        lambda: town.desk.send_one_time_code(session.session_id, idempotency_key=key()),
        lambda: town.desk.add_proof(session.session_id, OneTimeCodeProof(digits="123456"), idempotency_key=key()),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "no-phone"


def test_a_forged_code_or_one_for_another_hall_or_day_opens_nothing(town: Town) -> None:
    good = town.books(lasts=DAYS)
    town.supplies.replenish()
    town.loses_its_link()
    others = {
        "appointment-forged": good[:-1] + bytes([good[-1] ^ 1]),
        "appointment-other-hall": town.platform.appointment_code(ZHANG, HALL),
        "appointment-early": town.books(begins=timedelta(days=3)),
        "appointment-malformed": b"https://pay.example/1",
    }
    for expected, code in others.items():
        with pytest.raises(Refused) as refused:
            town.desk.open_session(AppointmentProof(code=code), idempotency_key=key())
        assert refused.value.code == expected


# ---- at rest, and at its end --------------------------------------------------------------------------------------------


def test_nothing_personal_lies_open_even_to_whoever_has_the_stores_key(town: Town) -> None:
    code = town.books(lasts=DAYS)
    town.supplies.replenish()
    person = BY_SLUG[ZHANG]
    with town.store.reading() as tx:
        rows = tx.rows("SELECT * FROM pre_grants")
        everything = repr(rows) + repr(tx.rows("SELECT * FROM journal")) + repr(tx.rows("SELECT * FROM outbox"))
    assert len(rows) == 2
    for secret in (person.number, person.name, "翡翠湾", repr(person.name.encode())[2:-1]):
        assert secret not in everything
    appointment = town.believing.appointment(code).appointment_id
    sealed = pre_grants.of_holder(town.store, person.number, town.now)[0]
    assert person.name.encode() not in sealed.content
    for number, secret in ((person.number, b"12345678"), (BY_SLUG["li-hua"].number, appointment)):
        with pytest.raises(pre_grants.SealUnbroken):
            sealed.opened(number, secret)
    assert sealed.opened(person.number, appointment).startswith(b"{")


def test_what_expires_is_wiped_and_given_back_and_then_free_for_others(town: Town) -> None:
    code = town.books(lasts=timedelta(hours=3))
    town.supplies.replenish()
    town.loses_its_link()
    town.now += timedelta(hours=4)
    town.supplies.sweep()
    with town.store.reading() as tx:
        assert tx.rows("SELECT * FROM pre_grants") == []
    with pytest.raises(Refused):
        town.desk.open_session(AppointmentProof(code=code), idempotency_key=key())
    assert town.platform.core.paper.unresolved(FLAT) is not None
    town.has_its_link_again()
    assert town.delivers() == 2
    assert town.platform.core.paper.unresolved(FLAT) is None
    town.agrees()


def test_what_expires_during_the_visit_is_not_printed(town: Town) -> None:
    code = town.books(lasts=timedelta(hours=3))
    town.supplies.replenish()
    town.loses_its_link()
    session = town.shows(town.desk, ZHANG, code)
    town.now += timedelta(hours=4)
    town.supplies.sweep()
    with pytest.raises(Refused) as refused:
        town.desk.authorise(session.session_id, FLAT, 1, idempotency_key=key())
    assert refused.value.code == "authorisation-expired"
    assert {each.availability for each in town.desk.listings(session.session_id)} == {Availability.UNRESOLVED}


def test_what_a_visit_has_used_is_not_given_back_when_it_expires(town: Town) -> None:
    code = town.books(lasts=timedelta(hours=3))
    town.supplies.replenish()
    town.loses_its_link()
    session = town.shows(town.desk, ZHANG, code)
    granted = town.desk.authorise(session.session_id, FLAT, 1, idempotency_key=key())
    town.now += timedelta(hours=4)
    town.supplies.sweep()
    with town.store.reading() as tx:
        returned = [str(row[0]) for row in tx.rows("SELECT path FROM outbox")]
    assert len(returned) == 1
    assert granted.authorisation_id not in returned[0]


async def test_a_record_that_changed_is_given_back_unless_it_was_printed_and_that_shows(town: Town) -> None:
    code = town.books(lasts=DAYS)
    town.supplies.replenish()
    town.loses_its_link()
    await town.prints(town.desk, town.shows(town.desk, ZHANG, code))
    for certificate in (FLAT, PARKING):
        town.platform.core.change_record(certificate, lambda case: replace(case, usage="商业"))
    town.has_its_link_again()
    town.now += timedelta(minutes=6)
    town.supplies.replenish()
    assert pre_grants.held(town.store) == []
    town.delivers()
    assert town.platform.core.paper.superseded == {FLAT}
    assert town.platform.core.paper.availability(FLAT, HALL) is Availability.FROZEN
    assert town.platform.core.paper.availability(PARKING, HALL) is None
    town.agrees()


def test_what_was_given_back_and_is_offered_again_too_early_is_not_taken(town: Town) -> None:
    """The platform has not heard of the return yet; a copy kept now would be used after it was returned."""
    town.books(lasts=timedelta(hours=3))
    town.supplies.replenish()
    town.now += timedelta(hours=2)
    town.shift = timedelta(hours=2)
    town.supplies.sweep()
    town.shift = timedelta(0)
    town.supplies.replenish()
    assert pre_grants.held(town.store) == []
    town.delivers()
    town.agrees()

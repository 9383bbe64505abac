"""Whose record it is: what the terminal itself has seen proof of, against the names in a signed record."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kiosk.registration.applicant import Applicant, full_number
from kiosk.registration.appointment import Appointment, holder_hash
from kiosk.registration.numbers import is_resident_number
from tests.certificate.records import party, title

ZHANG, LI = "411521197803154416", "411502198911230047"


def appointment(number: str) -> Appointment:
    now = datetime(2026, 11, 25, tzinfo=UTC)
    return Appointment(b"12345678", "xy-city-hall", now, now, holder_hash(b"12345678", number))


def test_by_card() -> None:
    assert Applicant().with_card(ZHANG).is_named_in(title())
    assert not Applicant().with_card(LI).is_named_in(title())


def test_by_code_alone() -> None:
    assert Applicant().with_appointment(appointment(ZHANG)).is_named_in(title())
    assert not Applicant().with_appointment(appointment(LI)).is_named_in(title())


def test_card_and_code_of_two_people_are_nobody() -> None:
    two = Applicant().with_card(ZHANG).with_appointment(appointment(LI))
    assert not two.is_one_person
    assert not two.is_named_in(title())


def test_one_of_several_holders_and_the_collector() -> None:
    joint = title(party("张建国", ZHANG), party("李华", LI))
    assert Applicant().with_card(LI).is_named_in(joint)
    collected = title().model_copy(update={"collector": party("李华", LI)})
    assert Applicant().with_card(LI).is_named_in(collected)


def test_nothing_proven_is_nobody() -> None:
    assert not Applicant().is_named_in(title())


@pytest.mark.parametrize("old", ["411521780315441", "110105491231002"])
def test_a_number_of_the_first_generation_is_the_same_person(old: str) -> None:
    assert is_resident_number(full_number(old))
    assert Applicant().with_card(full_number(old)).is_named_in(title(party("张建国", old)))


def test_it_says_nothing_of_anybody() -> None:
    assert ZHANG not in repr(Applicant().with_card(ZHANG))


def test_a_number_that_two_states_give_names_nobody_without_the_name() -> None:
    """Passport numbers are a state's own: another state's traveller may have the same one."""
    record = title(party("ERIKSSON, Anna Maria", "L898902C3"))
    assert Applicant().with_card("L898902C3", ["ERIKSSON ANNA MARIA"]).is_named_in(record)
    assert not Applicant().with_card("L898902C3", ["MUSTERMANN ERIKA"]).is_named_in(record)
    assert not Applicant().with_card("L898902C3", ["·"]).is_named_in(record)
    old = title(party("张建国", full_number("411521780315441")))
    assert not Applicant().with_card("411521780315441", ["张建国"]).is_named_in(old), "another state's fifteen digits"
    own = title(party("陳大文", "H12345678"))
    assert Applicant().with_card("H12345678", ["陳大文", "CHAN TAI MAN"]).is_named_in(own)
    assert not Applicant().with_card("H12345678", ["陳小文", "CHAN SIU MAN"]).is_named_in(own)

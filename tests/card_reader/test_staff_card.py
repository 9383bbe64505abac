"""A member of staff lays a card down: it proves itself by its key, and a copy of it does not."""

from __future__ import annotations

import secrets

import pytest

from peripherals.card_reader import read_document
from peripherals.card_reader.faults import CardLifted, ForeignCard
from peripherals.card_reader.staff_card import CHALLENGE_BYTES, CardProvesNothing, prove_card
from sandbox.devices.card import SocialSecurityCard
from sandbox.devices.staff_card import StaffCard
from tests.card_reader.conftest import TODAY, WANG, Desk

pytestmark = pytest.mark.device


def proven(desk: Desk) -> bytes:
    return prove_card(desk.reader, secrets.token_bytes(CHALLENGE_BYTES))


def test_a_staff_card_is_known_again_by_its_key(desk: Desk) -> None:
    mine, other = StaffCard(), StaffCard()
    desk.lay(mine)
    first = proven(desk)
    assert proven(desk) == first
    desk.lift()
    desk.lay(other)
    assert proven(desk) != first


def test_a_copied_certificate_proves_nothing(desk: Desk) -> None:
    desk.lay(StaffCard().copy())
    with pytest.raises(CardProvesNothing):
        proven(desk)


def test_a_citizens_card_is_no_staff_card_and_a_staff_card_names_no_citizen(desk: Desk) -> None:
    desk.lay(SocialSecurityCard(WANG))
    with pytest.raises(ForeignCard):
        proven(desk)
    desk.lift()
    desk.lay(StaffCard())
    with pytest.raises(ForeignCard):
        read_document(desk.reader, today=TODAY)


def test_a_card_pulled_away_while_it_proves_itself_opens_nothing(desk: Desk) -> None:
    desk.lay(StaffCard(), lifted_after=2)
    with pytest.raises(CardLifted):
        proven(desk)

"""People lay cards on a real reader stack (driver, pcscd, vpcd): good ones, wrong ones, broken ones, and some pull them away."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from peripherals.card_reader import CardFault, CardInserted, CardRemoved, read_document
from peripherals.card_reader.faults import (
    CardExpired,
    CardLifted,
    CardNumberWrong,
    CardRecordsBroken,
    ForeignCard,
    MuteCard,
)
from peripherals.device import Turn
from sandbox.devices.card import (
    NO_ATR,
    Card,
    ChainingCard,
    Damage,
    DamagedCard,
    SilentCard,
    SocialSecurityCard,
)
from sandbox.devices.card import ForeignCard as BankCard
from tests.card_reader.conftest import TODAY, WANG, Desk

pytestmark = pytest.mark.device

APDUS_OF_A_READING = 17


def test_a_card_says_who_its_holder_is(desk: Desk) -> None:
    desk.lay(SocialSecurityCard(WANG))
    document = read_document(desk.reader, today=TODAY)
    assert (document.kind, document.name, document.number) == ("social-security", "王秀英", WANG.number)
    assert (document.sex, document.nation, document.birth) == ("2", "01", date(1949, 12, 31))
    assert (document.valid_from, document.valid_to) == (WANG.issued, WANG.valid_to)
    assert (document.issuer, document.card_number) == (WANG.issuer.hex(), WANG.card_number)
    assert desk.slot.commands == APDUS_OF_A_READING


@pytest.mark.parametrize(
    "name", ["赵𬭎", "𠮷田", "阿不都热合曼·买买提江·吐尔逊江·艾合买提", "𬭎" * 9, "陈[b]#$\\", "Anna Maria O'Neill"]
)
def test_long_and_rare_names_come_whole(desk: Desk, name: str) -> None:
    desk.lay(SocialSecurityCard(replace(WANG, name=name)))
    assert read_document(desk.reader, today=TODAY).name == name


def test_an_older_chip_hands_out_its_records_in_parts(desk: Desk) -> None:
    desk.lay(ChainingCard(WANG))
    assert read_document(desk.reader, today=TODAY).name == "王秀英"


def test_a_card_comes_and_goes_and_comes(desk: Desk) -> None:
    desk.lay(SocialSecurityCard(WANG))
    desk.lift()
    desk.wait_for(CardRemoved)
    desk.lay(SocialSecurityCard(replace(WANG, name="李四")))
    desk.wait_for(CardInserted, 2)
    assert read_document(desk.reader, today=TODAY).name == "李四"
    arrived = [event for event in desk.events if isinstance(event, CardInserted)]
    assert arrived[0].atr == SocialSecurityCard(WANG).atr


def test_the_same_card_can_be_read_again(desk: Desk) -> None:
    desk.lay(SocialSecurityCard(WANG))
    assert read_document(desk.reader, today=TODAY) == read_document(desk.reader, today=TODAY)


def test_nothing_lies_on_the_reader(desk: Desk) -> None:
    with pytest.raises(CardLifted):
        read_document(desk.reader, today=TODAY)


def test_a_card_that_runs_out_today_still_counts(desk: Desk) -> None:
    desk.lay(SocialSecurityCard(replace(WANG, valid_to=TODAY)))
    assert read_document(desk.reader, today=TODAY).valid_to == TODAY


def test_a_card_without_an_end_never_runs_out(desk: Desk) -> None:
    desk.lay(SocialSecurityCard(replace(WANG, valid_to=None)))
    assert read_document(desk.reader, today=TODAY).valid_to is None


def test_a_card_that_ran_out_yesterday(desk: Desk) -> None:
    desk.lay(SocialSecurityCard(replace(WANG, valid_to=date(2026, 3, 1))))
    with pytest.raises(CardExpired):
        read_document(desk.reader, today=TODAY)


def named(value: object) -> str:
    """A case's name, the same in every process."""
    if isinstance(value, DamagedCard):
        return value.damage
    code = getattr(value, "code", None)
    return code if isinstance(code, str) else type(value).__name__


@pytest.mark.parametrize(
    ("card", "fault"),
    [
        (BankCard(), ForeignCard),
        (SilentCard(NO_ATR), MuteCard),
        (DamagedCard(WANG, "number"), CardNumberWrong),
        *(
            (DamagedCard(WANG, damage), CardRecordsBroken)
            for damage in ("name", "truncated", "tags", "no-files", "no-number", "text", "controls", "dates", "memory", "endless")
        ),
    ],
    ids=named,
)
def test_each_bad_card_has_its_own_fault(desk: Desk, card: Card, fault: type[CardFault]) -> None:
    desk.lay(card)
    with pytest.raises(CardFault) as caught:
        read_document(desk.reader, today=TODAY)
    assert type(caught.value) is fault
    assert caught.value.turn is Turn.CITIZEN
    for secret in (WANG.name, WANG.number, WANG.number[6:14]):
        assert secret not in str(caught.value)
    # and the next citizen's good card is read
    desk.lift()
    desk.lay(SocialSecurityCard(WANG))
    assert read_document(desk.reader, today=TODAY).number == WANG.number


def test_every_damage_is_tried_above() -> None:
    tried = {"number", "name", "truncated", "tags", "no-files", "no-number", "text", "controls", "dates", "memory", "endless"}
    assert tried == set(Damage.__args__)


def test_a_mute_card_does_not_hold_the_visit_and_does_not_spoil_the_next(desk: Desk) -> None:
    desk.lay(SilentCard())
    with pytest.raises(MuteCard):
        read_document(desk.reader, today=TODAY, seconds=0.3)
    assert desk.reader.card_present
    desk.lift()
    desk.lay(SocialSecurityCard(WANG))
    assert read_document(desk.reader, today=TODAY).name == "王秀英"


def test_a_slow_card_is_read_in_its_time(desk: Desk) -> None:
    desk.lay(SocialSecurityCard(WANG), slow_seconds=0.02)
    assert read_document(desk.reader, today=TODAY).name == "王秀英"


@pytest.mark.parametrize("seen", range(APDUS_OF_A_READING))
def test_a_card_pulled_away_at_any_moment_is_lifted_never_half_read(desk: Desk, seen: int) -> None:
    desk.lay(SocialSecurityCard(WANG), lifted_after=seen)
    with pytest.raises(CardLifted):
        read_document(desk.reader, today=TODAY)
    desk.wait_for(CardRemoved)
    assert desk.slot.commands == seen

"""A link that flaps, a long outbox, and a clock that is wrong by days with nobody to ask."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kiosk.platform.types import StaffCall
from kiosk.township.last_word import LONGEST, LastWord
from offline_cache import outbox
from sandbox.platform.server import Fault
from tests.township.conftest import Town

MANY = 200
TOLERANCE = timedelta(minutes=2)


def put_calls(town: Town, count: int) -> None:
    for number in range(count):
        call = StaffCall(reason=f"call-{number:05}", case=None, happened_at=town.now)
        with town.store.transaction() as tx:
            outbox.put(tx, town.now, "/v1/staff-calls", call.model_dump_json().encode(), key=f"call-{number:05}")


def heard(town: Town) -> list[str]:
    return [call.reason for _, call in town.platform.core.calls]


def test_a_long_outbox_is_heard_once_and_in_order_over_a_link_that_flaps(town: Town) -> None:
    put_calls(town, MANY)
    troubles: list[Fault] = ["cut", "lost", "500", "garbage", "half"]
    for trouble in troubles:
        for _ in range(MANY // 10):
            town.now += timedelta(minutes=6)
            assert town.delivers() >= 0
            if len(heard(town)) > MANY // 10 * (1 + troubles.index(trouble)):
                break
        town.platform.fault(trouble)
        town.now += timedelta(minutes=6)
        town.delivers()
        town.platform.fault(None)
    town.now += timedelta(minutes=6)
    town.delivers()
    assert heard(town) == [f"call-{number:05}" for number in range(MANY)]
    assert outbox.backlog(town.store) == outbox.Backlog(0, None, 0)


def test_when_the_link_is_back_nothing_waits_out_its_pause(town: Town) -> None:
    put_calls(town, 3)
    town.loses_its_link()
    for _ in range(8):
        town.now += timedelta(minutes=6)
        town.delivers()
    town.has_its_link_again()
    assert town.delivers() == 0
    outbox.hurry(town.store, town.now)
    assert town.delivers() == 3


class Machine:
    """Uptime that nobody sets, and a name for each run of it."""

    def __init__(self) -> None:
        self.uptime = 1000.0
        self.boot = "first"

    def word(self, town: Town) -> LastWord:
        return LastWord(town.store, town.clock, uptime=lambda: self.uptime, boot=lambda: self.boot)

    def goes_on(self, town: Town, by: timedelta) -> None:
        self.uptime += by.total_seconds()
        town.now += by


@pytest.mark.parametrize("days", [-400, -3, 3, 400])
def test_a_clock_that_jumps_is_found_out_without_a_link(town: Town, days: int) -> None:
    machine = Machine()
    word = machine.word(town)
    word.heard(town.now)
    machine.goes_on(town, timedelta(days=2))
    assert not word.clock_is_wrong(TOLERANCE)
    town.shift = timedelta(days=days)
    assert word.clock_is_wrong(TOLERANCE)
    assert machine.word(town).clock_is_wrong(TOLERANCE), "nor does starting again help it"
    town.shift = timedelta(0)
    assert not word.clock_is_wrong(TOLERANCE)


def test_after_a_power_cut_time_does_not_go_back_nor_too_far_on(town: Town) -> None:
    machine = Machine()
    machine.word(town).heard(town.now)
    machine.goes_on(town, timedelta(days=2))
    assert not machine.word(town).clock_is_wrong(TOLERANCE)
    machine.uptime, machine.boot = 5.0, "second"
    for shift, wrong in ((0, False), (-1, True), (-400, True), (3, False), (LONGEST.days, True)):
        town.shift = timedelta(days=shift)
        assert machine.word(town).clock_is_wrong(TOLERANCE) is wrong, shift


def test_what_the_platform_last_said_is_there_at_a_start_without_it(town: Town) -> None:
    crls = town.client.revocations()
    LastWord(town.store, town.clock).keep(town.profile, crls)
    word = LastWord(town.store, town.clock)
    assert word.profile() == town.profile
    assert word.crls() == crls

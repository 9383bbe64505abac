"""A short day: a jam, a certificate that nobody takes, a door that is opened, a dead cupsd; then every account agrees."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.day import Visit, live
from sandbox.hall import Hall, HallOptions
from sandbox.people import made_up

pytestmark = [pytest.mark.device, pytest.mark.timeout(240)]


async def test_terminal_and_devices_agree_at_closing_time(tmp_path: Path, pcsc_socket: Path) -> None:
    people = made_up(7)
    visits = [
        Visit(people[0], slip=True),
        Visit(people[1], "jam", "printing"),
        Visit(people[2], whim="leaves-it"),
        Visit(people[3], "door", "reading"),
        Visit(people[4], "cover-open", "reading"),
        Visit(people[5], whim="wrong"),
        Visit(people[6]),
    ]
    options = HallOptions(page_seconds=0.05, blanks=10, receipts=True, people=people)
    with Hall(tmp_path / "hall", options, pcsc_directory=pcsc_socket.parent) as hall:
        day = await live(hall, visits, minutes=3)
    assert day.wrong == []
    assert day.visits == 7
    assert day.settled == 1
    assert day.outcomes["taken"] >= 3
    assert day.outcomes["retained"] == 1
    assert day.outcomes["spoiled"] == 1
    assert day.slips >= 2

"""集成版: a visit at a terminal with a booklet unit, from the card to the booklet in the hand; and what becomes of it when something breaks."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from kiosk.issuance import blanks
from kiosk.issuance.blanks import BlankState
from offline_cache import journal
from peripherals.booklet import Act
from sandbox.devices.booklet_unit import VirtualBookletUnit
from sandbox.hall import Hall, HallOptions
from screens.prompts import Evaluate, Home, Notice, OutOfService, Printing, Take
from tests.hall.conftest import Scene, at_work, confirms, eventually
from tests.hall.test_certificate import proves_herself

pytestmark = pytest.mark.device
FIRST, SECOND = "41002186350", "41002186351"


@pytest.fixture
async def scene(tmp_path: Path, pcsc_socket: Path) -> AsyncGenerator[Scene]:
    options = HallOptions(page_seconds=0.2, unit="booklet", blanks=4)
    with Hall(tmp_path / "hall", options, pcsc_directory=pcsc_socket.parent) as hall:
        async with at_work(hall) as made:
            yield made


def unit(scene: Scene) -> VirtualBookletUnit:
    assert scene.hall.booklets is not None
    return scene.hall.booklets


def states(scene: Scene) -> dict[str, BlankState]:
    return {blank.serial: blank.state for blank in blanks.listed(scene.terminal.store)}


async def prints(scene: Scene) -> None:
    await proves_herself(scene, "luo-wenbin")
    await confirms(scene, "cert-0060201")


async def test_a_booklet_is_fed_proven_printed_stamped_given_out_and_taken(scene: Scene) -> None:
    made = unit(scene)
    await prints(scene)
    take = await scene.citizen.sees(Take, seconds=60)
    assert take.serial == FIRST
    assert made.turner.outlet == FIRST
    assert made.turner.moves == [Act.FEED, Act.TURN, Act.TURN, Act.TURN, Act.STAMP, Act.EJECT]
    assert made.turner.stamped == [FIRST]
    (authorisation,) = scene.hall.platform.core.grants
    assert made.pages == {FIRST: [f"{authorisation}.{leaf}" for leaf in (1, 2, 3, 4)]}

    await eventually(lambda: scene.terminal.devices[4].status().reasons == ("open",))
    scene.citizen.answers(None)  # it still lies there, whatever she says
    still = await scene.citizen.sees(Take, lambda prompt: prompt.title.key == "take.still")
    assert still.serial == FIRST
    made.take()
    await scene.citizen.sees(Evaluate)
    scene.citizen.answers("")
    await scene.citizen.sees(Home)
    reports = scene.hall.platform.core.reports
    await eventually(lambda: len(reports) == 1)
    assert (reports[0].outcome.value, reports[0].blank_serial, reports[0].evidence) == ("taken", FIRST, "sensor")
    assert journal.verify(scene.terminal.store) is None


async def test_a_serial_that_cannot_be_read_puts_the_booklet_away_and_the_next_one_is_for_her(scene: Scene) -> None:
    made = unit(scene)
    made.smudged.add(FIRST)
    await prints(scene)
    told = await scene.citizen.sees(Notice, seconds=60)
    assert told.title.key == "notice.put-away.title"
    assert (made.turner.rejected, made.turner.outlet, made.pages) == ([FIRST], None, {})
    assert states(scene)[FIRST] is BlankState.SPOILED
    scene.citizen.answers("home")
    await scene.citizen.sees(Home)
    scene.hall.lift_card()
    scene.hall.hide_code()
    await eventually(lambda: not scene.hall.reader.occupied)
    await eventually(lambda: [report.outcome.value for report in scene.hall.platform.core.reports] == ["spoiled"])
    await prints(scene)
    assert (await scene.citizen.sees(Take, seconds=60)).serial == SECOND


async def test_a_camera_that_reads_no_serial_spoils_two_blanks_and_no_third(scene: Scene) -> None:
    made = unit(scene)
    made.smudged |= {FIRST, SECOND}
    for spoiled in ([FIRST], [FIRST, SECOND]):
        await prints(scene)
        assert (await scene.citizen.sees(Notice, seconds=60)).title.key == "notice.put-away.title"
        assert made.turner.rejected == spoiled
        scene.citizen.answers("home")
        scene.hall.lift_card()
        scene.hall.hide_code()
        await eventually(lambda: not scene.hall.reader.occupied)
    assert (await scene.citizen.sees(OutOfService)).reason.key == "oos.reason.printer"
    assert [blank for blank, state in states(scene).items() if state is BlankState.SPOILED] == [FIRST, SECOND]


async def test_another_booklet_than_the_bound_one_is_never_given_out_and_closes_the_bin(scene: Scene) -> None:
    made = unit(scene)
    made.turner.stack[:2] = [SECOND, FIRST]
    await prints(scene)
    assert (await scene.citizen.sees(Notice, seconds=60)).title.key == "notice.unknown.title"
    assert (made.turner.rejected, made.pages) == ([SECOND], {})
    assert (states(scene)[SECOND], states(scene)[FIRST]) == (BlankState.SPOILED, BlankState.QUARANTINED)
    scene.citizen.answers("home")
    assert (await scene.citizen.sees(OutOfService)).reason.key == "oos.reason.unknown"
    scene.hall.command("blanks", "settle", FIRST, "--end", "spoiled", "--by", "0317", "--and", "0402")
    await scene.citizen.sees(Home)


async def test_where_a_movement_broke_off_staff_look_and_nothing_moves_again(scene: Scene) -> None:
    made = unit(scene)
    made.turner.fault, made.turner.fault_in = "jam", 2
    await prints(scene)
    await scene.citizen.sees(Printing)
    assert (await scene.citizen.sees(Notice, seconds=60)).title.key == "notice.unknown.title"
    assert made.turner.moves == [Act.FEED, Act.TURN, Act.TURN]
    assert states(scene)[FIRST] is BlankState.QUARANTINED
    scene.citizen.answers("home")
    await scene.citizen.sees(OutOfService)
    assert made.clear_out() == FIRST
    scene.hall.command("blanks", "settle", FIRST, "--end", "spoiled", "--by", "0317", "--and", "0402")
    await scene.citizen.sees(Home, seconds=20)
    assert made.turner.moves == [Act.FEED, Act.TURN, Act.TURN]


async def test_a_booklet_that_nobody_takes_is_drawn_back(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.journeys.print_certificate.TAKE_SECONDS", 1.0)
    made = unit(scene)
    await prints(scene)
    assert (await scene.citizen.sees(Notice, seconds=60)).title.key == "notice.not-taken.title"
    assert (made.turner.rejected, made.turner.outlet) == ([FIRST], None)
    assert states(scene)[FIRST] is BlankState.RETAINED

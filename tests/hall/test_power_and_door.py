"""The power fails, the door is opened: the terminal finishes what it began and accepts nothing new, and comes back by itself."""

from __future__ import annotations

import pytest

from screens.prompts import CheckAnswer, CheckCertificate, ChooseOne, Evaluate, Home, OutOfService, Printing, Take
from tests.hall.conftest import Scene, eventually
from tests.hall.test_certificate import proves_herself

pytestmark = pytest.mark.device


async def test_on_battery_what_is_begun_is_finished_and_nothing_new_is_accepted(scene: Scene) -> None:
    hall, citizen = scene.hall, scene.citizen
    await proves_herself(scene, "zhang-jianguo")
    await citizen.sees(ChooseOne)
    citizen.answers("cert-0012345")
    await citizen.sees(CheckCertificate)
    hall.ups.status = "OB DISCHRG"
    await eventually(lambda: "power" in [obstacle.code for obstacle in scene.terminal.readiness.obstacles])
    citizen.answers(CheckAnswer.CORRECT)
    await citizen.sees(Printing)
    await citizen.sees(Take)
    citizen.answers(None)
    await citizen.sees(Evaluate)
    citizen.answers("")
    assert (await citizen.sees(OutOfService)).reason.key == "oos.reason.power"
    hall.ups.fault = "silence"  # upsd dies; what it said last still holds
    await eventually(lambda: "upsd" in scene.terminal.readiness.obstacles[0].detail)
    hall.ups.fault, hall.ups.status = None, "OL CHRG"
    await citizen.sees(Home)
    assert len(hall.printer.printed) == 1


async def test_an_open_door_closes_the_terminal_until_it_is_shut(scene: Scene) -> None:
    await scene.citizen.sees(Home)
    scene.hall.open_door(True)
    assert (await scene.citizen.sees(OutOfService)).reason.key == "oos.reason.door"
    scene.hall.open_door(False)
    await scene.citizen.sees(Home)

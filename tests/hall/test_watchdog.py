"""The terminal and its watchdog: what is broken closes the home screen, staff are called once, handles are opened anew."""

from __future__ import annotations

import asyncio

import pytest

from kiosk.watchdog.messages import ISSUING, Advice, Call, Complaint
from kiosk.watchdog.sign import IssuingSign
from offline_cache import outbox
from peripherals.device import DeviceState, StatusChanged
from screens.prompts import Home, OutOfService
from tests.hall.conftest import Scene, eventually
from tests.hall.test_certificate import prints

pytestmark = pytest.mark.device

BROKEN = Complaint(part="disk", obstacle="store", symptom="disk-read-only", detail="the disk may only be read")
CALL = Call(key="disk-1800000000", part="disk", symptom="disk-read-only")


async def test_what_the_watchdog_gave_up_is_said_on_the_screen_and_clears_by_itself(scene: Scene) -> None:
    await scene.citizen.sees(Home)
    wellbeing = scene.terminal.wellbeing
    calls = len(scene.hall.platform.core.calls)
    for _ in range(3):
        wellbeing.advised(Advice(complaints=(BROKEN,), calls=(CALL,)))
    closed = await scene.citizen.sees(OutOfService)
    assert closed.reason.key == "oos.reason.store"
    await eventually(lambda: len(scene.hall.platform.core.calls) == calls + 1)
    wellbeing.advised(Advice())
    await scene.citizen.sees(Home)

    # A terminal that was started anew hears the same call; the platform does not ring twice.
    wellbeing._called.clear()  # pyright: ignore[reportPrivateUsage]
    wellbeing.advised(Advice(calls=(CALL,)))
    await asyncio.sleep(0.3)
    await eventually(lambda: outbox.backlog(scene.terminal.store).waiting == 0)
    assert len(scene.hall.platform.core.calls) == calls + 1


async def test_a_handle_is_opened_anew(scene: Scene) -> None:
    await scene.citizen.sees(Home)
    seen: list[DeviceState] = []
    reader = scene.terminal.devices[0]
    reader.subscribe(lambda event: seen.append(event.status.state) if isinstance(event, StatusChanged) else None)
    scene.terminal.wellbeing.advised(Advice(reopen=("card-reader",)))
    await eventually(lambda: seen[-1:] == [DeviceState.ONLINE] and DeviceState.OFFLINE in seen)


async def test_the_heartbeat_tells_of_work_and_of_nobody(scene: Scene) -> None:
    await scene.citizen.sees(Home)
    sign = IssuingSign(scene.hall.run_directory / ISSUING)
    assert scene.terminal.heartbeat().quiet
    assert not sign.up
    held: list[bool] = []

    async def look() -> None:
        while True:
            held.append(sign.up)
            await asyncio.sleep(0.02)

    looking = asyncio.create_task(look())
    await prints(scene, "zhang-jianguo", "cert-0012345")
    assert not scene.terminal.heartbeat().quiet
    assert True in held, "the sign was up while it was printed"
    assert not sign.up, "and is down when it lies in the outlet"
    looking.cancel()
    await eventually(lambda: any(bin_.left == 11 for bin_ in scene.terminal.heartbeat().blanks))
    heartbeat = scene.terminal.heartbeat()
    assert {device.name for device in heartbeat.devices} >= {"card-reader", "code-scanner", "printer"}
    assert "check-certificate" in {step.step for step in heartbeat.steps}
    text = heartbeat.model_dump_json()
    assert "411521" not in text
    assert "张建国" not in text

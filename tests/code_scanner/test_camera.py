"""A camera watches the hall: each code once, silence told, and back by itself."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from peripherals.code_scanner.camera import CameraDark, CameraFrozen, CameraGone, CameraScanner, CodeScanned
from peripherals.code_scanner.frames import source_from
from peripherals.code_scanner.live import REST, LiveLook
from peripherals.code_scanner.presence import Presence
from peripherals.code_scanner.source import SourceBroken
from peripherals.device import Device, DeviceEvent, DeviceState, StatusChanged, Turn
from sandbox.codes.kinds import KINDS, hard_pictures
from sandbox.devices.camera import VirtualCamera
from tests.code_scanner.conftest import Ear, HandClock, PaperCamera
from tests.code_scanner.test_decode import drawn

HALL = np.full((300, 400), 128, np.uint8)
CODE = b"\xd2\x84\x43 appointment of Zhang San"


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "did not come about"
        time.sleep(0.005)


def test_it_is_a_device(scanner: CameraScanner) -> None:
    device: Device = scanner
    assert device.name == "code-scanner"
    assert device.status().state is DeviceState.OFFLINE


def test_a_code_held_up_is_reported_once(scanner: CameraScanner, paper_camera: PaperCamera, ear: Ear) -> None:
    scanner.open()
    scanner.arm()
    paper_camera.view = drawn(CODE)
    assert ear.next(CodeScanned).payload == CODE
    paper_camera.let_frames_pass()
    assert ear.heard(CodeScanned) == []


def test_taken_away_and_held_up_again_it_is_reported_again(
    scanner: CameraScanner, paper_camera: PaperCamera, ear: Ear, clock: HandClock
) -> None:
    scanner.open()
    scanner.arm()
    paper_camera.view = drawn(CODE)
    ear.next(CodeScanned)
    paper_camera.view = HALL
    paper_camera.let_frames_pass(20)
    clock.pass_seconds(2.5)
    paper_camera.let_frames_pass(20)
    paper_camera.view = drawn(CODE)
    assert ear.next(CodeScanned).payload == CODE


def test_a_hand_that_shakes_does_not_report_twice() -> None:
    presence = Presence()
    assert presence.newly_shown([b"a"], 0.0) == (b"a",)
    assert presence.newly_shown([], 1.0) == ()
    assert presence.newly_shown([b"a", b"b"], 1.9) == (b"b",)
    assert presence.newly_shown([b"a"], 3.8) == ()
    assert presence.newly_shown([b"a"], 5.9) == (b"a",)


def test_nothing_is_reported_unless_armed(scanner: CameraScanner, paper_camera: PaperCamera, ear: Ear) -> None:
    scanner.open()
    paper_camera.view = drawn(CODE)
    paper_camera.let_frames_pass()
    assert ear.heard(CodeScanned) == []
    scanner.arm()
    assert ear.next(CodeScanned).payload == CODE
    scanner.disarm()
    paper_camera.view = drawn(b"the next person's")
    paper_camera.let_frames_pass()
    assert ear.heard(CodeScanned) == []
    assert not scanner.armed


def test_arming_again_reports_what_is_still_held_up(scanner: CameraScanner, paper_camera: PaperCamera, ear: Ear) -> None:
    scanner.open()
    paper_camera.view = drawn(CODE)
    for _ in range(3):
        scanner.arm()
        assert ear.next(CodeScanned).payload == CODE


def test_a_listener_may_disarm_and_then_hears_no_second_code(scanner: CameraScanner, paper_camera: PaperCamera) -> None:
    heard: list[bytes] = []

    def first_only(event: DeviceEvent) -> None:
        if isinstance(event, CodeScanned):
            heard.append(event.payload)
            scanner.disarm()

    scanner.subscribe(first_only)
    paper_camera.view = np.hstack([drawn(b"left"), drawn(b"right")])
    scanner.open()
    scanner.arm()
    wait_until(lambda: bool(heard))
    paper_camera.let_frames_pass()
    assert len(heard) == 1


def test_a_pulled_cable_is_told_and_a_new_one_found(
    scanner: CameraScanner, paper_camera: PaperCamera, ear: Ear, clock: HandClock
) -> None:
    scanner.open()
    assert ear.next(StatusChanged).status.usable
    paper_camera.pulled = True
    wait_until(lambda: paper_camera.closed == 1)
    clock.pass_seconds(3.5)
    status = ear.next(StatusChanged).status
    assert status.state is DeviceState.OFFLINE and status.reasons == ("camera-gone",) and "cable" in status.detail
    fault = scanner.fault()
    assert isinstance(fault, CameraGone) and fault.turn is Turn.STAFF
    paper_camera.pulled = False
    assert ear.next(StatusChanged).status.state is DeviceState.ONLINE
    assert scanner.fault() is None
    scanner.arm()
    paper_camera.view = drawn(CODE)
    assert ear.next(CodeScanned).payload == CODE


def test_a_camera_that_is_away_at_the_start_comes_later(scanner: CameraScanner, paper_camera: PaperCamera, ear: Ear) -> None:
    paper_camera.pulled = True
    scanner.open()
    assert scanner.status().reasons == ("camera-gone",)
    paper_camera.pulled = False
    assert ear.next(StatusChanged).status.usable


def test_the_same_picture_over_and_over_is_a_frozen_camera(
    scanner: CameraScanner, paper_camera: PaperCamera, ear: Ear, clock: HandClock
) -> None:
    scanner.open()
    ear.next(StatusChanged)
    paper_camera.stuck = True
    for _ in range(14):
        clock.pass_seconds(1)
        paper_camera.let_frames_pass(20)
    status = ear.next(StatusChanged).status
    assert status.state is DeviceState.OFFLINE and status.reasons == ("camera-frozen",)
    assert isinstance(scanner.fault(), CameraFrozen)
    wait_until(lambda: paper_camera.opened >= 2)  # it was opened anew, which mends most drivers
    paper_camera.stuck = False
    for _ in range(3):
        paper_camera.let_frames_pass(20)
        clock.pass_seconds(1)
    assert ear.next(StatusChanged).status.usable


def test_a_covered_lens_is_told_but_a_lit_phone_would_still_be_read(
    scanner: CameraScanner, paper_camera: PaperCamera, ear: Ear, clock: HandClock
) -> None:
    scanner.open()
    ear.next(StatusChanged)
    paper_camera.view = np.full((300, 400), 3, np.uint8)
    for _ in range(5):
        clock.pass_seconds(1)
        paper_camera.let_frames_pass(20)
    status = ear.next(StatusChanged).status
    assert status.usable and status.reasons == ("camera-dark",)
    assert isinstance(scanner.fault(), CameraDark)


def test_open_and_close_may_be_called_any_number_of_times(scanner: CameraScanner, paper_camera: PaperCamera) -> None:
    before = threading.active_count()
    for _ in range(3):
        scanner.open()
        scanner.open()
        assert threading.active_count() == before + 2
        paper_camera.let_frames_pass(3)
        scanner.close()
        scanner.close()
    assert threading.active_count() == before
    assert paper_camera.opened == paper_camera.closed == 3


def test_no_payload_reaches_the_log_or_a_repr(
    scanner: CameraScanner, paper_camera: PaperCamera, ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        scanner.open()
        scanner.arm()
        paper_camera.view = drawn(CODE)
        event = ear.next(CodeScanned)
        scanner.close()
    assert "Zhang" not in caplog.text and "Zhang" not in repr(event)


def test_live_frames_reach_what_the_quickest_look_misses() -> None:
    (hard,) = hard_pictures(5, 1, {"noisy": KINDS["noisy"]})
    look = LiveLook()
    assert look.look(hard.picture) == ()
    seen = [code.payload for _ in range(2 * len(REST)) for code in look.look(hard.picture)]
    assert seen and set(seen) == {hard.payload}


@pytest.mark.parametrize("where", ["http://127.0.0.1:9/stream", "/dev/no-such-camera", "987", 988])
def test_a_source_that_is_not_there_is_broken_not_a_crash(where: str | int) -> None:
    with pytest.raises(SourceBroken):
        source_from(where)()


@pytest.fixture
def hall_camera() -> Iterator[VirtualCamera]:
    with VirtualCamera(width=640, height=480) as camera:
        yield camera


@pytest.fixture
def hall_scanner(hall_camera: VirtualCamera) -> Iterator[CameraScanner]:
    scanner = CameraScanner(hall_camera.url)
    yield scanner
    scanner.close()


@pytest.mark.device
@pytest.mark.parametrize("kind", ["phone", "paper"])
def test_a_phone_or_a_sheet_before_a_real_stream(hall_camera: VirtualCamera, hall_scanner: CameraScanner, kind: str) -> None:
    ear = Ear(hall_scanner)
    hall_scanner.open()
    assert ear.next(StatusChanged).status.usable
    hall_scanner.arm()
    payload = np.random.default_rng(3).bytes(220)
    hall_camera.show(payload, kind="phone" if kind == "phone" else "paper")
    assert ear.next(CodeScanned).payload == payload


@pytest.mark.device
@pytest.mark.parametrize("fault", ["dead", "silent", "garbage"])
def test_a_stream_that_breaks_is_told_and_found_again(
    hall_camera: VirtualCamera, hall_scanner: CameraScanner, fault: str
) -> None:
    ear = Ear(hall_scanner)
    hall_scanner.open()
    assert ear.next(StatusChanged).status.usable
    hall_camera.fault(fault)  # pyright: ignore[reportArgumentType]
    assert ear.next(StatusChanged).status.reasons == ("camera-gone",)
    hall_camera.fault(None)
    assert ear.next(StatusChanged).status.usable
    hall_scanner.arm()
    hall_camera.show_image(cv2.imencode(".png", drawn(b"back again"))[1].tobytes())
    assert ear.next(CodeScanned).payload == b"back again"


@pytest.mark.device
@pytest.mark.parametrize("fault", ["noise", "slow"])
def test_snow_says_nothing_and_a_slow_camera_still_reads(
    hall_camera: VirtualCamera, hall_scanner: CameraScanner, fault: str
) -> None:
    ear = Ear(hall_scanner)
    hall_scanner.open()
    hall_scanner.arm()
    assert ear.next(StatusChanged).status.usable
    hall_camera.fault(fault)  # pyright: ignore[reportArgumentType]
    hall_camera.show(b"in the snow")
    if fault == "noise":
        assert ear.heard(CodeScanned) == []
        hall_camera.fault(None)
    assert ear.next(CodeScanned).payload == b"in the snow"


@pytest.mark.device
def test_the_virtual_camera_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    with VirtualCamera(width=320, height=240) as camera:
        source = source_from(camera.url)()
        assert source.read().shape == (240, 320)
        camera.die()
        camera.revive()
        source.close()
    assert threading.active_count() == before

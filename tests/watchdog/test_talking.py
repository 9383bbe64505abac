"""What goes between terminal, watchdog, systemd and Prometheus."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import urllib.request
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from kiosk.watchdog.messages import TERMINAL, WATCHDOG, Advice, BlankCount, DeviceWord, Heartbeat, Post
from kiosk.watchdog.metrics import Metrics
from kiosk.watchdog.notify import Notifier
from kiosk.watchdog.pulse import Pulse
from kiosk.watchdog.sign import IssuingSign
from kiosk.watchdog.supervisor import SupervisorFault, Systemd
from kiosk.watchdog.tally import Tally
from sandbox.systemd import Unit, VirtualSystemd


@pytest.fixture
def short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory whose path leaves room for a socket's name."""
    return tmp_path_factory.mktemp("w")


@pytest.fixture
def listening(short: Path) -> Generator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as at:
        at.bind(str(short / "notify"))
        at.settimeout(10)
        yield at


def said(at: socket.socket) -> dict[str, str]:
    return dict(line.split("=", 1) for line in at.recv(4096).decode().splitlines())


class Anything(BaseModel):
    text: str


def test_each_hears_the_other_and_nonsense_is_no_message(short: Path) -> None:
    with Post(short, WATCHDOG, TERMINAL) as watchdog:
        assert not watchdog.send(Advice()), "nobody is there"
        with Post(short, TERMINAL, WATCHDOG) as terminal:
            assert terminal.send(Anything(text="no heartbeat"))
            assert terminal.send(Heartbeat(pid=7, quiet=False))
            heard = watchdog.receive(Heartbeat)
            assert heard is not None
            assert (heard.pid, heard.quiet) == (7, False)
            assert watchdog.receive(Heartbeat) is None
            assert watchdog.send(Advice(reopen=("printer",)))
            assert terminal.receive(Advice) == Advice(reopen=("printer",))
    assert list(short.iterdir()) == []


@given(st.binary(max_size=2000))
def test_whatever_comes_in_is_a_heartbeat_or_nothing(data: bytes) -> None:
    near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with near, far:
        near.setblocking(False)
        far.send(data)
        post = Post.__new__(Post)
        post._socket = near  # pyright: ignore[reportPrivateUsage] - a socket without a name
        assert post.receive(Heartbeat) is None or b"pid" in data


def test_the_sign_is_up_while_a_certificate_is_printed_and_gone_with_its_process(short: Path) -> None:
    sign, watchdogs = IssuingSign(short / "issuing"), IssuingSign(short / "issuing")
    assert not watchdogs.up
    with sign.held():
        assert watchdogs.up
        with watchdogs.seized() as free:
            assert not free
    assert not watchdogs.up
    child = os.fork()
    if child == 0:
        with contextlib.suppress(BaseException), sign.held():
            os.write(1, b"")
            os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    assert not watchdogs.up


def test_where_no_lock_can_be_had_a_begun_certificate_goes_on(short: Path) -> None:
    with IssuingSign(short / "nowhere" / "issuing").held():
        pass
    with IssuingSign(short / "nowhere" / "issuing").seized() as free:
        assert not free, "and the watchdog touches nothing"


def test_systemd_is_asked_for_patience_while_a_certificate_is_printed(listening: socket.socket) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": str(listening.getsockname()), "WATCHDOG_USEC": "30000000"})
    notifier.tell(READY="1", STATUS="serving")
    assert said(listening) == {"READY": "1", "STATUS": "serving"}
    with notifier.patient(360):
        assert said(listening) == {"WATCHDOG": "1", "WATCHDOG_USEC": "360000000"}
    assert said(listening) == {"WATCHDOG": "1", "WATCHDOG_USEC": "30000000"}
    Notifier({}).tell(READY="1")


async def test_the_pulse_beats_with_the_loop_and_brings_advice(short: Path, listening: socket.socket) -> None:
    heard: list[Advice] = []
    notifier = Notifier({"NOTIFY_SOCKET": str(listening.getsockname())})

    async def heartbeat() -> Heartbeat:
        return Heartbeat(pid=os.getpid(), serving=True, obstacles=("blanks",))

    pulse = Pulse(short, heartbeat, heard.append, notifier)
    with Post(short, WATCHDOG, TERMINAL) as watchdog:
        beating = asyncio.create_task(pulse.beat())
        async with asyncio.timeout(20):
            while watchdog.receive(Heartbeat) is None:  # noqa: ASYNC110 - another side's doing
                await asyncio.sleep(0.02)
            watchdog.send(Advice(reopen=("card-reader",)))
            while not heard:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
    assert heard == [Advice(reopen=("card-reader",))]
    assert said(listening) == {"READY": "1"}
    assert said(listening) == {"WATCHDOG": "1", "STATUS": "missing: blanks"}


def test_systemd_restarts_kills_starts_and_tells(short: Path) -> None:
    acts: list[str] = []
    units = {
        "a.service": Unit(lambda: acts.append("start"), lambda number: acts.append(f"kill {number}"), lambda: True),
        "b@x.service": Unit(lambda: acts.append("once"), one_shot=True),
    }
    with VirtualSystemd(short, units) as virtual:
        systemd = Systemd(virtual.address)
        assert systemd.state("a.service").active == "active"
        systemd.kill("a.service", 9)
        systemd.restart("a.service")
        systemd.start("b@x.service")
        units["a.service"].stopped = True
        assert systemd.state("a.service").in_other_hands
        with pytest.raises(SupervisorFault) as fault:
            systemd.restart("nothing.service")
        assert fault.value.code == "refused"
    assert acts == ["kill 9", "start", "once"], "jobs are done before it ends"
    with pytest.raises(SupervisorFault) as fault:
        systemd.restart("a.service")
    assert fault.value.code == "bus-silent"


def test_prometheus_reads_what_is_known_and_no_more() -> None:
    tally = Tally()
    tally.visit("print", "printed")
    tally.step("check-certificate", 3.0)
    tally.step("check-certificate", 400.0)
    metrics = Metrics(0)
    try:
        metrics.remedy("reader-service", "restart-service", "applied")
        metrics.figures.tell(
            parts={"reader-service": (False, True), "disk": (True, False)},
            heartbeat=Heartbeat(
                pid=1,
                devices=(DeviceWord(name="printer", state="online", reasons=("media-low",), detail="never shown"),),
                visits=tally.visits(),
                steps=tally.steps(),
                blanks=(BlankCount(bin="A", kind="title", left=12),),
                outbox_oldest_seconds=90.0,
            ),
            age=0.5,
            expiries={"terminal": datetime(2027, 1, 1, tzinfo=UTC)},
            free_bytes=10**9,
            holds_back=False,
        )
        request = urllib.request.Request(
            f"http://127.0.0.1:{metrics.port}/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read().decode()
    finally:
        metrics.close()
    assert text.endswith("# EOF\n")
    for line in (
        'dazheng_part_up{part="reader-service"} 0.0',
        'dazheng_part_out_of_service{part="reader-service"} 1.0',
        'dazheng_remedies_total{part="reader-service",remedy="restart-service",result="applied"} 1.0',
        'dazheng_visits_total{outcome="printed",service="print"} 1.0',
        'dazheng_step_seconds_bucket{le="5.0",step="check-certificate"} 1.0',
        'dazheng_step_seconds_bucket{le="+Inf",step="check-certificate"} 2.0',
        'dazheng_step_seconds_sum{step="check-certificate"} 403.0',
        'dazheng_blanks{bin="A",kind="title"} 12.0',
        "dazheng_outbox_oldest_seconds 90.0",
        'dazheng_certificate_expiry_timestamp_seconds{certificate="terminal"} 1.7987616e+09',
        'dazheng_device_state{device="printer",state="online"} 1.0',
        'dazheng_device_reason{device="printer",reason="media-low"} 1.0',
    ):
        assert line in text.replace('service="print",outcome="printed"', 'outcome="printed",service="print"'), line
    assert "never shown" not in text

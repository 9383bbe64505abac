"""The terminal's client against a platform that is slow, broken, cut off, or not who it says it is: typed errors, nothing believed."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kiosk.platform.client import Limits, PlatformClient
from kiosk.platform.types import (
    AppointmentProof,
    CardProof,
    CertificateProblem,
    PlatformBroken,
    PlatformUnreachable,
    Refused,
)
from sandbox.people import BY_SLUG
from sandbox.platform import SandboxPlatform
from sandbox.platform.server import Fault

ZHANG = BY_SLUG["zhang-jianguo"]
CARD = CardProof(document="social-security", name=ZHANG.name, number=ZHANG.number)
IMPATIENT = Limits(connect=0.5, read=0.4, total=1.5)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Generator[SandboxPlatform]:
    with SandboxPlatform(tmp_path_factory.mktemp("platform")) as made:
        yield made


@pytest.fixture
def platform(running: SandboxPlatform) -> Generator[SandboxPlatform]:
    yield running
    running.fault(None)


Connect = Callable[..., PlatformClient]


@pytest.fixture
def connect(platform: SandboxPlatform) -> Generator[Connect]:
    made: list[PlatformClient] = []

    def client(**more: Any) -> PlatformClient:
        files = platform.files
        given: dict[str, Any] = {
            "certificate": files.terminal_certificate,
            "key": files.terminal_key,
            "ca": files.tls_ca,
            "limits": IMPATIENT,
        }
        made.append(PlatformClient(platform.url, **(given | more)))
        return made[-1]

    yield client
    for each in made:
        each.close()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("500", PlatformBroken),
        ("garbage", PlatformBroken),
        ("half", PlatformUnreachable),
        ("nothing", PlatformUnreachable),
        ("slow", PlatformUnreachable),
        ("cut", PlatformUnreachable),
        ("expired", CertificateProblem),
    ],
)
def test_each_way_of_failing_has_its_error_and_mends(
    platform: SandboxPlatform, connect: Connect, fault: Fault, error: type[Exception]
) -> None:
    client = connect()
    platform.fault(fault)
    with pytest.raises(error) as raised:
        client.open_session(CARD, idempotency_key="key-of-this-proof")
    assert ZHANG.name not in str(raised.value)
    assert ZHANG.number not in str(raised.value)
    platform.fault(None)
    assert client.open_session(CARD, idempotency_key="key-of-this-proof").level == 1


def test_a_proof_that_was_sent_twice_with_one_key_counts_once(platform: SandboxPlatform, connect: Connect) -> None:
    client = connect()
    session = client.open_session(CARD, idempotency_key="first-of-two")
    again = client.open_session(CARD, idempotency_key="first-of-two")
    assert again == session


def test_a_refusal_is_a_definite_answer_and_is_not_asked_for_twice(platform: SandboxPlatform, connect: Connect) -> None:
    pauses: list[float] = []
    client = connect(sleep=pauses.append)
    used = AppointmentProof(code=platform.appointment_code("zhang-jianguo"))
    client.open_session(used, idempotency_key="uses-it-up-1")
    with pytest.raises(Refused) as refusal:
        client.open_session(used, idempotency_key="comes-again-2")
    assert refusal.value.code == "appointment-used"
    assert pauses == []


def test_the_deadline_holds_over_all_attempts(platform: SandboxPlatform, connect: Connect) -> None:
    """A clock that the test turns: each attempt takes its read time-out, and no attempt begins after the deadline."""
    moment = [0.0]

    def sleep(seconds: float) -> None:
        moment[0] += seconds

    client = connect(sleep=sleep, monotonic=lambda: moment[0], limits=replace(IMPATIENT, total=0.7))
    platform.fault("cut")
    with pytest.raises(PlatformUnreachable):
        client.time()
    assert moment[0] < 0.7


@pytest.mark.parametrize("wrong", ["stranger", "expired"])
def test_a_terminal_that_the_platform_does_not_know(
    platform: SandboxPlatform, connect: Connect, tmp_path: Path, wrong: str
) -> None:
    if wrong == "expired":
        identity = platform.client_identity("xy-hall-01", since=datetime.now(UTC) - timedelta(days=20), days=10)
    else:
        identity = platform.client_identity("somebody-else")
    certificate, key = tmp_path / "client.pem", tmp_path / "client.key"
    certificate.write_bytes(identity.certificate_pem)
    key.write_bytes(identity.key_pem)
    with pytest.raises((CertificateProblem, Refused)) as raised:
        connect(certificate=certificate, key=key).profile()
    if wrong == "stranger":
        assert isinstance(raised.value, Refused)
        assert raised.value.code == "unknown-terminal"
    else:
        assert isinstance(raised.value, CertificateProblem)


def test_a_platform_of_another_authority_is_told_nothing(platform: SandboxPlatform, connect: Connect, tmp_path: Path) -> None:
    other = SandboxPlatform(tmp_path / "other")
    with pytest.raises(CertificateProblem):
        connect(ca=other.files.tls_ca).open_session(CARD, idempotency_key="never-arrives")


@pytest.mark.parametrize("broken", ["certificate", "key", "ca"])
def test_files_that_cannot_be_used_are_known_at_the_start(connect: Connect, tmp_path: Path, broken: str) -> None:
    (tmp_path / "broken.pem").write_text("-----BEGIN NOTHING-----\n")
    with pytest.raises(CertificateProblem, match=r"broken\.pem|certificate"):
        connect(**{broken: tmp_path / "broken.pem"})

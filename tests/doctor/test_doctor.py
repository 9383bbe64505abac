"""The doctor looks at a terminal: what is well, what is wrong and what to do; and tries a new model with somebody's hands."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from kiosk.__main__ import main
from kiosk.doctor.certification import certify
from kiosk.doctor.examination import of_country_signers, of_hardware_watchdog
from kiosk.doctor.findings import Finding, Verdict, of_device
from kiosk.doctor.report import write_report
from peripherals.card_reader import card_reader
from peripherals.device import DeviceState, DeviceStatus
from sandbox.devices.sam_v import VirtualSamVReader
from sandbox.devices.travel_document import State
from sandbox.platform import SandboxPlatform


def test_a_device_in_plain_words_says_what_to_do() -> None:
    ill = of_device(
        "printer", DeviceStatus(DeviceState.USER_ERROR, datetime.now(UTC), ("cover-open",), "the printer's cover is open")
    )
    assert (ill.verdict, ill.do) == (Verdict.WRONG, "Close the cover.")
    low = of_device("ups", DeviceStatus(DeviceState.ONLINE, datetime.now(UTC), ("replace-battery",)))
    assert low.verdict is Verdict.WARNING
    assert of_device("ups", DeviceStatus(DeviceState.ONLINE, datetime.now(UTC))).verdict is Verdict.OK


def test_the_long_list_is_run_on_a_reader_and_by_somebodys_hands(tmp_path: Path) -> None:
    with VirtualSamVReader(tmp_path / "sam-v") as virtual:

        def hands(order: str) -> None:
            if order.startswith("Unplug"):
                virtual.port.unplug()
            else:
                virtual.port.plug()

        findings = list(certify([card_reader(virtual.line)], hands))
    assert [finding.verdict for finding in findings] == [Verdict.OK, Verdict.OK], findings
    assert "back by itself" in findings[1].said


def test_a_reader_that_is_not_there_does_not_pass(tmp_path: Path) -> None:
    certified = certify([card_reader(f"sam-v:{tmp_path}/nothing")], None)
    assert next(iter(certified)).verdict is Verdict.WRONG


def test_the_report_is_signed_with_the_terminals_key(tmp_path: Path) -> None:
    with SandboxPlatform(tmp_path / "platform") as platform:
        files = platform.files
        write_report(
            tmp_path / "report.pdf", [Finding("disk", Verdict.OK, "9 MiB # [b]$x$")], "T-1", datetime.now(UTC), files.terminal_key
        )
        pdf, signature = (tmp_path / "report.pdf").read_bytes(), (tmp_path / "report.pdf.sig").read_bytes()
        assert pdf.startswith(b"%PDF")
        public = x509.load_pem_x509_certificate(files.terminal_certificate.read_bytes()).public_key()
        assert isinstance(public, ec.EllipticCurvePublicKey)
        public.verify(signature, pdf, ec.ECDSA(hashes.SHA256()))


def test_the_command_tells_every_part_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = tmp_path / "kiosk.toml"
    with SandboxPlatform(tmp_path / "platform") as platform, VirtualSamVReader(tmp_path / "sam-v") as virtual:
        files = platform.files
        settings.write_text(
            f"""{files.settings("XY-0001", platform.url)}[store]
path = "store/t.db"
key = "store/t.key"
[card_reader]
devices = ["{virtual.line}"]
country_signers = "{State("CHN").write(tmp_path / "csca")}"
[code_scanner]
source = "serial:{tmp_path}/nothing"
[printer]
server = "{tmp_path}/no-cups"
"""
        )
        assert main(["doctor", "--json", "--settings", str(settings)]) == 1
    told = json.loads(capsys.readouterr().out)
    verdicts = {finding["part"]: finding["verdict"] for finding in told["findings"]}
    assert told["verdict"] == "wrong"
    assert verdicts["card-reader"] == "ok"
    assert verdicts["code-scanner"] == verdicts["printer"] == "wrong"
    assert verdicts["queue"] == "warning"
    installation = ("fonts", "disk", "certificates", "trust", "country-signers", "platform")
    assert {*installation} <= {*verdicts}
    assert [finding for finding in told["findings"] if finding["part"] in installation and finding["verdict"] != "ok"] == []


@pytest.mark.parametrize(
    ("files", "verdict"),
    [
        ({}, Verdict.WARNING),
        ({"identity": "i6300ESB timer", "state": "inactive", "timeout": "30"}, Verdict.WARNING),
        ({"identity": "i6300ESB timer", "state": "active", "timeout": "60"}, Verdict.OK),
    ],
    ids=["none", "held by nobody", "held"],
)
def test_a_hardware_watchdog_counts_when_somebody_holds_it(tmp_path: Path, files: dict[str, str], verdict: Verdict) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(f"{text}\n")
    found = of_hardware_watchdog("hardware-watchdog", tmp_path)
    assert found.verdict is verdict
    assert found.do or verdict is Verdict.OK


@pytest.mark.parametrize(
    ("issued", "verdict", "said"),
    [
        (None, Verdict.WRONG, "no file like CHN.pem"),
        (datetime(2018, 1, 1, tzinfo=UTC), Verdict.WARNING, "the revocation lists of CHN are out of date"),
        (datetime(2000, 1, 1, tzinfo=UTC), Verdict.WARNING, "all certificates of CHN have expired"),
        (datetime(2026, 1, 1, tzinfo=UTC), Verdict.OK, "travel documents of CHN are read"),
    ],
    ids=["none", "old list", "expired", "good"],
)
def test_whose_travel_documents_are_believed(tmp_path: Path, issued: datetime | None, verdict: Verdict, said: str) -> None:
    if issued is not None:
        State("CHN", at=issued).write(tmp_path / "csca", revoke=True)
    finding = of_country_signers("country-signers", tmp_path / "csca")
    assert (finding.verdict, said in finding.said) == (verdict, True)

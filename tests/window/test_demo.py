"""The demo as its user runs it: a real window on a virtual display, real pointer events, real daemons, a page in the outlet."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

from kiosk.__main__ import main

pytestmark = [pytest.mark.window, pytest.mark.device]


def demo(out: Path, *words: str) -> dict[str, Any]:
    """Run `kiosk demo` with the scripted citizen; returns its report, and holds that nothing of it is left running."""
    run = subprocess.Popen(
        [sys.executable, "-m", "kiosk", "demo", "--scripted", "--json", "--out", str(out), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    begun: dict[int, psutil.Process] = {}
    while True:
        begun |= {child.pid: child for child in _children(run.pid)}
        try:
            said, complained = run.communicate(timeout=0.5)
            break
        except subprocess.TimeoutExpired:
            continue
    assert run.returncode == 0, complained + (out / "terminal.log").read_text("utf-8")[-4000:]
    _, alive = psutil.wait_procs(begun.values(), timeout=5)
    assert alive == []
    return json.loads(said)


def _children(pid: int) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def words_of(pdf: Path) -> str:
    done = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True, timeout=30)
    return done.stdout


def test_an_appointment_code_and_a_card_bring_the_certificate_to_the_outlet(tmp_path: Path) -> None:
    report = demo(tmp_path)
    assert report["outcome"] == "taken"
    assert report["certificates"] == [
        {"number": "豫(2024)信阳市不动产权第0012345号", "outcome": "taken", "blank": "41002186350", "evidence": "citizen"}
    ]
    assert report["blanks"] == "title: 12 received = 11 loaded + 1 issued"
    [page] = report["pages"]
    said = words_of(Path(page["pdf"]))
    assert "张建国" in said
    assert "411502 004009 GB00012 F00060045" in said
    assert [Image.open(picture).size for picture in page["png"]] == [(1241, 1754)] * 4
    prompts = [screen["prompt"] for screen in report["screens"]]
    assert [prompts[0], prompts[-1]] == ["Home", "Home"]
    assert {"Identify", "ChooseOne", "CheckCertificate", "Printing", "Take"} <= set(prompts)
    for screen in report["screens"]:
        picture = Image.open(screen["file"]).convert("L")
        assert picture.size == (1080, 1920)
        assert len(picture.getcolors(256) or []) > 50
    log = (tmp_path / "terminal.log").read_text("utf-8")
    assert "张建国" not in log
    assert "411521197803154416" not in log


@pytest.mark.whole
def test_a_walk_in_types_the_code_from_her_phone_on_a_wide_english_screen(tmp_path: Path) -> None:
    report = demo(tmp_path, "--citizen", "wang-xiulan", "--card", "--language", "en", "--size", "1920x1080")
    assert report["outcome"] == "taken"
    assert report["proofs"] == ["card", "one-time-code"]
    assert "EnterCode" in [screen["prompt"] for screen in report["screens"]]
    assert Image.open(report["screens"][0]["file"]).size == (1920, 1080)


@pytest.mark.whole
def test_a_terminal_killed_while_it_prints_comes_back_and_prints_nothing_twice(tmp_path: Path) -> None:
    report = demo(tmp_path, "--fault", "terminal-killed")
    assert report["outcome"] == "terminal-killed"
    assert len(report["pages"]) <= 1
    assert report["screens"][-1]["prompt"] == "OutOfService"
    assert report["blanks"] == "title: 12 received = 11 loaded + 1 quarantined"
    assert report["certificates"][0]["outcome"] == "unknown"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--citizen", "nobody"], "nobody is called nobody"),
        (["--fault", "earthquake"], "no fault is called earthquake"),
        (["--size", "12x12"], "give WIDTHxHEIGHT"),
        (["--citizen", "no-phone", "--card"], "has no phone on record"),
        (["--citizen", "wang-xiulan", "--code"], "has no appointment"),
    ],
)
def test_wrong_words_are_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], complaint: str
) -> None:
    assert main(["demo", "--out", str(tmp_path), *words]) == 2
    assert complaint in capsys.readouterr().err

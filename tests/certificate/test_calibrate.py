"""`kiosk calibrate`: a test page, a ruler, and a settings file that is whole before and after."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.settings import load
from tests.certificate import paper

SETTINGS = """# The hall's own note.
terminal_id = "xy-hall-01"

[platform]
url = "https://platform.example/"
certificate = "t.pem"
key = "t.key"
ca = "ca.pem"

[trust]
registry_root = "registry.pem"
platform_root = "platform.pem"

[store]
path = "store.db"
key = "store.key"

[printer]
queue = "certificates" # the new one
"""
STRAIGHT = ["30,30", "180,30", "180,267", "30,267"]
MOVED = ["31.2,29.5", "181.2,29.5", "181.2,266.5", "31.2,266.5"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "kiosk.toml"
    path.write_text(SETTINGS, "utf-8")
    return path


def measures(file: Path, *words: str) -> int:
    return main(["calibrate", "measure", "--settings", str(file), *words])


def test_what_the_ruler_finds_goes_into_the_settings(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert measures(file, *MOVED) == 0
    assert "dx_mm = -1.2\ndy_mm = 0.5\nscale = 1.0\nrotation_deg = 0.0" in capsys.readouterr().out
    assert file.read_text("utf-8") == SETTINGS
    assert measures(file, *MOVED, "--write") == 0
    written = load(file).printer
    assert (written.calibration.dx_mm, written.calibration.dy_mm, written.queue) == (-1.2, 0.5, "certificates")
    assert "# The hall's own note." in file.read_text("utf-8")
    assert "# the new one" in file.read_text("utf-8")
    assert measures(file, *STRAIGHT, "--write") == 0
    assert load(file).printer.calibration.dx_mm == 0


@pytest.mark.parametrize(
    ("crosses", "why"),
    [
        (["31,30", "180,30", "180,267", "30,264"], "from where the others put it"),
        (["60,30", "210,30", "210,267", "60,267"], "no printer is that far off"),
        (STRAIGHT[:3], "crosses must be measured"),
    ],
)
def test_a_slip_of_the_ruler_is_refused(file: Path, crosses: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert measures(file, *crosses, "--write") == 2
    assert why in capsys.readouterr().err
    assert file.read_text("utf-8") == SETTINGS


def test_the_page_says_which_calibration_it_bears(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert measures(file, *MOVED, "--write") == 0
    out = tmp_path / "page.pdf"
    assert main(["calibrate", "page", "--settings", str(file), "--out", str(out)]) == 0
    assert "lp -d certificates" in capsys.readouterr().out
    assert "本页校准左右-1.2mm上下0.5mm" in paper.pages(out.read_bytes())[0].replace("−", "-")
    assert main(["calibrate", "page", "--bare", "--settings", str(file), "--out", str(out)]) == 0
    assert "本页校准左右0mm上下0mm" in paper.pages(out.read_bytes())[0]

"""`python -m peripherals.booklet`: the serial that lies under the camera, and what stands in the way of reading it."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from peripherals.booklet.__main__ import main
from sandbox.devices.booklet_unit import VirtualBookletUnit
from sandbox.devices.turner import FONT

SERIAL = "41002186350"


@pytest.fixture
def unit(tmp_path: Path) -> Generator[VirtualBookletUnit]:
    (tmp_path / "lines").mkdir()
    with VirtualBookletUnit(tmp_path, tmp_path / "lines", [SERIAL]) as made:
        yield made


def reads(unit: VirtualBookletUnit, monkeypatch: pytest.MonkeyPatch, digits: str = FONT) -> int:
    unit.turner.inside = SERIAL
    unit.take()  # of the outlet, where nothing lies; the camera sees what lies under it now
    line = next(line.split('"')[1] for line in unit.settings.splitlines() if line.startswith("camera"))
    monkeypatch.setattr("sys.argv", ["booklet", line, "serial", "--digits", digits])
    return main()


def test_the_serial_is_read(
    unit: VirtualBookletUnit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reads(unit, monkeypatch) == 0
    assert capsys.readouterr().out.startswith(f"{SERIAL}  confidence ")


def test_a_smudged_one_does_not_count(
    unit: VirtualBookletUnit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unit.smudged.add(SERIAL)
    assert reads(unit, monkeypatch) == 1
    assert "does not count" in capsys.readouterr().out


def test_without_pictures_of_the_figures_it_is_the_integrators_turn(
    unit: VirtualBookletUnit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert reads(unit, monkeypatch, str(tmp_path)) == 2
    assert "integrator's turn" in capsys.readouterr().err

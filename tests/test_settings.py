"""The settings file: every mistake names the file, the line and the key; relative paths belong to the file's directory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.__main__ import main
from kiosk.settings import CodeScannerSettings, SettingsError, load
from peripherals.code_scanner.makes import code_scanner

GOOD = """
terminal_id = "xy-hall-01"

[platform]
url = "https://127.0.0.1:8443"
certificate = "terminal.pem"
key = "terminal.key"
ca = "/etc/dazheng/ca.pem"

[trust]
registry_root = "registry.pem"
platform_root = "platform.pem"

[store]
path = "store.db"
key = "store.key"
"""


def written(directory: Path, text: str) -> Path:
    path = directory / "kiosk.toml"
    path.write_text(text, "utf-8")
    return path


def test_relative_paths_are_anchored_at_the_file_and_absolute_ones_left(tmp_path: Path) -> None:
    settings = load(written(tmp_path, GOOD))
    assert settings.platform.certificate == tmp_path / "terminal.pem"
    assert settings.platform.ca == Path("/etc/dazheng/ca.pem")
    assert settings.printer.calibration.dx_mm == 0.0


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('url = "https://127.0.0.1:8443"', 'url = "not a url"', "line 5: platform.url"),
        ('key = "store.key"', "", "line 14: store.key: is missing"),
        ('key = "store.key"', 'key = "store.key"\ncolour = 3', "line 17: store.colour: is not a known key"),
        ('terminal_id = "xy-hall-01"', 'terminal_id = "a b"', "line 2: terminal_id"),
        ('ca = "/etc/dazheng/ca.pem"', 'ca = "x"\nread_seconds = -1', "line 9: platform.read_seconds"),
        ("[store]", "[store", "line 14"),
        ("[store]", '[card_reader]\ncountry_signers = "csca"\n[store]', "needs a code scanner that reads printed lines"),
    ],
)
def test_a_mistake_names_line_and_key(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(SettingsError) as complaint:
        load(written(tmp_path, GOOD.replace(old, new)))
    assert says in str(complaint.value)
    assert "kiosk.toml" in str(complaint.value)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('[receipt_printer]\ndevice = "star:/dev/ttyUSB1"', "line 19: receipt_printer.device: 'star': no such kind"),
        ('[receipt_printer]\ndevice = "escpos:/dev/ttyUSB1?roll=57"', "roll=57: the roll's width in mm, 58 or 80"),
        ('[ups]\ndevice = "apc:/dev/ttyUSB1"', "line 19: ups.device: 'apc'"),
        ('[signals]\ntamper = "gpio:17"', "line 19: signals.tamper"),
        ('[booklet]\nturner = "turner:/dev/ttyUSB1?baud=9601"', "line 19: booklet.turner: turner: baud=9601"),
        ('[code_scanner]\nsource = "serial:/dev/ttyUSB1?baud=0"', "line 19: code_scanner.source: serial: baud=0"),
        ('[card_reader]\ndevices = ["hx620:/dev/ttyUSB1"]', "line 19: card_reader.devices.0: 'hx620': no such kind"),
    ],
)
def test_check_settings_tries_every_devices_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], lines: str, says: str
) -> None:
    path = written(tmp_path, f"{GOOD}\n{lines}\n")
    assert main(["check-settings", "--settings", str(path)]) != 0
    said = capsys.readouterr()
    assert says in said.err
    assert len(said.err.splitlines()) == 1


def test_no_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such settings file"):
        load(tmp_path / "nowhere.toml")


@given(data=st.binary(max_size=400))
def test_whatever_lies_in_the_file_is_settings_or_a_settings_error(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("settings") / "kiosk.toml"
    path.write_bytes(data)
    with pytest.raises(SettingsError):
        load(path)


def test_reading_settings_loads_no_camera_software() -> None:
    """What only reads settings (the watchdog, most commands) does without 40 MB of it."""
    lines = (
        "0",
        "/dev/video0",
        "camera:/dev/video0?exposure=150&focus=30",
        "serial:/dev/ttyUSB0?baud=9600",
        "keyboard:/dev/input/x",
    )
    code = (
        "import sys; from kiosk.settings import CodeScannerSettings as S\n"
        f"for line in {lines!r}: S(source=line)\n"
        "assert not {'cv2', 'numpy', 'evdev'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    for line in lines:
        assert code_scanner(line)
    with pytest.raises(ValueError, match="no such option"):
        CodeScannerSettings(source="camera:/dev/video0?zoom=2")

"""`python -m peripherals.code_scanner`: one line a picture, whatever the file."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from peripherals.code_scanner.decode import decode
from peripherals.code_scanner.picture_file import Unreadable, load
from tests.code_scanner.test_decode import drawn


def scan(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "peripherals.code_scanner", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def picture(place: Path, payload: bytes, name: str = "code.png") -> Path:
    cv2.imwrite(str(place / name), drawn(payload))
    return place / name


def test_one_line_a_picture_in_the_order_given(tmp_path: Path) -> None:
    blank = tmp_path / "blank.png"
    cv2.imwrite(str(blank), drawn(b"x")[:30, :30] * 0)
    done = scan(picture(tmp_path, "预约 2026-1124".encode(), "a.png"), blank, picture(tmp_path, b"\xd2\x84\x00", "b.png"))
    assert done.stdout == "预约 2026-1124\n-\nd28400\n"
    assert done.returncode == 1


def test_a_text_that_would_break_the_line_is_given_as_hex(tmp_path: Path) -> None:
    done = scan(picture(tmp_path, b"two\nlines"), picture(tmp_path, b"-", "dash.png"))
    assert done.stdout == "74776f0a6c696e6573\n2d\n"
    assert done.returncode == 0


def test_hex_on_request(tmp_path: Path) -> None:
    assert scan("--hex", picture(tmp_path, b"abc")).stdout == "616263\n"


def test_files_that_are_no_pictures_get_a_dash_and_a_reason(tmp_path: Path) -> None:
    whole = picture(tmp_path, b"whole").read_bytes()
    files = {
        "empty.png": b"",
        "text.png": b"no picture",
        "cut.png": whole[: len(whole) // 3],
        "head.png": whole[:20],
        "bomb.png": whole[:16] + (60_000).to_bytes(4, "big") * 2 + whole[24:],
        "jpeg.jpg": b"\xff\xd8\xff\xe0" + os.urandom(400),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    os.mkfifo(tmp_path / "pipe")
    done = scan(tmp_path / "missing.png", tmp_path, tmp_path / "pipe", "/dev/zero", "\n", *(tmp_path / name for name in files))
    assert done.stdout == "-\n" * (5 + len(files))
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) >= 5 + len(files) - 1
    assert done.returncode == 1


def test_wrong_usage_is_two() -> None:
    assert scan().returncode == 2


@pytest.fixture(scope="module")
def scrap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scrap") / "scrap"


@settings(max_examples=150, deadline=None)
@given(
    head=st.sampled_from(
        [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"II*\0", b"RIFF\0\0\0\0WEBP", b"GIF89a", b"P5 9 9 255\n"]
    ),
    rest=st.binary(),
)
def test_no_bytes_raise_more_than_unreadable(scrap: Path, head: bytes, rest: bytes) -> None:
    scrap.write_bytes(head + rest)
    with contextlib.suppress(Unreadable):
        decode(load(scrap), seconds=0.05)

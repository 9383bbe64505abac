"""How many hard pictures of QR codes are read, how many wrongly, and how quickly: against zxing-cpp, zbar and OpenCV, each alone.

The set is generated (`sandbox.codes`): seventeen kinds of what paper, phones, lamps, lenses and hands do to a code, from one seed.
Photographed sets cannot be kept here; with DAZHENG_PHOTOGRAPHS set to a folder of pictures, each beside a text file of the same name
that says what it holds, they are scored too.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, cast

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from benchmarks.harness import Row, compare
from peripherals.code_scanner import zbar
from peripherals.code_scanner.decode import decode
from peripherals.code_scanner.live import LiveLook
from peripherals.code_scanner.picture_file import Unreadable, load
from peripherals.code_scanner.reading import gray_views
from sandbox.codes.kinds import hard_pictures
from sandbox.codes.scene import empty_hall, held_up

SEED, EACH = 2026, 6
GOAL = 95.0
PHOTOGRAPHS = "DAZHENG_PHOTOGRAPHS"
ENCODINGS = ("utf-8", "gb18030", "shift_jis", "latin-1")
"""In which a text file of a photographed set may say what a code's bytes mean."""

Picture = NDArray[Any]
Holds = Callable[[bytes], bool]


@dataclass(slots=True)
class _Score:
    """What one decoder made of a set."""

    read: int = 0
    wrong: int = 0
    seen: int = 0
    milliseconds: list[float] = field(default_factory=list[float])

    def look(self, reader: Callable[[Picture], list[bytes]], picture: Picture, holds: Holds) -> None:
        begin = time.perf_counter()
        payloads = reader(picture)
        self.milliseconds.append((time.perf_counter() - begin) * 1e3)
        self.seen += 1
        self.read += any(holds(payload) for payload in payloads)
        self.wrong += bool(payloads) and not any(holds(payload) for payload in payloads)

    @property
    def rate(self) -> float:
        return 100 * self.read / self.seen


def _ours(picture: Picture) -> list[bytes]:
    """With its two seconds counted as computing time, so that a busy machine reads as many."""
    return [code.payload for code in decode(picture, clock=time.process_time)]


def _zxing(picture: Picture) -> list[bytes]:
    return [
        code.bytes for code in zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    ]


def _zbar(picture: Picture) -> list[bytes]:
    """zbar in binary mode, past pyzbar's own `decode`, which changes every binary payload and raises on some pictures."""
    return [code.payload for code in zbar.read(picture)]


def _opencv(picture: Picture) -> list[bytes]:
    detector = cast("Any", cv2.QRCodeDetector())
    try:
        found, _, _ = detector.detectAndDecodeBytes(picture)
    except (cv2.error, UnicodeDecodeError):
        return []
    if not found:
        return []
    try:
        return [bytes(found).decode().encode("latin-1")]  # it takes bytes for Latin-1 and gives them as UTF-8
    except UnicodeError:
        return [bytes(found)]


ALONE = {"zxing-cpp": _zxing, "zbar": _zbar, "OpenCV": _opencv}


def rows() -> list[Row]:
    pictures = [(each.picture, _is(each.payload)) for each in hard_pictures(SEED, EACH)]
    found = _set_rows(f"{len(pictures)} hard pictures", pictures)
    if folder := os.environ.get(PHOTOGRAPHS):
        photographs = list(_photographs(Path(folder)))
        found += _set_rows(f"{len(photographs)} photographs", photographs)
    return [*found, _held_up()]


def _set_rows(name: str, pictures: list[tuple[Picture, Holds]]) -> list[Row]:
    ours = _Score()
    alone = {peer: _Score() for peer in ALONE}
    for picture, holds in pictures:
        ours.look(_ours, picture, holds)
        for peer, reader in ALONE.items():
            alone[peer].look(reader, picture, holds)
    rows = [
        Row(
            f"{name}, read",
            ours.rate,
            peer,
            score.rate,
            unit="%",
            goal=f"≥ {GOAL:g} %, none wrong",
            met=ours.rate >= GOAL and not ours.wrong,
            note=f"wrongly: {ours.wrong}, {peer} {score.wrong}; median {median(ours.milliseconds):.1f} ms, {peer} "
            f"{median(score.milliseconds):.1f} ms; every decoder looks once at every picture, in turn",
        )
        for peer, score in alone.items()
    ]
    slowest = sorted(ours.milliseconds)[int(0.95 * len(ours.milliseconds))]
    return [*rows, Row(f"{name}, 95 % of all looks take less than", slowest, note="unreadable ones end after 2 s of computing")]


def _held_up() -> Row:
    """The everyday case: a phone before the terminal's camera."""
    hall = empty_hall(1280, 720)
    frame = cv2.cvtColor(held_up(hall, b"an appointment, signed" * 6, "phone", np.random.default_rng(1)), cv2.COLOR_BGR2GRAY)
    gray = np.ascontiguousarray(frame, dtype=np.uint8)
    look = LiveLook()
    assert look.look(gray)
    return compare(
        "a code held up, one frame",
        lambda: look.look(gray),
        "zxing-cpp",
        lambda: _zxing(gray),
        runs=60,
        note="a phone in a frame of 1280x720; ours asks zxing-cpp first and is done",
    )


def _is(payload: bytes) -> Holds:
    return lambda read: read == payload


def _photographs(folder: Path) -> Iterable[tuple[Picture, Holds]]:
    for said in sorted(folder.rglob("*.txt")):
        pictures = [path for path in said.parent.glob(f"{said.stem}.*") if path.suffix in (".png", ".jpg", ".webp")]
        for path in pictures:
            try:
                (gray, _), *_ = gray_views(load(path))
            except (Unreadable, ValueError):
                continue
            yield gray, _says(said.read_bytes())


def _says(text: bytes) -> Holds:
    """Whether a payload says what the text file says, in whatever encoding each is."""
    wanted = {variant for encoding in ENCODINGS if (variant := _text(text, encoding))}
    return lambda payload: payload == text or any(_text(payload, encoding) in wanted for encoding in ENCODINGS)


def _text(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding).strip()
    except UnicodeDecodeError:
        return None

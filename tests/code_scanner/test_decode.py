"""What a picture says: the bytes as they were encoded, from any picture, and never an exception."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import cv2
import numpy as np
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from pyzbar import pyzbar

from peripherals.code_scanner import zbar
from peripherals.code_scanner.decode import decode
from sandbox.codes.kinds import crumpled, hard_pictures


def drawn(payload: bytes, *, scale: int = 4, border: int = 4, error: str = "m") -> NDArray[np.uint8]:
    """A clean QR code in byte mode, gray."""
    out = io.BytesIO()
    segno.make_qr(payload, mode="byte", error=error, boost_error=False).save(out, kind="png", scale=scale, border=border)
    return np.asarray(cv2.imdecode(np.frombuffer(out.getvalue(), np.uint8), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def test_binary_codes_come_out_byte_for_byte() -> None:
    dice = random.Random(318)
    for _ in range(150):
        payload = dice.randbytes(dice.randint(20, 318))
        picture = drawn(payload, scale=3)
        assert [code.payload for code in decode(picture)] == [payload]
        if found := zbar.read(picture):  # zbar alone misses some, but changes none
            assert [code.payload for code in found] == [payload]


def test_pyzbar_as_it_comes_would_have_changed_them() -> None:
    dice = random.Random(318)
    payloads = [dice.randbytes(200) for _ in range(20)]
    read = [[found.data for found in pyzbar.decode(drawn(payload))] for payload in payloads]
    assert all(payload not in found for payload, found in zip(payloads, read, strict=True))


Form = Callable[[Any], Any]

FORMS: dict[str, Form] = {
    "with a channel": lambda g: g[:, :, None],
    "bgr": partial(cv2.cvtColor, code=cv2.COLOR_GRAY2BGR),
    "bgra": partial(cv2.cvtColor, code=cv2.COLOR_GRAY2BGRA),
    "boolean": lambda g: g > 127,
    "12 bits in 16": lambda g: g.astype(np.uint16) * 16,
    "signed": lambda g: g.astype(np.int32) - 70_000,
    "floats to 1": lambda g: g.astype(np.float32) / 255,
    "huge floats": lambda g: g.astype(np.float64) * 1e300,
    "inverted": lambda g: 255 - g,
    "turned": np.rot90,
    "mirrored": lambda g: g[:, ::-1],
    "strided": lambda g: g[::2, ::2],
    "by columns": np.asfortranarray,
    "lost in white": lambda g: np.pad(g, 2000, constant_values=255),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_any_form_of_picture_reads(form: Form) -> None:
    assert [code.payload for code in decode(form(drawn(b"\x00\xff appointment")))] == [b"\x00\xff appointment"]


@pytest.mark.parametrize("ink", [0, 255])
def test_a_code_on_a_transparent_ground_reads(ink: int) -> None:
    gray = drawn(b"transparent", border=0)
    picture = np.zeros((*gray.shape, 4), np.uint8)
    picture[:, :, :3] = ink
    picture[:, :, 3] = 255 - gray
    picture = np.pad(picture, ((20, 20), (20, 20), (0, 0)))
    assert [code.payload for code in decode(picture)] == [b"transparent"]


def test_all_codes_of_a_picture_are_read_largest_first() -> None:
    hall = np.full((900, 1300), 255, np.uint8)
    for payload, scale, (y, x) in ((b"small", 4, (40, 40)), (b"large", 12, (200, 400)), (b"middle", 7, (600, 60))):
        code = drawn(payload, scale=scale)
        hall[y : y + code.shape[0], x : x + code.shape[1]] = code
    assert [code.payload for code in decode(hall)] == [b"large", b"middle", b"small"]


def test_corners_are_in_the_pictures_own_pixels() -> None:
    picture = np.pad(drawn(b"where", scale=8, border=0), ((300, 100), (200, 100)), constant_values=255)
    (code,) = decode(picture)
    x, y = np.array(code.corners).T
    assert abs(x.min() - 200) < 10 and abs(y.min() - 300) < 10
    assert abs(x.max() - (picture.shape[1] - 100)) < 10


def test_a_creased_code_that_lies_flat_for_no_other_reader_is_laid_flat() -> None:
    creased = list(hard_pictures(1, 2, {"crumpled": crumpled}))
    read = [[code.payload for code in decode(each.picture, seconds=30)] for each in creased]
    assert any(read)
    assert all(payloads in ([], [each.payload]) for payloads, each in zip(read, creased, strict=True))


def test_a_payload_stays_out_of_repr() -> None:
    (code,) = decode(drawn("张三 11010119900101123X".encode()))
    assert "张三" not in repr(code) and "1101" not in repr(code)


@pytest.mark.parametrize(
    "shape",
    [(0, 0), (1, 1), (0, 50), (20, 500), (5,), (), (30, 30, 0), (30, 30, 5), (30, 30, 3, 3), (1, 3_000_000), (22, 200_000)],
    ids=str,
)
def test_odd_shapes_hold_no_code(shape: tuple[int, ...]) -> None:
    assert decode(np.zeros(shape, np.uint8)) == ()


@pytest.mark.parametrize("kind", ["O", "S8", "c16", "M8[s]", "V4"])
def test_arrays_that_are_no_picture_hold_no_code(kind: str) -> None:
    assert decode(np.zeros((40, 40), kind)) == ()


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(
        dtype=st.one_of(
            arrays.unsigned_integer_dtypes(), arrays.integer_dtypes(), arrays.floating_dtypes(), arrays.boolean_dtypes()
        ),
        shape=arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=48),
    )
)
def test_no_array_raises_or_reads(array: NDArray[Any]) -> None:
    assert decode(array, seconds=0.1) == ()


@pytest.mark.parametrize("seed", range(12))
def test_noise_without_a_code_says_nothing(seed: int) -> None:
    dice = np.random.default_rng(seed)
    noise = dice.integers(0, 256, (240, 320), np.uint8)
    if seed % 2:
        noise = (cv2.resize(noise[::8, ::8], (320, 240), interpolation=cv2.INTER_NEAREST) > 127).astype(np.uint8) * 255
    assert decode(noise) == ()


def test_one_look_keeps_to_its_time() -> None:
    hours = iter(range(10_000))
    assert decode(np.zeros((100, 100), np.uint8), seconds=3, clock=lambda: float(next(hours))) == ()
    assert next(hours) < 12

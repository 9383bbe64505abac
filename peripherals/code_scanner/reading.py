"""What a decoder found in a picture, and the plain gray picture that all of them read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
"""One channel, 8 bits, two dimensions (rows, columns), contiguous."""

Corners = tuple[tuple[float, float], ...]
"""Corner points of a symbol as (x, y) in pixels, in order around it; empty where the decoder does not tell."""

SMALLEST_SIDE = 21
"""Modules of the smallest QR code (ISO/IEC 18004, version 1): a picture with fewer pixels a side cannot hold one."""

LARGEST_AREA = 24_000_000
"""Pixels beyond which a picture is shrunk first: no camera of a terminal gives more, and memory stays bounded."""


@dataclass(frozen=True, slots=True)
class DecodedCode:
    """One code in a picture.

    `payload` holds the code's bytes exactly as encoded (kept out of repr: it may name a person), `symbology` is the kind of code
    (``qr``), `corners` where it is in the picture that was handed in. `clearness` is the share of the error correction that the
    reading did not need (0 to 1), 0 where the decoder does not tell.
    """

    payload: bytes = field(repr=False)
    symbology: str = "qr"
    corners: Corners = ()
    clearness: float = 0.0

    @property
    def area(self) -> float:
        """Area of the symbol in square pixels."""
        if len(self.corners) < 3:
            return 0.0
        x, y = np.array(self.corners, dtype=np.float64).T
        return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def gray_views(image: NDArray[Any]) -> tuple[tuple[Gray, float], ...]:
    """The gray pictures to look at, each with its scale against the one handed in; nothing if it cannot hold a code.

    Takes gray, gray with alpha, BGR and BGRA of any number type: 16 bits and floats are stretched to 8, transparent places are
    looked at before white and, as a second view, before black.
    """
    if image.ndim == 3 and image.shape[2] == 1:
        image = image[:, :, 0]
    if image.ndim not in (2, 3) or min(image.shape[:2]) < SMALLEST_SIDE or image.dtype.kind not in "biuf":
        return ()
    if image.ndim == 3 and image.shape[2] not in (2, 3, 4):
        return ()
    image, scale = _bounded(image)
    if image.ndim == 2:
        return ((_eight_bits(image), scale),)
    if image.shape[2] == 3:
        return ((_luminance(_eight_bits(image)), scale),)
    opaque = _eight_bits(image[:, :, -1]).astype(np.float32) / 255
    colour = _eight_bits(image[:, :, :-1])
    gray = (_luminance(colour) if colour.shape[2] == 3 else colour[:, :, 0]).astype(np.float32)
    on_white = np.ascontiguousarray(gray * opaque + 255 * (1 - opaque), dtype=np.uint8)
    if opaque.min() >= 1:
        return ((on_white, scale),)
    return ((on_white, scale), (np.ascontiguousarray(gray * opaque, dtype=np.uint8), scale))


def _bounded(image: NDArray[Any]) -> tuple[NDArray[Any], float]:
    rows, columns = image.shape[:2]
    step = int(np.ceil(np.sqrt(rows * columns / LARGEST_AREA)))
    if step <= 1:
        return image, 1.0
    return image[::step, ::step], 1.0 / step


def _eight_bits(image: NDArray[Any]) -> NDArray[np.uint8]:
    if image.dtype == np.uint8:
        return np.ascontiguousarray(image)
    if image.dtype == np.bool_:
        return np.ascontiguousarray(image, dtype=np.uint8) * np.uint8(255)
    values = np.nan_to_num(image.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    span = high - low
    if not np.isfinite(span):
        values, low, span = values / 4, low / 4, high / 4 - low / 4
    if span <= 0:
        return np.zeros(image.shape, np.uint8)
    return (
        np.ascontiguousarray((values - low) * (255 / span), dtype=np.uint8)
        if np.isfinite(255 / span)
        else np.zeros(image.shape, np.uint8)
    )


def _luminance(bgr: NDArray[np.uint8]) -> Gray:
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY), dtype=np.uint8)

"""The serial number that a blank bears, read from a picture of it, with how sure the reading is.

Dark figures on light paper, one line. Each figure is compared with templates of the ten digits (normalised correlation); a reading counts only if
every figure is like its digit and clearly less like any other. Better none than a wrong one.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Gray = NDArray[np.uint8]
CELL = (24, 36)
"""Width and height in pixels to which every figure is brought."""
ALIKE = 0.55
"""Correlation from which a figure is like a digit."""
MARGIN = 0.08
"""By how much it must be less like any other digit."""
SMALLEST_FIGURE = 8
"""Pixels of height below which a spot is no figure."""


@dataclass(frozen=True, slots=True)
class SerialReading:
    """`digits`: what was read, empty if nothing can be said. `confidence`: of the least sure figure, 0 to 1."""

    digits: str
    confidence: float


class DigitTemplates:
    """What the ten digits of the serial's type look like."""

    def __init__(self, pictures: dict[str, Gray]) -> None:
        """`pictures`: one of each digit, dark on light, as cut from a photograph of a blank."""
        if set(pictures) != set("0123456789"):
            raise ValueError("one picture of each of the ten digits")
        self._cells = {digit: _cell(_ink(picture)) for digit, picture in pictures.items()}

    @classmethod
    def of_font(cls, path: str, size: int = 64) -> DigitTemplates:
        """From a font file, where the serial's type is known."""
        font = ImageFont.truetype(path, size)
        pictures: dict[str, Gray] = {}
        for digit in "0123456789":
            picture = Image.new("L", (2 * size, 2 * size), 255)
            ImageDraw.Draw(picture).text((size // 2, size // 2), digit, fill=0, font=font)
            pictures[digit] = np.asarray(picture, dtype=np.uint8)
        return cls(pictures)

    @classmethod
    def at(cls, place: Path) -> DigitTemplates:
        """From a directory with ``0.png`` to ``9.png``, cut from photographs of a blank; or from a font file. Raises OSError, `ValueError`."""
        if not place.is_dir():
            return cls.of_font(str(place))
        pictures: dict[str, Gray] = {}
        for digit in "0123456789":
            with Image.open(place / f"{digit}.png") as picture:
                pictures[digit] = np.asarray(picture.convert("L"), dtype=np.uint8)
        return cls(pictures)

    def closest(self, figure: Gray) -> tuple[str, float]:
        """The digit that this figure is like, and how sure that is: 0 where it is not clear."""
        cell = _cell(figure)
        scores = sorted(((_alike(cell, template), digit) for digit, template in self._cells.items()), reverse=True)
        (best, digit), (second, _) = scores[0], scores[1]
        return digit, best if best >= ALIKE and best - second >= MARGIN else 0.0


def read_serial(picture: NDArray[Any], templates: DigitTemplates, *, length: int = 11) -> SerialReading:
    """The serial in `picture` (gray or BGR, only the line with the serial and its margin). Never raises on a picture."""
    if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or min(picture.shape[:2]) < SMALLEST_FIGURE:
        return SerialReading("", 0.0)
    if picture.ndim == 3 and picture.shape[2] != 3:
        return SerialReading("", 0.0)
    gray = np.asarray(picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
    figures = _figures(_ink(np.asarray(cv2.GaussianBlur(gray, (3, 3), 0), dtype=np.uint8)))
    if len(figures) != length:
        return SerialReading("", 0.0)
    read = [templates.closest(figure) for figure in figures]
    confidence = min(sure for _, sure in read)
    return SerialReading("".join(digit for digit, _ in read) if confidence > 0 else "", confidence)


def _ink(gray: Gray) -> Gray:
    """White where ink is."""
    return np.asarray(cv2.threshold(gray, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)[1], dtype=np.uint8)


def _figures(ink: Gray) -> list[Gray]:
    """Every figure of the line, from left to right."""
    count, _, boxes, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    spots = [tuple(int(value) for value in boxes[index][:4]) for index in range(1, count)]
    spots = [spot for spot in spots if spot[3] >= SMALLEST_FIGURE and spot[2] <= 2 * spot[3]]
    if not spots:
        return []
    tall = float(np.median([height for _, _, _, height in spots]))
    spots = sorted(spot for spot in spots if 0.7 * tall <= spot[3] <= 1.4 * tall)
    return [np.ascontiguousarray(ink[y : y + height, x : x + width]) for x, y, width, height in spots]


def _cell(ink: Gray) -> NDArray[np.float32]:
    """The figure alone, in a cell of one size, its proportions kept."""
    rows, columns = np.nonzero(ink)
    width, height = CELL
    cell = np.zeros((height, width), np.float32)
    if not rows.size:
        return cell
    cut = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    scale = min(width / cut.shape[1], height / cut.shape[0])
    size = max(1, round(cut.shape[1] * scale)), max(1, round(cut.shape[0] * scale))
    scaled = np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
    x, y = (width - size[0]) // 2, (height - size[1]) // 2
    cell[y : y + size[1], x : x + size[0]] = scaled
    return np.asarray(cv2.GaussianBlur(cell, (3, 3), 0), dtype=np.float32)


def _alike(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    a, b = one - one.mean(), other - other.mean()
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float((a * b).sum()) / size if size else 0.0

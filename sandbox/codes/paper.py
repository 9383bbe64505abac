"""A code as it comes off a 300 dpi printer and as a phone's camera then sees it: toner that spreads, a hand that shakes, a lamp to
one side, noise and JPEG. Distances are given as the camera's pixels a millimetre of paper."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]

PRINTER_DPI = 300
_MM = PRINTER_DPI / 25.4
_FINE = 4
"""Points a printed dot, so that the edge of the toner lies between dots."""


def printed(raster: Gray, dice: np.random.Generator) -> Gray:
    """`raster` (300 dpi, black on white) on paper: dots as they are, toner a tenth of a dot wider, a few specks and holes."""
    fine = np.kron((raster > 127).astype(np.float32), np.ones((_FINE, _FINE), np.float32))
    spread = cv2.GaussianBlur(fine, (0, 0), 0.45 * _FINE)
    toner = np.asarray(spread < 0.57, np.float32)
    specks = dice.random(toner.shape, np.float32)
    toner[specks < 0.0004] = 1 - toner[specks < 0.0004]
    paper = 0.93 + 0.02 * dice.standard_normal(toner.shape, np.float32)
    return np.asarray(np.clip((paper - toner * 0.82) * 255, 0, 255), np.uint8)


def photographed(sheet: Gray, pixels_mm: float, dice: np.random.Generator) -> Gray:
    """`sheet` (of `printed`) through a phone held by hand at the distance where a millimetre has `pixels_mm` pixels."""
    rows, columns = sheet.shape
    scale = pixels_mm / (_MM * _FINE)
    half = np.array([columns, rows], np.float32) * scale / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * half
    turn = float(np.deg2rad(dice.uniform(-25, 25)))
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]], np.float32)
    tilted = corners * (1 + dice.uniform(-0.06, 0.06, (4, 1)).astype(np.float32))
    side = int(max(half) * 3.2)
    places = np.asarray(tilted @ spin.T + side / 2, np.float32)
    source = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    soft = cv2.GaussianBlur(sheet, (0, 0), 0.5 / scale)  # the lens gathers what falls into one pixel
    seen = cv2.warpPerspective(soft, cv2.getPerspectiveTransform(source, places), (side, side), borderValue=(228,))
    picture = _shaken(seen.astype(np.float32), dice)
    down, across = np.mgrid[0:side, 0:side].astype(np.float32) / side
    light = 0.95 - dice.uniform(0, 0.45) * across - dice.uniform(0, 0.25) * down
    noisy = picture * light + dice.uniform(3, 11) * dice.standard_normal(picture.shape, np.float32)
    packed = cv2.imencode(".jpg", np.clip(noisy, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 78])[1]
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)


def _shaken(picture: NDArray[np.float32], dice: np.random.Generator) -> NDArray[np.float32]:
    """Out of focus by up to 1.3 pixels, and moved by up to 2 while the shutter was open."""
    soft = cv2.GaussianBlur(picture, (0, 0), dice.uniform(0.4, 1.3))
    length = dice.uniform(0, 2)
    kernel = np.zeros((5, 5), np.float32)
    angle = dice.uniform(0, np.pi)
    for step in np.linspace(-length / 2, length / 2, 9):
        kernel[round(2 + float(step * np.sin(angle))), round(2 + float(step * np.cos(angle)))] += 1
    return np.asarray(cv2.filter2D(soft, -1, kernel / kernel.sum()), np.float32)

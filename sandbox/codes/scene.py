"""What a terminal's camera sees: an empty hall, and a hall with a phone or a sheet held up in it."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from sandbox.codes.symbol import symbol

Picture = NDArray[np.uint8]
"""BGR, 8 bits."""

Held = Literal["phone", "paper"]

_FINE = 8
"""Pixels a module before the lens."""
_SHARE = 0.62
"""Height of the code against the height of the picture: a hand's breadth before the lens."""


def empty_hall(width: int, height: int) -> Picture:
    """A wall, a counter, a lamp's light falling off: still and slightly out of focus."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    light = 150 - 60 * ((columns / width - 0.35) ** 2 + (rows / height - 0.2) ** 2)
    hall = np.stack([light * 0.96, light, light * 1.02], axis=2)
    hall[int(height * 0.68) :] *= 0.55
    scene = _picture(np.clip(hall, 0, 255))
    cv2.rectangle(scene, (int(width * 0.72), int(height * 0.12)), (int(width * 0.9), int(height * 0.68)), (92, 104, 112), -1)
    cv2.rectangle(scene, (int(width * 0.08), int(height * 0.2)), (int(width * 0.3), int(height * 0.42)), (190, 198, 200), -1)
    cv2.rectangle(scene, (int(width * 0.1), int(height * 0.24)), (int(width * 0.28), int(height * 0.27)), (70, 60, 160), -1)
    return _picture(cv2.GaussianBlur(scene, (0, 0), 3))


def held_up(hall: Picture, payload: bytes, kind: Held, dice: np.random.Generator) -> Picture:
    """`hall` with the code on a phone's screen (bezel, glow) or printed on a sheet, held a little askew and a little soft."""
    code = symbol(payload, pixels=_FINE)
    card = _phone(code) if kind == "phone" else _sheet(code)
    rows, columns = hall.shape[:2]
    scale = rows * _SHARE / code.shape[0]
    half = np.array([card.shape[1], card.shape[0]], np.float32) * scale / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * half
    turn = float(np.deg2rad(dice.uniform(-12, 12)))
    spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]], np.float32)
    middle = np.array([columns, rows], np.float32) * np.array([dice.uniform(0.45, 0.55), dice.uniform(0.47, 0.53)], np.float32)
    tilt = 1 + dice.uniform(-0.06, 0.06, (4, 1)).astype(np.float32)
    seen_at = np.asarray((corners * tilt) @ spin.T + middle, np.float32)
    on_card = np.array([[0, 0], [card.shape[1], 0], [card.shape[1], card.shape[0]], [0, card.shape[0]]], np.float32)
    lens = cv2.getPerspectiveTransform(on_card, seen_at)
    soft = cv2.GaussianBlur(card, (0, 0), max(0.1, 0.45 / scale))
    seen = cv2.warpPerspective(soft, lens, (columns, rows), flags=cv2.INTER_LINEAR)
    cover = cv2.warpPerspective(np.full(card.shape[:2], 255, np.uint8), lens, (columns, rows), flags=cv2.INTER_LINEAR)
    weight = cover.astype(np.float32)[:, :, None] / 255
    return _picture(np.clip(hall * (1 - weight) + seen * weight, 0, 255))


def _phone(code: Picture) -> Picture:
    """A dark bezel, a bluish bright screen, room for a line of text above the code."""
    side = code.shape[0]
    edge, head = side // 14, side // 4
    phone = np.full((side + 2 * edge + 2 * head, side + 2 * edge, 3), 24, np.uint8)
    screen = np.full((side + 2 * head, side, 3), 235, np.uint8)
    screen[head : head + side] = (code.astype(np.float32)[:, :, None] * np.array([0.92, 0.9, 0.88]) + 10).astype(np.uint8)
    cv2.rectangle(screen, (side // 5, head // 3), (side * 4 // 5, head // 2), (170, 130, 60), -1)
    phone[edge:-edge, edge:-edge] = screen
    return phone


def _sheet(code: Picture) -> Picture:
    edge = code.shape[0] // 5
    sheet = np.full((code.shape[0] + 2 * edge, code.shape[1] + 2 * edge, 3), 214, np.uint8)
    sheet[edge:-edge, edge:-edge] = (code.astype(np.float32)[:, :, None] * np.array([0.68, 0.7, 0.7]) + 36).astype(np.uint8)
    return sheet


def _picture(values: MatLike) -> Picture:
    return np.ascontiguousarray(values, dtype=np.uint8)

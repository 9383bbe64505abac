"""A clean QR code as gray pixels."""

from __future__ import annotations

import numpy as np
import segno
from numpy.typing import NDArray

Gray = NDArray[np.uint8]

QUIET_ZONE = 4
"""Modules of white around a symbol (ISO/IEC 18004, 5.3.8)."""


def modules(payload: bytes, *, error: str = "m", border: int = QUIET_ZONE) -> Gray:
    """The symbol in byte mode with its quiet zone, one pixel a module, 0 dark and 255 light."""
    matrix = segno.make_qr(payload, mode="byte", error=error, boost_error=False).matrix
    dark = np.array([[bool(module & 1) for module in row] for row in matrix])
    return np.pad(np.where(dark, 0, 255).astype(np.uint8), border, constant_values=255)


def symbol(payload: bytes, *, pixels: int, error: str = "m", border: int = QUIET_ZONE) -> Gray:
    """The symbol drawn with `pixels` pixels a module."""
    return np.kron(modules(payload, error=error, border=border), np.ones((pixels, pixels), np.uint8))

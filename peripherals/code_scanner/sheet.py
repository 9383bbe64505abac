"""A symbol on a sheet that does not lie flat: the sheet laid flat module by module, and how its bend is found.

Flattened by a first guess (`lens`), edges between modules should lie on lattice lines; where the sheet is bent they lie beside them.
The local phase of the edges against the lattice tells by how much, so the guess is bent until they agree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from peripherals.code_scanner.reading import Gray

Floats = NDArray[np.float32]
Expired = Callable[[], bool]
"""Says whether the time for a picture is up."""

FINE = 6
"""Pixels a module of the flattened picture."""
MARGIN = 2
"""Modules around the symbol that are flattened with it."""
WINDOWS = (9.0, 7.0, 5.5, 4.5, 3.6, 3.0, 2.6, 2.2, 2.0, 1.8, 1.8, 1.8)
"""Sigma of the window (modules) in which the phase is taken, step by step, for the whole sheet at once."""
OUTWARD_WINDOW = 1.6
LAST_WINDOWS = (1.8, 1.4)
"""The same on the way outwards, and at its end."""
GAIN = 0.7
SURE = 0.55
"""How well a cell's edges must agree to count as known at once."""
SILENCE = 1.0
"""Sigma (modules) of the surroundings in which a module's contrast is judged."""
NEARBY, RIDGE = 2.0, 0.3
"""Sigma (modules) of the neighbourhood that foretells, and how stiff its plane is."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A symbol of `side` modules seen in `gray` through `lens`, to be laid flat with `FINE` pixels a module."""

    gray: Gray
    lens: NDArray[np.float64]
    side: int

    @property
    def cells(self) -> int:
        """Modules a side of what is flattened, margins and all."""
        return self.side + 2 * MARGIN

    def unbent(self) -> Floats:
        """The bend of a sheet that is flat: by how many modules each cell has to be moved, across and down."""
        return np.zeros((2, self.cells, self.cells), np.float32)

    def flattened(self, bend: Floats) -> Floats:
        """The symbol laid flat, contrast evened to about -1 (dark) … 1 (light)."""
        light = self.laid(bend)
        mean = blurred(_gathered(light), 3.0)
        variance = blurred(_gathered(light * light), 3.0) - mean * mean
        contrast = np.sqrt(np.maximum(variance, 0)) + 4
        return np.clip((light - _spread(mean)) / _spread(contrast), -2, 2).astype(np.float32)

    def silent(self, bend: Floats, share: float) -> NDArray[np.bool_]:
        """Which modules of the symbol say nothing: hardly any contrast round them (less than `share` of what is usual in it)."""
        module = _gathered(self.laid(bend))[MARGIN:-MARGIN, MARGIN:-MARGIN]
        mean = blurred(module, SILENCE)
        contrast = np.sqrt(np.maximum(blurred(module * module, SILENCE) - mean * mean, 0))
        return contrast < share * float(np.median(contrast))

    def laid(self, bend: Floats) -> Floats:
        """The symbol laid flat, as bright as it was taken."""
        line = ((np.arange(self.cells * FINE) + 0.5) / FINE - MARGIN).astype(np.float32)
        u, v = np.meshgrid(line, line)
        u, v = u + _spread(bend[0]), v + _spread(bend[1])
        lens = self.lens
        depth = lens[2, 0] * u + lens[2, 1] * v + lens[2, 2]
        depth = np.where(np.abs(depth) < 1e-6, 1e-6, depth)
        x = ((lens[0, 0] * u + lens[0, 1] * v + lens[0, 2]) / depth).astype(np.float32)
        y = ((lens[1, 0] * u + lens[1, 1] * v + lens[1, 2]) / depth).astype(np.float32)
        return np.asarray(cv2.remap(self.gray, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _spread(cells: Floats) -> Floats:
    """One value a cell, drawn out to pixels."""
    size = (cells.shape[1] * FINE, cells.shape[0] * FINE)
    return np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _gathered(pixels: Floats) -> Floats:
    """Means of the pixels of each cell."""
    size = (pixels.shape[1] // FINE, pixels.shape[0] // FINE)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)


def blurred(cells: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(cells, (0, 0), sigma, borderType=cv2.BORDER_REFLECT), np.float32)


def _phase(flat: Floats, axis: int, weight: Floats, sigma: float) -> tuple[Floats, Floats]:
    """By what part of a module (-0.5 … 0.5) the edges across `axis` lie beside the lattice, in a window round each cell, and how well
    they agree about it (0 … 1).
    """
    soft = np.asarray(cv2.GaussianBlur(flat, (0, 0), FINE / 8), np.float32)
    edges = np.zeros_like(soft)
    if axis == 0:
        edges[:, :-1] = np.abs(np.diff(soft, axis=1))
    else:
        edges[:-1] = np.abs(np.diff(soft, axis=0))
    angle: Floats = np.arange(1, soft.shape[0] + 1, dtype=np.float32) * np.float32(2 * np.pi / FINE)
    cosine, sine = (np.cos(angle), np.sin(angle)) if axis == 0 else (np.cos(angle)[:, None], np.sin(angle)[:, None])
    real = blurred(_gathered((edges * cosine).astype(np.float32)) * weight, sigma)
    imaginary = blurred(_gathered((edges * sine).astype(np.float32)) * weight, sigma)
    all_edges = blurred(_gathered(edges) * weight, sigma) + 1e-6
    phase = (np.arctan2(imaginary, real) / (2 * np.pi)).astype(np.float32)
    return phase, (np.hypot(real, imaginary) / all_edges).astype(np.float32)


def bent_as_a_whole(sheet: Sheet, expired: Expired) -> Floats:
    """The bend found everywhere at once, over ever narrower windows; right while the first guess is off by less than half a module."""
    bend = sheet.unbent()
    inside = np.zeros((sheet.cells, sheet.cells), np.float32)
    inside[MARGIN:-MARGIN, MARGIN:-MARGIN] = 1
    for sigma in WINDOWS:
        if expired():
            break
        flat = sheet.flattened(bend)
        for axis in (0, 1):
            bend[axis] += 0.8 * _phase(flat, axis, inside, sigma)[0]
    return bend


def bent_outwards(sheet: Sheet, expired: Expired) -> Floats:
    """The bend found cell by cell from the finder patterns outwards, the surest cells first, for sheets whose far parts are off by
    modules: what is known foretells where its neighbours lie, and a neighbour counts as known when its edges agree with that.
    """
    bend = sheet.unbent()
    place = (np.arange(sheet.cells) - MARGIN + 0.5).astype(np.float32)
    u, v = np.meshgrid(place, place)
    inside = (u > 0) & (u < sheet.side) & (v > 0) & (v < sheet.side)
    far = sheet.side - 3.5
    known = np.zeros_like(inside)
    for x, y in ((3.5, 3.5), (far, 3.5), (3.5, far)):
        known |= (np.abs(u - x) < 4) & (np.abs(v - y) < 4) & inside
    for _ in range(3):
        _settle(sheet, bend, known, 2.0)
        _foretell(bend, known, u, v)
    while not known[inside].all() and not expired():
        beside = (cv2.dilate(known.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & ~known & inside
        _settle(sheet, bend, known | beside, OUTWARD_WINDOW)
        sure = _settle(sheet, bend, known | beside, OUTWARD_WINDOW)
        # At least the surest quarter of them, so that it comes to an end.
        known |= beside & (sure >= min(SURE, float(np.quantile(np.asarray(sure[beside], np.float64), 0.75))))
        _foretell(bend, known, u, v)
    for window in LAST_WINDOWS:
        _settle(sheet, bend, inside, window)
    return bend


def _settle(sheet: Sheet, bend: Floats, cells: NDArray[np.bool_], window: float) -> Floats:
    """Move `cells` onto their edges; returns how well those agree (0 … 1), across and down whichever is less."""
    weight = cells.astype(np.float32)
    flat = sheet.flattened(bend)
    sure = np.ones_like(weight)
    for axis in (0, 1):
        phase, agreement = _phase(flat, axis, weight, window)
        bend[axis] += GAIN * phase * weight
        sure = np.minimum(sure, agreement)
    return sure


def _foretell(bend: Floats, known: NDArray[np.bool_], u: Floats, v: Floats) -> None:
    """Carry the bend on beyond what is known: by a plane through the known cells nearby, further out by their mean."""
    weight = known.astype(np.float32)
    total = blurred(weight, NEARBY) + 1e-9

    def mean(values: Floats) -> Floats:
        return (blurred(weight * values, NEARBY) / total).astype(np.float32)

    mean_u, mean_v = mean(u), mean(v)
    # A ridge keeps the plane level where the cells lie on one line.
    across, down, both = mean(u * u) - mean_u**2 + RIDGE, mean(v * v) - mean_v**2 + RIDGE, mean(u * v) - mean_u * mean_v
    ground = across * down - both * both
    for axis in (0, 1):
        values = bend[axis]
        level = mean(values)
        by_u, by_v = mean(u * values) - mean_u * level, mean(v * values) - mean_v * level
        plane = level + ((by_u * down - by_v * both) * (u - mean_u) + (by_v * across - by_u * both) * (v - mean_v)) / ground
        bend[axis] = np.where(known, values, np.where(total > 1e-4, plane, _continued(values, weight)))


def _continued(values: Floats, known: Floats) -> Floats:
    """`values` where they are known, carried on smoothly beyond."""
    beyond = np.zeros_like(values)
    filled = np.zeros_like(values)
    for sigma in (1.5, 4.0, 16.0):
        weight = blurred(known, sigma)
        fresh = (filled == 0) & (weight > 0.02)
        beyond[fresh] = (blurred(values * known, sigma) / np.maximum(weight, 1e-6))[fresh]
        filled[fresh] = 1
    return np.where(known > 0, values, beyond).astype(np.float32)

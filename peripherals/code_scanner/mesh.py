"""A reader for codes on cloth, bent or creased paper, which lies flat for no other reader.

Three finder patterns give a first guess of where every module lies. Flattened by that guess, edges between modules should lie on
lattice lines; where the sheet is bent they lie beside them. The local phase of the edges against the lattice tells by how
much, so the guess is bent until they agree, first over wide windows, then over narrow ones. The modules are then sampled each in its
middle, drawn as a clean symbol, and zxing-cpp does the rest: error correction decides whether it was right.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, permutations

import cv2
import numpy as np
from numpy.typing import NDArray

from peripherals.code_scanner import zxing
from peripherals.code_scanner.reading import DecodedCode, Gray

Floats = NDArray[np.float32]
Point = NDArray[np.float64]
Expired = Callable[[], bool]
"""Says whether the time for a picture is up."""

FINE = 6
"""Pixels a module of the flattened picture."""
MARGIN = 2
"""Modules around the symbol that are flattened with it."""
MOST_FINDERS = 9
LARGEST_BLOCK = 401
"""Pixels of the surroundings by which black is told from white."""
WINDOWS = (9.0, 7.0, 5.5, 4.5, 3.6, 3.0, 2.6, 2.2, 2.0, 1.8, 1.8, 1.8)
"""Sigma of the window (modules) in which the phase is taken, step by step."""
STRIDE = 2.0
OUTWARD_WINDOW = 2.2
"""Modules by which the known part grows in one step, and the window's sigma meanwhile."""
SHARPENINGS = (0.0, 0.12, 0.25)
"""How much of each neighbour's light is taken back from a module, against blur."""


def read(gray: Gray, expired: Expired = lambda: False) -> tuple[DecodedCode, ...]:
    """The codes that become readable when they are flattened module by module; gives up when `expired` says so."""
    found: dict[bytes, DecodedCode] = {}
    # OpenCV refuses some pictures: then nothing more is to be found in them.
    with contextlib.suppress(cv2.error, MemoryError):
        for binary in _binaries(gray):
            if found or expired():
                break
            for triple in _triples(_finders(binary)):
                code = _read_symbol(gray, triple, expired)
                if code is not None and code.payload not in found:
                    found[code.payload] = code
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Finder:
    """A finder pattern: its middle and the size of its modules, in pixels."""

    centre: Point
    module: float


@dataclass(frozen=True, slots=True)
class _Triple:
    """Three finder patterns in their places, and the numbers of modules a side that fit their distance, likeliest first."""

    top_left: Point
    top_right: Point
    bottom_left: Point
    sides: tuple[int, ...]


def _binaries(gray: Gray) -> Iterator[Gray]:
    longest = min(max(gray.shape), 2 * min(gray.shape))
    for share in (8, 20):
        block = min(max(15, longest // share), LARGEST_BLOCK) | 1
        for picture in (gray, cv2.GaussianBlur(gray, (0, 0), 1.2)):
            yield np.asarray(
                cv2.adaptiveThreshold(picture, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, block, 4), np.uint8
            )


def _finders(binary: Gray) -> list[_Finder]:
    """White rings with a dark square in the middle: a hole of 5x5 modules in something dark, holding a square of 3x3."""
    contours, tree = cv2.findContours(binary, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if not contours or len(contours) > 20_000:
        return []
    holes = [contour for contour, node in zip(contours, tree[0], strict=True) if node[3] >= 0 and len(contour) >= 12]
    blobs = [contour for contour, node in zip(contours, tree[0], strict=True) if node[3] < 0 and len(contour) >= 6]
    if not holes or not blobs:
        return []
    middles = np.array([cv2.boundingRect(blob) for blob in blobs], np.float64)
    middles = middles[:, :2] + middles[:, 2:] / 2
    found: list[_Finder] = []
    for hole in holes:
        x, y, width, height = cv2.boundingRect(hole)
        if not 0.4 < width / height < 2.5:
            continue
        off = np.abs(middles - (x + width / 2, y + height / 2)) / (width, height)
        for index in np.flatnonzero(off.max(axis=1) < 0.12):
            outer, inner = cv2.contourArea(hole), cv2.contourArea(blobs[index])
            if not 0.12 < inner / max(outer, 1) < 0.6 or inner < 4:
                continue
            moments = cv2.moments(hole)
            centre = np.array([moments["m10"], moments["m01"]]) / moments["m00"]
            found.append(_Finder(centre, (np.sqrt(outer) + np.sqrt(inner)) / 8))
            break
    found.sort(key=lambda finder: -finder.module)
    return found[:MOST_FINDERS]


def _triples(finders: list[_Finder]) -> Iterator[_Triple]:
    for three in combinations(finders, 3):
        sizes = [finder.module for finder in three]
        if max(sizes) > 1.8 * min(sizes):
            continue
        for corner, right, down in permutations(three):
            across, along = right.centre - corner.centre, down.centre - corner.centre
            turn = across[0] * along[1] - across[1] * along[0]
            lengths = np.hypot(*across), np.hypot(*along)
            if turn <= 0 or not 0.5 < lengths[0] / lengths[1] < 2 or abs(across @ along) > 0.5 * lengths[0] * lengths[1]:
                continue
            module = float(np.mean(sizes))
            guess = float(np.mean(lengths)) / module + 7
            if not 18 < guess < 120:
                continue
            nearest = sorted(range(21, 118, 4), key=lambda side: abs(side - guess))
            yield _Triple(corner.centre, right.centre, down.centre, tuple(nearest[:3]))


def _read_symbol(gray: Gray, triple: _Triple, expired: Expired) -> DecodedCode | None:
    for bent in (_bent_as_a_whole, _bent_outwards):
        for side in triple.sides:
            for lens in _first_guesses(gray, triple, side):
                if expired():
                    return None
                sheet = _Sheet(gray, lens, side)
                for picture in _drawn(sheet.flattened(bent(sheet)), side):
                    for code in zxing.read(picture, pure=True):
                        return replace(code, corners=_corners(lens, side))
    return None


def _first_guesses(gray: Gray, triple: _Triple, side: int) -> Iterator[NDArray[np.float64]]:
    """Homographies from modules to pixels: the fourth point where an alignment pattern may be, and where flat paper has it."""
    near, far = 3.5, side - 3.5
    parallel = triple.top_right + triple.bottom_left - triple.top_left
    modules = np.array([[near, near], [far, near], [near, far], [far, far]], np.float32)
    pixels = np.array([triple.top_left, triple.top_right, triple.bottom_left, parallel], np.float32)
    plain = np.asarray(cv2.getPerspectiveTransform(modules, pixels), np.float64)
    if side > 21:
        sheet = _Sheet(gray, plain, side)
        for spot in _alignment_spots(sheet.flattened(sheet.unbent()), side):
            modules[3] = side - 6.5
            pixels[3] = _through(plain, np.array([spot]))[0]
            yield np.asarray(cv2.getPerspectiveTransform(modules, pixels), np.float64)
    yield plain


def _alignment_spots(flat: Floats, side: int) -> list[Point]:
    """Where the bottom right alignment pattern may be (modules), best match first."""
    ring = np.full((5, 5), -1.0, np.float32)
    ring[1:4, 1:4] = 1
    ring[2, 2] = -1
    pattern = np.kron(ring, np.ones((FINE, FINE), np.float32))
    reach = 5
    begin = int((side - 9 - reach + MARGIN) * FINE)
    window = flat[begin : begin + (5 + 2 * reach) * FINE, begin : begin + (5 + 2 * reach) * FINE]
    if min(window.shape) < pattern.shape[0]:
        return []
    match = np.asarray(cv2.matchTemplate(np.ascontiguousarray(window), pattern, cv2.TM_CCOEFF_NORMED), np.float32)
    spots: list[Point] = []
    for _ in range(3):
        row, column = np.unravel_index(int(match.argmax()), match.shape)
        if match[row, column] < 0.3:
            break
        spots.append((np.array([column, row]) + begin) / FINE - MARGIN + 2.5)
        match[max(0, row - FINE) : row + FINE, max(0, column - FINE) : column + FINE] = -1
    return spots


@dataclass(frozen=True, slots=True)
class _Sheet:
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
        line = ((np.arange(self.cells * FINE) + 0.5) / FINE - MARGIN).astype(np.float32)
        u, v = np.meshgrid(line, line)
        u, v = u + _spread(bend[0]), v + _spread(bend[1])
        lens = self.lens
        depth = lens[2, 0] * u + lens[2, 1] * v + lens[2, 2]
        depth = np.where(np.abs(depth) < 1e-6, 1e-6, depth)
        x = ((lens[0, 0] * u + lens[0, 1] * v + lens[0, 2]) / depth).astype(np.float32)
        y = ((lens[1, 0] * u + lens[1, 1] * v + lens[1, 2]) / depth).astype(np.float32)
        light = np.asarray(cv2.remap(self.gray, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)
        mean = _blurred(_gathered(light), 3.0)
        variance = _blurred(_gathered(light * light), 3.0) - mean * mean
        contrast = np.sqrt(np.maximum(variance, 0)) + 4
        return np.clip((light - _spread(mean)) / _spread(contrast), -2, 2).astype(np.float32)


def _spread(cells: Floats) -> Floats:
    """One value a cell, drawn out to pixels."""
    size = (cells.shape[1] * FINE, cells.shape[0] * FINE)
    return np.asarray(cv2.resize(cells, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _gathered(pixels: Floats) -> Floats:
    """Means of the pixels of each cell."""
    size = (pixels.shape[1] // FINE, pixels.shape[0] // FINE)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)


def _blurred(cells: Floats, sigma: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(cells, (0, 0), sigma, borderType=cv2.BORDER_REFLECT), np.float32)


def _phase(flat: Floats, axis: int, weight: Floats, sigma: float) -> Floats:
    """By what part of a module (-0.5 … 0.5) the edges across `axis` lie beside the lattice, in a window round each cell."""
    soft = np.asarray(cv2.GaussianBlur(flat, (0, 0), FINE / 8), np.float32)
    edges = np.zeros_like(soft)
    if axis == 0:
        edges[:, :-1] = np.abs(np.diff(soft, axis=1))
    else:
        edges[:-1] = np.abs(np.diff(soft, axis=0))
    angle: Floats = np.arange(1, soft.shape[0] + 1, dtype=np.float32) * np.float32(2 * np.pi / FINE)
    cosine, sine = (np.cos(angle), np.sin(angle)) if axis == 0 else (np.cos(angle)[:, None], np.sin(angle)[:, None])
    real = _blurred(_gathered((edges * cosine).astype(np.float32)) * weight, sigma)
    imaginary = _blurred(_gathered((edges * sine).astype(np.float32)) * weight, sigma)
    return (np.arctan2(imaginary, real) / (2 * np.pi)).astype(np.float32)


def _bent_as_a_whole(sheet: _Sheet) -> Floats:
    """The bend found everywhere at once, over ever narrower windows; right while the first guess is off by less than half a module."""
    bend = sheet.unbent()
    inside = np.zeros((sheet.cells, sheet.cells), np.float32)
    inside[MARGIN:-MARGIN, MARGIN:-MARGIN] = 1
    for sigma in WINDOWS:
        flat = sheet.flattened(bend)
        for axis in (0, 1):
            bend[axis] += 0.8 * _phase(flat, axis, inside, sigma)
    return bend


def _bent_outwards(sheet: _Sheet) -> Floats:
    """The bend found step by step from the finder patterns outwards, for sheets whose far parts are off by modules."""
    bend = sheet.unbent()
    place = np.arange(sheet.cells) - MARGIN + 0.5
    u, v = np.meshgrid(place, place)
    corners = ((3.5, 3.5), (sheet.side - 3.5, 3.5), (3.5, sheet.side - 3.5))
    distance = np.min([np.hypot(u - x, v - y) for x, y in corners], axis=0)
    inside = (u > 0) & (u < sheet.side) & (v > 0) & (v < sheet.side)
    reach = 5.0
    while reach < distance.max() + 3 * STRIDE:
        known = (inside & (distance < reach)).astype(np.float32)
        flat = sheet.flattened(bend)
        for axis in (0, 1):
            bend[axis] += 0.8 * _phase(flat, axis, known, OUTWARD_WINDOW) * known
            bend[axis] = _continued(bend[axis], known)
        reach += STRIDE
    return bend


def _continued(values: Floats, known: Floats) -> Floats:
    """`values` where they are known, carried on smoothly beyond."""
    beyond = np.zeros_like(values)
    filled = np.zeros_like(values)
    for sigma in (1.5, 4.0, 16.0):
        weight = _blurred(known, sigma)
        fresh = (filled == 0) & (weight > 0.02)
        beyond[fresh] = (_blurred(values * known, sigma) / np.maximum(weight, 1e-6))[fresh]
        filled[fresh] = 1
    return np.where(known > 0, values, beyond).astype(np.float32)


def _drawn(flat: Floats, side: int) -> Iterator[Gray]:
    """Clean symbols from a flattened one: modules sampled in their middle, neighbours' light taken back, cut at zero."""
    soft = cv2.GaussianBlur(flat, (0, 0), FINE / 5)
    begin = MARGIN * FINE + FINE // 2
    middle = (soft[begin::FINE, begin::FINE] + soft[begin - 1 :: FINE, begin - 1 :: FINE])[:side, :side] / 2
    around = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32)
    for amount in SHARPENINGS:
        value = middle - amount * cv2.filter2D(middle, -1, around, borderType=cv2.BORDER_REPLICATE)
        level = cv2.GaussianBlur(value, (0, 0), 4) if amount else 0.0
        light = value > level
        _paint_fixed_patterns(light)
        modules = np.pad(np.where(light, 255, 0).astype(np.uint8), 4, constant_values=255)
        yield np.kron(modules, np.ones((3, 3), np.uint8))


def _paint_fixed_patterns(light: NDArray[np.bool_]) -> None:
    """Finder patterns, separators and timing are the same in every symbol: draw them as they must be."""
    side = light.shape[0]
    finder = np.ones((8, 8), np.bool_)
    finder[:7, :7] = False
    finder[1:6, 1:6] = True
    finder[2:5, 2:5] = False
    light[:8, :8] = finder
    light[:8, -8:] = finder[:, ::-1]
    light[-8:, :8] = finder[::-1]
    light[6, 8 : side - 8] = light[8 : side - 8, 6] = np.arange(8, side - 8) % 2 == 1


def _through(lens: NDArray[np.float64], points: Point) -> Point:
    seen = np.column_stack([points, np.ones(len(points))]) @ lens.T
    return seen[:, :2] / seen[:, 2:]


def _corners(lens: NDArray[np.float64], side: int) -> tuple[tuple[float, float], ...]:
    square = np.array([[0, 0], [side, 0], [side, side], [0, side]], np.float64)
    return tuple((float(x), float(y)) for x, y in _through(lens, square))

"""A reader for codes on cloth, bent or creased paper, which lies flat for no other reader.

Three finder patterns give a first guess of where every module lies. Flattened by that guess, edges between modules should lie on
lattice lines; where they do not, the guess is bent until they do (`sheet`). The modules are then sampled each in its middle, drawn as
a clean symbol, and zxing-cpp does the rest: error correction decides whether it was right.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, combinations, permutations

import cv2
import numpy as np
from numpy.typing import NDArray

from peripherals.code_scanner import zxing
from peripherals.code_scanner.erasures import mended
from peripherals.code_scanner.reading import DecodedCode, Gray
from peripherals.code_scanner.sheet import FINE, MARGIN, Expired, Floats, Sheet, bent_as_a_whole, bent_outwards

Point = NDArray[np.float64]
MOST_FINDERS = 9
SIDES = range(21, 118, 4)
"""Modules a side of the versions that are tried (ISO/IEC 18004: 21 to 177)."""
LARGEST_BLOCK = 401
"""Pixels of the surroundings by which black is told from white."""
SHARPENINGS = (0.0, 0.12, 0.25)
"""How much of each neighbour's light is taken back from a module, against blur."""
SILENT_SHARES = (0.3, 0.6)
"""Modules with less than this share of the usual contrast round them count as not seen."""


def read(gray: Gray, expired: Expired = lambda: False) -> tuple[DecodedCode, ...]:
    """The codes that become readable when they are flattened module by module; gives up when `expired` says so."""
    found: dict[bytes, DecodedCode] = {}
    # OpenCV refuses some pictures: then nothing more is to be found in them.
    with contextlib.suppress(cv2.error, MemoryError):
        for binary in _binaries(gray):
            if found or expired():
                break
            finders = _finders(binary)
            for triple in _triples(finders):
                code = _read_symbol(gray, triple, expired)
                if code is not None and code.payload not in found:
                    found[code.payload] = code
            for triple in _pairs(finders) if len(finders) == 2 else ():
                code = _read_flat(gray, triple, expired)
                if code is not None and code.payload not in found:
                    found[code.payload] = code
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Finder:
    """A finder pattern: its middle, the size of its modules, and the outline of its white ring (5 modules wide), in pixels."""

    centre: Point
    module: float
    outline: Point

    def module_along(self, direction: Point) -> float:
        """The size of its modules in one direction."""
        reach = self.outline @ (direction / np.hypot(*direction))
        return max(1.0, float(reach.max() - reach.min()) / 5)


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
            found.append(_Finder(centre, (np.sqrt(outer) + np.sqrt(inner)) / 8, hole[:, 0, :].astype(np.float64)))
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
            if triple := _triple(three, corner.centre, right.centre, down.centre):
                yield triple


def _pairs(finders: list[_Finder]) -> Iterator[_Triple]:
    """Where one finder pattern is not to be seen, where it must be on a sheet seen straight on."""
    for pair in permutations(finders, 2):
        if max(finder.module for finder in pair) > 1.3 * min(finder.module for finder in pair):
            continue
        one, other = pair[0].centre, pair[1].centre
        along = other - one
        turned = np.array([-along[1], along[0]])
        for corner, right, down in (
            (one, other, one + turned),
            (one, one - turned, other),
            ((one + other + turned) / 2, one, other),
        ):
            if triple := _triple(pair, corner, right, down):
                yield triple


def _triple(finders: Sequence[_Finder], corner: Point, right: Point, down: Point) -> _Triple | None:
    across, along = right - corner, down - corner
    lengths = np.hypot(*across), np.hypot(*along)
    # Bent paper is short along its bend and right across it, so each direction is asked by itself too.
    guesses = [
        length / float(np.mean([finder.module_along(along_it) for finder in finders])) + 7
        for length, along_it in zip(lengths, (across, along), strict=True)
    ]
    guesses.append(float(np.mean(lengths)) / float(np.mean([finder.module for finder in finders])) + 7)
    if not 18 < guesses[-1] < 120:
        return None
    likely = [min(SIDES, key=lambda side: abs(side - guess)) for guess in guesses]
    nearest = sorted(SIDES, key=lambda side: abs(side - guesses[-1]))[:3]
    return _Triple(corner, right, down, tuple(dict.fromkeys([likely[-1], *likely, *nearest]))[:4])


def _read_symbol(gray: Gray, triple: _Triple, expired: Expired) -> DecodedCode | None:
    """The likeliest first: flat paper's lens and every number of modules, then lenses through an alignment pattern."""
    plain = [(side, _plain(triple, side)) for side in triple.sides]
    tries = [(side, lens, bent) for side, lens in plain for bent in (bent_as_a_whole, bent_outwards)]
    for side, lens, bent in tries:
        if expired():
            return None
        if (code := _read_sheet(Sheet(gray, lens, side), bent, expired)) is not None:
            return code
    for side, lens in plain:
        for other in _by_alignment(gray, triple, side, lens):
            if expired():
                return None
            if (code := _read_sheet(Sheet(gray, other, side), bent_as_a_whole, expired)) is not None:
                return code
    return None


def _read_flat(gray: Gray, triple: _Triple, expired: Expired) -> DecodedCode | None:
    """As if the sheet lay flat, with every likely number of modules."""
    for side in triple.sides:
        if expired():
            return None
        if (code := _read_sheet(Sheet(gray, _plain(triple, side), side), lambda sheet, _: sheet.unbent(), expired)) is not None:
            return code
    return None


def _read_sheet(sheet: Sheet, bent: Callable[[Sheet, Expired], Floats], expired: Expired) -> DecodedCode | None:
    bend = bent(sheet, expired)
    flat = sheet.flattened(bend)
    for picture in chain(_drawn(flat, sheet.side), _mended(sheet, bend, flat)):
        for code in zxing.read(picture, pure=True):
            return replace(code, corners=_corners(sheet.lens, sheet.side))
    return None


def _plain(triple: _Triple, side: int, fourth: tuple[float, Point] | None = None) -> NDArray[np.float64]:
    """The homography from modules to pixels; without a `fourth` point (its place on the diagonal, in pixels) as flat paper has it."""
    near, far = 3.5, side - 3.5
    place, spot = fourth or (far, triple.top_right + triple.bottom_left - triple.top_left)
    modules = np.array([[near, near], [far, near], [near, far], [place, place]], np.float32)
    pixels = np.array([triple.top_left, triple.top_right, triple.bottom_left, spot], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(modules, pixels), np.float64)


def _by_alignment(gray: Gray, triple: _Triple, side: int, plain: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    """Homographies whose fourth point is where an alignment pattern may be."""
    if side > 21:
        sheet = Sheet(gray, plain, side)
        for spot in _alignment_spots(sheet.flattened(sheet.unbent()), side):
            yield _plain(triple, side, (side - 6.5, _through(plain, np.array([spot]))[0]))


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


def _drawn(flat: Floats, side: int) -> Iterator[Gray]:
    """Clean symbols from a flattened one: modules sampled in their middle, neighbours' light taken back, cut at zero."""
    middle = _middles(flat, side)
    around = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32)
    for amount in SHARPENINGS:
        value = middle - amount * cv2.filter2D(middle, -1, around, borderType=cv2.BORDER_REPLICATE)
        level = cv2.GaussianBlur(value, (0, 0), 4) if amount else 0.0
        light = value > level
        _paint_fixed_patterns(light)
        yield _symbol(light)


def _mended(sheet: Sheet, bend: Floats, flat: Floats) -> Iterator[Gray]:
    """Clean symbols in which what could not be seen is filled in from what could."""
    for share in SILENT_SHARES:
        modules = mended(_middles(flat, sheet.side), sheet.silent(bend, share))
        if modules is not None:
            yield _symbol(modules)


def _middles(flat: Floats, side: int) -> Floats:
    """How light each module is in its middle."""
    soft = cv2.GaussianBlur(flat, (0, 0), FINE / 5)
    begin = MARGIN * FINE + FINE // 2
    return ((soft[begin::FINE, begin::FINE] + soft[begin - 1 :: FINE, begin - 1 :: FINE])[:side, :side] / 2).astype(np.float32)


def _symbol(light: NDArray[np.bool_]) -> Gray:
    modules = np.pad(np.where(light, 255, 0).astype(np.uint8), 4, constant_values=255)
    return np.kron(modules, np.ones((3, 3), np.uint8))


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

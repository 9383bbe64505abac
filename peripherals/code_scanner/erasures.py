"""Codes of which a part is not to be seen: washed out by a lamp, under a sticker, smeared over.

The Reed-Solomon code of a symbol (ISO/IEC 18004, section 7.5) mends one wrong codeword with two check codewords, but one that is known
to be missing with one. Readers take every module for black or white; here those that say nothing count as missing, so up to twice as
much may be covered. `SPARE` check codewords of each block are never spent: what has nothing left to prove itself by is not believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import numpy as np
import reedsolo
import segno
import segno.consts
from numpy.typing import NDArray

iso18004 = cast("Any", segno.consts)
"""The tables of ISO/IEC 18004, as segno has them (untyped)."""

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]
Whole = NDArray[np.int64]

SPARE = 4
"""Check codewords a block that stay unspent: one in four thousand million wrong words would pass them."""
FORMAT_AGREES = 0.75
"""Share of the visible format modules that must be as one of the 32 formats has them."""
LEVELS = ("L", "M", "Q", "H")
_FORMAT_BITS = 15


def mended(light: Floats, lost: Bools) -> Bools | None:
    """The whole symbol (True: a light module), where enough of it is to be seen.

    `light` is positive for light modules and negative for dark ones, `lost` says which say nothing; both have the symbol's own shape
    (side, side), without a quiet zone, upright. None where no format fits or a block cannot be mended.
    """
    side = light.shape[0]
    version = (side - 17) // 4
    for level, mask in _formats(version, light > 0, lost):
        if (codewords := _mended_codewords(version, level, mask, light > 0, lost)) is not None:
            return _drawn(version, level, mask, codewords)
    return None


@dataclass(frozen=True, slots=True)
class _Places:
    """Where things are in the symbols of one version, as (row, column): each codeword's eight modules, and both copies of the format."""

    codewords: Whole
    formats: Whole


@cache
def _places(version: int) -> _Places:
    side = 17 + 4 * version
    taken = _function_patterns(version, side)
    way = [place for place in _zigzag(side) if not taken[place]]
    whole = len(way) // 8 * 8
    near = [(8, column) for column in (0, 1, 2, 3, 4, 5, 7, 8)] + [(row, 8) for row in (7, 5, 4, 3, 2, 1, 0)]
    far = [(side - 1 - row, 8) for row in range(7)] + [(8, side - 8 + column) for column in range(8)]
    return _Places(np.array(way[:whole], np.int64).reshape(-1, 8, 2), np.array([near, far], np.int64))


def _function_patterns(version: int, side: int) -> Bools:
    """Finders with their format, timing, alignment patterns, and the version information of larger symbols."""
    taken = np.zeros((side, side), np.bool_)
    taken[:9, :9] = taken[:9, -8:] = taken[-8:, :9] = True
    taken[6] = taken[:, 6] = True
    middles: tuple[int, ...] = iso18004.ALIGNMENT_POS[version - 2] if version > 1 else ()
    corners = [(6, 6), (6, side - 7), (side - 7, 6)]
    for row in middles:
        for column in middles:
            if (row, column) not in corners:
                taken[row - 2 : row + 3, column - 2 : column + 3] = True
    if version >= 7:
        taken[:6, -11:-8] = taken[-11:-8, :6] = True
    return taken


def _zigzag(side: int) -> Iterator[tuple[int, int]]:
    """Two columns at a time from the right, upwards and downwards in turn, without the column of the timing pattern."""
    upwards = True
    for right in [*range(side - 1, 6, -2), 5, 3, 1]:
        for row in range(side - 1, -1, -1) if upwards else range(side):
            yield row, right
            yield row, right - 1
        upwards = not upwards


@cache
def _pattern(version: int, level: str, mask: int) -> Whole:
    """segno's names for the modules of an empty symbol."""
    symbol = segno.make("0", version=version, error=level, mask=mask, boost_error=False, micro=False)
    return np.array(list(symbol.matrix_iter(scale=1, border=0, verbose=True)), np.int64)


_MASKS: tuple[Callable[[Whole, Whole], Any], ...] = (
    lambda i, j: (i + j) % 2 == 0,
    lambda i, _: i % 2 == 0,
    lambda _, j: j % 3 == 0,
    lambda i, j: (i + j) % 3 == 0,
    lambda i, j: (i // 2 + j // 3) % 2 == 0,
    lambda i, j: i * j % 2 + i * j % 3 == 0,
    lambda i, j: (i * j % 2 + i * j % 3) % 2 == 0,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2 == 0,
)
"""Table 10 of ISO/IEC 18004: which modules are turned."""


def _formats(version: int, light: Bools, lost: Bools) -> list[tuple[str, int]]:
    """(level, mask) whose format information agrees with what is to be seen of both copies; the one that agrees best first."""
    rows, columns = _places(version).formats[..., 0], _places(version).formats[..., 1]
    dark, seen = ~light[rows, columns], ~lost[rows, columns]
    if not seen.any():
        return []
    found: list[tuple[float, str, int]] = []
    for level in LEVELS:
        for mask in range(8):
            word: int = iso18004.FORMAT_INFO[iso18004.ERROR_MAPPING[level] << 3 | mask]
            bits = np.array([word >> (_FORMAT_BITS - 1 - bit) & 1 for bit in range(_FORMAT_BITS)], np.bool_)
            agrees = float((dark == bits)[seen].mean())
            if agrees >= FORMAT_AGREES:
                found.append((agrees, level, mask))
    return [(level, mask) for _, level, mask in sorted(found, reverse=True)[:2]]


def _mended_codewords(version: int, level: str, mask: int, light: Bools, lost: Bools) -> NDArray[np.uint8] | None:
    """All codewords in the order in which they are placed, each block mended; None where one cannot be."""
    places = _places(version).codewords
    rows, columns = places[..., 0], places[..., 1]
    bits = ~light[rows, columns] ^ _MASKS[mask](rows, columns)
    codewords = np.packbits(bits, axis=1)[:, 0]
    gone = lost[rows, columns].sum(axis=1)
    whole = codewords.copy()
    for block, checks in _blocks(version, level):
        missing = [index for index in np.argsort(-gone[block], kind="stable") if gone[block][index]][: checks - SPARE]
        mended_block = _mended_block(codewords[block], checks, [int(index) for index in missing])
        if mended_block is None:
            return None
        whole[block] = mended_block
    return whole


def _mended_block(block: NDArray[np.uint8], checks: int, missing: list[int]) -> NDArray[np.uint8] | None:
    try:
        _, whole, errata = _codec(checks).decode(bytearray(block.tobytes()), erase_pos=missing or None)
    except reedsolo.ReedSolomonError:
        return None
    wrong = len(set(errata) - set(missing))
    if 2 * wrong + len(missing) > checks - SPARE:
        return None
    return np.frombuffer(bytes(whole), np.uint8)


@cache
def _codec(checks: int) -> reedsolo.RSCodec:
    return reedsolo.RSCodec(checks)


@cache
def _blocks(version: int, level: str) -> list[tuple[Whole, int]]:
    """Of each block, where its codewords stand among all (they are interleaved, table 9), and how many are check codewords."""
    shapes: list[tuple[int, int]] = [
        (group.num_data, group.num_total - group.num_data)
        for group in iso18004.ECC[version][iso18004.ERROR_MAPPING[level]]
        for _ in range(group.num_blocks)
    ]
    order = [
        (number, index)
        for index in range(max(data for data, _ in shapes))
        for number, (data, _) in enumerate(shapes)
        if index < data
    ] + [(number, shapes[number][0] + index) for index in range(shapes[0][1]) for number in range(len(shapes))]
    at = {place: position for position, place in enumerate(order)}
    return [
        (np.array([at[number, index] for index in range(data + checks)], np.int64), checks)
        for number, (data, checks) in enumerate(shapes)
    ]


def _drawn(version: int, level: str, mask: int, codewords: NDArray[np.uint8]) -> Bools:
    pattern = _pattern(version, level, mask)
    light = pattern < iso18004.TYPE_QUIET_ZONE + 1  # segno's light modules have the small numbers
    places = _places(version).codewords
    rows, columns = places[..., 0], places[..., 1]
    bits = np.unpackbits(codewords[:, None], axis=1).astype(np.bool_)
    light[rows, columns] = ~(bits ^ _MASKS[mask](rows, columns))
    return light

"""Symbols of which a part says nothing are mended from the rest, or not at all; never to something else."""

from __future__ import annotations

import numpy as np
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from peripherals.code_scanner.decode import decode
from peripherals.code_scanner.erasures import mended
from sandbox.codes.kinds import glare
from sandbox.codes.symbol import symbol

LEVELS = "LMQH"


@settings(max_examples=60, deadline=None)
@given(version=st.integers(1, 24), level=st.sampled_from(LEVELS), mask=st.integers(0, 7), seed=st.integers(0, 2**32 - 1))
def test_what_cannot_be_seen_is_filled_in_or_nothing_is_said(version: int, level: str, mask: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    code = segno.make(dice.bytes(7), version=version, error=level, mask=mask, boost_error=False, micro=False)
    light = ~np.array([list(row) for row in code.matrix], np.bool_)
    side = len(light)
    untouched = mended(np.where(light, 1.0, -1.0).astype(np.float32), np.zeros_like(light))
    assert untouched is not None and np.array_equal(untouched, light)
    lost = np.zeros_like(light)
    for _ in range(int(dice.integers(1, 4))):
        row, column = dice.integers(0, side, 2)
        reach = int(dice.integers(1, max(2, side // 5)))
        lost[max(0, row - reach) : row + reach, max(0, column - reach) : column + reach] = True
    seen = np.where(light, 1.0, -1.0).astype(np.float32)
    seen[lost] = float(dice.choice([-1.0, 1.0]))
    whole = mended(seen, lost)
    assert whole is None or np.array_equal(whole, light)


def test_noise_is_never_mended_into_a_symbol() -> None:
    dice = np.random.default_rng(1)
    for _ in range(40):
        side = 17 + 4 * int(dice.integers(1, 12))
        assert mended(dice.normal(size=(side, side)).astype(np.float32), dice.random((side, side)) < 0.4) is None


@pytest.mark.parametrize("seed", [1, 4, 24])
def test_lamps_mirrored_in_the_glass_do_not_hide_a_code(seed: int) -> None:
    """With these seeds no other reader, whatever the treatment, reads it."""
    payload = bytes(range(60))
    assert [code.payload for code in decode(glare(symbol(payload, pixels=8), np.random.default_rng(seed)))] == [payload]

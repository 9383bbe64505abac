"""The sounds of the terminal, made from sines: soft, shorter than 400 ms, between 500 and 2000 Hz (ui-design, section 7)."""

from __future__ import annotations

import functools
import math
from enum import Enum

RATE = 22050
"""Samples a second of everything that is played: 8-bit µ-law, one channel."""
_LOUD, _LOUDEST = 9000, 32000
_FADE = 0.012


class Sound(Enum):
    """What is heard: (hertz, seconds) one after the other."""

    TICK = ((1200.0, 0.03),)
    READ = ((880.0, 0.11), (1320.0, 0.16))
    ATTENTION = ((520.0, 0.35),)
    OUTLET = ((660.0, 0.11), (880.0, 0.11), (1100.0, 0.15))


@functools.cache
def tone(sound: Sound, step: int = 0) -> bytes:
    """`sound` as µ-law; each `step` is half as loud again, as far as it goes undistorted."""
    loud = min(_LOUDEST, _LOUD * 1.5**step)
    samples: list[int] = []
    for hertz, seconds in sound.value:
        count = round(RATE * seconds)
        for index in range(count):
            at = index / RATE
            swell = min(1.0, at / _FADE, (seconds - at) / _FADE)
            samples.append(round(loud * swell * math.sin(2 * math.pi * hertz * at)))
    return bytes(_ulaw(sample) for sample in samples)


def _ulaw(sample: int) -> int:
    """One 16-bit sample as µ-law (ITU-T G.711)."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 0x84
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | magnitude >> (exponent + 3) & 0x0F) & 0xFF

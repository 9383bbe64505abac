"""Is the camera well? Judged from its frames alone: silence, darkness, a picture that never changes."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from peripherals.code_scanner.reading import Gray

SILENT_SECONDS = 3.0
FROZEN_SECONDS = 10.0
DARK_SECONDS = 3.0
DARK_BELOW = 16
"""Gray level under which all but the brightest hundredth of a dark picture lies. A lit phone lifts it far above."""
SAMPLE = 8
"""Every eighth row and column is enough to judge darkness."""

GONE, FROZEN, DARK = "camera-gone", "camera-frozen", "camera-dark"


class FrameHealth:
    """Takes in about one frame a second; `complaints` says what is wrong. Times are seconds of one monotonic clock."""

    def __init__(self, begun: float) -> None:
        self._last_frame = begun
        self._any_frame = False
        self._print: int | None = None
        self._changed = begun
        self._bright = begun
        self._judged = begun

    def frame_came(self, now: float) -> None:
        """Cheap, for every frame."""
        if now - self._last_frame > SILENT_SECONDS:
            self._changed = self._bright = self._judged = now
        self._last_frame = now
        self._any_frame = True

    def judge(self, frame: Gray, now: float) -> None:
        """A sensor's noise changes every frame: one that stays the same to the bit is a frozen driver, not a quiet hall."""
        print_ = zlib.crc32(frame.tobytes())
        if print_ != self._print:
            self._print, self._changed = print_, now
        self._judged = now
        sample = frame[::SAMPLE, ::SAMPLE]
        if int((sample >= DARK_BELOW).sum()) * 100 > sample.size:
            self._bright = now

    def complaints(self, now: float) -> tuple[str, ...]:
        """Reasons, worst first; empty when all is well."""
        if not self._any_frame or now - self._last_frame > SILENT_SECONDS:
            return (GONE,)
        if self._judged - self._changed > FROZEN_SECONDS:
            return (FROZEN,)
        if self._judged - self._bright > DARK_SECONDS:
            return (DARK,)
        return ()

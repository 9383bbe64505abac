"""What moves on a screen: two numbers that follow the clock, for as long as their box is seen.

Where a loop stands depends on the time alone, so a screen that is built anew each second (a countdown) does not begin it again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from kivy.clock import Clock, ClockEvent

from screens.look import Look

Steps = Sequence[tuple[float, float, float]]
"""(seconds, shift, glow) one after the other: where a loop comes to after so long."""

FRAME_SECONDS = 1 / 30
SWAP_SECONDS = 2.0
"""How long each of two still pictures stands where movement is not wanted (ui-design, section 2.3)."""


class Moving:
    """`shift` (design pixels, or degrees) and `glow` (0..1) of something that loops; `moved` is called after each change.

    Where movement is not wanted, the two ends of the loop are shown in turn, and what only glows stands still.
    """

    def __init__(
        self, look: Look, steps: Steps, moved: Callable[[], None], *, even: bool = False, beat: float = FRAME_SECONDS
    ) -> None:
        self.shift, self.glow = 0.0, 1.0
        self._steps, self._moved, self._even = steps, moved, even
        self._beat: ClockEvent | None = None
        shifts = [shift for _, shift, _ in steps]
        if look.motion:
            self._begin(self._flow, beat)
        elif look.swaps and max(shifts) != min(shifts):
            self._ends = (max(shifts), min(shifts))
            self._begin(self._swap, SWAP_SECONDS / 4)

    def rest(self) -> None:
        """Move no more."""
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None

    def _begin(self, beat: Callable[[float], None], seconds: float) -> None:
        beat(0.0)
        self._beat = Clock.schedule_interval(beat, seconds)

    def _flow(self, _: float) -> None:
        self._be(*position(self._steps, time.monotonic(), even=self._even))

    def _swap(self, _: float) -> None:
        self._be(self._ends[int(time.monotonic() / SWAP_SECONDS) % 2], 1.0)

    def _be(self, shift: float, glow: float) -> None:
        if abs(shift - self.shift) >= 0.5 or abs(glow - self.glow) >= 0.01:
            self.shift, self.glow = shift, glow
            if self._beat is not None:
                self._moved()


def position(steps: Steps, now: float, *, even: bool = False) -> tuple[float, float]:
    """(shift, glow) of a loop at the time `now` in seconds; slowing down towards each step's end unless `even`."""
    at = now % sum(seconds for seconds, _, _ in steps)
    _, shift, glow = steps[-1]
    for seconds, to_shift, to_glow in steps:
        if at < seconds:
            part = at / seconds if even else 1 - (1 - at / seconds) ** 2
            return shift + (to_shift - shift) * part, glow + (to_glow - glow) * part
        at -= seconds
        shift, glow = to_shift, to_glow
    return shift, glow

"""Whether the machine draws fast enough for things to move."""

from __future__ import annotations

import pytest

from screens.pace import FIRST, KEPT, SLOW_SECONDS, Pace


class Frames:
    """Frames that take as long as the test says."""

    def __init__(self) -> None:
        self.now = 0.0
        self.decisions = 0
        self.pace = Pace(self._decided, lambda: self.now)

    def _decided(self) -> None:
        self.decisions += 1

    def draw(self, seconds: float, times: int = 1) -> None:
        for _ in range(times):
            self.pace.begins()
            self.now += seconds
            self.pace.ends()


@pytest.mark.parametrize(
    ("seconds", "slow"), [(0.002, False), (SLOW_SECONDS * 0.9, False), (SLOW_SECONDS * 1.1, True), (0.05, True)]
)
def test_it_is_said_once_after_the_first_frames(seconds: float, slow: bool) -> None:
    frames = Frames()
    frames.draw(seconds, FIRST - 1)
    assert (frames.pace.slow, frames.decisions) == (False, 0)
    frames.draw(seconds, 3)
    assert (frames.pace.slow, frames.decisions) == (slow, 1)


def test_a_few_long_frames_are_not_the_machine() -> None:
    """The first one compiles shaders, another one falls into the loading of a library."""
    frames = Frames()
    frames.draw(1.0)
    frames.draw(0.005, FIRST - 2)
    frames.draw(0.4)
    assert not frames.pace.slow


def test_it_follows_what_the_machine_does() -> None:
    frames = Frames()
    frames.draw(0.05, KEPT)
    frames.draw(0.005, KEPT // 2)
    assert frames.pace.slow
    frames.draw(0.005, 1)
    assert not frames.pace.slow


def test_an_end_without_a_beginning_is_no_frame() -> None:
    frames = Frames()
    for _ in range(FIRST):
        frames.pace.ends()
    assert frames.decisions == 0

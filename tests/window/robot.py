"""A robot makes visits: ``python -m tests.window.robot --visits 2000`` (`make robot`). Memory, threads, files, textures, frames, the loop.

The window is the real one (Mesa's software renderer, no display), the journey the real one, touches go through Kivy's input. The hall's
machines are those of `tests.journeys.made_up`, in the same process; between two visits the platform forgets what it granted. The clock of
the window is the robot's, so nobody waits for a screen to settle; each change of the screen is drawn at once. Ctrl-C: this visit is the last.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import os
import signal
import sys
import tempfile
import threading
import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

from kiosk.journeys.guide import PAGES, guide
from kiosk.journeys.print_certificate import print_certificate
from kiosk.journeys.progress import progress
from kiosk.loop_monitor import LoopBlocks, MonitoredLoop
from kiosk.visit import Visit, VisitEnded
from screens.manner import Manner
from screens.prompts import Contrast, Home, TextSize
from screens.samples import samples
from screens.wording import Language
from tests.journeys.made_up import MadeUp, made_up
from tests.window.conftest import Hands

SAMPLES = 20
PATIENCE_SECONDS, LOOK_SECONDS = 60.0, 0.002
WITH_CODE, WITH_PHONE, REFUSED = "zhang-jianguo", "wang-xiulan", "feng-tao"
KINDS = (WITH_CODE, WITH_PHONE, REFUSED, "progress", "guide")
"""What a visit is about: three people who want a certificate (one may not), what becomes of a case, and the guide."""
MODES = tuple(
    Manner(language, size, contrast, low=low)
    for language, size, contrast, low in itertools.product(Language, TextSize, Contrast, (False, True))
)
"""All that the access bar can be set to, but for the voice."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process has after so many visits; `textures` are Kivy's, `objects` what the collector looks through, `blocks` all that Python
    has allocated."""

    visits: int
    megabytes: float
    threads: int
    files: int
    textures: int
    objects: int
    blocks: int

    def line(self) -> str:
        return " ".join(f"{name} {round(value, 1)}" for name, value in asdict(self).items())


class Times:
    """Milliseconds, counted by tenths (up to 2 s): what they take does not grow with the visits that are made."""

    def __init__(self) -> None:
        self._tenths = array("L", [0]) * 20_000
        self.slowest = 0.0

    def add(self, seconds: float) -> None:
        self._tenths[min(round(seconds * 1e4), len(self._tenths) - 1)] += 1
        self.slowest = max(self.slowest, seconds * 1e3)

    def __len__(self) -> int:
        return sum(self._tenths)

    @property
    def median(self) -> float:
        """0.0 when there are none."""
        many = len(self)
        return next((tenth / 10 for tenth, so_far in enumerate(itertools.accumulate(self._tenths)) if 2 * so_far > many), 0.0)


@dataclass(slots=True)
class Report:
    """What came of it."""

    samples: list[Sample] = field(default_factory=list[Sample])
    frames: Times = field(default_factory=Times)
    presses: Times = field(default_factory=Times)
    handed: Times = field(default_factory=Times)
    changes: Times = field(default_factory=Times)
    ends: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def growth(self) -> float:
        """Megabytes in a thousand visits, by the second half: a line through it (least squares)."""
        half = self.samples[len(self.samples) // 2 :]
        x, y = [each.visits / 1000 for each in half], [each.megabytes for each in half]
        mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
        spread = sum((each - mean_x) ** 2 for each in x)
        return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread if spread else 0.0

    def lines(self) -> Iterator[str]:
        """The report in words, but for the samples."""
        yield f"memory in the second half: {self.growth:+.2f} MB per 1,000 visits"
        for name, times in (
            ("frame", self.frames),
            ("touch to pressed key", self.presses),
            ("of it until the renderer has it", self.handed),
            ("answer to next screen", self.changes),
        ):
            yield f"{name}: median {times.median:.1f} ms, slowest {times.slowest:.1f} ms of {len(times)}"
        yield f"ends: {', '.join(f'{count} {end}' for end, count in sorted(self.ends.items()))}"


class Robot:
    """Makes visits before the window of `hands`."""

    def __init__(self, hands: Hands, hall: MadeUp, tell: Callable[[str], object] = lambda _: None) -> None:
        self.hands = hands
        self._tell = tell
        self.hall = hall
        self.report = Report()
        self.enough = False

    def draws(self) -> float:
        """One frame, until the renderer has drawn it. Returns seconds until it was handed to the renderer."""
        from kivy.clock import Clock
        from kivy.graphics.opengl import glFinish

        begin = time.perf_counter()
        cast(Any, Clock).tick()
        self.hands.kivy.dispatch("on_draw")
        self.hands.kivy.flip()
        handed = time.perf_counter() - begin
        glFinish()
        self.report.frames.add(time.perf_counter() - begin)
        return handed

    async def touches(self, key: str) -> None:
        """Press a key and let go; both are seen."""
        self.hands.now += 1.0
        touch = self.hands.finger(*self.hands.middle(key))
        begin = time.perf_counter()
        self.hands.down(touch)
        made = time.perf_counter() - begin
        self.report.handed.add(made + self.draws())
        self.report.presses.add(time.perf_counter() - begin)
        before, begin = self.hands.window.looks()["sequence"], time.perf_counter()
        self.hands.up(touch)
        while self.hands.window.looks()["sequence"] == before:
            await asyncio.sleep(0)
            if time.perf_counter() - begin > PATIENCE_SECONDS:
                raise RuntimeError(f"nothing came of pressing {key!r} on {self.hands.window.looks()}")
        self.draws()
        self.report.changes.add(time.perf_counter() - begin)

    async def sees(self, prompt: str, key: str | None = None) -> None:
        begin = time.perf_counter()
        while True:
            looks = self.hands.window.looks()
            if looks["prompt"] == prompt and (key is None or key in cast(Any, looks["targets"])):
                self.draws()
                return
            if time.perf_counter() - begin > PATIENCE_SECONDS:
                raise RuntimeError(f"never saw {prompt} with {key}, but {looks}")
            await asyncio.sleep(LOOK_SECONDS)

    async def visits(self, count: int) -> Report:
        """Make so many, or until it is `enough`."""
        self._sample(0)
        for number in range(1, count + 1):
            await self._visit(number)
            if number % max(1, count // SAMPLES) == 0 or self.enough:
                self._sample(number)
            if self.enough:
                break
        return self.report

    async def _visit(self, number: int) -> None:
        # The kinds and the modes have no common divisor: after all 180 visits every kind was made in every mode.
        window, kind, manner = self.hands.window, KINDS[number % len(KINDS)], MODES[number % len(MODES)]

        async def stay() -> str:
            asked = await window.ask(cast(Home, samples()["home"]))
            try:
                async with Visit(window, f"1124-{number % 1_000_000:06}") as visit:
                    if asked == "guide":
                        return await guide(visit)
                    if asked == "progress":
                        return await progress(visit, self.hall.counterparts)
                    return await print_certificate(visit, self.hall.counterparts)
            except VisitEnded as end:
                return type(end).__name__

        going = asyncio.ensure_future(stay())
        await self.sees("Home")
        window.choose(manner)
        await self.touches(f"offer-{kind}" if kind in ("progress", "guide") else "print")
        if kind == "guide":
            await self._reads()
        else:
            await self._proves(kind)
            await self.sees("ChooseOne")
            if number % 7 == 0:
                await self.touches("help")
                await self.touches("carry-on")
            if kind in ("progress", REFUSED):
                await self.touches("home")
            else:
                await self._prints(number)
        end = await asyncio.wait_for(going, 30)
        self.report.ends[end] = self.report.ends.get(end, 0) + 1
        self._new_day()

    async def _proves(self, who: str) -> None:
        await self.sees("Identify")
        self.hall.cards.lay(WITH_CODE if who == "progress" else who)
        if who == "progress":
            return  # her card is enough
        if who == WITH_PHONE:
            await self.sees("Identify", key="other-way")
            await self.touches("other-way")
            await self.sees("EnterCode", key="digit-0")
            for digit in self.hall.platform.sandbox.phone(who)[-1]:
                await self.touches(f"digit-{digit}")
            await self.touches("go")
        else:
            await self.sees("Identify", key="other-way")
            self.hall.shows(who)

    async def _prints(self, number: int) -> None:
        if "go" not in self.hands.window.targets():
            await self.touches("option-1")
        await self.touches("go")
        await self.sees("CheckCertificate")
        while "correct" not in self.hands.window.targets():
            await self.touches("page-next")
        if number % 4 == 0 and "reveal" in self.hands.window.targets():
            await self.touches("reveal")
        await self.touches("correct")
        await self.sees("Take", key="taken")
        await self.touches("taken")
        await self.sees("Evaluate", key="word-5")
        await self.touches("word-5")

    async def _reads(self) -> None:
        for _ in range(PAGES):
            await self.sees("Notice", key="action-next")
            await self.touches("action-next")

    def _new_day(self) -> None:
        """Nothing of what was granted, sent and booked is left at the platform, and nothing of it in this process."""
        core: Any = self.hall.platform.core
        for kept in (core.paper.grants, core.paper.reports, core.messages, core.bookings, core._codes, core._tries):
            kept.clear()
        self.hall.paper.printed.clear()
        self.hall.paper.ends.clear()
        self.hall.evaluations.clear()
        self.hands.heard_in.unlink(missing_ok=True)

    def _sample(self, visits: int) -> None:
        from kivy.graphics.texture import Texture

        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        textures = sum(type(each) is Texture for each in gc.get_objects())
        self.report.samples.append(
            Sample(
                visits,
                pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
                threading.active_count(),
                sum(1 for _ in Path("/proc/self/fd").iterdir()),
                textures,
                len(gc.get_objects()),
                sys.getallocatedblocks(),
            )
        )
        self._tell(self.report.samples[-1].line())


def main() -> int:
    arguments = argparse.ArgumentParser(
        prog="python -m tests.window.robot", description=(__doc__ or "").split("\n", maxsplit=1)[0]
    )
    arguments.add_argument("--visits", type=int, default=2000)
    arguments.add_argument("--size", type=_size, default=(1080, 1920), help="of the window: 1080x1920, 1920x1080, 1280x1024")
    asked = arguments.parse_args()
    os.environ["SDL_VIDEODRIVER"] = "offscreen"

    async def work(directory: Path) -> Report:
        from kivy.clock import Clock

        cast(Any, Clock)._max_fps = 0
        hands = Hands(directory / "player", asked.size)
        robot = Robot(hands, made_up(directory), lambda line: print(line, flush=True))  # noqa: T201
        loop.add_signal_handler(signal.SIGINT, setattr, robot, "enough", True)
        # As the terminal does: what is here now lives as long as the process.
        gc.collect()
        gc.freeze()
        await asyncio.sleep(0)
        loop.blocks = LoopBlocks()
        try:
            return await robot.visits(asked.visits)
        finally:
            hands.speaker.close()

    with tempfile.TemporaryDirectory(prefix="dazheng-robot") as name, asyncio.Runner(loop_factory=MonitoredLoop) as runner:
        loop = cast(MonitoredLoop, runner.get_loop())
        report = runner.run(work(Path(name)))
        for line in report.lines():
            sys.stdout.write(line + "\n")
        sys.stdout.write(f"loop, drawing included, held: longest {loop.blocks.longest:.1f} ms; over 2 ms:\n")
        for what, (times, longest) in sorted(loop.blocks.slow.items(), key=lambda each: -each[1][1]):
            sys.stdout.write(f"  {what}: {times} times, longest {longest:.1f} ms\n")
    return 0


def _size(words: str) -> tuple[int, int]:
    width, _, height = words.partition("x")
    return int(width), int(height)


if __name__ == "__main__":
    sys.exit(main())

"""A virtual booklet unit: the page turner, the printer over it, the camera that sees the open page, and the sensor at the outlet.

Each is spoken to over its own real interface: a serial line, IPP, an MJPEG stream, a file with a level. `printed` of the printer is the witness: every
page, with the serial of the booklet that lay under it ("" where none did).
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2

from sandbox.devices.camera import VirtualCamera
from sandbox.devices.printer import Sheet, VirtualPrinter
from sandbox.devices.turner import FONT, VirtualPageTurner, draw_serial

STRIP = (0, 180, 960, 180)
"""Where the camera sees the line with the serial: left, top, width, height."""


class _OverThePage(VirtualPrinter):
    """Prints on the page that lies open; has no bin of its own."""

    def __init__(self, directory: Path, seconds: float) -> None:
        super().__init__(directory, seconds=seconds)
        self.turner: VirtualPageTurner | None = None

    def _draw_in(self) -> str:
        return (self.turner.inside if self.turner else None) or ""

    def _put_back(self, serial: str) -> None:
        """It never left."""

    def _drop(self, sheet: Sheet) -> None:
        """It stays in its booklet."""

    @property
    def _empty(self) -> bool:
        return False

    @property
    def _low(self) -> bool:
        return False


class VirtualBookletUnit:
    """`smudged`: serials that nobody can read. `sensor_stuck`: what the sensor at the outlet says whatever lies there."""

    def __init__(self, directory: Path, lines: Path, stack: Sequence[str], *, seconds: float = 0.3) -> None:
        self.smudged: set[str] = set()
        self.sensor_stuck: bool | None = None
        self.outlet = lines / "outlet"
        self.camera = VirtualCamera(frames_per_second=30.0)
        self.printer = _OverThePage(directory, seconds)
        self.turner = VirtualPageTurner(lines / "turner", list(stack), self._moved)
        self.printer.turner = self.turner
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._moved()
            stack.enter_context(self.camera)
            self._moved()
            stack.enter_context(self.printer)
            stack.enter_context(self.turner)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    @property
    def settings(self) -> str:
        """The section of the settings that tells of it."""
        left, top, wide, tall = STRIP
        strip = f"left={left}&top={top}&wide={wide}&tall={tall}"
        return (
            f'[booklet]\nturner = "{self.turner.line}"\ncamera = "camera:{self.camera.url}?{strip}"\ndigits = "{FONT}"\n'
            f'outlet = "level:{self.outlet}?closed=0"\nstamps = true\n'
        )

    @property
    def pages(self) -> dict[str, list[str]]:
        """What lies in each booklet: the jobs that were printed into it, in order."""
        made: dict[str, list[str]] = {}
        for sheet in self.printer.printed:
            made.setdefault(sheet.serial, []).append(sheet.job_name)
        return made

    def take(self) -> str | None:
        """Take the booklet from the outlet."""
        taken, self.turner.outlet = self.turner.outlet, None
        self._moved()
        return taken

    def clear_out(self) -> str | None:
        """Staff open the unit and take out what is stuck in it."""
        found, self.turner.inside = self.turner.inside, None
        self.turner.jammed = False
        self._moved()
        return found

    def _moved(self) -> None:
        serial = self.turner.inside if hasattr(self, "turner") else None
        if serial:
            drawn = draw_serial(serial[1:] if serial[0].isalpha() else serial, smudged=serial in self.smudged)
            self.camera.show_image(cv2.imencode(".png", drawn)[1].tobytes())
        else:
            self.camera.clear()
        occupied = self.turner.outlet is not None if self.sensor_stuck is None else self.sensor_stuck
        set_level(self.outlet, occupied)


def set_level(path: Path, high: bool) -> None:
    """A contact's file as the kernel shows it: 0 or 1 at any moment, never empty."""
    new = path.with_name(f"{path.name}.new")
    new.write_text("1" if high else "0", "ascii")
    new.replace(path)

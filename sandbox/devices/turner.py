"""A virtual page turner at the end of a pseudo-terminal, with a stack of booklets that bear serials, a reject bin and an outlet; and faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from peripherals.booklet.frames import HOST, UNIT, Act, Command, Event, Flags, Frame, FrameScanner
from sandbox.devices.serial_port import VirtualSerialPort

TurnerFault = Literal["refuse", "jam", "mute-end", "mute"]
"""Refuses the act; stops in the middle and says that it failed; does it and does not say so; does nothing and says nothing."""
FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"


class VirtualPageTurner:
    """`stack`: serials of the booklets to be fed, next first. `inside`, `outlet`: a serial, or None. `rejected`: what lies in the bin.

    `moves`: every act that it was told to do, in order. `fault` breaks the act that comes after `fault_in` more; `on_moved` is told after each.
    """

    def __init__(self, link: Path, stack: list[str], on_moved: Callable[[], None] = lambda: None) -> None:
        self.stack = stack
        self.inside: str | None = None
        self.outlet: str | None = None
        self.rejected: list[str] = []
        self.page = 0
        self.moves: list[Act] = []
        self.fault: TurnerFault | None = None
        self.fault_in = 0
        self.jammed = False
        self.stamped: list[str] = []
        self._on_moved = on_moved
        self._scanner = FrameScanner()
        self.port = VirtualSerialPort(link, self._answer, self._scanner.forget)

    def __enter__(self) -> Self:
        self.port.plug()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.port.unplug()

    @property
    def line(self) -> str:
        """The settings line that opens it."""
        return f"turner:{self.port.link}"

    def photograph(self) -> NDArray[Any]:
        """What a camera above the booklet sees of its serial."""
        return draw_serial(self.inside or "")

    def _answer(self, arrived: bytes) -> list[bytes]:
        replies: list[bytes] = []
        for frame in self._scanner.feed(arrived):
            if frame.command == Command.QUERY:
                flags = Flags(empty=not self.stack, jammed=self.jammed)
                replies.append(Frame(HOST, UNIT, Command.QUERY, flags.encode()).encode())
            elif frame.command == Command.MOVE and len(frame.data) == 1:
                act = Act(frame.data[0])
                self.moves.append(act)
                fault = None
                if self.fault_in:
                    self.fault_in -= 1
                else:
                    fault, self.fault = self.fault, None
                replies += [_event(event) for event in self._move(act, fault)]
                self._on_moved()
        return replies

    def _move(self, act: Act, fault: TurnerFault | None) -> list[Event]:
        if fault == "mute":
            return []
        if fault == "refuse" or not self._possible(act):
            return [Event.FAILED]
        if fault == "jam":
            self.jammed = True
            return [Event.ACCEPTED, Event.FAILED]
        ends = [Event.ACCEPTED, self._done(act)]
        return ends[:1] if fault == "mute-end" else ends

    def _possible(self, act: Act) -> bool:
        match act:
            case Act.FEED:
                return self.inside is None and bool(self.stack)
            case Act.REJECT:
                return self.inside is not None or self.outlet is not None
            case _:
                return self.inside is not None

    def _done(self, act: Act) -> Event:
        match act:
            case Act.FEED:
                self.inside, self.page = self.stack.pop(0), 0
                return Event.LOADED
            case Act.TURN:
                self.page += 1
                return Event.PHOTOGRAPH
            case Act.STAMP:
                self.stamped.append(self.inside or "")
                return Event.PHOTOGRAPH
            case Act.EJECT:
                self.outlet, self.inside = self.inside, None
            case Act.REJECT:
                self.rejected.append(self.inside or self.outlet or "")
                self.inside = self.outlet = None
        return Event.OUT


def draw_serial(serial: str, *, smudged: bool = False, tilt: float = 0.0, noise: int = 6, seed: int = 1) -> NDArray[Any]:
    """A photograph of a serial on paper: uneven light, noise, a little out of the straight; `smudged`: a blot over one figure."""
    picture = Image.new("L", (520, 80), 214)
    draw = ImageDraw.Draw(picture)
    draw.text((40, 14), serial, fill=52, font=ImageFont.truetype(FONT, 42))
    if smudged:
        draw.ellipse((120, 20, 170, 70), fill=60)
    picture = picture.rotate(tilt, fillcolor=214, resample=Image.Resampling.BILINEAR)
    light = np.linspace(0.9, 1.1, picture.width)[None, :]
    grain = np.random.default_rng(seed).normal(0, noise, (picture.height, picture.width))
    return np.clip(np.asarray(picture) * light + grain, 0, 255).astype(np.uint8)


def _event(event: Event) -> bytes:
    return Frame(HOST, UNIT, Command.EVENT, bytes((event,))).encode()

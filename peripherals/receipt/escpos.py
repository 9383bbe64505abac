"""A receipt printer that speaks ESC/POS on a serial line (or USB-serial): python-escpos makes the bytes, the line is ours.

A slip is sent as a picture (GS v 0) and cut. Before and after, the printer is asked in real time (DLE EOT 2 and 4): paper, cover, error. A slip counts
as printed only when the printer says afterwards that it is well; it carries no right, so it may be printed again.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from escpos import capabilities
from escpos.printer import Dummy
from PIL import Image

from peripherals.address import Address, AddressWrong
from peripherals.device import DeviceFault, DeviceState, Turn
from peripherals.polling import PolledDevice
from peripherals.serial_line import LineBroken, SerialLine

if "ESCPOS_CAPABILITIES_PICKLE_DIR" not in os.environ:
    # python-escpos puts its table, already read, into a new directory under /tmp at each start, and leaves it there.
    shutil.rmtree(capabilities.pickle_dir, ignore_errors=True)

WIDTHS = {58: 384, 80: 576}
"""Dots across a roll, by its width in mm (203 dpi)."""
MOST_DOTS = 832
"""Across the widest roll there is (112 mm)."""
BAUD = 38400
POLL_SECONDS = 2.0
ANSWER_SECONDS = 1.0
CHUNK = 2048
BLACK_BELOW = 140
"""Gray level up to which a dot is burnt."""
OFFLINE_QUERY, PAPER_QUERY = b"\x10\x04\x02", b"\x10\x04\x04"
"""DLE EOT 2 (why it is offline) and 4 (paper sensors)."""
PAPER_OUT, PAPER_LOW, COVER_OPEN, ERROR, SILENT, GONE = (
    "media-empty",
    "media-low",
    "cover-open",
    "other",
    "timed-out",
    "printer-gone",
)


class ReceiptFault(DeviceFault):
    """No slip came out, or none for certain. `reason`: an IPP word."""

    code: ClassVar[str] = "receipt-printer"
    turn: ClassVar[Turn] = Turn.STAFF

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StatusWrong(ValueError):
    """A byte that is no answer to a real-time query."""


@dataclass(frozen=True, slots=True)
class RollState:
    """What the two status bytes say."""

    cover_open: bool
    error: bool
    paper_out: bool
    paper_low: bool

    @classmethod
    def parse(cls, offline: int, paper: int) -> RollState:
        """From the answers to DLE EOT 2 and 4. Raises `StatusWrong`: bits 1 and 4 are always set, 0 and 7 never."""
        if any(byte & 0b10010011 != 0b00010010 for byte in (offline, paper)):
            raise StatusWrong
        return cls(bool(offline & 0x04), bool(offline & 0x40), bool(paper & 0x60) or bool(offline & 0x20), bool(paper & 0x0C))

    def encode(self) -> tuple[int, int]:
        """The two bytes; for a printer that is not real."""
        offline = 0x12 | 0x04 * self.cover_open | 0x40 * self.error | 0x20 * self.paper_out
        return offline, 0x12 | 0x60 * self.paper_out | 0x0C * self.paper_low

    @property
    def reasons(self) -> tuple[str, ...]:
        """IPP words, worst first."""
        said = ((self.paper_out, PAPER_OUT), (self.cover_open, COVER_OPEN), (self.error, ERROR), (self.paper_low, PAPER_LOW))
        return tuple(reason for holds, reason in said if holds)


def slip_bytes(picture: Image.Image, *, roll_mm: int = 80, dots: int = 0) -> bytes:
    """The bytes that print `picture` across the roll and cut it off. `dots`: how many there are across, 0 for the usual number."""
    width = dots or WIDTHS[roll_mm]
    picture = picture.convert("L")
    if picture.width != width:
        picture = picture.resize((width, max(1, round(picture.height * width / picture.width))))
    dummy = cast("Any", Dummy())  # the library has no types
    media = {**dummy.profile.profile_data["media"], "width": {"pixels": width, "mm": roll_mm}}
    dummy.profile.profile_data = {**dummy.profile.profile_data, "media": media}
    dummy.hw("INIT")
    dummy.image(picture.point([255 if level > BLACK_BELOW else 0 for level in range(256)]), impl="bitImageRaster", center=False)
    dummy.cut()
    return bytes(dummy.output)


class ReceiptPrinter(PolledDevice):
    """A `Device`: the receipt printer on the serial line `path`."""

    def __init__(
        self,
        path: str,
        name: str = "receipt-printer",
        *,
        baud: int = BAUD,
        roll_mm: int = 80,
        dots: int = 0,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        super().__init__(name, poll_seconds)
        self._path, self._baud, self._roll_mm, self._dots = path, baud, roll_mm, dots
        self._using = threading.Lock()
        self._line: SerialLine | None = None

    @classmethod
    def at(cls, address: Address, name: str) -> ReceiptPrinter:
        """From a settings line: ``escpos:/dev/serial/by-id/…?baud=38400&roll=80&dots=576``. Raises `AddressWrong`."""
        roll = address.of("escpos").only("baud", "roll", "dots").whole("roll", 80)
        if roll not in WIDTHS:
            raise AddressWrong(f"escpos: roll={roll}: the roll's width in mm, {' or '.join(map(str, WIDTHS))}")
        dots = address.whole("dots", 0)
        if dots % 8 or dots > MOST_DOTS:
            raise AddressWrong(f"escpos: dots={dots}: how many dots there are across, a multiple of 8 up to {MOST_DOTS}")
        return cls(address.where, name, baud=address.speed(BAUD), roll_mm=roll, dots=dots)

    def close(self) -> None:
        super().close()
        with self._using:
            self._let_go()

    def print_slip(self, picture: Image.Image, *, seconds: float = 20.0) -> None:
        """Print one slip and cut it; blocks until the printer has it and is well. Raises `ReceiptFault`."""
        data = slip_bytes(picture, roll_mm=self._roll_mm, dots=self._dots)
        with self._using:
            try:
                self._fit()
                for start in range(0, len(data), CHUNK):
                    self._open_line().write(data[start : start + CHUNK])
                deadline = time.monotonic() + seconds
                while (state := self._ask()) is None:
                    if time.monotonic() > deadline:
                        raise ReceiptFault(SILENT)
                if stopping := _stopping(state):
                    raise ReceiptFault(stopping)
            except LineBroken:
                self._let_go()
                raise ReceiptFault(GONE) from None

    def _fit(self) -> None:
        state = self._ask()
        if state is None:
            raise ReceiptFault(SILENT)
        if stopping := _stopping(state):
            raise ReceiptFault(stopping)

    def _look(self) -> tuple[DeviceState, tuple[str, ...], str]:
        with self._using:
            try:
                state = self._ask()
            except LineBroken as reason:
                self._let_go()
                return DeviceState.NO_DEVICE, (GONE,), f"{self._path}: {reason}"
        if state is None:
            return DeviceState.OFFLINE, (SILENT,), "the receipt printer does not answer"
        stopping = _stopping(state)
        return (DeviceState.USER_ERROR if stopping else DeviceState.ONLINE), state.reasons, stopping or self._path

    def _ask(self) -> RollState | None:
        """None: no answer that can be understood. Raises `LineBroken`."""
        line = self._open_line()
        line.purge()
        answers: list[int] = []
        for query in (OFFLINE_QUERY, PAPER_QUERY):
            line.write(query)
            answer = line.read(ANSWER_SECONDS)
            if not answer:
                return None
            answers.append(answer[-1])
        try:
            return RollState.parse(*answers)
        except StatusWrong:
            return None

    def _open_line(self) -> SerialLine:
        if self._line is None:
            self._line = SerialLine(self._path, self._baud)
        return self._line

    def _let_go(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


def _stopping(state: RollState) -> str | None:
    return next((reason for reason in state.reasons if reason != PAPER_LOW), None)

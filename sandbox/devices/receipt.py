"""A virtual receipt printer at the end of a pseudo-terminal: keeps what was printed, slip by slip, and says how it is when asked."""

from __future__ import annotations

import struct
from pathlib import Path
from types import TracebackType
from typing import Self

from PIL import Image

from peripherals.receipt.escpos import OFFLINE_QUERY, PAPER_QUERY, RollState
from sandbox.devices.serial_port import VirtualSerialPort

RASTER = b"\x1dv0"
"""GS v 0 m xL xH yL yH: a picture follows, x bytes across, y rows."""
CUT = b"\x1dV"
"""GS V: where a slip ends."""


class VirtualReceiptPrinter:
    """`slips`: the bytes of each slip that was cut off. `state`: what it says of itself. `link`: the name of its line."""

    def __init__(self, link: Path, roll_mm: int = 80) -> None:
        self.roll_mm = roll_mm
        self.state = RollState(cover_open=False, error=False, paper_out=False, paper_low=False)
        self.slips: list[bytes] = []
        self._roll = b""
        self.port = VirtualSerialPort(link, self._take)

    def __enter__(self) -> Self:
        self.port.plug()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.port.unplug()

    @property
    def line(self) -> str:
        """The settings line that opens it."""
        return f"escpos:{self.port.link}?roll={self.roll_mm}"

    def picture(self, slip: int = -1) -> Image.Image:
        """A slip as it lies there: black where a dot was burnt. Raises `IndexError`."""
        rows: list[Image.Image] = []
        data = self.slips[slip]
        at = data.find(RASTER)
        while at >= 0:
            wide, tall = struct.unpack_from("<HH", data, at + 4)
            begin = at + 8
            rows.append(Image.frombytes("1", (wide * 8, tall), bytes(byte ^ 0xFF for byte in data[begin : begin + wide * tall])))
            at = data.find(RASTER, begin + wide * tall)
        whole = Image.new("1", (rows[0].width, sum(row.height for row in rows)), 1)
        top = 0
        for row in rows:
            whole.paste(row, (0, top))
            top += row.height
        return whole

    def _take(self, arrived: bytes) -> list[bytes]:
        answers: list[bytes] = []
        for query, byte in zip((OFFLINE_QUERY, PAPER_QUERY), self.state.encode(), strict=True):
            if arrived.endswith(query):
                answers.append(bytes((byte,)))
                arrived = arrived.removesuffix(query)
        if not self.state.paper_out and not self.state.cover_open:
            self._roll += arrived
            if CUT in arrived[-8:]:
                self.slips.append(self._roll)
                self._roll = b""
        return answers

"""A virtual receipt printer at the end of a pseudo-terminal: keeps what was printed, slip by slip, and says how it is when asked."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from peripherals.receipt.escpos import OFFLINE_QUERY, PAPER_QUERY, RollState
from sandbox.devices.serial_port import VirtualSerialPort

CUT = b"\x1dV"
"""GS V: where a slip ends."""


class VirtualReceiptPrinter:
    """`slips`: the bytes of each slip that was cut off. `state`: what it says of itself. `link`: the name of its line."""

    def __init__(self, link: Path) -> None:
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
        return f"escpos:{self.port.link}?roll=58"

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

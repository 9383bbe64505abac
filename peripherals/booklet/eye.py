"""The camera above the booklet: opened when a picture is wanted, closed after it; only the strip with the serial is handed on."""

from __future__ import annotations

import contextlib
from typing import Any

from numpy.typing import NDArray

from peripherals.address import Address
from peripherals.code_scanner.frames import OpenSource, source_from
from peripherals.code_scanner.source import LENS, Lens, SourceBroken

STALE_FRAMES = 3
"""Frames that a driver may have kept from before the booklet lay there."""


class SerialCamera:
    """`strip`: (left, top, width, height) of the line with the serial in pixels of the whole picture; None: all of it."""

    def __init__(self, open_source: OpenSource, strip: tuple[int, int, int, int] | None = None) -> None:
        self._open = open_source
        self._strip = strip

    @classmethod
    def at(cls, address: Address) -> SerialCamera:
        """From a settings line: ``camera:/dev/video2?left=0&top=200&wide=960&tall=140&exposure=…&focus=…``. Raises `AddressWrong`."""
        address.of("camera").only("left", "top", "wide", "tall", *LENS)
        left, top, wide, tall = (address.whole(option, 0) for option in ("left", "top", "wide", "tall"))
        return cls(source_from(address.where, Lens.at(address)), (left, top, wide, tall) if wide and tall else None)

    def photograph(self) -> NDArray[Any] | None:
        """The strip as it is now; None when the camera gives no picture, or none that large."""
        with contextlib.suppress(SourceBroken):
            source = self._open()
            try:
                for _ in range(STALE_FRAMES):
                    source.read()
                frame = source.read()
            finally:
                source.close()
            if self._strip is None:
                return frame
            left, top, wide, tall = self._strip
            return frame[top : top + tall, left : left + wide]
        return None

"""What all sources of codes share, and what is asked of a camera; loads neither OpenCV nor any driver."""

from __future__ import annotations

from dataclasses import dataclass

from peripherals.address import Address

LENS = ("exposure", "focus", "width", "height")
"""Options of a camera's line."""


class SourceBroken(Exception):
    """The source cannot be opened or gives no frame; opening it anew may help."""


@dataclass(frozen=True, slots=True)
class Lens:
    """What is asked of a V4L2 camera: the size of its pictures (it gives the nearest that it has), `exposure` and `focus` in the camera's own units
    (``v4l2-ctl --list-ctrls`` shows them), or None to leave either to the camera.
    """

    width: int = 1280
    height: int = 720
    exposure: int | None = None
    focus: int | None = None

    @classmethod
    def at(cls, address: Address) -> Lens:
        """From the options of a settings line. Raises `AddressWrong`."""
        usual = cls()
        return cls(
            address.whole("width", usual.width),
            address.whole("height", usual.height),
            address.whole("exposure", 0) if "exposure" in address.options else None,
            address.whole("focus", 0) if "focus" in address.options else None,
        )

"""Where live frames come from: a V4L2 camera, an MJPEG stream, or anything else that gives arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from peripherals.code_scanner.reading import Gray
from peripherals.code_scanner.source import Lens


class FrameSource(Protocol):
    """An opened camera. Used by one thread, which must keep reading: frames that are not read grow old in the driver's queue."""

    def read(self) -> Gray:
        """The next frame in gray. Blocks until there is one; raises `SourceBroken`."""
        ...

    def close(self) -> None:
        """Let go of the camera. Never raises."""
        ...


OpenSource = Callable[[], FrameSource]
"""Opens the camera; raises `SourceBroken`."""


def source_from(where: str | int, lens: Lens = Lens()) -> OpenSource:  # noqa: B008 - a frozen value
    """The opener for a settings value: a V4L2 index (``0``), a device path (``/dev/video0``) or the URL of an MJPEG stream."""

    def opened() -> FrameSource:
        from peripherals.code_scanner.capture import V4L2Camera, VideoStream

        if isinstance(where, str) and "://" in where:
            return VideoStream(where)
        return V4L2Camera(int(where) if isinstance(where, int) or where.isdecimal() else where, lens)

    return opened

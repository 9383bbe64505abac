"""Where live frames come from: a V4L2 camera, an MJPEG stream, or anything else that gives arrays."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Protocol

import cv2
import numpy as np

from peripherals.code_scanner.reading import Gray

OPEN_SECONDS = 4.0
READ_SECONDS = 2.0
"""How long a stream may keep us waiting before it counts as broken."""


class SourceBroken(Exception):
    """The source cannot be opened or gives no frame; opening it anew may help."""


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


def source_from(where: str | int, *, width: int = 1280, height: int = 720) -> OpenSource:
    """The opener for a settings value: a V4L2 index (``0``), a device path (``/dev/video0``) or the URL of an MJPEG stream.

    `width` and `height` are asked of V4L2 cameras; they give the nearest size they have.
    """
    if isinstance(where, str) and "://" in where:
        return lambda: VideoStream(where)
    device = int(where) if isinstance(where, int) or where.isdecimal() else where
    return lambda: V4L2Camera(device, width=width, height=height)


class _Capture:
    """What both kinds share: OpenCV's capture, read into gray."""

    def __init__(self, capture: cv2.VideoCapture) -> None:
        self._capture = capture
        if not capture.isOpened():
            capture.release()
            raise SourceBroken("camera cannot be opened")

    def read(self) -> Gray:
        try:
            taken, frame = self._capture.read()
        except cv2.error as error:
            raise SourceBroken("camera driver failed") from error
        if not taken or frame is None or frame.size == 0:  # pyright: ignore[reportUnnecessaryComparison]
            raise SourceBroken("camera gives no frame")
        return np.asarray(frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), dtype=np.uint8)

    def close(self) -> None:
        self._capture.release()


class V4L2Camera(_Capture):
    """A camera of the Linux kernel. One buffer only, compressed by the camera, so that USB 2 carries 720p."""

    def __init__(self, device: str | int, *, width: int, height: int) -> None:
        super().__init__(cv2.VideoCapture(device, cv2.CAP_V4L2))  # pyright: ignore[reportCallIssue, reportArgumentType]
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)


class VideoStream(_Capture):
    """A stream over the network, read by FFmpeg with deadlines."""

    def __init__(self, url: str) -> None:
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # or FFmpeg writes a line on stderr for each broken frame
        deadlines = [
            cv2.CAP_PROP_OPEN_TIMEOUT_MSEC,
            int(OPEN_SECONDS * 1000),
            cv2.CAP_PROP_READ_TIMEOUT_MSEC,
            int(READ_SECONDS * 1000),
        ]
        super().__init__(cv2.VideoCapture(url, cv2.CAP_FFMPEG, deadlines))

"""Where live frames come from: a V4L2 camera, an MJPEG stream, or anything else that gives arrays."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from peripherals.code_scanner.reading import Gray

OPEN_SECONDS = 4.0
READ_SECONDS = 2.0
"""How long a stream may keep us waiting before it counts as broken."""


MANUAL_EXPOSURE = 1
"""V4L2_EXPOSURE_MANUAL (linux/v4l2-controls.h), which OpenCV hands through."""


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


@dataclass(frozen=True, slots=True)
class Lens:
    """What is asked of a V4L2 camera: the size of its pictures (it gives the nearest that it has), `exposure` and `focus` in the camera's own units
    (``v4l2-ctl --list-ctrls`` shows them), or None to leave either to the camera.
    """

    width: int = 1280
    height: int = 720
    exposure: int | None = None
    focus: int | None = None


def source_from(where: str | int, lens: Lens = Lens()) -> OpenSource:
    """The opener for a settings value: a V4L2 index (``0``), a device path (``/dev/video0``) or the URL of an MJPEG stream."""
    if isinstance(where, str) and "://" in where:
        return lambda: VideoStream(where)
    device = int(where) if isinstance(where, int) or where.isdecimal() else where
    return lambda: V4L2Camera(device, lens)


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

    def __init__(self, device: str | int, lens: Lens) -> None:
        super().__init__(cv2.VideoCapture(device, cv2.CAP_V4L2))  # pyright: ignore[reportCallIssue, reportArgumentType]
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, lens.width)
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, lens.height)
        if lens.exposure is not None:
            self._capture.set(cv2.CAP_PROP_AUTO_EXPOSURE, MANUAL_EXPOSURE)
            self._capture.set(cv2.CAP_PROP_EXPOSURE, lens.exposure)
        if lens.focus is not None:
            self._capture.set(cv2.CAP_PROP_AUTOFOCUS, 0)
            self._capture.set(cv2.CAP_PROP_FOCUS, lens.focus)


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

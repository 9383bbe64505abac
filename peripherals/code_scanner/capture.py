"""Cameras through OpenCV: one of the Linux kernel, or a stream over the network. Loaded when a camera is opened, not before: OpenCV and
numpy take longer to load than the window of a terminal."""

from __future__ import annotations

import os

import cv2
import numpy as np

from peripherals.code_scanner.reading import Gray
from peripherals.code_scanner.source import Lens, SourceBroken

OPEN_SECONDS = 4.0
READ_SECONDS = 2.0
"""How long a stream may keep us waiting before it counts as broken."""

MANUAL_EXPOSURE = 1
"""V4L2_EXPOSURE_MANUAL (linux/v4l2-controls.h), which OpenCV hands through."""


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

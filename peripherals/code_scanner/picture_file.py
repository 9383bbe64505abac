"""A picture from a file that may be anything."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

LARGEST_FILE = 256 * 1024 * 1024


class Unreadable(Exception):
    """The file is missing, no regular file, or holds no picture that can be read. The message is for the person at the shell."""


def load(path: Path) -> NDArray[Any]:
    """The picture as OpenCV gives it (gray, BGR or BGRA). Raises `Unreadable`."""
    try:
        details = path.stat()
        if not stat.S_ISREG(details.st_mode):
            raise Unreadable("not a file")
        if details.st_size > LARGEST_FILE:
            raise Unreadable("larger than any picture")
        content = path.read_bytes()
    except OSError as error:
        raise Unreadable((error.strerror or "cannot be read").lower()) from error
    except ValueError as error:
        raise Unreadable("no possible file name") from error
    if not content:
        raise Unreadable("empty file")
    try:
        picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except (cv2.error, MemoryError) as error:
        raise Unreadable("not a picture that can be read") from error
    if picture is None or not picture.size:  # pyright: ignore[reportUnnecessaryComparison]
        raise Unreadable("not a picture that can be read")
    return picture

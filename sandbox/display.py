"""A private X display (Xvfb) on a free number; nothing is left behind when it stops."""

from __future__ import annotations

import os
import subprocess
from types import TracebackType
from typing import Self


class DisplayFailed(Exception):
    """Xvfb did not start."""


class VirtualDisplay:
    """Xvfb of `width` × `height` pixels without TCP, on a number that the server picks itself (`-displayfd`)."""

    def __init__(self, width: int, height: int) -> None:
        self._size = f"{width}x{height}x24"
        self._process: subprocess.Popen[bytes] | None = None
        self.name = ""

    def __enter__(self) -> Self:
        reading, writing = os.pipe()
        try:
            self._process = subprocess.Popen(
                ["Xvfb", "-displayfd", str(writing), "-screen", "0", self._size, "-nolisten", "tcp", "-noreset", "-nocursor"],
                pass_fds=(writing,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        finally:
            os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            number = pipe.readline().strip()
        if not number:
            self.__exit__(None, None, None)
            raise DisplayFailed("Xvfb did not come up")
        self.name = f":{number.decode()}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

"""The lock that says "a certificate is being printed": held by the terminal from before spooling until it is presented.

A lock of the kernel's (flock), not a message: it is there when the watchdog was started anew in the middle, and gone when the terminal
is dead. Whoever would restart the terminal holds it meanwhile, so that nothing begins in between.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Generator
from pathlib import Path


class IssuingSign:
    """The lock at `path`; the directory belongs to both."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextlib.contextmanager
    def held(self) -> Generator[None]:
        """The terminal's side; waits for a watchdog that is just restarting something. Where no lock can be had, issuing goes on: a
        certificate that was begun matters more than a watchdog that is not there.
        """
        handle = self._open()
        try:
            if handle is not None:
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            if handle is not None:
                os.close(handle)

    @contextlib.contextmanager
    def seized(self) -> Generator[bool]:
        """The watchdog's side: whether nothing is being printed, and nothing begins until the end of the block."""
        handle = self._open()
        try:
            yield handle is not None and _taken(handle)
        finally:
            if handle is not None:
                os.close(handle)

    @property
    def up(self) -> bool:
        """Whether a certificate is being printed."""
        with self.seized() as free:
            return not free

    def _open(self) -> int | None:
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
        except OSError:
            return None
        with contextlib.suppress(OSError):
            os.fchmod(handle, 0o660)  # both write to it, whatever the umask of the one that came first
        return handle


def _taken(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

"""What the once-guard saw: the evidence that the backend `once_backend` leaves, read by recovery.

One directory a job's name, called after the name's SHA-256: a name cannot lead out of the guard's directory, and says nothing to
whoever lists it. The backend makes it before a byte goes to the device; that it exists is what refuses a second time.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from enum import Enum
from pathlib import Path

REFUSED = "this job was let through before; it is not printed again"
"""job-printer-state-message of a job that the guard refused."""


class GuardEvidence(Enum):
    """How far a job's name got."""

    NEVER_SEEN = "never-seen"
    STARTED = "started"
    DELIVERED = "delivered"
    FAILED = "failed"
    SILENT = "silent"


class OnceGuard:
    """The tokens in `directory`."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def evidence(self, job_name: str) -> GuardEvidence:
        """What is known of `job_name`; never raises.

        NEVER_SEEN: it was not let through (and if it was withdrawn, never will be). STARTED: it was, and how that ended is not
        known: bytes may have reached the device. DELIVERED and FAILED: the real backend ended so. SILENT: the directory cannot be
        read, so nothing is known.
        """
        token = self._token(job_name)
        try:
            if not self.directory.is_dir():
                return GuardEvidence.SILENT
            if not self._exists(job_name) or (token / "withdrawn").exists():
                return GuardEvidence.NEVER_SEEN
            ended = (token / "ended").read_bytes().strip()
        except (FileNotFoundError, NotADirectoryError):
            return GuardEvidence.STARTED
        except OSError:
            return GuardEvidence.SILENT
        if not ended.isdigit():  # the power went between its creation and its content
            return GuardEvidence.STARTED
        return GuardEvidence.DELIVERED if int(ended) == 0 else GuardEvidence.FAILED

    def knows(self, job_name: str) -> bool:
        """Whether the backend would refuse `job_name`: it was let through, or withdrawn. True also when nobody can say."""
        try:
            return self._exists(job_name)
        except OSError:
            return True

    def running(self, job_name: str) -> bool:
        """Whether a backend that was let through with this name lives: it may still hand over or watch the device print."""
        try:
            handle = os.open(self._token(job_name) / "started", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(handle)
        return False

    def document_digest(self, job_name: str) -> str | None:
        """SHA-256 (hex) of the document that was let through, None where that is not known."""
        try:
            words = (self._token(job_name) / "started").read_text("ascii", "replace").split()
        except OSError:
            return None
        return words[2] if len(words) == 3 and words[2] != "-" else None

    def begin(self, job_name: str) -> bool:
        """Use up a name for an act that no backend guards (a blank that is fed). On disk when this returns.

        True: it was never used and never will be again; from now on its evidence is STARTED. False: it was, or nobody can say.
        """
        return self._made(job_name, "started")

    def not_begun(self, job_name: str) -> bool:
        """After `begin`: the act was refused, for certain. Its evidence is NEVER_SEEN again, and it stays used up; whether that is on disk."""
        try:
            (self._token(job_name) / "withdrawn").touch(mode=0o640, exist_ok=True)
            _sync(self._token(job_name))
        except OSError:
            return False
        return True

    def withdraw(self, job_name: str) -> bool:
        """Close a name that was not let through: whatever the queue still does, it will never print. On disk when this returns.

        True: it was never let through and never will be. False: it was, or nobody can say (the directory cannot be written).
        """
        if self._made(job_name, "withdrawn"):
            return True
        with contextlib.suppress(OSError):
            return self._exists(job_name) and self.evidence(job_name) is GuardEvidence.NEVER_SEEN
        return False

    def _made(self, job_name: str, word: str) -> bool:
        token = self._token(job_name)
        try:
            token.mkdir()
            token.chmod(0o2770)
            (token / word).touch(mode=0o640, exist_ok=False)
            _sync(token)
            _sync(self.directory)
        except OSError:
            return False
        return True

    def prune(self, job_name: str) -> bool:
        """Forget a name; whether nothing is left of it.

        Only after the platform has acknowledged what became of it: a name that is forgotten could print again.
        """
        token = self._token(job_name)
        shutil.rmtree(token, ignore_errors=True)
        try:
            return not self._exists(job_name)
        except OSError:
            return False

    def _exists(self, job_name: str) -> bool:
        """Not `Path.exists`, which takes a directory that may not be searched for one that is empty."""
        try:
            self._token(job_name).lstat()
        except FileNotFoundError:
            return False
        return True

    def _token(self, job_name: str) -> Path:
        return self.directory / hashlib.sha256(job_name.encode("utf-8", "surrogateescape")).hexdigest()


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

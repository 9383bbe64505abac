"""What the once-guard saw: the evidence that the backend `once_backend` leaves, read by recovery."""

from __future__ import annotations

import hashlib
import shutil
from enum import Enum
from pathlib import Path


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
        """What is known of `job_name`. SILENT: the directory cannot be read, so nothing is known."""
        token = self._token(job_name)
        try:
            if not self.directory.is_dir():
                return GuardEvidence.SILENT
            if not token.is_dir():
                return GuardEvidence.NEVER_SEEN
            ended = (token / "ended").read_text().strip()
        except FileNotFoundError:
            return GuardEvidence.STARTED
        except OSError:
            return GuardEvidence.SILENT
        return GuardEvidence.DELIVERED if ended == "0" else GuardEvidence.FAILED

    def prune(self, job_name: str) -> None:
        """Forget a name. Only after the platform has acknowledged what became of it: until then it must not print again."""
        shutil.rmtree(self._token(job_name), ignore_errors=True)

    def _token(self, job_name: str) -> Path:
        return self.directory / hashlib.sha256(job_name.encode("utf-8", "surrogateescape")).hexdigest()

"""What the watchdog must not forget when it is restarted: which remedies were applied when, and where each climb stands.

One small JSON file, replaced as a whole and synced, so that a power cut leaves the old one or the new one. It holds no personal
data. A file that cannot be read is a fault of its own, and begins a new memory.
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk.watchdog.ladder import AGAIN_SECONDS, Attempt, Remedy
from offline_cache.durable_file import write_durably

KEPT_SECONDS = 86_400.0
MOST = 2000
"""Attempts and starts kept at most; budgets keep them far below."""
BOOTS, WITHIN_SECONDS = 4, 1800.0
"""More starts of the machine than this in so many seconds are a boot loop."""
STARTS = 8
"""The same for starts of the watchdog itself."""


class _Row(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Climb(_Row):
    """Where a part stands on its ladder. Times are wall-clock seconds; `first` is when it fell ill, `began` when this climb began (it
    may not be the first), `given_up` when the last rung had failed, of this climb or the one before; `called` whether staff are wanted.
    """

    first: float
    began: float
    given_up: float | None = None
    called: bool = False

    @property
    def ended(self) -> bool:
        """Whether this climb's last rung has failed."""
        return self.given_up is not None and self.given_up >= self.began


class _Attempt(_Row):
    part: str
    remedy: Remedy
    target: str
    at: float


class _Start(_Row):
    at: float
    boot: str


class _File(_Row):
    attempts: Annotated[list[_Attempt], Field(max_length=MOST)] = []
    climbs: dict[str, Climb] = {}
    starts: Annotated[list[_Start], Field(max_length=MOST)] = []


class MemoryUnwritable(Exception):
    """The state file cannot be written; remedies would not be counted, so none is applied. Staff's turn."""


class Memory:
    """The state file at `path`, in memory; `keep` writes what was changed."""

    def __init__(self, path: Path, now: float) -> None:
        self._path = path
        self.damaged = False
        self._file = self._read()
        self._drop_old(now)

    @property
    def attempts(self) -> list[Attempt]:
        return [Attempt(row.part, row.remedy, row.target, row.at) for row in self._file.attempts]

    def climb(self, part: str) -> Climb | None:
        return self._file.climbs.get(part)

    def began(self, part: str, now: float) -> Climb:
        """The climb of `part`, begun now if there is none; begun anew when it was given up long ago."""
        climb = self._file.climbs.get(part)
        if climb is None:
            climb = self._file.climbs[part] = Climb(first=now, began=now)
        elif climb.ended and climb.given_up is not None and now - climb.given_up >= AGAIN_SECONDS:
            climb.began = now
        return climb

    def forget(self, part: str) -> bool:
        """The part has been well for long; whether there was anything to forget."""
        return self._file.climbs.pop(part, None) is not None

    def count(self, attempt: Attempt) -> None:
        self._file.attempts.append(_Attempt(part=attempt.part, remedy=attempt.remedy, target=attempt.target, at=attempt.at))

    def started(self, now: float, boot: str) -> str | None:
        """The watchdog starts. "boot-loop" or "start-loop" when machine or watchdog have been started too often lately."""
        self._file.starts.append(_Start(at=now, boot=boot))
        lately = [start for start in self._file.starts if now - start.at < WITHIN_SECONDS]
        if len({start.boot for start in lately}) > BOOTS:
            return "boot-loop"
        return "start-loop" if len(lately) > STARTS else None

    def keep(self, now: float) -> None:
        """Write the file; on disk when this returns. Raises `MemoryUnwritable`."""
        self._drop_old(now)
        try:
            write_durably(self._path, self._file.model_dump_json().encode(), 0o640)
        except OSError as reason:
            raise MemoryUnwritable(f"{self._path}: {reason.strerror}") from None

    def _read(self) -> _File:
        with contextlib.suppress(FileNotFoundError):
            try:
                return _File.model_validate_json(self._path.read_bytes())
            except (OSError, ValidationError) as reason:
                if isinstance(reason, FileNotFoundError):
                    raise
                self.damaged = True
        return _File()

    def _drop_old(self, now: float) -> None:
        """Forget what is a day old. What lies in the future was written by a clock that has been put back: it counts as of now."""
        for row in (*self._file.attempts, *self._file.starts):
            row.at = min(row.at, now)
        for climb in self._file.climbs.values():
            climb.first, climb.began = min(climb.first, now), min(climb.began, now)
            climb.given_up = None if climb.given_up is None else min(climb.given_up, now)
        self._file.attempts = [row for row in self._file.attempts if now - row.at < KEPT_SECONDS][-MOST:]
        self._file.starts = [row for row in self._file.starts if now - row.at < KEPT_SECONDS][-MOST:]

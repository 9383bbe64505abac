"""The virtual printer with a memory of paper: what happened to each blank is on its own disk, what it knew of jobs is lost with power."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.devices.printer import Job, VirtualPrinter


@dataclass(frozen=True, slots=True)
class Mark:
    """One line of the unit's log: `what` is drawn, printed, back, stuck or removed."""

    what: str
    serial: str
    job: str
    digest: str


class SheetLog:
    """Append-only; one write a line, so a kill leaves whole lines."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, what: str, serial: str, job: str = "-", digest: str = "-") -> None:
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, f"{what} {serial} {job} {digest}\n".encode())
        finally:
            os.close(handle)

    def marks(self) -> list[Mark]:
        if not self._path.exists():
            return []
        return [Mark(*line.split()) for line in self._path.read_text("utf-8").splitlines()]

    def last(self) -> dict[str, Mark]:
        """The newest mark of each serial."""
        return {mark.serial: mark for mark in self.marks()}

    def in_bin(self, loaded: Sequence[str]) -> list[str]:
        """Which of the loaded blanks still lie in the bin, in order."""
        last = self.last()
        return [serial for serial in loaded if serial not in last or last[serial].what == "back"]


class LoggedUnit(VirtualPrinter):
    """A unit that starts with what an earlier process of it left in bin and path."""

    def __init__(self, directory: Path, *, port: int, seconds: float, loaded: Sequence[str]) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._log = log = SheetLog(directory / "sheets.log")
        for serial, mark in log.last().items():
            if mark.what == "drawn":  # the power went while this sheet was in the path: nobody can use it any more
                log.add("stuck", serial)
        super().__init__(directory, seconds=seconds, blanks=log.in_bin(loaded))
        self.port = port

    def _print(self, job: Job, serial: str) -> None:
        self._log.add("drawn", serial, job.name)
        super()._print(job, serial)
        if serial in self.stuck:
            self._log.add("stuck", serial, job.name)
        elif self._log.last()[serial].what == "drawn":
            self._log.add("back", serial, job.name)

    def _lay_down(self, job: Job, serial: str) -> None:
        super()._lay_down(job, serial)
        sheet = self.printed[-1]
        self._log.add("printed", serial, job.name, sheet.digest)

    def remove(self, serial: str) -> None:
        """Staff take a void blank out of the bin."""
        with self._lock:
            if serial in self._blanks:
                self._blanks.remove(serial)
        if self._log.last().get(serial, Mark("back", serial, "", "")).what == "back":
            self._log.add("removed", serial)

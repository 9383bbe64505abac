"""What terminal and watchdog say to each other: datagrams on two sockets in one directory, JSON, parsed once at this border.

The terminal's event loop says how it is (`Heartbeat`); the watchdog answers with what it knows (`Advice`). Either may be gone or
started anew at any time: every message is whole, the newest one counts. Numbers and words only, nothing of any person.
"""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

WATCHDOG, TERMINAL, ISSUING = "watchdog.sock", "terminal.sock", "issuing"
"""Names in the directory: where each listens, and the lock that is held while a certificate is being printed."""
LONGEST = 65_536


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class DeviceWord(_Message):
    """A device as its driver has it (`peripherals.device`)."""

    name: str
    state: str
    reasons: tuple[str, ...] = ()
    detail: str = ""


class VisitCount(_Message):
    """How many visits of a service ended so, since the terminal was started."""

    service: str
    outcome: str
    count: int


class StepTimes(_Message):
    """How long one step took: `buckets` counts those below each of `tally.BOUNDS` seconds and, last, all."""

    step: str
    seconds: float
    buckets: tuple[int, ...]


class BlankCount(_Message):
    """Blanks in a bin that can be printed on now."""

    bin: str
    kind: str
    left: int


class Heartbeat(_Message):
    """The terminal's event loop is alive. `quiet`: nobody is being served and nothing is being printed."""

    pid: int
    quiet: bool = True
    serving: bool = False
    """Whether it has come so far as to serve; before that it is starting."""
    devices: tuple[DeviceWord, ...] = ()
    obstacles: tuple[str, ...] = ()
    clock_wrong: bool = False
    visits: tuple[VisitCount, ...] = ()
    steps: tuple[StepTimes, ...] = ()
    blanks: tuple[BlankCount, ...] = ()
    outbox_waiting: int = 0
    outbox_oldest_seconds: float = 0.0
    outbox_refused: int = 0
    loop_longest_ms: float = 0.0


class Complaint(_Message):
    """A part that is out of service. `obstacle` is the accept gate's word for it, "" where it closes nothing."""

    part: str
    obstacle: str
    symptom: str
    detail: str


class Call(_Message):
    """Staff are wanted; `key` is the same however often it is said."""

    key: str
    part: str
    symptom: str


class Advice(_Message):
    """What the watchdog knows. `reopen` names devices whose handles the terminal should close and open again, now."""

    complaints: tuple[Complaint, ...] = ()
    calls: tuple[Call, ...] = ()
    reopen: tuple[str, ...] = ()


Kind = TypeVar("Kind", bound=_Message)


class Post:
    """One end: listens at `own` and sends to `other`, both names in `directory`. Never blocks, never raises after its making."""

    def __init__(self, directory: Path, own: str, other: str) -> None:
        """Raises `OSError` where the directory does not let us listen."""
        self._path = directory / own
        self._other = directory / other
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK)
        try:
            self._path.unlink(missing_ok=True)
            self._socket.bind(str(self._path))
            self._path.chmod(0o660)
        except OSError:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)

    def send(self, message: BaseModel) -> bool:
        """Whether it was taken; the other side may not be there."""
        try:
            self._socket.sendto(message.model_dump_json().encode(), str(self._other))
        except OSError:
            return False
        return True

    def receive(self, kind: type[Kind]) -> Kind | None:
        """The next message that is one; None when there is none left."""
        while True:
            try:
                return kind.model_validate_json(self._socket.recv(LONGEST))
            except ValidationError:
                continue
            except OSError:
                return None

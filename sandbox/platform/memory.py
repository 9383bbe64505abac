"""What the sandbox platform would have in its database: written before an answer leaves, read again after it was killed.

Only for platforms that run in a process of their own and die in it (`sandbox.faults`). Keys and people are not part of it.
"""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

from sandbox.platform.app import Replays
from sandbox.platform.core import Core

_PAPER = ("blanks", "blank_terminal", "grants", "reports", "disputes", "superseded", "withdrawn")
_CORE = (
    "messages",
    "calls",
    "bookings",
    "evaluations",
    "journal_heads",
    "closed_journals",
    "_visits",
    "_codes",
    "_tries",
    "_changed",
)


class Memory:
    """The state of `core` and the answers already given, in the file at `path`."""

    def __init__(self, path: Path, core: Core, replays: Replays) -> None:
        self._path = path
        self._core = core
        self._replays = replays

    def save(self) -> None:
        """Replace the file as a whole; a kill at any instant leaves the old one or the new one."""
        with self._core.lock:
            parts: dict[str, Any] = {name: getattr(self._core.paper, name) for name in _PAPER}
            parts |= {name: getattr(self._core, name) for name in _CORE}
            content = pickle.dumps({**parts, "replays": self._replays.kept})
        draft = self._path.with_suffix(".new")
        draft.write_bytes(content)
        draft.replace(self._path)

    def load(self) -> None:
        """Take up what an earlier process left; nothing where there is none."""
        if not self._path.exists():
            return
        parts: dict[str, Any] = pickle.loads(self._path.read_bytes())
        with self._core.lock:
            for name in _PAPER:
                setattr(self._core.paper, name, parts[name])
            for name in _CORE:
                setattr(self._core, name, parts[name])
            self._replays.kept = parts["replays"]

"""Small files that are on disk, whole or not at all, when the call returns."""

from __future__ import annotations

import os
from pathlib import Path


def write_durably(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Replace `path` by `content`: written beside it, synced, renamed, and the folder synced. Raises `OSError`; then the old file stands."""
    draft = path.with_name(f".{path.name}.new")
    try:
        # (A file object writes all of it or raises; one write to a disk that is nearly full may end early.)
        with open(draft, "wb", opener=lambda name, flags: os.open(name, flags | os.O_CLOEXEC, mode)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)

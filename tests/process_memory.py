"""What lies in the writable memory of a running process, counted from outside."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def writable(pid: int) -> Iterator[bytes]:
    """Every writable stretch of the process's memory that can be read, one after the other."""
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in maps:
            place, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            first, last = (int(address, 16) for address in place.split("-"))
            try:
                memory.seek(first)
                data = memory.read(last - first)
            except (OSError, ValueError, OverflowError):
                continue
            yield data

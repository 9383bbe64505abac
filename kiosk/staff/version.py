"""What runs here: our own version, and those of what it stands on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

PARTS = ("dazheng", "kivy", "pyscard", "pycups", "sqlcipher3", "typst", "cryptography", "zxing-cpp", "requests")


def versions() -> tuple[tuple[str, str], ...]:
    """(part, version) of each; "—" for one that is not installed as a package."""

    def of(part: str) -> str:
        try:
            return version(part)
        except PackageNotFoundError:
            return "—"

    return (*((part, of(part)) for part in PARTS), ("python", platform.python_version()), ("kernel", platform.release()))

"""What tests of several rooms share in one process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

from sandbox.devices.pcsc import ENVIRONMENT
from screens.fonts import Fonts, FontsMissing

ROOT = Path(__file__).parents[1]

# Busy machines are slow; what a property says does not depend on it.
settings.register_profile("house", deadline=None, max_examples=50)
settings.register_profile("whole", deadline=None)
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--whole", action="store_true", help="run what is marked `whole` too")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--whole"):
        settings.load_profile("whole")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--whole"):
        left_out = [item for item in items if item.get_closest_marker("whole")]
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def pcsc_socket() -> Generator[Path]:
    """libpcsclite reads its socket's path once a process: every pcscd that a test of this process starts listens here."""
    with tempfile.TemporaryDirectory(prefix="dazheng-t") as directory:
        path = Path(directory) / "pcscd.comm"
        os.environ[ENVIRONMENT] = str(path)
        yield path


@pytest.fixture(scope="session")
def fonts() -> Fonts:
    """The prepared faces; prepared now where set-up has not done it."""
    try:
        return Fonts()
    except FontsMissing:
        subprocess.run([sys.executable, "deploy/fonts.py"], cwd=ROOT, check=True)
        return Fonts()

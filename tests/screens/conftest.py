"""A Kivy without a display, for everything that measures or draws words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from screens.fonts import Fonts, FontsMissing
from screens.theme import Themes

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def fonts() -> Fonts:
    """The prepared faces; prepared now where set-up has not done it."""
    try:
        return Fonts()
    except FontsMissing:
        subprocess.run([sys.executable, "deploy/fonts.py"], cwd=ROOT, check=True)
        return Fonts()


@pytest.fixture(scope="session")
def ink(fonts: Fonts) -> object:
    """Words as pictures, drawn into a window that nobody sees. A session has one."""
    os.environ["SDL_VIDEODRIVER"] = "offscreen"
    os.environ.pop("DISPLAY", None)
    from screens import toolkit

    toolkit.shape(320, 240, fullscreen=False, show_cursor=True)
    from kivy.base import EventLoop

    EventLoop.ensure_window()
    from screens.ink import Ink

    return Ink(fonts, 1.0)


@pytest.fixture(scope="session")
def themes() -> Themes:
    return Themes()

"""A Kivy without a display, for everything that measures or draws words."""

from __future__ import annotations

import os

import pytest

from screens.fonts import Fonts
from screens.theme import Themes


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

"""Kivy's settings, and the shape of the window. `screens` itself says what Kivy reads from the environment.

Multisampling costs ten times as much a frame in software, and one pointer is enough: mtdev beside the mouse gives double touches,
and the right button must not leave red dots.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import kivy
from kivy.config import Config

_SETTINGS = {
    ("graphics", "multisamples"): "0",
    ("graphics", "maxfps"): "30",
    ("graphics", "resizable"): "0",
    ("kivy", "exit_on_escape"): "0",
    ("kivy", "log_level"): "warning",
}
for (_section, _key), _setting in _SETTINGS.items():
    Config.set(_section, _key, _setting)
for _key, _ in Config.items("input"):
    Config.remove_option("input", _key)
Config.set("input", "mouse", "mouse,disable_multitouch")


def _load_without_style() -> None:
    """Load Kivy's language without the rules of how its own widgets look: none is used here, and they take long to read at each start."""
    import_module("kivy.resources")  # keeps where Kivy's data lies, so before that is another place for a moment
    data, kivy.kivy_data_dir = kivy.kivy_data_dir, str(Path(__file__).parent / "assets" / "kivy")
    try:
        import_module("kivy.lang")
    finally:
        kivy.kivy_data_dir = data


_load_without_style()


def shape(width: int, height: int, fullscreen: bool, show_cursor: bool) -> None:
    """Say how large the window will be. Only before the first window is made."""
    Config.set("graphics", "width", str(width))
    Config.set("graphics", "height", str(height))
    Config.set("graphics", "fullscreen", "auto" if fullscreen else "0")
    Config.set("graphics", "borderless", "1" if fullscreen else "0")
    Config.set("graphics", "show_cursor", "1" if show_cursor else "0")

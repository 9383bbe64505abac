"""The one door to Kivy: what must be said before it is first imported, and what it would otherwise do behind our back.

Import this module before anything of `kivy`. Kivy reads its settings from the environment at import: it must not parse our
command line, write into the home directory, take over logging, or draw with multisampling (which costs ten times as much a
frame in software).
"""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("KIVY_HOME", os.path.join(tempfile.gettempdir(), f"dazheng-kivy-{os.getuid()}"))  # noqa: PTH118
for _name, _value in {
    "KIVY_NO_ARGS": "1",
    "KIVY_NO_CONFIG": "1",
    "KIVY_NO_FILELOG": "1",
    "KIVY_NO_CONSOLELOG": "1",
    "KIVY_LOG_MODE": "PYTHON",
    "KIVY_METRICS_DENSITY": "1",
    "KIVY_METRICS_FONTSCALE": "1",
    "KIVY_DPI": "96",
    # SDL would turn SIGTERM into a close request; the terminal's own handler decides.
    "SDL_NO_SIGNAL_HANDLERS": "1",
    "SDL_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR": "0",
}.items():
    os.environ[_name] = _value

from kivy.config import Config  # noqa: E402

_SETTINGS = {
    ("graphics", "multisamples"): "0",
    ("graphics", "maxfps"): "30",
    ("graphics", "resizable"): "0",
    ("kivy", "exit_on_escape"): "0",
    ("kivy", "log_level"): "warning",
}
for (_section, _key), _setting in _SETTINGS.items():
    Config.set(_section, _key, _setting)
# One pointer provider: mtdev beside the mouse gives double touches; the right button must not leave red dots.
for _key, _ in Config.items("input"):
    Config.remove_option("input", _key)
Config.set("input", "mouse", "mouse,disable_multitouch")


def shape(width: int, height: int, fullscreen: bool, show_cursor: bool) -> None:
    """Say how large the window will be. Only before the first window is made."""
    Config.set("graphics", "width", str(width))
    Config.set("graphics", "height", str(height))
    Config.set("graphics", "fullscreen", "auto" if fullscreen else "0")
    Config.set("graphics", "borderless", "1" if fullscreen else "0")
    Config.set("graphics", "show_cursor", "1" if show_cursor else "0")

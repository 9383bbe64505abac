"""What people see and touch. Prompts (what is asked) are plain values; views draw them with Kivy.

Imports neither `kiosk`, `peripherals` nor `offline_cache`. `screens.prompts` and `screens.wording` import no Kivy.

Kivy reads the environment when it is first imported, so it is told here, before any module of this package can import it: it
must not parse our command line, write into the home directory, take over logging, or scale by a screen's dots an inch.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("KIVY_HOME", str(Path(tempfile.gettempdir()) / f"dazheng-kivy-{os.getuid()}"))
os.environ.update(
    {
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
    }
)

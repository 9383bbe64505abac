"""A scripted citizen: looks at the screen, touches it with a pointer, lays her card down, holds her phone up, takes the paper.

She does only what a person could. Her eyes are the file that ``kiosk run --eyes`` keeps (which prompt is up and where its
keys are: what a person sees, with no personal data in it) and screenshots of the X display; her finger is XTEST through xdotool.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, ImageGrab

SETTLED_SECONDS = 0.65
"""A screen ignores touches for 600 ms after it appeared (ui-design, section 9.10); a person needs longer to read it anyway."""


class Unseen(Exception):
    """What the citizen looked for did not appear in time."""


@dataclass(frozen=True, slots=True)
class View:
    """What is on the screen: the prompt's class name, and each key's place as (x, y, width, height) in pixels from the top left."""

    prompt: str
    keys: dict[str, tuple[float, float, float, float]]
    sequence: int


@dataclass(slots=True)
class Sight:
    """One screen that she saw, with its picture and when (milliseconds since she came)."""

    prompt: str
    picture: Path
    at_ms: int


@dataclass(slots=True)
class Citizen:
    """A person before the window on X display `display`; pictures of what she saw go to `pictures`."""

    display: str
    eyes: Path
    pictures: Path
    alive: Callable[[], bool] = lambda: True
    seen: list[Sight] = field(default_factory=list[Sight])
    _came: float = field(default_factory=time.monotonic)

    def looks(self) -> View | None:
        """What is up right now; None before the first frame."""
        try:
            raw: dict[str, Any] = json.loads(self.eyes.read_text("utf-8"))
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        keys = {str(name): (float(x), float(y), float(w), float(h)) for name, (x, y, w, h) in raw["targets"].items()}
        return View(str(raw["prompt"]), keys, int(raw["sequence"]))

    def waits_for(self, *prompts: str, key: str | None = None, seconds: float = 30.0) -> View:
        """Wait until one of `prompts` is up (and has the key `key`), and keep a picture of it. Raises `Unseen`."""
        deadline = time.monotonic() + seconds
        view = None
        while time.monotonic() < deadline:
            if not self.alive():
                raise Unseen("the terminal has stopped")
            view = self.looks()
            if view and view.prompt in prompts and (key is None or key in view.keys):
                if not self.seen or self.seen[-1].prompt != view.prompt:
                    time.sleep(SETTLED_SECONDS)
                    self._keeps(view)
                return view
            time.sleep(0.03)
        raise Unseen(
            f"waited {seconds:g} s for {' or '.join(prompts)}{f' with {key}' if key else ''}; saw {view and view.prompt}"
        )

    def touches(self, key: str, seconds: float = 10.0) -> None:
        """Put a finger on the middle of the key called `key` and lift it. Raises `Unseen`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            view = self.looks()
            if view and key in view.keys:
                x, y, width, height = view.keys[key]
                self._xdotool("mousemove", str(round(x + width / 2)), str(round(y + height / 2)), "click", "1")
                return
            time.sleep(0.03)
        raise Unseen(f"no key {key!r} on the screen")

    def types(self, digits: str) -> None:
        """Touch digit keys one after the other."""
        for digit in digits:
            self.touches(f"digit-{digit}")
            time.sleep(0.08)

    def picture(self) -> Image.Image:
        """The whole display as it is."""
        return ImageGrab.grab(xdisplay=self.display)

    def _keeps(self, view: View) -> None:
        self.pictures.mkdir(parents=True, exist_ok=True)
        path = self.pictures / f"{len(self.seen) + 1:02}-{view.prompt.lower()}.png"
        self.picture().save(path)
        self.seen.append(Sight(view.prompt, path, round((time.monotonic() - self._came) * 1000)))

    def _xdotool(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env={"DISPLAY": self.display, "PATH": "/usr/bin:/bin"}, check=True, timeout=10)

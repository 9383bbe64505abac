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
LOOK_SECONDS = 0.03


class Unseen(Exception):
    """What the citizen looked for did not appear in time."""


@dataclass(frozen=True, slots=True)
class View:
    """What is on the screen: the prompt's class name, and each key's place as (x, y, width, height) in pixels from the top left."""

    prompt: str
    keys: dict[str, tuple[float, float, float, float]]
    sequence: int


@dataclass(frozen=True, slots=True)
class Sight:
    """One screen that she saw, with its picture and when it came (milliseconds since she came herself)."""

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

    def waits_for(self, what: Callable[[View], bool], told: str, seconds: float = 30.0) -> View:
        """Wait until `what` is to be seen. `told` says it in words, for `Unseen`."""
        deadline = time.monotonic() + seconds
        view = None
        while time.monotonic() < deadline:
            if not self.alive():
                raise Unseen("the terminal has stopped")
            view = self.looks()
            if view and what(view):
                return view
            time.sleep(LOOK_SECONDS)
        raise Unseen(f"waited {seconds:g} s for {told}; saw {view.prompt if view else 'nothing'}")

    def sees(self, *prompts: str, key: str | None = None, seconds: float = 30.0) -> View:
        """Wait until one of `prompts` is up (with the key `key`), until it has settled, and keep a picture of it."""
        began = time.monotonic()
        told = f"{' or '.join(prompts)}{f' with {key}' if key else ''}"
        self.waits_for(lambda view: view.prompt in prompts and (key is None or key in view.keys), told, seconds)
        came = round((time.monotonic() - self._came) * 1000)
        time.sleep(SETTLED_SECONDS)
        # What came first may have given way meanwhile (a short "working" on the way to something else).
        left = max(1.0, seconds - (time.monotonic() - began))
        view = self.waits_for(lambda view: view.prompt in prompts and (key is None or key in view.keys), told, left)
        self.keeps(view.prompt, came)
        return view

    def touches(self, key: str, seconds: float = 10.0) -> None:
        """Put a finger on the middle of the key called `key` and lift it. Raises `Unseen`."""
        x, y, width, height = self.waits_for(lambda view: key in view.keys, f"a key {key!r}", seconds).keys[key]
        where = (str(round(x + width / 2)), str(round(y + height / 2)))
        subprocess.run(
            ["xdotool", "mousemove", *where, "click", "1"],
            env={"DISPLAY": self.display, "PATH": "/usr/bin:/bin"},
            check=True,
            timeout=10,
        )

    def types(self, digits: str) -> None:
        """Touch digit keys one after the other."""
        for digit in digits:
            self.touches(f"digit-{digit}")
            time.sleep(0.1)

    def picture(self) -> Image.Image:
        """The whole display as it is."""
        return ImageGrab.grab(xdisplay=self.display)

    def keeps(self, prompt: str, came_ms: int | None = None) -> None:
        """Keep a picture of what is on the screen now."""
        self.pictures.mkdir(parents=True, exist_ok=True)
        path = self.pictures / f"{len(self.seen) + 1:02}-{prompt.lower()}.png"
        self.picture().save(path, compress_level=1)
        at = round((time.monotonic() - self._came) * 1000) if came_ms is None else came_ms
        self.seen.append(Sight(prompt, path, at))

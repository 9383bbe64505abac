"""What a person sees, as a file for the scripted citizen: which prompt is up and where its keys are. No personal data.

Only kept when ``kiosk run --eyes FILE`` asks for it (demo, tests). It can be read, never written to by others: it presses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

LOOK_SECONDS = 0.05


class Window(Protocol):
    """What a window tells of itself."""

    def looks(self) -> Mapping[str, object]:
        """`prompt`: class name of the topmost prompt, "" before the first; `targets`: each key that can be touched now, by its
        stable name, as [x, y, width, height] in pixels from the window's top left; `sequence`: grows with every change."""
        ...


async def keep(window: Window, path: Path, changed: asyncio.Event) -> None:
    """Write what is to be seen to `path` whenever it `changed` (and soon, where nobody said so), for ever. The file is replaced,
    never half-written."""
    last = ""
    while True:
        text = json.dumps(dict(window.looks()), sort_keys=True)
        if text != last:
            last = text
            draft = path.with_suffix(".new")
            draft.write_text(text, "utf-8")
            draft.replace(path)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(changed.wait(), LOOK_SECONDS)
        changed.clear()

"""What a person sees, as a file for the scripted citizen: which prompt is up and where its keys are. No personal data.

Only kept when ``kiosk run --eyes FILE`` asks for it (demo, tests). It can be read, never written to by others: it presses nothing.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Protocol

LOOK_SECONDS = 0.05


class Window(Protocol):
    """What a window tells of itself."""

    def prompt_name(self) -> str:
        """Class name of the topmost prompt; "" before the first."""
        ...

    def targets(self) -> dict[str, tuple[float, float, float, float]]:
        """Each key that can be touched now: its stable name and place (x, y, width, height) from the window's top left."""
        ...


async def keep(window: Window, path: Path) -> None:
    """Write what is to be seen to `path` whenever it changes, for ever. The file is replaced, never half-written."""
    sequence, last = 0, ""
    while True:
        seen = {"prompt": window.prompt_name(), "targets": window.targets()}
        text = json.dumps(seen, sort_keys=True)
        if text != last:
            last, sequence = text, sequence + 1
            draft = path.with_suffix(".new")
            draft.write_text(json.dumps({**seen, "sequence": sequence}), "utf-8")
            draft.replace(path)
        await asyncio.sleep(LOOK_SECONDS)

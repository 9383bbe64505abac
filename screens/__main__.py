"""`python -m screens`: any prompt with made-up data, in a window or as a picture.

python -m screens --prompt choose --language en --contrast dark --screenshot choose.png
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from screens.manner import Manner
from screens.prompts import Contrast, ScreenSize, TextSize
from screens.samples import UNDER_SHEET, hall, samples
from screens.staff_samples import staff_samples
from screens.wording import Language


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m screens", description=(__doc__ or "").split("\n", maxsplit=1)[0])
    arguments.add_argument("--prompt", choices=sorted({**samples(), **staff_samples()}), default="home")
    arguments.add_argument("--size", default=ScreenSize.PORTRAIT.value, metavar="WIDTHxHEIGHT")
    arguments.add_argument("--language", choices=[language.value for language in Language] + ["zh"], default="zh")
    arguments.add_argument("--contrast", choices=["standard", "high", "dark"], default="standard")
    arguments.add_argument("--text", choices=[size.value for size in TextSize], default="standard")
    arguments.add_argument("--low", action="store_true", help="low reach")
    arguments.add_argument("--screenshot", type=Path, help="write a PNG and end")
    asked = arguments.parse_args()
    if asked.screenshot and "DISPLAY" not in os.environ:
        os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    return asyncio.run(_show(asked))


async def _show(asked: argparse.Namespace) -> int:
    from screens.app import KioskWindow
    from screens.voice.speaker import Speaker, aplay

    speaker = Speaker(None if asked.screenshot else aplay("default"))
    width, height = (int(side) for side in asked.size.split("x"))
    window = KioskWindow((width, height), hall=hall(), show_cursor=True, reduced_motion=bool(asked.screenshot), speaker=speaker)
    language = Language.ZH if asked.language == "zh" else Language(asked.language)
    contrast = Contrast.HIGH if asked.contrast == "high" else Contrast(asked.contrast)
    window.choose(Manner(language, TextSize(asked.text), contrast, low=asked.low))
    prompt = {**samples(), **staff_samples()}[asked.prompt]
    under = asyncio.ensure_future(window.ask(samples()[UNDER_SHEET]))
    await asyncio.sleep(0)
    asking = asyncio.ensure_future(window.ask(prompt))
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, window.stop)
    running = asyncio.ensure_future(window.run())
    if asked.screenshot:
        await asyncio.sleep(0.4)
        window.screenshot(asked.screenshot)
        window.stop()
    else:
        asking.add_done_callback(lambda answer: print("answer:", None if answer.cancelled() else answer.result()))
    await running
    for task in (asking, under):
        task.cancel()
    await asyncio.gather(asking, under, return_exceptions=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

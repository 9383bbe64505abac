"""The least that a Kivy program can be: a window with a white rectangle. Prints "first frame" when it is on the glass."""

from __future__ import annotations

import asyncio
import sys
from importlib import import_module

import_module("screens")  # tells Kivy by the environment to leave the command line and the log alone


def main(width: int, height: int) -> None:
    from kivy.config import Config

    # The same window and no multisampling, as the terminal has it; all else is Kivy's own.
    for key, setting in {"multisamples": "0", "resizable": "0", "width": str(width), "height": str(height)}.items():
        Config.set("graphics", key, setting)
    from kivy.base import EventLoop, async_runTouchApp, stopTouchApp
    from kivy.graphics import Color, Rectangle
    from kivy.uix.widget import Widget

    def shown(*_: object) -> None:
        print("first frame", flush=True)
        stopTouchApp()

    EventLoop.ensure_window()
    EventLoop.window.bind(on_flip=shown)
    pane = Widget()
    with pane.canvas:
        Color(1, 1, 1, 1)
        Rectangle(pos=(0, 0), size=(width / 2, height / 2))
    asyncio.run(async_runTouchApp(pane, async_lib="asyncio"))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

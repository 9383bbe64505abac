"""The screens as they were when somebody looked at them: `python -m tests.screens.golden` draws them anew, to be looked at again.

Every prompt in Chinese on the portrait screen, and the main screens in every other mode; an eighth of their size, in 256 colours each. They are
drawn as the terminal draws them (fonts of Debian, Mesa's software renderer), into a picture instead of a window, so one process draws
windows of every shape.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from screens.prompts import Contrast, Prompt, TextSize
from screens.samples import hall, samples
from screens.staff_samples import staff_samples
from screens.theme import Themes
from screens.wording import Language
from tests.screens.test_layout import Case, laid_out, looking

if TYPE_CHECKING:
    from screens.ink import Ink

FOLDER = Path(__file__).with_name("golden")
PART, COLOURS = 8, 256

MAIN = ("home", "choose", "check", "take")
ZH, EN = Language.ZH, Language.EN
STANDARD, LARGEST = TextSize.STANDARD, TextSize.LARGEST
MODES: Mapping[str, tuple[str, Language, TextSize, Contrast, bool]] = {
    "en": ("PORTRAIT", EN, STANDARD, Contrast.STANDARD, False),
    "largest-high": ("PORTRAIT", ZH, LARGEST, Contrast.HIGH, False),
    "dark": ("PORTRAIT", ZH, STANDARD, Contrast.DARK, False),
    "low": ("PORTRAIT", ZH, STANDARD, Contrast.STANDARD, True),
    "landscape": ("LANDSCAPE", ZH, STANDARD, Contrast.STANDARD, False),
    "square": ("SQUARE", ZH, STANDARD, Contrast.STANDARD, False),
}


def every() -> Iterator[tuple[str, Case, Prompt[Any]]]:
    """(name of the picture, how it is shown, what)."""
    made = {**samples(), **staff_samples()}
    for name, prompt in made.items():
        yield name, Case(name, "PORTRAIT", ZH, STANDARD, Contrast.STANDARD), prompt
    for mode, how in MODES.items():
        for name in MAIN:
            yield f"{name}-{mode}", Case(name, *how), made[name]


def drawn(case: Case, prompt: Prompt[Any], ink: Ink, themes: Themes) -> Image.Image:
    """The whole window with its bars, an eighth as large."""
    from kivy.graphics import ClearBuffers, ClearColor, Fbo, Scale

    from screens.layout import Frame
    from screens.widgets.bars import TOP, AccessActs, AccessBar, access_height, top_bar

    look, screen = looking(case, ink, themes), laid_out(case, prompt, ink, themes)
    # Drawn at half the size: a quarter of the work.
    wide, tall = int(look.width) // 2, int(look.height) // 2
    fbo = Fbo(size=(wide, tall))
    with fbo:
        ClearColor(*look.colour.canvas)
        ClearBuffers()
        Scale(0.5, 0.5, 1)
    if not screen.bare:
        nothing = AccessActs(*[lambda: None] * 6)
        top, bar, height = top_bar(look, hall()), AccessBar(look, nothing), access_height(look)
        top.place(Frame(0, 0, look.width, TOP))
        bar.place(Frame(0, look.height - height, look.width, height))
        fbo.add(top.draw().canvas)
        fbo.add(bar.draw().canvas)
    fbo.add(screen.canvas)
    fbo.draw()
    picture = Image.frombytes("RGBA", (wide, tall), bytes(fbo.pixels)).convert("RGB").transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    return picture.resize((2 * wide // PART, 2 * tall // PART), Image.Resampling.BOX)


def few_colours(picture: Image.Image) -> Image.Image:
    """As it is kept: this way no colour of ours is off by more than ten."""
    return picture.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)


def main() -> None:
    os.environ["SDL_VIDEODRIVER"] = "offscreen"
    os.environ.pop("DISPLAY", None)
    from screens import toolkit

    toolkit.shape(320, 240, fullscreen=False, show_cursor=True)
    from kivy.base import EventLoop

    EventLoop.ensure_window()
    from screens.fonts import Fonts
    from screens.ink import Ink

    ink, themes = Ink(Fonts(), 1.0), Themes()
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    for name, case, prompt in every():
        few_colours(drawn(case, prompt, ink, themes)).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    argparse.ArgumentParser(prog="python -m tests.screens.golden", description=__doc__).parse_args()
    main()

"""Every prompt, in every language, size, contrast and arrangement: nothing is cut off, nothing overlaps, every key can be hit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from screens.prompts import Contrast, Prompt, TextSize
from screens.samples import hall, samples
from screens.theme import Themes
from screens.wording import Language

pytestmark = pytest.mark.no_cover  # so many cases that tracing each would take longer than they

if TYPE_CHECKING:
    from screens.arrangement import Parts, Screen
    from screens.ink import Ink
    from screens.layout import Box
    from screens.look import Look

SHAPES = ("PORTRAIT", "LANDSCAPE", "SQUARE")


@dataclass(frozen=True)
class Case:
    name: str
    shape: str
    language: Language
    size: TextSize
    contrast: Contrast
    low: bool = False

    def __str__(self) -> str:
        return f"{self.name} {self.shape} {self.language} {self.size} {self.contrast}{' low' if self.low else ''}"


def every(name: str) -> Iterator[Case]:
    for shape in SHAPES:
        for language in Language:
            for size in TextSize:
                # Dark is laid out like the standard contrast, but for its colours: once is enough.
                for contrast in (Contrast.STANDARD, Contrast.HIGH, *([Contrast.DARK] if size is TextSize.STANDARD else [])):
                    yield Case(name, shape, language, size, contrast)
                yield Case(name, shape, language, size, Contrast.STANDARD, low=True)


@pytest.mark.window
@pytest.mark.parametrize("name", sorted(samples()))
def test_everything_fits(name: str, ink: Ink, themes: Themes) -> None:
    troubles: list[str] = []
    for case in every(name):
        screen = laid_out(case, samples()[name], ink, themes)
        troubles += [f"{case}: {trouble}" for trouble in faults(screen)]
    assert not troubles, "\n".join(troubles[:20])


@pytest.mark.window
def test_a_text_is_hardly_ever_made_smaller_to_fit(ink: Ink, themes: Themes) -> None:
    """In Chinese on the portrait screen every prompt keeps the size that the person chose."""
    shrunk = [
        f"{name} {size}"
        for name, prompt in samples().items()
        for size in TextSize
        if laid_out(Case(name, "PORTRAIT", Language.ZH, size, Contrast.STANDARD), prompt, ink, themes).look.theme.size is not size
    ]
    assert shrunk == []


@pytest.mark.window
@pytest.mark.parametrize("name", ["help", "volume"])
def test_the_windows_own_sheets_fit(name: str, ink: Ink, themes: Themes) -> None:
    from screens.arrangement import arranged
    from screens.views.help_called import help_called
    from screens.views.volume import volume

    def build(look: Look) -> Parts:
        if name == "help":
            return help_called(look, hall().called(), lambda: None, lambda: None)
        return volume(look, 2, lambda _: None, lambda: None, lambda: None)

    troubles = [
        f"{case}: {trouble}" for case in every(name) for trouble in faults(arranged(build, looking(case, ink, themes), themes))
    ]
    assert not troubles, "\n".join(troubles[:20])


@pytest.mark.window
def test_the_bars_around_every_screen_fit(ink: Ink, themes: Themes) -> None:
    from screens.layout import Column, Frame
    from screens.widgets.bars import TOP, AccessActs, AccessBar, access_height, top_bar

    nothing = AccessActs(*[lambda: None] * 6)
    troubles: list[str] = []
    for case in every("bars"):
        look = looking(case, ink, themes)
        for bar, tall in ((top_bar(look, hall()), TOP), (AccessBar(look, nothing), access_height(look))):
            bar.place(Frame(0, 0, look.width, tall))
            spilled = [
                box
                for box in bar.boxes()
                if box.spilled or (isinstance(box, Column) and not all(inside(each, box) for each in box.children))
            ]
            troubles += [f"{case}: {named(box)} is larger than its place" for box in spilled]
    assert not troubles, "\n".join(troubles[:20])


def laid_out(case: Case, prompt: Prompt[object], ink: Ink, themes: Themes) -> Screen:
    from screens.arrangement import arranged
    from screens.views.gallery import view_of
    from screens.views.view import Acting

    acting = Acting(lambda _: None, lambda _: None, lambda: 100.0, lambda: 1.0)
    return arranged(view_of(prompt, acting).parts, looking(case, ink, themes), themes)


def looking(case: Case, ink: Ink, themes: Themes) -> Look:
    from screens.look import Look, Shape

    shape = Shape[case.shape]
    width, height = shape.value
    return Look(themes.get(case.contrast, case.size), case.language, shape, width, height, ink, motion=False, low=case.low)


def faults(screen: Screen) -> Iterator[str]:
    from screens.layout import Column, Grid, Row
    from screens.widgets.keys import LEAST, Key
    from screens.widgets.words import Words

    keys: list[Key] = []
    for box in screen.boxes():
        if box.spilled:
            yield f"{named(box)} is larger than its place ({box.frame}, wants {box.tall(box.frame.w):.0f})"
        if isinstance(box, Words) and not inside(box, screen):
            yield f"{named(box)} leaves the screen ({box.frame})"
        if isinstance(box, Key):
            keys.append(box)
            if screen.look.low and box.frame.y < screen.look.reach - 2:
                yield f"{named(box)} is out of low reach ({box.frame})"
            if min(box.frame.w, box.frame.h) < LEAST:
                yield f"{named(box)} is too small to hit ({box.frame})"
        children = box.children
        if isinstance(box, Column | Row | Grid):
            yield from (f"{named(a)} overlaps {named(b)}" for a, b in pairs(children) if overlap(a, b))
            yield from (f"{named(child)} leaves {named(box)}" for child in children if not inside(child, box))
    yield from (f"{named(a)} overlaps {named(b)}" for a, b in pairs(keys) if overlap(a, b))


def pairs(boxes: Sequence[Box]) -> Iterator[tuple[Box, Box]]:
    return ((a, b) for index, a in enumerate(boxes) for b in boxes[index + 1 :])


def overlap(a: Box, b: Box) -> bool:
    p, q = a.frame, b.frame
    return min(p.x + p.w, q.x + q.w) - max(p.x, q.x) > 2 and min(p.y + p.h, q.y + q.h) - max(p.y, q.y) > 2


def inside(child: Box, parent: Box) -> bool:
    c, p = child.frame, parent.frame
    return c.x >= p.x - 2 and c.y >= p.y - 2 and c.x + c.w <= p.x + p.w + 2 and c.y + c.h <= p.y + p.h + 2


def named(box: Box) -> str:
    words = [getattr(each, "text", "") or getattr(each, "name", "") for each in box.boxes()]
    return f"{type(box).__name__}({' '.join(word for word in words if word)[:40]!r})"

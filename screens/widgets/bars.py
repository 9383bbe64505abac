"""What frames every screen: the top bar, the step header, the access bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from screens.fonts import Face
from screens.hall import HallInfo, other
from screens.layout import Box, Column, Frame, Row, Space
from screens.look import Look, Shape
from screens.prompts import Contrast, Step, TextSize
from screens.theme import CLEAR, WHITE
from screens.widgets.art import Art
from screens.widgets.keys import Key, access_skin
from screens.widgets.surfaces import Ground, Skin, paint_skin
from screens.widgets.words import Icon, Words
from screens.wording import Language, t

TOP = 136.0
"""Height of the top bar."""

_NAME = {TextSize.STANDARD: 34.0, TextSize.LARGE: 38.0, TextSize.LARGEST: 42.0}


def access_height(look: Look) -> float:
    """Height of the access bar, which stays in its place whatever is above it."""
    return {Shape.PORTRAIT: 192.0, Shape.LANDSCAPE: 156.0, Shape.SQUARE: 160.0}[look.shape]


def top_bar(look: Look, hall: HallInfo) -> Box:
    """Mark, name of the hall, time. Nothing here can be pressed."""
    spare = look.largest
    size = _NAME[look.theme.size]
    small = 34.0 if look.theme.size is TextSize.LARGE else 28.0
    mark = Ground(
        look,
        [Art(look, "mark", 52)],
        Skin(look.colour.cert, 18.0, WHITE if not look.theme.raised else CLEAR, 0.0 if look.theme.raised else 4.0),
        pad=(12, 12, 12, 12),
        across="center",
    )
    name: list[Box] = [Words(look, hall.name(), size, bold=True, line=1.25)]
    clock: list[Box] = [Words(look, hall.time(), 48 if spare else 40, align="right", line=1.2)]
    if not spare:
        name.append(Words(look, hall.name().render(other(look.language)), small, colour=look.colour.ink2, line=1.3))
        clock += [Space(look, 4), Words(look, hall.day(), 28, colour=look.colour.ink2, align="right", line=1.2)]
    return Row(
        look,
        [mark, Column(look, name, grow=1.0), Column(look, clock)],
        gap=24,
        pad=(look.margin, 0, look.margin, 0),
    )


class StepHeader(Box):
    """Five segments; done ones and the present one filled, its name bold. In Largest one sentence says the same."""

    def __init__(self, look: Look, step: Step) -> None:
        super().__init__(look)
        self._step = step
        self._names: list[Box] = []
        where = t("step.of", n=step.value, name=t(f"step.{step.value}"))
        self.said = look.say(where)
        if look.largest:
            self._names = [Words(look, where, look.type.caption)]
        else:
            for each in Step:
                ink = look.colour.ink if each.value <= step.value else look.colour.ink2
                self._names.append(Words(look, t(f"step.{each.value}"), 28, bold=each is step, colour=ink, line=1.3))
        self.children = self._names

    def tall(self, width: float) -> float:
        return self._thick + 14 + max(name.tall(self._segment(width)) for name in self._names)

    def place(self, frame: Frame) -> None:
        super().place(frame)
        y = frame.y + self._thick + 14
        if self.look.largest:
            self._names[0].place(Frame(frame.x, y, frame.w, frame.h - self._thick - 14))
            return
        wide = self._segment(frame.w)
        for index, name in enumerate(self._names):
            name.place(Frame(frame.x + round(index * (wide + 10)), y, round(wide), frame.h - self._thick - 14))

    def paint(self) -> None:
        frame, look = self.frame, self.look
        wide = (frame.w - 40) / 5
        for step in Step:
            done = step.value <= self._step.value
            fill = look.colour.primary if done else look.colour.line
            skin = Skin(fill, self._thick / 2)
            if not done and (look.largest or not look.theme.raised):
                skin = Skin(look.colour.canvas, self._thick / 2, look.colour.outline, 3.0)
            x = frame.x + round((step.value - 1) * (wide + 10))
            paint_skin(self.canvas.before, Frame(x, frame.y, round(wide), self._thick), skin, look.height)

    @property
    def _thick(self) -> float:
        return 12.0 if self.look.theme.raised and not self.look.largest else 16.0

    def _segment(self, width: float) -> float:
        return width if self.look.largest else (width - 40) / 5


@dataclass(frozen=True, slots=True)
class AccessActs:
    """What the keys of the access bar do. Only keys that do something are shown."""

    language: Callable[[], None]
    size: Callable[[], None]
    contrast: Callable[[], None]
    voice: Callable[[], None] | None
    low: Callable[[], None]
    call: Callable[[], None]


_LABELS = ("size", "contrast", "voice", "low", "help")


class AccessBar(Row):
    """The same keys in the same place on every screen: language, text size, contrast, voice, low reach, help."""

    def __init__(self, look: Look, acts: AccessActs, *, speaking: bool = False) -> None:
        side = look.margin if look.wide else 40.0
        over = 24.0 if look.shape is Shape.PORTRAIT else 14.0
        count = 6 if acts.voice else 5
        self._size = self._fitting(look, (look.width - 2 * side - 14 * (count - 1)) / count - 2 * 10)
        keys = [
            self._key(look, "language", "translate", t("access.language"), acts.language, None),
            self._key(look, "size", "text-aa", t("access.size"), acts.size, look.theme.size is not TextSize.STANDARD),
            self._key(
                look,
                "contrast",
                "circle-half",
                t("access.contrast"),
                acts.contrast,
                look.theme.contrast is not Contrast.STANDARD,
            ),
            *([self._key(look, "voice", "speaker-high", t("access.voice"), acts.voice, speaking)] if acts.voice else []),
            self._key(look, "low", "wheelchair", t("access.low"), acts.low, look.low),
            self._key(look, "help", "bell-ringing", t("access.help"), acts.call, None, help_key=True),
        ]
        super().__init__(look, keys, gap=14, pad=(side, over, side, over), up="fill")

    def paint(self) -> None:
        look = self.look
        paint_skin(self.canvas.before, self.frame, Skin(look.colour.sunk, 1.0), look.height)
        if not look.theme.raised:
            line = Frame(self.frame.x, self.frame.y, self.frame.w, 5)
            paint_skin(self.canvas.before, line, Skin(look.colour.line, 1.0), look.height)

    @staticmethod
    def _fitting(look: Look, room: float) -> float:
        """The size in which every label stands on one line."""
        size = min(look.type.caption, 34.0) if look.shape is not Shape.PORTRAIT else look.type.caption
        widest = max(look.ink.width(look.say(f"access.{name}"), Face.REGULAR, size) for name in _LABELS)
        return size if widest <= room else max(28.0, float(int(size * room / widest)))

    def _key(
        self, look: Look, name: str, icon: str, label: object, act: Callable[[], None], on: bool | None, *, help_key: bool = False
    ) -> Key:
        skin, ink = access_skin(look, on=bool(on), help_key=help_key)
        words = look.say(label)  # type: ignore[arg-type]
        if name == "language" and look.largest and look.language is Language.ZH:
            words = look.say("access.language.short")
        column: list[Box] = [
            Icon(look, icon, 54, colour=ink),
            Space(look, 8),
            Words(look, words, self._size, colour=ink, align="center", line=1.15),
        ]
        return Key(look, name, [Column(look, column)], skin, act, on=on, grow=1.0)

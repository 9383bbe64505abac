"""The keypad: twelve large keys, and the boxes that fill."""

from __future__ import annotations

from collections.abc import Callable

from screens.layout import Box, Column, Grid, Layers, Row
from screens.look import Look, Shape
from screens.widgets.keys import Key, faint_skin, press_skin
from screens.widgets.surfaces import Ground, Skin
from screens.widgets.words import Icon, Words

WIDTH = 864.0
"""Of all its keys."""


def digit_boxes(look: Look, digits: str, length: int, *, secret: bool, room: float | None = None) -> Box:
    """One box a digit, in `room`; the next one to be typed is outlined in blue."""
    room = room or (look.width - 2 * look.margin if not look.wide else 726.0)
    least = 12.0 if room / length > 50 else 8.0
    wide = min(96.0, (room - least * (length - 1)) / length)
    gap = min(30.0, (room - wide * length) / max(1, length - 1))
    boxes: list[Box] = []
    for index in range(length):
        digit = digits[index : index + 1]
        here = index == len(digits)
        outline, border = (look.colour.primary, 6.0) if here else (look.colour.outline, look.theme.border)
        skin = Skin(look.colour.surface, min(20.0, wide / 4), outline, border)
        boxes.append(_Digit(look, "●" if secret and digit else digit, wide, skin))
    return Column(look, [Row(look, boxes, gap=gap)], across="center")


def keypad(look: Look, press: Callable[[str], None], *, closed: bool, width: float = WIDTH) -> Box:
    """Tells `press` a digit, "clear" or "delete"."""
    tall = look.shape is Shape.PORTRAIT
    if look.low:
        height = 120.0 if tall and look.air >= 1.0 else 112.0 if look.air >= 1.0 else 88.0
    else:
        roomy, close, tight = (152.0, 136.0, 120.0) if tall else (112.0, 92.0, 92.0)
        height = roomy if look.air >= 1.0 else close if look.air >= 0.7 else tight
    skin = faint_skin(look) if closed else press_skin(look)
    ink = look.colour.ink2 if closed else look.colour.ink

    def key(name: str, content: Box, act: str) -> Key:
        return Key(look, name, [content], skin, lambda: press(act), pad=(12, 4, 12, 4), least=height, enabled=not closed)

    def digit(character: str) -> Key:
        size = 68.0 if height > 100 else 52.0
        return key(f"digit-{character}", Words(look, character, size, colour=ink, align="center", line=1.2), character)

    word = look.type.button - 2
    clear = key("clear", Words(look, look.say("keypad.clear"), word, colour=ink, align="center", line=1.2), "clear")
    delete_row: list[Box] = [Words(look, look.say("keypad.delete"), word, colour=ink, line=1.2)]
    if width >= WIDTH:
        delete_row.insert(0, Icon(look, "backspace", 56, colour=ink))
    delete = key("delete", Row(look, delete_row, gap=14, centred=True), "delete")
    keys = [*(digit(str(n)) for n in range(1, 10)), clear, digit("0"), delete]
    grid = Grid(look, keys, across=3, gap=(24, 30 if height > 120 else 20))
    return Column(look, [_Wide(look, grid, width)], across="center")


def after(digits: str, act: str, most: int) -> str:
    """What stands in the boxes after `act`."""
    if act == "clear":
        return ""
    if act == "delete":
        return digits[:-1]
    return digits + act if len(digits) < most else digits


class _Digit(Ground):
    """One box of the code."""

    def __init__(self, look: Look, mark: str, wide: float, skin: Skin) -> None:
        super().__init__(look, [Words(look, mark or " ", min(56.0, wide * 1.5), align="center", line=1.2)], skin, least=112)
        self._wide = wide

    def wide(self) -> float:
        return self._wide


class _Wide(Layers):
    """Something at a width of its own."""

    def __init__(self, look: Look, child: Box, width: float) -> None:
        super().__init__(look, [child])
        self._width = width

    def wide(self) -> float:
        return self._width

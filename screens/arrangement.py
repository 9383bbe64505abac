"""Puts a view's parts where they belong on this window: one under another in portrait, head and actions beside in landscape.

A view says what there is (`Parts`); it never knows the resolution. Where a text is too long for the room, the room is made:
first the space between things is tightened, then illustrations shrink and go, last the text of this screen takes the next
smaller step. So every prompt fits in both languages at every size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from screens.layout import SLACK, Box, Column, Frame, Row, Space
from screens.look import Look, Shape
from screens.prompts import Step, TextSize
from screens.theme import CLEAR, Themes
from screens.widgets.bars import TOP, StepHeader, access_height
from screens.widgets.keys import Key
from screens.widgets.surfaces import Ground, Skin, paint_skin
from screens.widgets.words import Icon, Words


@dataclass(slots=True)
class Actions:
    """The keys of a screen: the primary one, others, and those that leave (Back, Home). `ahead` stands above the primary one where
    keys are stacked beside the body; nobody gives it elsewhere."""

    primary: Key | None = None
    others: list[Key] = field(default_factory=list[Key])
    leave: list[Key] = field(default_factory=list[Key])
    ahead: Key | None = None

    @property
    def all(self) -> list[Key]:
        return [*self.leave, *self.others, *([self.primary] if self.primary else [])]


@dataclass(slots=True)
class Parts:
    """What a view consists of. `upper`: what low reach shows above its reach while the body with its keys lies below. `whole`: the body
    takes the room of head and actions too (home). `bare`: it takes the whole window, without top bar and access bar (staff). `sheet`: it
    stands at the foot, as tall as what it says. `top` and
    `over` are the spaces above the head and above the actions."""

    body: Box
    head: list[Box] = field(default_factory=list[Box])
    actions: Actions = field(default_factory=Actions)
    step: Step | None = None
    upper: Box | None = None
    whole: bool = False
    bare: bool = False
    sheet: bool = False
    top: float = 44.0
    over: float = 28.0


_SIDE = {Shape.LANDSCAPE: 520.0, Shape.SQUARE: 480.0}
"""Width of the column with head and actions."""
_APART = 14.0
"""What is at least between the two."""

Build = Callable[[Look], Parts]

_ROOM = ((1.0, 1.0), (0.7, 1.0), (0.55, 0.75), (0.4, 0.5), (0.3, 0.0))
"""(air, art), in the order in which they are tried."""


class Screen(Box):
    """A whole screen but for the top bar and the access bar."""

    def __init__(self, look: Look, parts: Parts) -> None:
        super().__init__(look)
        self._parts = parts
        self._steps = StepHeader(look, parts.step) if parts.step else None
        self._head = Column(look, parts.head)
        self._actions = _side_actions(look, parts.actions) if look.wide else _bottom_actions(look, parts.actions)
        self._floor = _floor(look) if look.low and parts.upper is not None and not look.wide else None
        upper = parts.upper if look.low else None
        whole = (self._floor, self._steps, self._head, upper, parts.body, self._actions)
        self.children = [box for box in whole if box is not None]

    @property
    def body(self) -> Box:
        return self._parts.body

    @property
    def head(self) -> Box:
        return self._head

    @property
    def said_body(self) -> tuple[Box, ...]:
        """The body, and what low reach shows of it above."""
        return tuple(box for box in (self._parts.upper if self.look.low else None, self._parts.body) if box is not None)

    @property
    def bare(self) -> bool:
        """Whether it stands alone, without the bars."""
        return self._parts.bare

    @property
    def fits(self) -> bool:
        """Whether nothing in it is larger than its place, and in low reach no key out of reach."""
        highest = self.look.reach - SLACK if self.look.low and not self.bare else 0.0
        return not any(box.spilled or (isinstance(box, Key) and box.frame.y < highest) for box in self.boxes())

    def arrange(self) -> Screen:
        """Give everything its place."""
        self.place(Frame(0, 0, self.look.width, self.look.height))
        return self

    def place(self, frame: Frame) -> None:
        super().place(frame)
        look, parts = self.look, self._parts
        if parts.bare:
            parts.body.place(frame)
            return
        if parts.sheet:
            self._at_the_foot(frame)
            return
        x, width = look.margin, frame.w - 2 * look.margin
        y, bottom = TOP, frame.h - access_height(look)
        if self._steps:
            tall = self._steps.tall(width)
            self._steps.place(Frame(x, y, width, tall))
            y += tall
        if look.low and parts.upper is not None:
            self._within_reach(parts.upper, Frame(x, y, width, bottom - y))
        elif parts.whole:
            self._head.place(Frame(x, y, width, 0))
            parts.body.place(Frame(x, y + parts.top, width, bottom - y - parts.top - (34 if look.wide else 0)))
            if self._actions:
                self._actions.place(Frame(x, bottom, width, 0))
        elif look.wide:
            self._beside(Frame(x, y + 26, width, bottom - y - 26))
        else:
            self._below(Frame(x, y + look.gap(parts.top), width, bottom - y - look.gap(parts.top)))

    def _at_the_foot(self, frame: Frame) -> None:
        look, body = self.look, self._parts.body
        width = min(1100.0, frame.w - 2 * look.margin) if look.wide else frame.w - 2 * look.margin
        tall = body.tall(width)
        top = frame.h - access_height(look) - (24 if look.wide else 44) - tall
        body.place(Frame((frame.w - width) / 2, top, width, tall))
        body.spilled = body.spilled or top < TOP

    def _below(self, room: Frame) -> None:
        head = self._head.tall(room.w)
        actions = self._actions.tall(room.w) if self._actions else 0.0
        under = (self._parts.over + 36) if self._actions else 30
        self._head.place(Frame(room.x, room.y, room.w, head))
        self._parts.body.place(Frame(room.x, room.y + head, room.w, room.h - head - actions - under))
        if self._actions:
            self._actions.place(Frame(room.x, room.y + room.h - 36 - actions, room.w, actions))

    def _within_reach(self, upper: Box, room: Frame) -> None:
        """What is only read above, what is pressed below."""
        look, reach = self.look, self.look.reach
        if look.wide:
            self._beside(Frame(room.x, room.y + 26, room.w, room.h - 26), upper)
            return
        head = self._head.tall(room.w)
        top = room.y + look.gap(28)
        self._head.place(Frame(room.x, top, room.w, head))
        upper.place(Frame(room.x, top + head, room.w, max(0.0, reach - 24 - look.gap(24) - top - head)))
        note = 0.0
        if self._floor is not None:
            note = self._floor.tall(look.width)
            self._floor.place(Frame(0, reach - 24, look.width, room.y + room.h - reach + 24))
            note -= 24
        begin = reach + note
        actions = self._actions.tall(room.w) if self._actions else 0.0
        under = 36 + (24 if self._actions else 0)
        self._parts.body.place(Frame(room.x, begin, room.w, room.y + room.h - begin - actions - under))
        if self._actions:
            self._actions.place(Frame(room.x, room.y + room.h - 36 - actions, room.w, actions))

    def _beside(self, room: Frame, upper: Box | None = None) -> None:
        if not self._actions and not self._parts.head and upper is None:
            self._parts.body.place(room.inset(0, 0, 0, 20))
            return
        side = _SIDE[self.look.shape]
        gap = 44.0 if self.look.shape is Shape.LANDSCAPE else 30.0
        left = Frame(room.x, room.y, room.w - side - gap, room.h - 28)
        right_x = room.x + room.w - side
        if upper is None:
            self._parts.body.place(left)
        else:
            reach = self.look.reach
            upper.place(Frame(left.x, left.y, left.w, max(0.0, reach - 16 - left.y)))
            self._parts.body.place(Frame(left.x, reach, left.w, left.y + left.h - reach))
        head = self._head.tall(side)
        actions = self._actions.tall(side) if self._actions else 0.0
        free = room.h - 28 - actions - (_APART if self._actions and self.look.air > 0.3 else 0)
        self._head.place(Frame(right_x, room.y, side, min(head, free)))
        if self._actions:
            self._actions.place(Frame(right_x, room.y + room.h - 28 - actions, side, actions))


def have_room(look: Look, parts: Parts) -> bool:
    """Whether these parts have room, apart from what is in the body."""
    return Screen(look, replace(parts, body=Space(look))).arrange().fits


def room_for_body(look: Look, parts: Parts) -> tuple[float, float]:
    """(width, height) that a body would have beside these parts, whose body does not matter."""
    Screen(look, parts).arrange()
    return parts.body.frame.w, parts.body.frame.h


def arranged(build: Build, look: Look, themes: Themes) -> Screen:
    """The screen of `build` at the most generous room in which it fits; the tightest when none does (a test walks them all)."""
    screen: Screen | None = None
    for candidate in _candidates(look, themes):
        screen = Screen(candidate, build(candidate)).arrange()
        if screen.fits:
            break
    assert screen is not None
    return screen.draw()


def _candidates(look: Look, themes: Themes) -> Sequence[Look]:
    sizes = list(TextSize)
    smaller = sizes[: sizes.index(look.theme.size) + 1][::-1]
    return [
        replace(look, theme=themes.get(look.theme.contrast, size), air=air, art=art) for size in smaller for air, art in _ROOM
    ]


def _floor(look: Look) -> Box:
    """The sunk ground of the lower half, with a word about it."""
    row = Row(
        look,
        [
            Icon(look, "wheelchair", 40, colour=look.colour.ink2),
            Words(look, look.say("low.note"), look.type.caption, colour=look.colour.ink2, line=1.3, grow=1.0),
        ],
        gap=14,
    )
    flat = not look.theme.raised
    skin = Skin(look.colour.sunk, 44.0, look.colour.line if flat else CLEAR, look.theme.border if flat else 0.0)
    # Where room is scarce the ground alone says it.
    said = [row] if look.air > 0.3 else []
    return _Floor(look, said, skin, pad=(look.margin, 24, look.margin, 16 if said else 0), centred=False)


class _Floor(Ground):
    """It goes on under the access bar: only its upper corners are round."""

    def paint(self) -> None:
        super().paint()
        if self.look.theme.raised:
            foot = Frame(self.frame.x, self.frame.y + self.frame.h / 2, self.frame.w, self.frame.h / 2)
            paint_skin(self.canvas.before, foot, Skin(self.skin.fill, 1.0), self.look.height)


def _bottom_actions(look: Look, actions: Actions) -> Box | None:
    """Keys in a row; in two rows when there are many or their words are long."""
    keys = actions.all
    if not keys:
        return None
    rest = [*actions.leave, *actions.others]
    room = look.width - 2 * look.margin
    if len(keys) <= 3 and keys != actions.leave and not (look.largest and actions.primary and rest):
        widest = keys[-1]
        if _side_by_side(keys, room):
            widest.grow = 1.0
            return Row(look, keys, gap=24, up="fill")
    if actions.primary is None and (not actions.leave or not actions.others or _side_by_side(rest, room)):
        return _shared(look, rest, room)
    if actions.primary is None:
        return Column(look, [_shared(look, actions.leave, room), _shared(look, actions.others, room)], gap=24)
    rows: list[Box] = [_shared(look, rest, room)] if rest else []
    rows = [actions.primary, *rows] if look.largest else [*rows, actions.primary]
    return Column(look, rows, gap=28 if not look.largest else 24)


def _side_by_side(keys: Sequence[Key], room: float) -> bool:
    return sum(key.wide() for key in keys) + 24 * (len(keys) - 1) <= room


def _shared(look: Look, keys: Sequence[Key], room: float) -> Box:
    """Keys that share a row evenly; the last has one of its own, and so on, where their words are too long for that."""
    each = (room - 24 * (len(keys) - 1)) / max(1, len(keys))
    if all(key.wide() <= each for key in keys):
        for key in keys:
            key.grow = 1.0
        return Row(look, list(keys), gap=24, up="fill")
    if _side_by_side(keys, room):
        keys[-1].grow = 1.0
        return Row(look, list(keys), gap=24, up="fill")
    return Column(look, [_shared(look, keys[:-1], room), keys[-1]], gap=24)


def _side_actions(look: Look, actions: Actions) -> Box | None:
    """The primary key first, Back and Home last."""
    if not actions.all:
        return None
    side = _SIDE[look.shape]
    stack: list[Box] = [key for key in (actions.ahead, actions.primary) if key is not None]
    stack += actions.others
    if actions.leave:
        stack.append(_shared(look, actions.leave, side))
    return Column(look, stack, gap=24 if look.air == 1.0 else 20)


def filler(look: Look) -> Space:
    """Takes the room that is left over."""
    return Space(look, grow=1.0)

"""The home screen: one thing to start, a few others."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kivy.graphics import Color, Rectangle

from screens.arrangement import Parts, filler
from screens.fonts import ASSETS
from screens.hall import other
from screens.layout import Box, Column, Frame, Grid, Pad, Row, Space
from screens.look import Look, Shape
from screens.prompts import STAFF, Home, Offer
from screens.theme import Colour, faded
from screens.theme import colour as hexadecimal
from screens.views.view import View
from screens.widgets.art import Art
from screens.widgets.halo import Halo
from screens.widgets.keys import Key, press_skin, primary_skin
from screens.widgets.surfaces import Ground, Orb, Skin, chip
from screens.widgets.words import Icon, Words

ATTRACT_SECONDS = 60.0
"""Without a touch for so long, the start key shows itself (ui-design, section 5)."""
SHIFTS = ((0, 0), (2, 0), (2, 2), (0, 2))
"""Pixels by which the ground's words stand further right and down, from hour to hour (ui-design, section 9.13)."""
_READY: Colour = hexadecimal("#8FE3B4")
_WAITS: Colour = hexadecimal("#F0BE72")
_START_INK: Colour = hexadecimal("#0D3C66")
_WHITE: Colour = (1.0, 1.0, 1.0, 1.0)
_BOOK = {Shape.PORTRAIT: 367.0, Shape.LANDSCAPE: 330.0, Shape.SQUARE: 209.0}
_ALONE = 500.0
"""Width of the book where there is nothing else."""
_HEADLINE = {Shape.PORTRAIT: 104.0, Shape.LANDSCAPE: 84.0, Shape.SQUARE: 78.0}


class HomeView(View[Home]):
    """Answers "print" or an offer's name."""

    def knocked(self) -> None:
        self.acting.answer(STAFF)

    def passing(self) -> tuple[bool, tuple[int, int]]:
        """Whether the start key wants to be found, and where the ground stands this hour: nothing burns in."""
        idle = self.acting.idle()
        hour = int(self.acting.clock().partition(":")[0] or 0)
        return math.isfinite(idle) and idle >= ATTRACT_SECONDS, SHIFTS[hour % len(SHIFTS)]

    def parts(self, look: Look) -> Parts:
        if look.low and not look.wide:
            return self._low(look)
        long = self._few and (look.low or not look.wide)
        tiles = [self._tile(look, offer, long=long, low=look.low) for offer in self.prompt.offers]
        if look.wide:
            left = 900.0 if look.shape is Shape.LANDSCAPE else 700.0
            hero, room = _Fixed(look, self._hero(look), left), look.width - 2 * look.margin - left - 40
            body: Box = Row(look, [hero, Column(look, self._beside(look, tiles, room), gap=22, grow=1.0)], gap=40, up="fill")
            return Parts(body, whole=True, top=0.0)
        boxes: list[Box] = [self._hero(look)]
        if tiles:
            boxes += [Space(look, look.gap(48)), self._more(look), Space(look, look.gap(22))]
            # Two share a row when there are many; an odd one at the end, or one of few, has a row of its own.
            even = len(tiles) - len(tiles) % 2 if len(tiles) > 2 else 0
            if even:
                boxes.append(_paired(look, tiles[:even], look.width - 2 * look.margin, 30))
            for tile in tiles[even:]:
                boxes += [Space(look, 30 if boxes[-1] in tiles or even else 0), tile]
        boxes.append(Space(look, look.gap(52)))
        return Parts(Column(look, boxes), whole=True, top=14.0)

    @property
    def _few(self) -> bool:
        return len(self.prompt.offers) <= 2

    def _beside(self, look: Look, tiles: list[Key], room: float) -> list[Box]:
        """The other services beside the blue ground: a few of them are as tall together as it is."""
        if not tiles:
            return []
        if look.low:
            if not self._few and not _pair(tiles, room):
                tiles = [self._tile(look, offer, long=False, low=True, marked=False) for offer in self.prompt.offers]
            return [filler(look), self._more(look), _paired(look, tiles, 0 if self._few else room, 28)]
        if not self._few and _pair(tiles, room):
            return [self._more(look), _paired(look, tiles, room, 28), filler(look)]
        if not self._few:
            lower = [self._tile(look, offer, long=True, low=True) for offer in self.prompt.offers]
            return [self._more(look), Column(look, lower, gap=28), filler(look)]
        for tile in tiles:
            tile.grow = 1.0
        alone = [filler(look)] if len(tiles) == 1 else []
        return [self._more(look), Column(look, [*tiles, *alone], gap=28, grow=1.0)]

    def _low(self, look: Look) -> Parts:
        """What is offered on the blue ground above, what is pressed below."""
        tiles = [self._tile(look, offer, long=False, low=True) for offer in self.prompt.offers]
        boxes: list[Box] = [self._start(look, ground=False), Space(look, look.gap(28))]
        if tiles:
            boxes.append(_paired(look, tiles, look.width - 2 * look.margin, 24))
        return Parts(Column(look, [*boxes, Space(look, grow=1.0)]), upper=self._hero(look, start=False))

    def _hero(self, look: Look, *, start: bool = True) -> Box:
        wordy = look.largest or not look.theme.raised
        headline = _HEADLINE[look.shape] + (4 if look.largest and not look.wide else 0)
        book = _BOOK[look.shape]
        if len(self.prompt.offers) <= 1 and not look.wide and not wordy:
            # The ground is taller then; what stands on it grows along.
            headline, book = headline + 16, book + 10
        if look.language.value == "en":
            headline = round(headline * 0.74)
        title = Words(look, look.say("home.title.lines"), headline, bold=True, colour=look.colour.on_hero, line=1.18)
        small = look.type.body_l if wordy else round(headline * (0.4 if look.language.value == "zh_CN" else 0.5))
        sub = Words(look, self.prompt.sub or look.say("home.sub"), small, colour=look.colour.hero_sub, line=1.4)
        said: list[Box] = [Space(look, look.gap(22)), sub]
        if not wordy:
            again = Words(look, look.say_in(other(look.language), "home.title"), 30, colour=look.colour.hero_sub)
            said += [Space(look, look.gap(18)), again]
        art: list[Box] = [Art(look, "book", book)] if look.theme.raised and not look.largest and look.art > 0 else []
        mark: list[Box] = [Row(look, [self._state(look)]), Space(look, look.gap(34))]
        if self.prompt.sub is not None and look.shape is not Shape.LANDSCAPE:
            # Beside the book is no room for long lines.
            plain, over, below = [title], mark, said
        elif look.shape is Shape.SQUARE:
            plain, over, below = [*mark, title, *said[:2]], [], said[2:]
        else:
            plain, over, below = [*mark, title, *said], [], []
        under: list[Box] = [Space(look, look.gap(40), grow=1.0), self._start(look)] if start else []
        if art and start and not self.prompt.offers and not look.wide:
            # Nothing else is on the screen: the book has the middle of it.
            under = [Space(look, grow=1.0), Row(look, [Art(look, "book", _ALONE)], centred=True), *under]
            art = []
        top = [*over, Row(look, [Column(look, plain, grow=1.0), *art], up="top", gap=8), *below]
        tall = 830.0 if look.shape is Shape.PORTRAIT and start else 0.0
        _, (right, down) = self.passing()
        return _Hero(
            look,
            [*top, *under],
            pad=(56 + right, look.gap(60) + down, 44 - right, look.gap(52) - down),
            least=tall if look.air == 1.0 and not look.largest else 0.0,
        )

    def _state(self, look: Look) -> Box:
        """What works now; amber where that is not everything."""
        usual, high = self.prompt.state is None, not look.theme.raised
        mark = look.colour.ok if usual else look.colour.warn
        return chip(
            look,
            "check-circle" if usual else "warning-circle",
            self.prompt.state or look.say("home.state.ok"),
            colour=mark if high else look.colour.on_hero,
            ground=look.colour.hero if high else faded(_WHITE, 0.14),
            icon_colour=mark if high else _READY if usual else _WAITS,
        )

    def _start(self, look: Look, *, ground: bool = True) -> Box:
        """The key that starts; white on the blue `ground`, blue where it stands by itself."""
        high = not look.theme.raised
        white = look.theme.contrast.value == "standard" and ground
        ink = _START_INK if white else look.colour.on_primary
        size = 64.0 if look.largest and high else look.type.button
        row = Row(
            look,
            [
                Words(look, look.say("home.start"), size, bold=True, colour=ink, line=1.2),
                Icon(look, "arrow-right", round(size * 1.19), colour=ink),
            ],
            gap=20,
            centred=True,
        )
        skin = Skin(_WHITE, 28.0) if white else primary_skin(look) if not ground else Skin(look.colour.primary, 28.0)
        key = Key(
            look,
            "print",
            [row],
            skin,
            lambda: self.acting.answer("print"),
            least=150 if look.largest else 128,
            pad=(36, 8, 36, 8),
        )
        halo = Halo(look, key, _WHITE if white else look.colour.focus, lit=self.passing()[0])
        return Column(look, [halo], pad=(0, 0, 12, 0)) if ground else halo

    def _more(self, look: Look) -> Box:
        title = Words(look, look.say("home.more"), look.type.h2, bold=True, line=1.3, grow=1.0)
        if look.largest:
            return Row(look, [title], pad=(4, 0, 4, 0))
        small = Words(look, look.say_in(other(look.language), "home.more"), look.type.caption, colour=look.colour.ink2)
        return Row(look, [title, small], pad=(4, 0, 4, 0), gap=20)

    def _tile(self, look: Look, offer: Offer, *, long: bool, low: bool = False, marked: bool = True) -> Key:
        title = Words(look, offer.title, look.type.h2, bold=True, line=1.3)
        words: list[Box] = [title]
        if not look.largest and not (low and look.air < 0.5):
            words += [Space(look, 4), Words(look, offer.hint, look.type.caption, colour=look.colour.ink2)]
        mark: Box = (
            Icon(look, offer.icon, 76, colour=look.colour.primary)
            if look.largest
            else Orb(look, offer.icon, 96 if not low or look.air >= 0.5 else 64)
        )
        more: list[Box] = [Icon(look, "caret-right", 44)] if long else []
        if look.wide and not long and not low:
            row: Box = Column(look, [Row(look, [mark]), Space(look, look.gap(16)), *words])
        else:
            row = Row(
                look, [*([mark] if marked else []), Column(look, words, grow=1.0), *more], gap=26 if not look.largest else 16
            )
        side = 32 if not look.largest or look.wide else 20
        return Key(
            look,
            f"offer-{offer.name}",
            [row],
            press_skin(look),
            lambda: self.acting.answer(offer.name),
            pad=(side, look.gap(34), side, look.gap(34)) if not low or look.air >= 0.5 else (20, 8, 20, 8),
            least=176 if not low else 120,
        )


def _pair(tiles: Sequence[Key], room: float) -> bool:
    """Whether two have room side by side, with no word torn."""
    each = (room - 24) / 2
    for tile in tiles:
        tile.place(Frame(0, 0, max(1.0, each), tile.tall(max(1.0, each))))
    return len(tiles) > 1 and not any(box.spilled for tile in tiles for box in tile.boxes())


def _paired(look: Look, tiles: Sequence[Key], room: float, gap: float) -> Box:
    return Grid(look, tiles, across=2 if _pair(tiles, room) else 1, gap=(24, gap))


class _Hero(Ground):
    """The blue ground with the lines of the land register in it."""

    def __init__(self, look: Look, children: list[Box], *, pad: Pad, least: float) -> None:
        colour, high = look.colour, not look.theme.raised
        skin = Skin(
            colour.hero,
            40.0,
            colour.primary if high else (0.0, 0.0, 0.0, 0.0),
            10.0 if high else 0.0,
            edge=colour.primary_edge if look.theme.shadows else colour.edge,
            drop=0.0 if high else 10.0,
        )
        super().__init__(look, children, skin, pad=pad, least=least, centred=False, grow=1.0)

    def paint(self) -> None:
        super().paint()
        if not self.look.theme.raised:
            return
        # The picture covers the ground; what hangs over on the right and below is not shown.
        texture = self.look.ink.picture(str(ASSETS / "art" / "parcels.png"))
        frame = self.frame.inset(6, 6, 6, 6)
        zoom = max(frame.w / texture.width, frame.h / texture.height)
        wide, tall = frame.w / zoom, frame.h / zoom
        part = texture.get_region(0, texture.height - tall, wide, tall)
        with self.canvas.before:
            Color(1, 1, 1, 0.1)
            Rectangle(texture=part, pos=(frame.x, self.look.height - frame.y - frame.h), size=(frame.w, frame.h))


class _Fixed(Column):
    """A column of a fixed width."""

    def __init__(self, look: Look, child: Box, width: float) -> None:
        child.grow = 1.0
        super().__init__(look, [child])
        self._width = width

    def wide(self) -> float:
        return self._width

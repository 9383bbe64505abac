"""The machine readable zone (MRZ) of travel documents, declared as data and used in both directions.

Three sizes (ICAO Doc 9303): TD3, passports, two lines of 44 (part 4, 4.2.2); TD2, two of 36 (part 6, 4.2.2); TD1, cards, three of 30
(part 5, 4.2.2). Characters are A-Z, 0-9 and the filler ``<``; check digits weigh 7, 3, 1 (part 3, 4.9).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from peripherals.device import DeviceFault, Turn

FILLER = "<"
LONGEST_NUMBER = 9
"""A longer number goes on in the optional data, with a filler for its check digit (part 5, 4.2.2, note j)."""
WEIGHTS = (7, 3, 1)
_VALUES = {character: value for value, character in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {FILLER: 0}
_LINE = re.compile(r"[A-Z0-9<]+")
_NOT_PRINTED = re.compile(r"[\s\x00-\x1f]+")
_MISREAD = re.compile(rb"[A-Za-z0-9<?*#_\s]+")
"""The same with what scanners put for a character that they could not read."""
_YYMMDD = re.compile(r"[0-9]{6}")


class ZoneWrong(DeviceFault):
    """Lines that look like a machine readable zone and are none: a character was misread, or a line is missing."""

    code = "zone-wrong"
    turn = Turn.CITIZEN


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands: line and first character, both from 0, and how many characters."""

    line: int
    start: int
    length: int

    def of(self, lines: list[str]) -> str:
        return lines[self.line][self.start : self.start + self.length]


@dataclass(frozen=True, slots=True)
class Size:
    """One size of document: its lines, its fields, and its check digits, each with the places that it checks."""

    name: str
    lines: int
    width: int
    places: Mapping[str, Place]
    checks: Mapping[str, tuple[Place, tuple[Place, ...]]]


def _line_two(optional: int) -> dict[str, Place]:
    """TD2 and TD3 have the same second line, but for the length of its optional data."""
    return {
        "number": Place(1, 0, 9),
        "nationality": Place(1, 10, 3),
        "birth": Place(1, 13, 6),
        "sex": Place(1, 20, 1),
        "expiry": Place(1, 21, 6),
        "optional": Place(1, 28, optional),
    }


_DATES = {
    "birth": (Place(1, 19, 1), (Place(1, 13, 6),)),
    "expiry": (Place(1, 27, 1), (Place(1, 21, 6),)),
}
TD1 = Size(
    "TD1",
    3,
    30,
    {
        "code": Place(0, 0, 2),
        "state": Place(0, 2, 3),
        "number": Place(0, 5, 9),
        "optional": Place(0, 15, 15),
        "birth": Place(1, 0, 6),
        "sex": Place(1, 7, 1),
        "expiry": Place(1, 8, 6),
        "nationality": Place(1, 15, 3),
        "optional_2": Place(1, 18, 11),
        "names": Place(2, 0, 30),
    },
    {
        "number": (Place(0, 14, 1), (Place(0, 5, 9),)),
        "birth": (Place(1, 6, 1), (Place(1, 0, 6),)),
        "expiry": (Place(1, 14, 1), (Place(1, 8, 6),)),
        "composite": (Place(1, 29, 1), (Place(0, 5, 25), Place(1, 0, 7), Place(1, 8, 7), Place(1, 18, 11))),
    },
)
TD2 = Size(
    "TD2",
    2,
    36,
    {"code": Place(0, 0, 2), "state": Place(0, 2, 3), "names": Place(0, 5, 31), **_line_two(7)},
    {
        "number": (Place(1, 9, 1), (Place(1, 0, 9),)),
        **_DATES,
        "composite": (Place(1, 35, 1), (Place(1, 0, 10), Place(1, 13, 7), Place(1, 21, 14))),
    },
)
TD3 = Size(
    "TD3",
    2,
    44,
    {"code": Place(0, 0, 2), "state": Place(0, 2, 3), "names": Place(0, 5, 39), **_line_two(14)},
    {
        "number": (Place(1, 9, 1), (Place(1, 0, 9),)),
        **_DATES,
        "optional": (Place(1, 42, 1), (Place(1, 28, 14),)),
        "composite": (Place(1, 43, 1), (Place(1, 0, 10), Place(1, 13, 7), Place(1, 21, 22))),
    },
)
SIZES = (TD1, TD2, TD3)
WIDTHS = frozenset(size.width for size in SIZES)


@dataclass(frozen=True, slots=True, repr=False)
class MachineReadableZone:
    """A zone whose check digits hold. Fields are as printed, without fillers at their ends; dates as YYMMDD.

    `number` is whole, `number_digit` its check digit. Its `repr` says the size only: it names a person.
    """

    size: str
    code: str
    state: str
    number: str
    number_digit: str
    nationality: str
    birth: str
    sex: str
    expiry: str
    names: str
    lines: tuple[str, ...]

    def __repr__(self) -> str:
        return f"MachineReadableZone({self.size})"

    __str__ = __repr__

    @classmethod
    def parse(cls, text: str) -> MachineReadableZone:
        """The zone that these characters are, with or without ends of line between. Raises `ZoneWrong`."""
        characters = _NOT_PRINTED.sub("", text).upper()
        size = next((size for size in SIZES if size.lines * size.width == len(characters)), None)
        if size is None or _LINE.fullmatch(characters) is None:
            raise ZoneWrong("neither 2 lines of 44 or 36 characters nor 3 of 30")
        lines = [characters[start : start + size.width] for start in range(0, len(characters), size.width)]
        number, digit = _number(size, lines)
        for name, (at, over) in size.checks.items():
            printed, counted = at.of(lines), check_digit("".join(place.of(lines) for place in over))
            # The number was checked with its continuation; empty optional data may have a filler for its digit (part 4, 4.2.2.2).
            empty = name == "optional" and printed == FILLER and set(over[0].of(lines)) == {FILLER}
            if printed != counted and name != "number" and not empty:
                raise ZoneWrong(f"the check digit of {name}")
        value = {name: place.of(lines).rstrip(FILLER) for name, place in size.places.items()}
        if not number or not value["names"].strip(FILLER):
            raise ZoneWrong("a field that must be there is empty")
        if _date(value["expiry"], 2000) is None:
            raise ZoneWrong("the expiry is no date")
        return cls(
            size=size.name,
            code=value["code"],
            state=value["state"],
            number=number,
            number_digit=digit,
            nationality=value["nationality"],
            birth=size.places["birth"].of(lines),
            sex=value["sex"],
            expiry=value["expiry"],
            names=value["names"],
            lines=tuple(lines),
        )

    @property
    def access_information(self) -> bytes:
        """What the chip's keys are made of: number, birth and expiry, each with its check digit (part 11, 4.3.2)."""
        return "".join(
            (
                self.number.ljust(LONGEST_NUMBER, FILLER),
                self.number_digit,
                self.birth,
                check_digit(self.birth),
                self.expiry,
                check_digit(self.expiry),
            )
        ).encode("ascii")

    @property
    def latin_name(self) -> str:
        """The name in Latin letters, family name first: ``CHEN DAWEN``."""
        return " ".join(part for part in self.names.split(FILLER) if part)

    def valid_to(self) -> date:
        """The last day. Travel documents with a chip are of this century."""
        expiry = _date(self.expiry, 2000)
        assert expiry is not None  # held by `parse`
        return expiry

    def born(self, today: date) -> date | None:
        """The date of birth: the last one before `today` with these two digits of the year; None where the document does not say."""
        return next((day for century in (2000, 1900) if (day := _date(self.birth, century)) and day <= today), None)


class ZoneLines:
    """Puts a zone together from what a scanner says, which may give it whole or line by line."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def feed(self, payload: bytes) -> MachineReadableZone | None:
        """The zone, once it is whole; None for a line of it, or what is no page. Raises `ZoneWrong` for what was misread."""
        lines = zone_lines(payload)
        if not lines and is_of_page(payload):
            self._lines = []
            raise ZoneWrong("lines that are too short, too long or incomplete")
        self._lines = [*self._lines, *lines][-max(size.lines for size in SIZES) :] if lines else []
        for size in SIZES:
            tail = self._lines[-size.lines :]
            if len(tail) == size.lines and all(len(line) == size.width for line in tail):
                # A line that was said before its page's first one may be the beginning of the next try.
                self._lines = tail[1:]
                zone = MachineReadableZone.parse("".join(tail))
                self._lines = []
                return zone
        return None


def zone_lines(payload: bytes) -> list[str]:
    """The lines of a zone in a scanner's payload; none where it is anything else."""
    try:
        text = payload.decode("ascii").upper()
    except UnicodeDecodeError:
        return []
    lines = [line for line in _NOT_PRINTED.split(text) if line]
    if len(lines) == 1:
        whole = next((size for size in SIZES if size.lines * size.width == len(lines[0])), None)
        if whole is not None:
            lines = [lines[0][start : start + whole.width] for start in range(0, len(lines[0]), whole.width)]
    return lines if lines and all(len(line) in WIDTHS and _LINE.fullmatch(line) for line in lines) else []


def is_of_page(payload: bytes) -> bool:
    """Whether a scanner says this of a document's page: lines of a zone, or what becomes of them when characters are lost. No code is like that."""
    return bool(zone_lines(payload)) or (FILLER.encode() in payload and _MISREAD.fullmatch(payload) is not None)


def encode_zone(size: Size, values: Mapping[str, str]) -> str:
    """The zone of these fields with all its check digits, lines without separators. Raises `ValueError` for a field too long."""
    lines = [[FILLER] * size.width for _ in range(size.lines)]
    fields = dict(values)
    number = fields["number"]
    if len(number) > LONGEST_NUMBER:
        rest = number[LONGEST_NUMBER:] + check_digit(number)
        fields["number"], fields["optional"] = number[:LONGEST_NUMBER], rest + FILLER + fields.get("optional", "")
    for name, place in size.places.items():
        text = fields.get(name, "")
        if len(text) > place.length:
            raise ValueError(f"{name}: longer than {place.length}")
        lines[place.line][place.start : place.start + place.length] = text.ljust(place.length, FILLER)
    for name, (at, over) in size.checks.items():
        if name == "number" and len(number) > LONGEST_NUMBER:
            continue
        made = ["".join(line) for line in lines]
        lines[at.line][at.start] = check_digit("".join(place.of(made) for place in over))
    return "".join("".join(line) for line in lines)


def check_digit(characters: Iterable[str]) -> str:
    """The check digit of these characters (part 3, 4.9). Raises `KeyError` for one that no zone has."""
    return str(sum(_VALUES[character] * WEIGHTS[index % 3] for index, character in enumerate(characters)) % 10)


def _number(size: Size, lines: list[str]) -> tuple[str, str]:
    """The whole number and its check digit, wherever they stand. Raises `ZoneWrong`."""
    first, digit = size.places["number"].of(lines), size.checks["number"][0].of(lines)
    if digit == FILLER:
        rest = size.places["optional"].of(lines).split(FILLER, 1)[0]
        first, digit = first + rest[:-1], rest[-1:]
        # The composite counts the characters where they stand; this counts the number as one.
    if not digit or check_digit(first) != digit:
        raise ZoneWrong("the check digit of number")
    return first.rstrip(FILLER), digit


def _date(yymmdd: str, century: int) -> date | None:
    if _YYMMDD.fullmatch(yymmdd) is None:
        return None
    try:
        return date(century + int(yymmdd[:2]), int(yymmdd[2:4]), int(yymmdd[4:]))
    except ValueError:
        return None

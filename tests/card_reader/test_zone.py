"""The zone that is printed on travel documents: the standard's own examples, what scanners make of them, and misreadings."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from peripherals.card_reader.emrtd.zone import (
    SIZES,
    TD1,
    TD2,
    TD3,
    MachineReadableZone,
    Size,
    ZoneLines,
    ZoneWrong,
    check_digit,
    encode_zone,
    is_of_page,
    zone_lines,
)
from peripherals.device import Turn
from tests.card_reader.conftest import TODAY

PASSPORT = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10"
"""Doc 9303-4, appendix B."""
CARD = "I<UTOD231458907<<<<<<<<<<<<<<<7408122F1204159UTO<<<<<<<<<<<6ERIKSSON<<ANNA<MARIA<<<<<<<<<<"
"""Doc 9303-5, appendix B."""
SLIP = "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<D231458907UTO7408122F1204159<<<<<<<6"
"""Doc 9303-6, appendix B."""
LONG = "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<"
"""Doc 9303-11, appendix D.2: a number of more than nine characters."""


@pytest.mark.parametrize(
    ("text", "size", "number"), [(PASSPORT, "TD3", "L898902C3"), (CARD, "TD1", "D23145890"), (SLIP, "TD2", "D23145890")]
)
def test_the_standards_examples(text: str, size: str, number: str) -> None:
    zone = MachineReadableZone.parse(text)
    assert (zone.size, zone.state, zone.number, zone.nationality) == (size, "UTO", number, "UTO")
    assert zone.latin_name == "ERIKSSON ANNA MARIA"
    assert (zone.born(TODAY), zone.valid_to(), zone.sex) == (date(1974, 8, 12), date(2012, 4, 15), "F")


@pytest.mark.parametrize(
    ("text", "information"),
    [(LONG, "D23145890734934071279507122"), (PASSPORT, "L898902C3674081221204159"), (CARD, "D23145890774081221204159")],
)
def test_what_the_chips_keys_are_made_of(text: str, information: str) -> None:
    assert MachineReadableZone.parse(text).access_information.decode() == information


def test_a_long_number_comes_whole() -> None:
    assert MachineReadableZone.parse(LONG).number == "D23145890734"


@pytest.mark.parametrize(
    "said",
    [
        (PASSPORT,),
        (PASSPORT[:44] + "\r\n" + PASSPORT[44:] + "\r",),
        (PASSPORT[:44], PASSPORT[44:] + "\r"),
        (PASSPORT.lower(),),
        (CARD[:30], CARD[30:60], CARD[60:]),
        (SLIP[:36] + "\r" + SLIP[36:],),
        (PASSPORT[44:], PASSPORT[:44], PASSPORT[44:]),
    ],
    ids=[
        "whole",
        "lines",
        "line by line",
        "small letters",
        "a card, line by line",
        "returns",
        "the second line first, then both",
    ],
)
def test_scanners_give_it_whole_or_line_by_line(said: tuple[str, ...]) -> None:
    lines = ZoneLines()
    heard = [_feed(lines, part) for part in said]
    assert heard[-1] is not None
    assert heard[-1].latin_name == "ERIKSSON ANNA MARIA"


def _feed(lines: ZoneLines, part: str) -> MachineReadableZone | None:
    try:
        return lines.feed(part.encode("ascii"))
    except ZoneWrong:
        return None


def test_a_code_in_between_is_no_line() -> None:
    lines = ZoneLines()
    assert lines.feed(PASSPORT[:44].encode()) is None
    assert zone_lines(b"\xd2\x84\x43\xa1") == zone_lines(b"B45:7WE QE-D") == zone_lines(b"") == []
    assert lines.feed(b"https://example.org") is None
    assert lines.feed(PASSPORT[44:].encode()) is None


@pytest.mark.parametrize(
    "said",
    [
        PASSPORT[:43] + "\r" + PASSPORT[44:],
        PASSPORT[:44] + "\r" + PASSPORT[45:],
        CARD[:30] + "\r" + CARD[30:60] + "\r" + CARD[60:89] + "?",
        PASSPORT[:20] + "*" + PASSPORT[21:],
        PASSPORT[5:44],
    ],
    ids=["a character lost", "one of the second line", "one unreadable", "one unreadable in one piece", "a piece of a line"],
)
def test_lines_that_lost_characters_are_a_page_and_not_a_code(said: str) -> None:
    assert is_of_page(said.encode())
    with pytest.raises(ZoneWrong):
        ZoneLines().feed(said.encode())


@pytest.mark.parametrize("code", [b"\xd2\x84\x43\xa1", b"https://example.org/?a<b", b"11010519491231002X", b"", b"<a href=x>"])
def test_codes_are_no_page(code: bytes) -> None:
    assert not is_of_page(code)
    assert ZoneLines().feed(code) is None


@given(st.sampled_from([PASSPORT, CARD, SLIP, LONG]), st.data())
def test_no_single_misreading_of_what_opens_the_chip_passes(text: str, data: st.DataObject) -> None:
    size = next(size for size in SIZES if size.lines * size.width == len(text))
    place = size.places[data.draw(st.sampled_from(["number", "birth", "expiry"]))]
    at = place.line * size.width + place.start + data.draw(st.integers(0, place.length - 1))
    # Characters ten apart weigh the same (7·10, 3·10 and 10 are 0 mod 10): no check digit of the standard tells these apart.
    other = data.draw(
        st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<").filter(lambda c: check_digit(c) != check_digit(text[at]))
    )
    with pytest.raises(ZoneWrong) as wrong:
        MachineReadableZone.parse(text[:at] + other + text[at + 1 :])
    assert wrong.value.turn is Turn.CITIZEN


@pytest.mark.parametrize(
    "text", ["", "A", "<" * 88, "0" * 90, PASSPORT[:-1], PASSPORT + "0", "é" * 88, PASSPORT.replace("1204159", "1299999")]
)
def test_what_is_no_zone_is_said(text: str) -> None:
    with pytest.raises(ZoneWrong):
        MachineReadableZone.parse(text)


LETTERS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=9)


@given(
    st.sampled_from([TD1, TD2, TD3]),
    LETTERS,
    LETTERS,
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", min_size=5, max_size=13),
    st.dates(date(2000, 1, 1), date(2026, 1, 1)),
    st.dates(date(2026, 1, 1), date(2040, 1, 1)),
)
def test_written_by_the_tables_and_read_by_them(
    size: Size, family: str, given_name: str, number: str, born: date, ends: date
) -> None:
    number = number if size is TD1 else number[:9]
    text = encode_zone(
        size,
        {
            "code": "P",
            "state": "CHN",
            "names": f"{family}<<{given_name}",
            "number": number,
            "nationality": "CHN",
            "birth": f"{born:%y%m%d}",
            "sex": "F",
            "expiry": f"{ends:%y%m%d}",
        },
    )
    zone = MachineReadableZone.parse(text)
    assert (zone.number, zone.latin_name) == (number, f"{family} {given_name}")
    assert (zone.born(TODAY), zone.valid_to()) == (born, ends)


def test_a_zone_names_nobody_in_a_log() -> None:
    assert "ERIKSSON" not in f"{MachineReadableZone.parse(PASSPORT)!r} {MachineReadableZone.parse(PASSPORT)}"

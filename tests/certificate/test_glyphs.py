"""Every character or none: rare ones come out, and what no font can draw stops the certificate before a blank is touched."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.certificate.coverage import read_coverage
from kiosk.certificate.fonts import DEFAULT_DIRECTORIES, FONTS, Font, FontMissing, locate
from kiosk.certificate.glyphs import GlyphMissing, Glyphs
from kiosk.certificate.pages import CertificatePages
from kiosk.certificate.typeset import TEMPLATES, Mode, Typesetter
from kiosk.issuance.issue import TypesettingFailed
from kiosk.registration.record import Registration
from peripherals.device import Turn
from tests.certificate import paper
from tests.certificate.records import PARCEL, SEAL, SERIAL, party, proof, title

pytestmark = pytest.mark.no_cover  # so many cases that tracing each would take longer than they

GB_18030_LEVEL_3 = (
    (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B738),
    (0x2B740, 0x2B81D),
    (0x2B820, 0x2CEA1),
    (0x2CEB0, 0x2EBE0),
)
"""The ideographs of GB 18030-2022, implementation level 3: Unicode's base block to extension F (without compatibility forms)."""


@pytest.fixture(scope="module")
def glyphs(typesetter: Typesetter) -> Glyphs:
    return typesetter.glyphs


@pytest.mark.parametrize("char", "𬭎𠮷𪧶𰻞㐀鿿")
def test_rare_characters_are_printed_and_embedded(typesetter: Typesetter, char: str) -> None:
    page = typesetter.certificate(title(party(f"张{char}")), serial=SERIAL, mode=Mode.OVERPRINT)
    assert f"张{char}（身份证" in paper.pages(page.pdf)[1]
    for line in paper.fonts(page.pdf).splitlines()[2:]:
        assert re.search(r"\byes yes yes\b", line), line


def test_a_rare_character_is_ink_not_a_box(typesetter: Typesetter) -> None:
    """𬭎 looks like itself in the face that has it, and like no other character."""
    pictures = {
        char: np.asarray(
            paper.picture(typesetter.certificate(title(party(char)), serial=SERIAL, mode=Mode.OVERPRINT).pdf, 2, 150)
        )
        for char in "𬭎𠮷𪧶𰻞"
    }
    inked = [int((picture < 128).sum()) for picture in pictures.values()]
    assert len(set(inked)) == len(inked)


def test_all_of_gb_18030_level_3_can_be_printed(glyphs: Glyphs) -> None:
    whole = [chr(code) for first, last in GB_18030_LEVEL_3 for code in range(first, last + 1)]
    assert glyphs.missing(["".join(whole)]) == frozenset()


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("张\ue000", {0xE000}),
        ("张\U000f0000", {0xF0000}),
        ("张\u202e建国", {0x202E}),
        ("张\u200b建国", {0x200B}),
        ("张\t建国", {0x9}),
        ("张\x00", {0x0}),
        ("\U0010fffd", {0x10FFFD}),
        ("葛\U000e01ef", {0x845B, 0xE01EF}),
        ("\ud800", {0xD800}),
        ("\u0378", {0x378}),
    ],
)
def test_what_cannot_be_printed_truly_is_refused(glyphs: Glyphs, text: str, codes: set[int]) -> None:
    assert glyphs.missing([text]) == codes


def test_line_breaks_and_spaces_are_no_characters_to_draw(glyphs: Glyphs) -> None:
    assert not glyphs.missing(["一\n二 三\u3000四\u00a0五"])


@pytest.mark.parametrize(
    "registration",
    [
        title(party("张\ue000")),
        title(party("张建国", number="4115\ue0002")),
        title(party("张建国", document="\ue000")),
        title(party("张建国", share="\ue000")),
        title(location="\ue000"),
        title(remarks="\ue000"),
        title(seal=SEAL.replace("</svg>", "<text>\ue000</text></svg>")),
        title(drawings=(PARCEL, PARCEL.replace("湖东大道", "<tspan>\ue000</tspan>"))),
        title(drawings=(PARCEL.replace("宗地图", "\ue000"),)),
        proof(obligors=(party("周\ue000"),)),
    ],
)
def test_no_string_escapes_the_check(typesetter: Typesetter, registration: Registration) -> None:
    with pytest.raises(GlyphMissing) as missing:
        typesetter.certificate(registration, serial=SERIAL, mode=Mode.FULL)
    assert missing.value.count == 1
    assert missing.value.code_points == ("U+E000",)
    assert missing.value.turn is Turn.STAFF
    assert "\ue000" not in str(missing.value)
    assert "E000" not in f"{missing.value} {missing.value!r}"
    with pytest.raises(GlyphMissing):
        typesetter.preview(registration)


def test_the_journey_hears_before_and_the_issuer_after(typesetter: Typesetter) -> None:
    pages = CertificatePages(typesetter, Mode.FULL)
    with pytest.raises(GlyphMissing):
        pages.preview(title(party("\ue000")))
    with pytest.raises(TypesettingFailed, match="1 characters without a glyph"):
        pages.page(title(party("\ue000")), SERIAL)
    assert pages.page(title(), SERIAL).pdf.startswith(b"%PDF-")


@given(st.text(max_size=40))
def test_any_string_has_an_answer(typesetter: Typesetter, text: str) -> None:
    """Either each character is missing or it is covered, and what is missing comes from the text."""
    assert typesetter.glyphs.missing([text]) <= {ord(char) for char in text}


def test_captions_of_the_templates_can_be_printed(glyphs: Glyphs) -> None:
    for template in TEMPLATES.glob("*.typ"):
        assert not {chr(code) for code in glyphs.missing([template.read_text()])}, template.name


def test_ranges_agree_with_fonttools() -> None:
    from fontTools.ttLib import TTFont

    for font in FONTS[1:3]:
        path = locate(font, DEFAULT_DIRECTORIES)
        mine = read_coverage(font, path)
        with TTFont(path, lazy=True) as opened:
            known = set(opened.getBestCmap() or {})
        assert all((code in mine) or code in mine.blank for code in known)
        assert not any(code in mine for code in range(0x20000, 0x30000) if code not in known)


def test_a_missing_or_wrong_font_is_the_integrators(tmp_path: Path) -> None:
    with pytest.raises(FontMissing) as missing:
        Typesetter(font_dirs=[tmp_path])
    assert missing.value.turn is Turn.INTEGRATOR
    (tmp_path / "HanaMinA.ttf").write_bytes(b"\0\1\0\0 no font")
    with pytest.raises(FontMissing):
        read_coverage(FONTS[1], tmp_path / "HanaMinA.ttf")
    wrong = Font("Noto Serif CJK SC", "HanaMinA.ttf")
    with pytest.raises(FontMissing):
        read_coverage(wrong, locate(wrong, DEFAULT_DIRECTORIES))

"""集成版: a booklet's pages, a page for each unit, and no booklet on a sheet's blank."""

from __future__ import annotations

import json
import re

import pytest

from kiosk.certificate.pages import CertificatePages
from kiosk.certificate.typeset import TEMPLATES, Mode, PageFailed, Typesetter
from kiosk.issuance.issue import TypesettingFailed
from kiosk.registration.record import Edition, Registration
from tests.certificate import paper
from tests.certificate.booklets import PARKING, booklet
from tests.certificate.records import PARCEL, SERIAL, party
from tests.certificate.test_page import TITLE_FRONT, TITLE_INSIDE, by_box, layout

INSIDE = {name: text for name, text in TITLE_INSIDE.items() if name != "remarks"}


def test_each_unit_has_a_page_and_each_field_its_box(typesetter: Typesetter) -> None:
    page = typesetter.certificate(booklet(), serial=SERIAL, mode=Mode.OVERPRINT)
    boxes = layout("booklet")
    assert (page.pages, page.on_blank) == (4, 4)
    assert by_box(paper.words(page.pdf, 1), boxes["front"]) == {name: TITLE_FRONT[name] for name in ("registry", "date")}
    assert by_box(paper.words(page.pdf, 2), boxes["inside"]) == INSIDE
    second = by_box(paper.words(page.pdf, 3), boxes["inside"])
    assert second == INSIDE | PARKING.model_dump()
    assert by_box(paper.words(page.pdf, 4), boxes["notes"]) == {"number": TITLE_INSIDE["number"], "remarks": "无。"}


def test_what_does_not_fit_says_of_which_unit_it_is(typesetter: Typesetter) -> None:
    units = (PARKING.model_copy(update={"other": "地下" * 1000}), PARKING)
    page = typesetter.certificate(
        booklet(*(party(f"买买提·艾力{index}") for index in range(30)), units=units, remarks="附" * 4000, drawings=(PARCEL,)),
        serial=SERIAL,
        mode=Mode.OVERPRINT,
    )
    further = "".join(paper.pages(page.pdf)[page.on_blank :])
    captions = re.findall(r"(权利人|权利其他状况|附记)(（第[0-9]单元）)?（接前页）", further)
    assert captions == [("权利人", ""), ("权利其他状况", "（第2单元）"), ("附记", "")]
    whole = "".join(paper.pages(page.pdf))
    assert whole.count("地下") >= 1000
    assert all(f"买买提·艾力{index}（" in whole for index in range(30))


def test_boxes_lie_on_the_page_and_not_on_one_another() -> None:
    size = json.loads((TEMPLATES / "booklet.json").read_text())["page"]
    for boxes in layout("booklet").values():
        texts = {name: box for name, box in boxes.items() if name != "seal"}
        for name, box in texts.items():
            assert 10 <= box["x"] <= box["x"] + box["w"] <= size["width"] - 10, name
            assert 10 <= box["y"] <= box["y"] + box["h"] <= size["height"] - 10, name
            for other, against in texts.items():
                if other != name:
                    across = min(box["x"] + box["w"], against["x"] + against["w"]) - max(box["x"], against["x"])
                    down = min(box["y"] + box["h"], against["y"] + against["h"]) - max(box["y"], against["y"])
                    assert across <= 0 or down <= 0, (name, other)


def test_the_preview_masks_further_units_too(typesetter: Typesetter) -> None:
    units = (PARKING.model_copy(update={"other": "原权利人张建国，电话13837606721"}),)
    seen = "".join(paper.pages(typesetter.preview_pdf(booklet(units=units))))
    assert "张建国" not in seen
    assert "13837606721" not in seen


def test_a_booklet_is_not_printed_on_a_sheet(typesetter: Typesetter) -> None:
    sheets = CertificatePages(typesetter, Mode.OVERPRINT)
    with pytest.raises(PageFailed, match="edition"):
        sheets.preview(booklet())
    with pytest.raises(TypesettingFailed, match="edition"):
        sheets.page(booklet(), SERIAL)
    booklets = CertificatePages(typesetter, Mode.OVERPRINT, frozenset({Edition.BOOKLET}))
    assert booklets.page(booklet(), SERIAL).pdf.startswith(b"%PDF-")


def test_a_sheet_has_no_place_for_a_second_unit() -> None:
    content = booklet().model_dump()
    assert Registration.model_validate(content).edition is Edition.BOOKLET
    with pytest.raises(ValueError, match="no place for"):
        Registration.model_validate(content | {"edition": "single"})

"""What stands on the paper is what the registry signed, in its place, and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from hashlib import sha256

import numpy as np
import pytest
import zxingcpp

from kiosk.certificate.calibration import Calibration
from kiosk.certificate.typeset import TEMPLATES, Mode, Page, PageFailed, Typesetter
from kiosk.registration.record import Registration
from tests.certificate import paper
from tests.certificate.records import CODE, PARCEL, SEAL, SERIAL, party, proof, title

Box = dict[str, float]


def layout(name: str) -> dict[str, dict[str, Box]]:
    read = json.loads((TEMPLATES / f"{name}.json").read_text())
    return {face: boxes for face, boxes in read.items() if face != "page"}


def overprinted(typesetter: Typesetter, registration: Registration) -> Page:
    return typesetter.certificate(registration, serial=SERIAL, mode=Mode.OVERPRINT)


TITLE_INSIDE = {
    "number": "豫(2024)信阳市不动产权第0012345号",
    "holders": "张建国（身份证411521197803154416）",
    "co_ownership": "单独所有",
    "location": "信阳市浉河区湖东大道88号翡翠湾6号楼2单元1101室",
    "unit_code": "411502004009GB00012F00060045",
    "right_type": "国有建设用地使用权/房屋所有权",
    "right_nature": "出让/市场化商品房",
    "purpose": "城镇住宅用地/成套住宅",
    "area": "房屋建筑面积118.36平方米",
    "term": "2018年06月12日起2088年06月11日止",
    "other": "房屋结构：钢筋混凝土结构",
    "remarks": "无。",
}
TITLE_FRONT = {"number": "豫(2024)信阳市不动产权第0012345号", "registry": "信阳市自然资源和规划局", "date": "2024年6月18日"}
PROOF = {
    "number": "豫(2024)信阳市不动产证明第0030001号",
    "registry": "信阳市自然资源和规划局",
    "date": "2024年6月18日",
    "subject": "抵押权",
    "holders": "中国建设银行股份有限公司信阳分行（统一社会信用代码91411500MA3X0B2K16）",
    "obligors": "周敏（身份证411502199006112463）",
    "location": "信阳市浉河区新华东路66号书香门第5号楼2单元903室",
    "unit_code": "411502004009GB00012F00030001",
    "other": "被担保主债权数额：68.00万元",
    "remarks": "无。",
}


def by_box(words: list[paper.Word], boxes: dict[str, Box]) -> dict[str, str]:
    """The words of each box; a word that lies in none, or sticks out of its own, fails."""
    found = {name: "" for name in boxes if name not in ("seal", "code", "serial")}
    for word in words:
        x, y = word.middle
        inside = [
            name
            for name in found
            if boxes[name]["x"] <= x <= boxes[name]["x"] + boxes[name]["w"]
            and boxes[name]["y"] <= y <= boxes[name]["y"] + boxes[name]["h"]
        ]
        assert len(inside) == 1, f"{word} lies in {inside}"
        box = boxes[inside[0]]
        assert word.left >= box["x"] - 0.1, word
        assert word.right <= box["x"] + box["w"] + 0.1, word
        found[inside[0]] += word.text
    return found


def test_each_field_of_a_title_stands_in_its_box(typesetter: Typesetter) -> None:
    page = overprinted(typesetter, title())
    boxes = layout("title")
    assert (page.pages, page.on_blank) == (2, 2)
    assert by_box(paper.words(page.pdf, 1), boxes["front"]) == TITLE_FRONT
    assert by_box(paper.words(page.pdf, 2), boxes["inside"]) == TITLE_INSIDE


def test_each_field_of_a_proof_stands_in_its_box(typesetter: Typesetter) -> None:
    page = overprinted(typesetter, proof())
    assert (page.pages, page.on_blank) == (1, 1)
    assert by_box(paper.words(page.pdf, 1), layout("proof")["sheet"]) == PROOF


def test_plain_paper_has_captions_in_the_order_of_the_form(typesetter: Typesetter) -> None:
    front, inside = paper.pages(typesetter.certificate(title(), serial=SERIAL, mode=Mode.FULL).pdf)
    assert "根据《中华人民共和国民法典》等法律法规，为保护不动产权利人合法权益" in front
    assert SERIAL in front
    order = ["权利人", "共有情况", "坐落", "不动产单元号", "权利类型", "权利性质", "用途", "面积", "使用期限", "权利其他状况"]
    places = [inside.index(caption) for caption in order]
    assert places == sorted(places)


def test_a_blank_gets_no_captions_and_no_serial(typesetter: Typesetter) -> None:
    assert paper.pages(overprinted(typesetter, title()).pdf) == ["".join(TITLE_FRONT.values()), "".join(TITLE_INSIDE.values())]


def test_boxes_lie_on_the_paper_and_not_on_one_another() -> None:
    for name in ("title", "proof"):
        size = json.loads((TEMPLATES / f"{name}.json").read_text())["page"]
        for boxes in layout(name).values():
            texts = {field: box for field, box in boxes.items() if field != "seal"}
            for field, box in texts.items():
                assert box["x"] >= 10, field
                assert box["y"] >= 10, field
                assert box["x"] + box["w"] <= size["width"] - 10, field
                assert box["y"] + box["h"] <= size["height"] - 10, field
                for other, against in texts.items():
                    apart = (
                        box["x"] + box["w"] <= against["x"]
                        or against["x"] + against["w"] <= box["x"]
                        or box["y"] + box["h"] <= against["y"]
                        or against["y"] + against["h"] <= box["y"]
                    )
                    assert other == field or apart, (field, other)


def test_joint_owners_have_a_line_each_and_their_shares(typesetter: Typesetter) -> None:
    page = overprinted(typesetter, title(party("孙大力", share="50%"), party("孙小梅", share="50%"), co_ownership="按份共有"))
    inside = by_box(paper.words(page.pdf, 2), layout("title")["inside"])
    assert inside["holders"] == "孙大力（身份证411521197803154416）孙小梅（身份证411521197803154416）"
    assert inside["co_ownership"] == "按份共有：孙大力50%，孙小梅50%"


def test_the_code_reads_from_the_printed_page(typesetter: Typesetter) -> None:
    picture = paper.picture(typesetter.certificate(title(), serial=SERIAL, mode=Mode.FULL).pdf, 1, 300)
    (read,) = zxingcpp.read_barcodes(np.asarray(picture), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    assert read.bytes == CODE
    assert read.ec_level == "M"
    box = layout("title")["front"]["code"]
    across = (read.position.top_right.x - read.position.top_left.x) / 300 * 25.4
    assert across == pytest.approx(box["w"], abs=0.5)
    assert read.position.top_left.x / 300 * 25.4 == pytest.approx(box["x"], abs=0.3)
    assert read.position.top_left.y / 300 * 25.4 == pytest.approx(box["y"], abs=0.3)


def test_the_seal_is_red_and_in_its_place(typesetter: Typesetter) -> None:
    pdf = typesetter.certificate(title(), serial=SERIAL, mode=Mode.OVERPRINT).pdf
    colours = np.asarray(paper.colours(pdf, 1, 100)).astype(int)
    red = np.argwhere((colours[:, :, 0] > 150) & (colours[:, :, 1] < 60) & (colours[:, :, 2] < 60)) / 100 * 25.4
    (top, left), (bottom, right) = red.min(axis=0), red.max(axis=0)
    box = layout("title")["front"]["seal"]
    assert left == pytest.approx(box["x"] + 1, abs=0.5)
    assert top == pytest.approx(box["y"] + 1, abs=0.5)
    assert right == pytest.approx(box["x"] + box["w"] - 1, abs=0.5)
    assert bottom == pytest.approx(box["y"] + box["h"] - 1, abs=0.5)


def test_drawings_follow_on_plain_paper(typesetter: Typesetter) -> None:
    page = overprinted(typesetter, title(drawings=(PARCEL, PARCEL)))
    assert (page.pages, page.on_blank) == (4, 2)
    third = paper.pages(page.pdf)[2]
    assert third.startswith("不动产权证书附图页豫(2024)信阳市不动产权第0012345号宗地图")
    assert "湖东大道" in third
    assert "第3页共4页" in third


@pytest.mark.parametrize(
    "nasty",
    [
        "#set page(width: 1cm)",
        "[*a*] _b_ $x^2$ `c`",
        "\\u{5f20} \\",
        "@ref <label> // c /* d */",
        '"){}',
        "= a - b + c ~ --- ...",
    ],
)
def test_markup_comes_out_literally(typesetter: Typesetter, nasty: str) -> None:
    page = overprinted(typesetter, title(party(nasty), location=nasty, remarks=nasty))
    inside = by_box(paper.words(page.pdf, 2), layout("title")["inside"])
    bare = re.sub(r"\s", "", nasty)
    assert inside["holders"] == f"{bare}（身份证411521197803154416）"
    assert inside["location"] == inside["remarks"] == bare


def test_the_same_record_makes_the_same_bytes_in_another_process(typesetter: Typesetter) -> None:
    program = (
        "from kiosk.certificate.typeset import Typesetter\n"
        "from tests.certificate.records import title, party, PARCEL, SERIAL\n"
        "page = Typesetter().certificate(title(party('𬭎𠮷'), drawings=(PARCEL,)), serial=SERIAL, mode='full')\n"
        "print(page.digest)"
    )
    there = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True, timeout=60).stdout.strip()
    typesetter.certificate(proof(), serial="41002186358", mode=Mode.FULL)
    here = typesetter.certificate(title(party("𬭎𠮷"), drawings=(PARCEL,)), serial=SERIAL, mode=Mode.FULL)
    assert here.digest == there == sha256(here.pdf).hexdigest()


def test_no_personal_data_beside_the_page(typesetter: Typesetter) -> None:
    page = overprinted(typesetter, title())
    said = subprocess.run(["pdfinfo", "-"], input=page.pdf, capture_output=True, check=True).stdout.decode()
    assert "Title" not in said
    assert "Author" not in said
    assert "张建国".encode() not in page.pdf
    assert b"411521197803154416" not in page.pdf
    assert "张建国" not in repr(page)


def test_calibration_moves_the_whole_page(typesetter: Typesetter) -> None:
    bent = Typesetter(calibration=Calibration(dx_mm=1.5, dy_mm=-2.0))
    straight = {word.text: word for word in paper.words(overprinted(typesetter, title()).pdf, 2)}
    for word in paper.words(overprinted(bent, title()).pdf, 2):
        assert word.left - straight[word.text].left == pytest.approx(1.5, abs=0.02)
        assert word.top - straight[word.text].top == pytest.approx(-2.0, abs=0.02)


@pytest.mark.parametrize(
    "svg",
    [
        "not xml",
        "<p/>",
        '<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg"/>',
        '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="/etc/hostname"/></svg>',
    ],
)
def test_a_seal_that_is_no_harmless_svg_stops_the_page(typesetter: Typesetter, svg: str) -> None:
    with pytest.raises(PageFailed) as failed:
        overprinted(typesetter, title(seal=svg))
    assert failed.value.code == "drawing"


def test_a_code_too_long_for_a_symbol_stops_the_page(typesetter: Typesetter) -> None:
    with pytest.raises(PageFailed):
        overprinted(typesetter, title(code=b"x" * 3000))


def test_a_broken_template_says_nothing_of_the_record(typesetter: Typesetter, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("templates")
    (folder / "title.typ").write_text('#panic(json(bytes(sys.inputs.at("data"))).registration.title.holders.at(0).name)')
    with pytest.raises(PageFailed) as failed:
        overprinted(Typesetter(folder), title())
    assert "张建国" not in f"{failed.value} {failed.value!r} {failed.value.__cause__}"
    assert failed.value.__suppress_context__


def test_the_seal_may_carry_words(typesetter: Typesetter) -> None:
    words = SEAL.replace("</svg>", '<text x="21" y="24" font-size="4" text-anchor="middle" fill="#c00">登记专用章</text></svg>')
    assert "登记专用章" in paper.pages(overprinted(typesetter, title(seal=words)).pdf)[0]

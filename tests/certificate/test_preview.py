"""The citizen's preview: the same page, but nothing on it that whoever stands behind may read."""

from __future__ import annotations

import io
import math
from datetime import UTC, datetime

import pytest
from PIL import Image

from kiosk.certificate.calibration import Calibration, CalibrationRefused, from_measured
from kiosk.certificate.typeset import Slip, Typesetter
from kiosk.registration.record import CertificateKind, Registration
from tests.certificate import paper
from tests.certificate.records import PARCEL, party, proof, title

ZHANG, LI = "411521197803154416", "411503198507220326"


def read(typesetter: Typesetter, registration: Registration) -> str:
    return "".join(paper.pages(typesetter.preview_pdf(registration)))


def test_names_and_numbers_are_masked_everywhere(typesetter: Typesetter) -> None:
    registration = title(
        party("张建国", ZHANG, "50%"),
        party("欧阳小梅", LI, "50%"),
        co_ownership="按份共有",
        other=f"持证人：张建国；欧阳小梅{LI}，电话13837606721",
        remarks="原权利人赵国强 411503198303044175。",
    )
    seen = read(typesetter, registration)
    for secret in ("张建国", "建国", "欧阳小梅", "小梅", ZHANG, LI, "411503198303044175", "13837606721"):
        assert secret not in seen
    assert "张＊＊（身份证411521********4416）" in seen
    assert "持证人：张＊＊；欧阳＊＊411503********0326，电话138****6721" in seen
    assert "信阳市浉河区湖东大道88号翡翠湾6号楼2单元1101室" in seen
    assert "411502004009GB00012F00060045" in seen


def test_obligors_of_a_proof_are_masked(typesetter: Typesetter) -> None:
    seen = read(typesetter, proof())
    assert "周敏" not in seen
    assert "411502199006112463" not in seen
    assert "91411500MA3X0B2K16" not in seen


def test_a_name_within_a_longer_one_is_masked(typesetter: Typesetter) -> None:
    seen = read(typesetter, title(party("王建"), party("王建国"), remarks="王建国与王建"))
    assert "王建" not in seen
    assert "王＊＊与王＊" in seen


def test_nobody_can_use_a_picture_of_the_screen(typesetter: Typesetter) -> None:
    """Instead of seal, code and serial it says that they come with the print."""
    seen = read(typesetter, title(drawings=(PARCEL,)))
    assert "打印后盖章" in seen
    assert "打印后生成" in seen
    assert "湖东大道88号" in seen
    assert seen.count("湖东大道") == 1


def test_lines_break_where_they_will_on_paper(typesetter: Typesetter) -> None:
    registration = title(party("张建国"), other="持证人：张建国，" + "其他状况说明" * 20, remarks="张建国" * 60)
    there = paper.pages(typesetter.certificate(registration, serial="", mode="full").pdf)[1]
    here = paper.pages(typesetter.preview_pdf(registration))[1]
    assert len(there) == len(here)
    lines = [
        sorted({round(word.middle[1], 1) for word in paper.words(pdf, 2)})
        for pdf in (
            typesetter.certificate(registration, serial="", mode="full").pdf,
            typesetter.preview_pdf(registration),
        )
    ]
    assert lines[0] == lines[1]


def test_the_picture_is_the_page_with_the_fields(typesetter: Typesetter) -> None:
    upright = Image.open(io.BytesIO(typesetter.preview(title(), ppi=100)))
    assert upright.size == (827, 1169)
    across = Image.open(io.BytesIO(typesetter.preview(proof(), ppi=100)))
    assert across.size == (1169, 827)


def test_the_record_can_be_let_go(typesetter: Typesetter) -> None:
    before = typesetter.certificate(title(), serial="1", mode="full").digest
    typesetter.forget()
    assert typesetter.certificate(title(), serial="1", mode="full").digest == before


def test_the_slip_says_case_and_masked_name_and_no_more(typesetter: Typesetter) -> None:
    slip = Slip(
        "信阳市不动产登记服务大厅",
        "XY-01",
        "A0012",
        CertificateKind.TITLE,
        "张**",
        "41002186357",
        datetime(2026, 11, 24, 9, 42, tzinfo=UTC),
    )
    page = typesetter.slip(slip)
    assert page.pages == 1
    said = paper.pages(page.pdf)[0]
    assert all(part in said for part in ("A0012", "张**", "41002186357", "2026-11-2409:42", "XY-01"))
    assert max(word.right for word in paper.words(page.pdf, 1)) <= 76


def test_the_test_page_has_its_crosses_where_it_says(typesetter: Typesetter) -> None:
    page = typesetter.test_page(terminal_id="XY-01", moment=datetime(2026, 11, 24, tzinfo=UTC))
    picture = paper.picture(page.pdf, 1, 300)
    for x, y in ((30, 30), (180, 30), (180, 267), (30, 267)):
        centre = picture.getpixel((round(x / 25.4 * 300), round(y / 25.4 * 300)))
        assert isinstance(centre, int)
        assert centre < 100


@pytest.mark.parametrize("bent", [Calibration(1.2, -0.8), Calibration(0.3, 0.4, 1.004, 0.35), Calibration(-2, 1, 0.99, -1.1)])
def test_what_the_ruler_finds_undoes_what_the_printer_does(bent: Calibration) -> None:
    """A printer that prints as if bent by `bent` is set straight by what is measured from its test page."""
    crosses = [(30.0, 30.0), (180.0, 30.0), (180.0, 267.0), (30.0, 267.0)]

    def apply(how: Calibration, point: tuple[float, float]) -> tuple[float, float]:
        turn = complex(math.cos(math.radians(how.rotation_deg)), math.sin(math.radians(how.rotation_deg)))
        moved = (complex(*point) - complex(105, 148.5)) * how.scale * turn + complex(how.dx_mm, how.dy_mm) + complex(105, 148.5)
        return moved.real, moved.imag

    found = from_measured(crosses, [apply(bent, cross) for cross in crosses], (210, 297))
    for cross in crosses:
        assert apply(bent, apply(found, cross)) == pytest.approx(cross, abs=0.02)


@pytest.mark.parametrize(
    "measured", [[(30, 30)], [(30, 30), (30, 30), (30, 30), (30, 30)], [(90, 30), (240, 30), (240, 267), (90, 267)]]
)
def test_a_mismeasured_test_page_is_refused(measured: list[tuple[float, float]]) -> None:
    crosses = [(30.0, 30.0), (180.0, 30.0), (180.0, 267.0), (30.0, 267.0)]
    with pytest.raises(CalibrationRefused):
        from_measured(crosses, measured, (210, 297))

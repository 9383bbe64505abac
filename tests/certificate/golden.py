"""The pages as they were when somebody looked at them: `python -m tests.certificate.golden` draws them anew, to be looked at again.

Made of `records` and `booklets` only, whose bytes never change; 50 dpi, in grey.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from kiosk.certificate.typeset import Mode, Slip, Typesetter
from kiosk.registration.record import CertificateKind, Party
from kiosk.registration.search_result import FoundProperty, SearchResult
from tests.certificate import paper
from tests.certificate.booklets import booklet
from tests.certificate.records import CODE, PARCEL, SEAL, SERIAL, party, proof, title

FOLDER = Path(__file__).with_name("golden")
DPI = 50
MOMENT = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)


def pages(typesetter: Typesetter) -> Iterator[tuple[str, Image.Image]]:
    """Every kind of page that the terminal can print, by name."""
    long = title(*(party(f"买买提·艾力{index}") for index in range(12)), remarks="原证书收回注销；" * 300, drawings=(PARCEL,))
    found = FoundProperty(
        number="豫(2024)信阳市不动产权第0012345号",
        location="信阳市浉河区湖东大道88号翡翠湾6号楼2单元1101室",
        unit_code="411502004009GB00012F00060045",
        right_type="国有建设用地使用权/房屋所有权",
        area="房屋建筑面积118.36平方米",
        registered_on=MOMENT.date(),
        state="正常",
    )
    result = SearchResult(
        number="XY20261124-0001",
        registry="信阳市自然资源和规划局",
        applicant=Party(name="张建国", document="身份证", number="411521197803154416"),
        purpose="申请公积金贷款",
        scope="信阳市行政区域内的不动产登记信息",
        searched_at=MOMENT,
        found=(found,),
        note="本证明仅反映查询时点的登记状况。",
        code=CODE,
        seal=SEAL,
    )
    slip = Slip("信阳市民服务中心", "xy-hall-01", "1124-093012", CertificateKind.TITLE, "张**", SERIAL, MOMENT)
    documents = {
        "title-full": typesetter.certificate(title(), serial=SERIAL, mode=Mode.FULL),
        "title-overprint": typesetter.certificate(title(), serial=SERIAL, mode=Mode.OVERPRINT),
        "title-long": typesetter.certificate(long, serial=SERIAL, mode=Mode.FULL),
        "proof-full": typesetter.certificate(proof(), serial=SERIAL, mode=Mode.FULL),
        "booklet-full": typesetter.certificate(booklet(), serial=SERIAL, mode=Mode.FULL),
        "search": typesetter.search_result(result),
        "slip": typesetter.slip(slip),
        "test": typesetter.test_page(terminal_id="xy-hall-01", moment=MOMENT),
    }
    for name, document in documents.items():
        for number in range(1, document.pages + 1):
            yield f"{name}-{number}", paper.picture(document.pdf, number, DPI)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    for name, picture in pages(Typesetter()):
        picture.quantize(16).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()

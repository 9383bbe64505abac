"""From a verified record to its page: against typst alone with the same template, and against reportlab doing less.

Each run sets another certificate number, so that no compiler answers from memory.
"""

from __future__ import annotations

import io
import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import typst
import zxingcpp
from PIL import Image

from benchmarks.harness import Row, compare
from kiosk.certificate import code
from kiosk.certificate.drawings import read_drawing
from kiosk.certificate.fonts import DEFAULT_DIRECTORIES, FONTS
from kiosk.certificate.typeset import TEMPLATES, Mode, Page, Typesetter
from kiosk.registration import cose
from kiosk.registration.numbers import grouped_unit_code
from kiosk.registration.record import Party, Registration
from kiosk.registration.trust import Anchors, verify
from peripherals.code_scanner.decode import decode as read_codes
from sandbox.codes.paper import PRINTER_DPI, photographed, printed
from sandbox.people import PEOPLE
from sandbox.platform.records import RecordOffice, floor_plan, parcel_drawing, seal
from sandbox.registry import Authority, Identity

SERIAL = "41002186357"
REGISTRY = "信阳市自然资源和规划局"
CODE = bytes(range(256)) + bytes(62)
"""As long as the registry's signed code (docs: 318 bytes)."""


def rows() -> list[Row]:
    typesetter = Typesetter()
    records = (_record(number) for number in itertools.count(1))

    def ours() -> Page:
        return typesetter.certificate(next(records), serial=SERIAL, mode=Mode.FULL)

    page = ours()
    begin = time.perf_counter()
    typesetter.preview(next(records))
    preview = (time.perf_counter() - begin) * 1e3
    long = _record(1, remarks="原证书编号豫(2014)信阳市不动产权第0000001号收回注销；" * 120)
    begin = time.perf_counter()
    pages = typesetter.certificate(long, serial=SERIAL, mode=Mode.FULL).pages
    return [
        Row("longest 附记, record → page", (time.perf_counter() - begin) * 1e3, note=f"{pages} pages"),
        compare(
            "record → page", ours, "typst alone", _bare_typst(), goal=2, note="same template, data ready, no check, no code made"
        ),
        compare(
            "record → page",
            ours,
            "reportlab",
            _reportlab(),
            goal=2,
            note="reportlab: 2 pages, no seal, no drawings, no fall-back",
        ),
        Row("masked preview, first", preview, note="PNG at 110 dpi"),
        Row("process start → first page", _cold(), note="fonts read, templates compiled"),
        Row("memory of a typesetter after its first page", _memory(), unit="MB", note="resident, beyond a bare interpreter"),
        *_reading(typesetter),
        *_believing(),
        Row("size of a title with two drawings", len(page.pdf) / 1024, unit="kB", note=f"{page.pages} pages, fonts subset"),
    ]


def _record(number: int, **fields: Any) -> Registration:
    case = PEOPLE[0].cases[0]
    return Registration.model_validate(
        {
            "certificate_id": case.certificate_id,
            "version": 1,
            "kind": "title",
            "number": f"豫(2024)信阳市不动产权第{number:07d}号",
            "registry": REGISTRY,
            "registered_on": date(2024, 6, 18),
            "title": case.content | fields,
            "code": CODE,
            "seal": seal(REGISTRY),
            "drawings": (parcel_drawing(), floor_plan()),
        }
    )


def _bare_typst() -> Callable[[], object]:
    """The compiler alone: what an integrator's own script would do with the same template."""
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(path) for path in DEFAULT_DIRECTORIES]
    )
    compiler = typst.Compiler(root=str(TEMPLATES), font_paths=fonts)
    symbol = code.svg(CODE)
    numbers = itertools.count(1_000_000)

    def compile_one() -> object:
        record = ready.copy()
        record["registration"] = registration | {"number": f"豫(2024)信阳市不动产权第{next(numbers):07d}号"}
        return compiler.compile(
            str(TEMPLATES / "title.typ"), format="pdf", sys_inputs={"data": json.dumps(record)}, timestamp=0, pdf_tags=False
        )

    registration = _record(1).model_dump(mode="json", exclude={"code", "drawings", "collector"})
    ready: dict[str, Any] = {
        "mode": "full",
        "calibration": {"dx_mm": 0.0, "dy_mm": 0.0, "scale": 1.0, "rotation_deg": 0.0},
        "fonts": [font.family for font in FONTS],
        "unit_code": grouped_unit_code(_record(1).content.unit_code),
        "further_unit_codes": [],
        "serial": SERIAL,
        "preview": False,
        "code": symbol,
        "drawings": [{"svg": svg, "title": read_drawing(svg).title} for svg in (parcel_drawing(), floor_plan())],
    }
    return compile_one


def _reportlab() -> Callable[[], object]:
    """The usual Python way: text at places in mm, a QR code, one TrueType font (it cannot embed the CFF ones)."""
    from reportlab.graphics import renderPDF
    from reportlab.graphics.barcode.qr import QrCodeWidget
    from reportlab.graphics.shapes import Drawing
    from reportlab.lib.units import mm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    lab = cast("Any", pdfmetrics)
    lab.registerFont(cast("Any", TTFont)("page", str(DEFAULT_DIRECTORIES[1] / "HanaMinA.ttf")))
    layout = json.loads((TEMPLATES / "title.json").read_text())
    numbers = itertools.count(2_000_000)

    def draw() -> object:
        record = _record(next(numbers)).model_dump(mode="json", exclude={"code", "seal", "drawings"})
        out = io.BytesIO()
        canvas = cast("Any", Canvas)(out, pagesize=(210 * mm, 297 * mm))
        canvas.rect(10 * mm, 10 * mm, 190 * mm, 277 * mm)
        canvas.setFont("page", 16)
        canvas.drawCentredString(105 * mm, 220 * mm, record["number"])
        canvas.drawCentredString(138 * mm, 90 * mm, record["registry"])
        symbol = cast("Any", QrCodeWidget)("x" * len(CODE), barLevel="M", barWidth=25 * mm, barHeight=25 * mm)
        drawing = cast("Any", Drawing)(25 * mm, 25 * mm)
        drawing.add(symbol)
        cast("Any", renderPDF).draw(drawing, canvas, 31 * mm, 66 * mm)
        canvas.showPage()
        for name, box in layout["inside"].items():
            if name == "number":
                continue
            canvas.rect(19 * mm, (297 - box["y"] - box["h"]) * mm, 172 * mm, box["h"] * mm)
            canvas.setFont("page", box["size"])
            value = record["title"][name]
            text = value if isinstance(value, str) else "".join(Party.model_validate(party).name for party in value)
            for row, start in enumerate(range(0, len(text), 32)):
                canvas.drawString(box["x"] * mm, (297 - box["y"] - 6 - row * 5) * mm, text[start : start + 32])
        canvas.save()
        return out.getvalue()

    return draw


def _cold() -> float:
    """Milliseconds from a started interpreter to the first page, in a process of its own."""
    program = (
        "import time; begin = time.perf_counter()\n"
        "from benchmarks.certificate import first_page\n"
        "first_page(); print((time.perf_counter() - begin) * 1e3)"
    )
    return _apart(program)


def _memory() -> float:
    """Megabytes that a process has more after its first page than before it imported anything."""
    program = (
        "from pathlib import Path\n"
        "def resident(): return int(Path('/proc/self/statm').read_text().split()[1]) * 4096 / 2**20\n"
        "before = resident()\n"
        "from benchmarks.certificate import first_page\n"
        "first_page(); print(resident() - before)"
    )
    return _apart(program)


def _apart(program: str) -> float:
    """The figure that `program` prints, run in an interpreter of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True, timeout=60, cwd=Path(__file__).parent.parent
    )
    return float(ran.stdout)


PIXELS_MM = (10.0, 7.0, 5.5)
"""A 12-megapixel phone at some 25, 35 and 45 cm."""

EACH = 20


def _reading(typesetter: Typesetter) -> list[Row]:
    """How many of the same photographs of the printed code are read, at each distance; a wrong payload counts as none."""
    registry = _registry()
    record = registry.registration
    pdf = typesetter.certificate(record, serial=SERIAL, mode=Mode.FULL).pdf
    drawn = subprocess.run(
        ["pdftoppm", "-r", str(PRINTER_DPI), "-f", "1", "-l", "1", "-gray", "-singlefile", "-"],
        input=pdf, capture_output=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    page = np.asarray(Image.open(io.BytesIO(drawn)).convert("L"))
    box = json.loads((TEMPLATES / "title.json").read_text())["front"]["code"]
    left, top, right, bottom = (
        round(edge / 25.4 * PRINTER_DPI) for edge in (box["x"] - 5, box["y"] - 5, box["x"] + 30, box["y"] + 30)
    )
    raster = page[top:bottom, left:right]
    side = len(code.modules(record.code))
    detector = cv2.QRCodeDetector()

    def by_opencv(picture: Any) -> bool:
        try:
            return cast("bytes", cast("Any", detector).detectAndDecodeBytes(picture)[0]) == record.code
        except (cv2.error, UnicodeDecodeError):
            return False

    readers: dict[str, Callable[[Any], bool]] = {
        "ours": lambda picture: record.code in {found.payload for found in read_codes(picture)},
        "zxing-cpp": lambda picture: record.code in {found.bytes for found in cast("Any", zxingcpp).read_barcodes(picture)},
        "OpenCV": by_opencv,
    }
    rows: list[Row] = []
    for pixels_mm in PIXELS_MM:
        dice = np.random.default_rng(20261124)
        pictures = [photographed(printed(raster, dice), pixels_mm, dice) for _ in range(EACH)]
        share = {name: 100 * sum(read(picture) for picture in pictures) / EACH for name, read in readers.items()}
        module = 25 / side * pixels_mm
        for peer in ("zxing-cpp", "OpenCV"):
            rows.append(
                Row(
                    f"code read from 25 mm, printed at 300 dpi and photographed, {module:.1f} pixels a module",
                    share["ours"], peer, share[peer], unit="%", goal="≥ peer", met=share["ours"] >= share[peer],
                    note=f"{len(record.code)} bytes, {side} modules, {EACH} pictures with blur, shake, noise, tilt, JPEG",
                )
            )  # fmt: skip
    return rows


def _believing() -> list[Row]:
    """From the record's bytes to a registration, against the bare signature check; and the same in SM2."""
    rows: list[Row] = []
    registry = _registry()
    key, message = registry.signer.certificate.public_key(), cose.decode(registry.record)
    rows.append(
        compare(
            "record → believed (ES256)",
            lambda: verify(registry.record, registry.anchors, registry.now),
            "one signature check",
            lambda: cose.signature_holds(message, cast("Any", key)),
            note="chain, revocation list, record and code: five signatures, and the fields",
        )
    )
    chinese = _registry(sm2=True)
    begin = time.perf_counter()
    verify(chinese.record, chinese.anchors, chinese.now)
    rows.append(Row("record → believed (SM2 with SM3)", (time.perf_counter() - begin) * 1e3, note="arithmetic in Python"))
    return rows


@dataclass(frozen=True)
class _Registry:
    now: datetime
    signer: Identity
    record: bytes
    anchors: Anchors

    @property
    def registration(self) -> Registration:
        return verify(self.record, self.anchors, self.now)


def _registry(*, sm2: bool = False) -> _Registry:
    now = datetime.now(UTC)
    authority = Authority("Registry", now, sm2=sm2)
    signer = authority.issue("Signer")
    record = RecordOffice(authority, signer, lambda: now).record(PEOPLE[0].cases[0])
    return _Registry(now, signer, record, Anchors((authority.root.certificate,), (), (authority.crl(now),)))


def first_page() -> None:
    Typesetter().certificate(_record(1), serial=SERIAL, mode=Mode.FULL)

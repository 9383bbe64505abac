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
from datetime import date
from pathlib import Path
from typing import Any, cast

import typst

from benchmarks.harness import Row, compare
from kiosk.certificate import code
from kiosk.certificate.drawings import read_drawing
from kiosk.certificate.fonts import DEFAULT_DIRECTORIES, FONTS
from kiosk.certificate.typeset import TEMPLATES, Mode, Page, Typesetter
from kiosk.registration.numbers import grouped_unit_code
from kiosk.registration.record import Party, Registration
from sandbox.people import PEOPLE
from sandbox.platform.records import floor_plan, parcel_drawing, seal

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
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True, timeout=60, cwd=Path(__file__).parent.parent
    )
    return float(ran.stdout)


def first_page() -> None:
    Typesetter().certificate(_record(1), serial=SERIAL, mode=Mode.FULL)

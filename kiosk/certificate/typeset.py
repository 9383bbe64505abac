"""The typesetter: a verified registration in, a page out, always the same bytes for the same record, blank and calibration.

One typst compiler is made when the terminal starts and kept; a page then takes some 10 ms. Data reaches the templates as one
JSON string and is set literally, so nothing in a record can be markup. Every character is checked before anything is set.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta, timezone
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import typst

from kiosk.certificate import code
from kiosk.certificate.calibration import Calibration
from kiosk.certificate.drawings import DrawingUnreadable, read_drawing
from kiosk.certificate.fonts import DEFAULT_DIRECTORIES, FONTS, require_all
from kiosk.certificate.glyphs import GlyphMissing, Glyphs, strings, texts
from kiosk.certificate.preview import masked
from kiosk.registration.numbers import grouped_unit_code
from kiosk.registration.record import CertificateKind, Edition, Registration
from kiosk.registration.search_result import SearchResult
from peripherals.device import Turn

__all__ = ["GlyphMissing", "Mode", "Page", "PageFailed", "Slip", "Typesetter"]

CHINA = timezone(timedelta(hours=8), "CST")
"""The day on a paper is the day in Xinyang, whatever the machine's zone."""

TEMPLATES = Path(__file__).parent / "templates"
RECEIPT_PPI = 203.2
PREVIEW_PAGE = {CertificateKind.TITLE: 2, CertificateKind.PROOF: 1}
"""The page on which the fields are, from 1."""

_FORGETTING = 12
"""Empty compilations after which typst's memory of a page is gone (it throws away what ten have not used)."""
_PAGE_TREE = re.compile(rb"/Type\s*/Pages\s*/Count (\d+)")


class Mode(StrEnum):
    """What the paper already has: a blank its frame and captions, plain paper nothing."""

    OVERPRINT = "overprint"
    FULL = "full"


class PageFailed(Exception):
    """The page could not be made; `code` says why ("template", "drawing", "code"). Never quotes the record."""

    turn = Turn.INTEGRATOR

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Page:
    """A typeset document: PDF, its SHA-256 (hex), how many pages it has, and how many of them (the first) lie on the blank."""

    pdf: bytes
    digest: str
    pages: int
    on_blank: int

    def __repr__(self) -> str:
        return f"Page({self.digest[:12]}…, {self.pages} pages)"


@dataclass(frozen=True, slots=True)
class Slip:
    """What a slip says; `moment` is local time (aware). Of a certificate: its kind, for whom (masked by the caller) and its blank. Of a visit
    without one (`kind` None): `said`, what she was told, a sentence each.
    """

    hall: str
    terminal_id: str
    case: str
    kind: CertificateKind | None
    name_masked: str
    serial: str
    moment: datetime
    note: str = ""
    said: tuple[str, ...] = ()


class Typesetter:
    """Typesets certificates, previews, slips and test pages. May be called from any thread; calls are serialised."""

    def __init__(
        self,
        template_dir: Path = TEMPLATES,
        font_dirs: Sequence[Path] = DEFAULT_DIRECTORIES,
        calibration: Calibration = Calibration(),  # noqa: B008 - a frozen value
    ) -> None:
        """Raises `FontMissing`. Takes some 0.3 s."""
        require_all(font_dirs)
        self.glyphs = Glyphs(font_dirs)
        self.calibration = calibration
        self._templates = template_dir
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(path) for path in font_dirs]
        )
        self._compiler = typst.Compiler(root=str(template_dir), font_paths=fonts)
        self._lock = threading.Lock()

    def certificate(self, registration: Registration, *, serial: str, mode: Mode | str) -> Page:
        """The pages of one certificate on the blank `serial`. Raises `GlyphMissing`, `PageFailed`."""
        self._check(registration, serial)
        try:
            symbol = code.svg(registration.code)
        except code.CodeTooLong:
            raise PageFailed("code") from None
        data = self._data(registration, Mode(mode), serial) | {"code": symbol, "drawings": _drawings(registration)}
        return self._page(_template(registration), data, _moment(registration), _on_blank(registration))

    def preview(self, registration: Registration, *, page: int | None = None, ppi: float = 110.0) -> bytes:
        """PNG of the page with the fields (or of `page`, from 1), masked, without seal and code. Raises as `certificate`."""
        self._check(registration, "")
        data = self._preview_data(registration)
        wanted = PREVIEW_PAGE[registration.kind] if page is None else page
        images = self._compile(_template(registration), data, "png", _moment(registration), ppi)
        sheets = images if isinstance(images, list) else [images]
        if not 1 <= wanted <= len(sheets):
            raise PageFailed("page")
        return sheets[wanted - 1]

    def preview_pdf(self, registration: Registration) -> bytes:
        """The pages of which `preview` is the picture, to be searched for what ought not to be there. Raises as `certificate`."""
        self._check(registration, "")
        return self._pdf(_template(registration), self._preview_data(registration), _moment(registration))

    def search_result(self, result: SearchResult) -> Page:
        """The pages of a 查询结果证明 on plain paper. Raises `GlyphMissing`, `PageFailed`."""
        said = result.model_dump(mode="json", exclude={"code"})
        try:
            self.glyphs.require([*strings({**said, "seal": ""}), *read_drawing(result.seal).text.splitlines()])
            symbol = code.svg(result.code)
        except DrawingUnreadable:
            raise PageFailed("drawing") from None
        except code.CodeTooLong:
            raise PageFailed("code") from None
        local = result.searched_at.astimezone(CHINA)
        day = f"{local.year}年{local.month}月{local.day}日"
        data = self._common(Mode.FULL) | {
            "result": said,
            "unit_codes": [grouped_unit_code(each.unit_code) for each in result.found],
            "moment": f"{day}{local:%H:%M}",
            "day": day,
            "code": symbol,
        }
        return self._page("search", data, result.searched_at, 0)

    def slip(self, slip: Slip) -> Page:
        """A slip of 80 mm for a receipt printer: case, masked name, blank; no address. Raises `GlyphMissing`, `PageFailed`."""
        return self._page("slip", self._slip(slip), slip.moment, 0)

    def slip_picture(self, slip: Slip) -> bytes:
        """PNG of the same page at 8 dots a mm, which is what receipt printers have. Raises as `slip`."""
        images = self._compile("slip", self._slip(slip), "png", slip.moment, RECEIPT_PPI)
        assert isinstance(images, bytes)
        return images

    def test_page(self, *, terminal_id: str, moment: datetime, calibrated: bool = True) -> Page:
        """Rulers and crosses for staff; `calibrated=False` shows the bare printer, from which calibration is measured."""
        said = {"terminal_id": terminal_id, "moment": moment.strftime("%Y-%m-%d %H:%M"), "calibration": asdict(self.calibration)}
        data = self._common(Mode.FULL) | {"test": said}
        if not calibrated:
            data["calibration"] = asdict(Calibration())
        return self._page("test", data, moment, 0)

    def forget(self) -> None:
        """Let go of the last record; called at the end of a visit."""
        with self._lock:
            # typst keeps what it once worked out until some compilations have passed without a use for it.
            for _ in range(_FORGETTING):
                self._compiler.compile(b"", sys_inputs=None)

    def _slip(self, slip: Slip) -> dict[str, Any]:
        kind = slip.kind.value if slip.kind else ""
        said = asdict(slip) | {"kind": kind, "moment": slip.moment.strftime("%Y-%m-%d %H:%M")}
        self.glyphs.require(strings(said))
        return self._common(Mode.FULL) | {"slip": said}

    def _check(self, registration: Registration, serial: str) -> None:
        try:
            self.glyphs.require([*texts(registration), serial])
        except DrawingUnreadable:
            raise PageFailed("drawing") from None

    def _common(self, mode: Mode) -> dict[str, Any]:
        return {"mode": mode.value, "calibration": asdict(self.calibration), "fonts": [font.family for font in FONTS]}

    def _data(self, registration: Registration, mode: Mode, serial: str) -> dict[str, Any]:
        said = registration.model_dump(mode="json", exclude={"code", "drawings", "collector", "seal_data"})
        units = registration.title.further_units if registration.title else ()
        return self._common(mode) | {
            "registration": said,
            "unit_code": grouped_unit_code(registration.content.unit_code),
            "further_unit_codes": [grouped_unit_code(unit.unit_code) for unit in units],
            "serial": serial,
            "preview": False,
        }

    def _preview_data(self, registration: Registration) -> dict[str, Any]:
        data = self._data(masked(registration), Mode.FULL, "")
        return data | {"calibration": asdict(Calibration()), "preview": True, "code": None, "drawings": []}

    def _page(self, template: str, data: Mapping[str, Any], moment: datetime, on_blank: int) -> Page:
        pdf = self._pdf(template, data, moment)
        return Page(pdf, sha256(pdf).hexdigest(), _page_count(pdf), on_blank)

    def _pdf(self, template: str, data: Mapping[str, Any], moment: datetime) -> bytes:
        pdf = self._compile(template, data, "pdf", moment, None)
        assert isinstance(pdf, bytes)
        return pdf

    def _compile(
        self, template: str, data: Mapping[str, Any], form: Literal["pdf", "png"], moment: datetime, ppi: float | None
    ) -> bytes | list[bytes]:
        path = self._templates / f"{template}.typ"
        inputs = {"data": json.dumps(data, ensure_ascii=False, sort_keys=True)}
        with self._lock:
            try:
                made, warnings = self._compiler.compile_with_warnings(
                    str(path), format=form, ppi=ppi, sys_inputs=inputs, timestamp=int(moment.timestamp()), pdf_tags=False
                )
            except typst.TypstError:
                # Its words could quote the record.
                raise PageFailed("template") from None
        if made is None or warnings:
            raise PageFailed("template")
        return made


def _template(registration: Registration) -> str:
    return registration.edition.value if registration.edition is Edition.BOOKLET else registration.kind.value


def _on_blank(registration: Registration) -> int:
    """A 登记证明 is one page, a sheet has two, a booklet has its seal page, one for each unit, and the 附记."""
    if registration.title is None:
        return 1
    return 3 + len(registration.title.further_units) if registration.edition is Edition.BOOKLET else 2


def _moment(registration: Registration) -> datetime:
    """The page's time stamp: the day of registration, so that the same record makes the same bytes on any day."""
    return datetime.combine(registration.registered_on, time(), UTC)


def _drawings(registration: Registration) -> list[dict[str, str]]:
    return [{"svg": svg, "title": read_drawing(svg).title} for svg in registration.drawings]


def _page_count(pdf: bytes) -> int:
    """What the document's page tree counts."""
    counted = _PAGE_TREE.search(pdf)
    if counted is None:
        raise PageFailed("template")
    return int(counted[1])

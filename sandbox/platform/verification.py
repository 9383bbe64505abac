"""The registry's verification page: anybody with a phone photographs a certificate and learns whether it is the registry's.

Plain HTTP on a loopback port of its own (it is for citizens, who have no client certificate), without scripts, nothing kept. The
judgement is that of `kiosk verify`; beyond it the platform knows on which blank the terminal reported the certificate, and
whether the register still says the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, File, Form, UploadFile
from fastapi.responses import HTMLResponse

from kiosk.certificate.proving import Finding, Verdict, Words, prove
from kiosk.registration.chains import Anchors
from kiosk.registration.claims import CodeClaims, record_digest
from kiosk.registration.numbers import grouped_unit_code
from sandbox.loopback import LoopbackPage
from sandbox.platform.core import Core
from sandbox.platform.paper import PRINTED

PAGE = Path(__file__).with_name("verification.html")
LARGEST_UPLOAD = 20 * 1024 * 1024
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}

VERDICTS = {
    Verdict.VALID: ("ok", "证书真实有效", "This certificate is genuine"),
    Verdict.NOT_VALID: ("bad", "不是本登记机构签发的证书，或者已被改动", "Not issued by this registry, or altered"),
    Verdict.UNREADABLE: ("warn", "没有读到证书上的二维码", "The code on the certificate could not be read"),
}
REASONS = {
    "no-code": ("请靠近二维码，对焦清楚后再拍一张。", "Move closer to the code, focus, and take another photograph."),
    "several-codes": (
        "照片里有两本以上证书，请一本一本拍。",
        "There is more than one certificate in the picture. Take one at a time.",
    ),
    "not-a-picture": ("这个文件不是图片或 PDF。", "This file is neither a picture nor a PDF."),
    "too-large": ("文件超过 20 MB。", "The file is larger than 20 MB."),
    "words-differ": (
        "二维码是真的，但纸面上的文字与登记机构签名的内容不一致。",
        "The code is genuine, but the words on the page are not what the registry signed.",
    ),
    "revoked": ("签发这张证书的密钥已被登记机构撤销。", "The registry has taken back the key that signed this certificate."),
}
ASK = ("如有疑问，请持证到登记窗口核实。", "If in doubt, take the certificate to a registry counter.")


class VerificationPage(LoopbackPage):
    """The page for what `core` knows, on a free loopback port: `with VerificationPage(core) as page: page.url`."""

    def __init__(self, core: Core) -> None:
        self._core = core
        super().__init__(make_verification_app(core), "verification")


def make_verification_app(core: Core) -> FastAPI:
    """The page as an application: GET shows the form, POST judges what was handed in."""
    app = FastAPI(title="Dazheng verification", docs_url=None, redoc_url=None, openapi_url=None)
    frame = PAGE.read_text("utf-8")

    def page(result: str, status: int = 200) -> HTMLResponse:
        return HTMLResponse(frame.replace("<!--result-->", result), status, HEADERS)

    @app.get("/")
    def ask() -> HTMLResponse:  # pyright: ignore[reportUnusedFunction]
        return page("")

    @app.post("/")
    def judge(  # pyright: ignore[reportUnusedFunction]
        paper: Annotated[UploadFile, File()], name: Annotated[str, Form()] = "", number: Annotated[str, Form()] = ""
    ) -> HTMLResponse:
        content = paper.file.read(LARGEST_UPLOAD + 1)
        if len(content) > LARGEST_UPLOAD:
            return page(_shown(core, Finding(Verdict.UNREADABLE, "too-large"), "", ""), 413)
        return page(_shown(core, prove(content, anchors_of(core), core.clock()), name.strip(), number.strip().upper()))

    return app


def anchors_of(core: Core) -> Anchors:
    """What the registry believes of itself: root, signer and the list of this moment."""
    office = core.office
    return Anchors((office.authority.root.certificate,), (office.signer.certificate,), (office.authority.crl(core.clock()),))


def _shown(core: Core, finding: Finding, name: str, number: str) -> str:
    look, chinese, english = VERDICTS[finding.verdict]
    parts = [f'<section class="verdict {look}" role="status"><h2>{chinese}</h2><p lang="en">{english}</p>']
    if finding.verdict is not Verdict.VALID:
        for chinese, english in filter(None, (REASONS.get(finding.reason), ASK)):
            parts.append(f'<p>{chinese}<br><span lang="en">{english}</span></p>')
        parts.append(f'<p class="code">{escape(finding.reason)}</p>')
    parts.append("</section>")
    if finding.claims is not None:
        rows = "".join(
            f'<tr><th scope="row">{chinese}<br><span lang="en">{english}</span></th><td>{escape(value)}</td></tr>'
            for chinese, english, value in (*_said(finding.claims), *_known(core, finding.claims))
        )
        parts.append(
            f"<table><caption>登记机构签名的内容 <span lang='en'>What the registry signed</span></caption>{rows}</table>"
        )
        if finding.words is Words.NONE:
            parts.append(
                '<p>请把上面各项与手里的证书逐项对照，有一项不同就是被改动过。<br><span lang="en">'
                "Compare each line with the paper in your hand: where one differs, it was altered.</span></p>"
            )
        if name and number:
            parts.append(_confirmed(finding.claims.is_held_by(name, number)))
    return "".join(parts)


def _confirmed(confirmed: bool) -> str:
    if confirmed:
        return (
            '<section class="verdict ok"><h2>姓名和证件号码与权利人一致</h2>'
            '<p lang="en">Name and document number are those of a holder</p></section>'
        )
    return (
        '<section class="verdict bad"><h2>姓名或证件号码与权利人不一致</h2>'
        '<p lang="en">Name or document number are not those of a holder</p></section>'
    )


def _said(claims: CodeClaims) -> Iterator[tuple[str, str, str]]:
    more = claims.holder_count - len(claims.holders)
    yield "证书号", "Certificate", claims.number
    yield "权利人", "Holders", "，".join(claims.holders) + (f" 等 {claims.holder_count} 人" if more else "")
    yield "不动产单元号", "Unit", grouped_unit_code(claims.unit_code)
    yield "权利类型", "Right", claims.right
    if claims.area:
        yield "面积", "Area", claims.area
    yield "登记日期", "Registered", f"{claims.registered_on}"


def _known(core: Core, claims: CodeClaims) -> Iterator[tuple[str, str, str]]:
    """What the platform knows beyond the paper: the blank, and whether the register still says the same."""
    case = core.case_numbered(claims.number)
    if case is None:
        return
    with core.lock:
        reports = [report for report in core.reports if report.certificate_id == case.certificate_id]
    held = [report.blank_serial for report in reports if report.blank_serial and report.outcome in PRINTED]
    yield "印制编号", "Blank", claims.serial or (held[-1] if held else "自助机尚未上报 (not reported yet)")
    same = record_digest(core.office.content(case, core.office.signer)) == claims.record_digest
    yield "登记簿现状", "Register", "与本证一致 (unchanged)" if same else "本证之后登记内容有变化 (changed since)"

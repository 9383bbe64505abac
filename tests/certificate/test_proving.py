"""A stranger with the paper and the registry's certificates: `kiosk verify`, and the verification page in a browser."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from PIL import Image, ImageFilter

from kiosk.__main__ import main
from kiosk.certificate.proving import Verdict, Words, prove
from kiosk.certificate.typeset import Mode, Typesetter
from kiosk.platform.types import IssuanceOutcome, IssuanceReport
from kiosk.registration.chains import Anchors
from kiosk.registration.record import Registration
from kiosk.registration.trust import verify
from sandbox.people import BY_SLUG
from sandbox.platform.core import Core
from sandbox.platform.records import RecordOffice
from sandbox.platform.server import profile_of
from sandbox.platform.verification import LARGEST_UPLOAD, VerificationPage
from sandbox.registry import Authority, bundle
from tests.certificate import paper
from tests.certificate.records import SERIAL

ZHANG = ("张建国", "411521197803154416")
CASE = replace(BY_SLUG["zhang-jianguo"].cases[0], drawings=False)


@dataclass(frozen=True)
class Office:
    """A registry office of today, what it signed for 张建国, and the papers made of it."""

    records: RecordOffice
    registration: Registration
    page: bytes
    photograph: bytes
    folder: Path

    @property
    def anchors(self) -> Anchors:
        authority = self.records.authority
        return Anchors((authority.root.certificate,), (self.records.signer.certificate,), (authority.crl(datetime.now(UTC)),))


@pytest.fixture(scope="module")
def office(typesetter: Typesetter, tmp_path_factory: pytest.TempPathFactory) -> Office:
    now, folder = datetime.now(UTC), tmp_path_factory.mktemp("papers")
    authority = Authority("Registry", now)
    records = RecordOffice(authority, authority.issue("Signer"), lambda: datetime.now(UTC))
    crl = authority.crl(now)
    registration = verify(records.record(CASE), Anchors((authority.root.certificate,), (), (crl,)), datetime.now(UTC))
    page = typesetter.certificate(registration, serial=SERIAL, mode=Mode.FULL).pdf
    sheet = paper.colours(page, 1, 200).rotate(4, expand=True, fillcolor="#765").filter(ImageFilter.GaussianBlur(0.8))
    photograph = io.BytesIO()
    sheet.save(photograph, "JPEG", quality=80)
    (folder / "paper.pdf").write_bytes(page)
    (folder / "photo.jpg").write_bytes(photograph.getvalue())
    (folder / "registry.pem").write_bytes(bundle([authority.root.certificate, records.signer.certificate]))
    (folder / "list.der").write_bytes(crl.public_bytes(Encoding.DER))
    return Office(records, registration, page, photograph.getvalue(), folder)


def test_a_page_and_a_photograph_of_it_are_proven(office: Office) -> None:
    page = prove(office.page, office.anchors, datetime.now(UTC))
    photo = prove(office.photograph, office.anchors, datetime.now(UTC))
    assert (page.verdict, page.words) == (Verdict.VALID, Words.AGREE)
    assert (photo.verdict, photo.words) == (Verdict.VALID, Words.NONE)
    assert page.claims == photo.claims
    assert page.claims is not None
    assert page.claims.number == office.registration.number


@pytest.mark.parametrize(
    "change", [{"number": "豫(2024)信阳市不动产权第0099999号"}, {"registered_on": datetime(2020, 1, 2, tzinfo=UTC).date()}]
)
def test_a_page_with_other_words_than_the_registry_signed_is_found_out(
    office: Office, typesetter: Typesetter, change: dict[str, object]
) -> None:
    forged = typesetter.certificate(office.registration.model_copy(update=change), serial=SERIAL, mode=Mode.FULL).pdf
    finding = prove(forged, office.anchors, datetime.now(UTC))
    assert (finding.verdict, finding.reason) == (Verdict.NOT_VALID, "words-differ")


def test_what_is_no_paper_of_ours(office: Office, typesetter: Typesetter) -> None:
    blank = io.BytesIO()
    Image.new("L", (400, 400), 255).save(blank, "PNG")
    record = office.registration.model_copy(update={"code": b"https://example.com"})
    foreign = typesetter.certificate(record, serial=SERIAL, mode=Mode.FULL).pdf
    said = {
        content: (finding.verdict.value, finding.reason)
        for content in (b"", b"%PDF-1.7 nothing", b"\x89PNG\r\n\x1a\n", blank.getvalue(), foreign)
        for finding in [prove(content, office.anchors, datetime.now(UTC))]
    }
    assert list(said.values()) == [("unreadable", "not-a-picture")] * 3 + [
        ("unreadable", "no-code"),
        ("not-valid", "foreign-code"),
    ]


# ---- the command ---------------------------------------------------------------------------------------------------------


def verifies(office: Office, *words: str, typed: str = "", monkeypatch: pytest.MonkeyPatch | None = None) -> int:
    if monkeypatch is not None:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    return main(["verify", "--registry", str(office.folder / "registry.pem"), *words])


def test_valid_papers_end_with_0(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(office.folder / name) for name in ("paper.pdf", "photo.jpg")]
    assert verifies(office, "--crl", str(office.folder / "list.der"), *files) == 0
    said = capsys.readouterr().out
    assert said.count(": VALID") == 2
    assert office.registration.number in said
    assert "Revocation list of" in said
    assert "张建国" not in said


def test_without_a_list_it_says_that_nobody_knows(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert verifies(office, str(office.folder / "paper.pdf")) == 0
    assert "whether the signer was revoked is not known" in capsys.readouterr().out


def test_one_paper_of_a_revoked_signer_ends_with_1(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    other = Authority("Registry", datetime.now(UTC))
    (office.folder / "other.pem").write_bytes(bundle([other.root.certificate, office.records.signer.certificate]))
    assert main(["verify", "--registry", str(office.folder / "other.pem"), "--json", str(office.folder / "paper.pdf")]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["verdict"], said["reason"], said["claims"]) == ("not-valid", "chain", None)


def test_what_cannot_be_judged_ends_with_2(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    assert verifies(office, str(office.folder / "none.png"), str(office.folder / "paper.pdf")) == 2
    assert "UNREADABLE (no-such-file)" in capsys.readouterr().out
    assert main(["verify", "--registry", str(office.folder / "none.pem"), str(office.folder / "paper.pdf")]) == 2


def test_the_holder_is_asked_for_on_standard_input(
    office: Office, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(office.folder / "paper.pdf")
    assert verifies(office, "--holder", "--json", file, typed="\n".join(ZHANG), monkeypatch=monkeypatch) == 0
    assert json.loads(capsys.readouterr().out)["holder_confirmed"] is True
    assert verifies(office, "--holder", file, typed="李四\n411521197803154416\n", monkeypatch=monkeypatch) == 1
    assert "are NOT those of a holder" in capsys.readouterr().out


def test_a_list_in_pem_and_one_that_is_none(office: Office, capsys: pytest.CaptureFixture[str]) -> None:
    crl = x509.load_der_x509_crl((office.folder / "list.der").read_bytes())
    (office.folder / "list.pem").write_bytes(crl.public_bytes(Encoding.PEM))
    file = str(office.folder / "paper.pdf")
    assert verifies(office, "--crl", str(office.folder / "list.pem"), file) == 0
    assert verifies(office, "--crl", file, file) == 2
    assert "no revocation list" in capsys.readouterr().err


# ---- the page ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def page(office: Office) -> Iterator[tuple[Core, str]]:
    now = datetime.now(UTC)
    platform = Authority("Platform", now)
    people = [replace(BY_SLUG["zhang-jianguo"], cases=(CASE,))]
    core = Core(people, office.records, platform, platform.issue("Signer"), {"t": profile_of("t")}, lambda: datetime.now(UTC))
    with VerificationPage(core) as shown:
        yield core, shown.url


def asks(url: str, content: bytes, **form: str) -> str:
    answer = requests.post(url, files={"paper": ("photo.jpg", content)}, data=form, timeout=60)
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.text


def test_the_page_shows_what_was_signed_and_confirms_the_holder(page: tuple[Core, str], office: Office) -> None:
    _, url = page
    assert "核验 Verify" in requests.get(url, timeout=60).text
    seen = asks(url, office.photograph, name=ZHANG[0], number=ZHANG[1])
    assert "证书真实有效" in seen
    assert "姓名和证件号码与权利人一致" in seen
    assert office.registration.number in seen
    assert "自助机尚未上报" in seen
    assert "与本证一致" in seen
    assert ZHANG[0] not in seen
    assert "与权利人不一致" in asks(url, office.photograph, name=ZHANG[0], number="411521197803154417")


def test_the_page_knows_the_blank_once_it_is_reported_and_that_the_register_changed(
    page: tuple[Core, str], office: Office
) -> None:
    core, url = page
    core.reports.append(
        IssuanceReport(
            authorisation_id="a",
            certificate_id=CASE.certificate_id,
            blank_serial=SERIAL,
            outcome=IssuanceOutcome.TAKEN,
            page_digest=None,
            evidence="citizen",
            happened_at=datetime.now(UTC) - timedelta(minutes=1),
        )
    )
    core.change_record(CASE.certificate_id, lambda case: replace(case, content=case.content | {"remarks": "地址变更"}))
    seen = asks(url, office.page)
    assert SERIAL in seen
    assert "本证之后登记内容有变化" in seen


def test_the_page_says_what_to_do_where_there_is_nothing_to_read(page: tuple[Core, str]) -> None:
    _, url = page
    seen = asks(url, b"<script>alert(1)</script>", name="<b>")
    assert "这个文件不是图片或 PDF" in seen
    assert "<script>" not in seen
    assert "超过 20 MB" in asks(url, bytes(LARGEST_UPLOAD + 1))

"""查询结果证明: signed like a record, printed on plain paper, proven like a certificate."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kiosk.certificate.glyphs import GlyphMissing
from kiosk.certificate.proving import Verdict, Words, prove
from kiosk.certificate.typeset import PageFailed, Typesetter
from kiosk.registration.search_result import SearchResult
from kiosk.registration.trust import Malformed, RecordUntrusted, verify_search_result
from sandbox.people import BY_SLUG
from sandbox.platform.records import RecordOffice
from tests.certificate import paper
from tests.registration.registry import NOW, Registry

GAO = BY_SLUG["gao-fu"]


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.founded()


def answer(registry: Registry, count: int, office: RecordOffice | None = None) -> bytes:
    who = {"name": GAO.name, "document": "身份证", "number": GAO.number}
    return (office or registry.office).search_result(who, GAO.cases[:count], purpose="申请公积金贷款", number="XY20261124-0001")


def believed(registry: Registry, count: int) -> SearchResult:
    return verify_search_result(answer(registry, count), registry.anchors(), NOW)


def test_all_that_was_found_stands_on_the_paper(registry: Registry, typesetter: Typesetter) -> None:
    result = believed(registry, 8)
    page = typesetter.search_result(result)
    said = "".join(paper.pages(page.pdf))
    assert page.on_blank == 0
    for found in result.found:
        assert found.number in said
        assert found.location in said
        assert found.unit_code in said
    assert f"申请人高富（身份证{GAO.number}）" in said
    assert "截至2026年11月24日17:30" in said
    assert "以上共8项，以下无其他内容。" in paper.pages(page.pdf)[-1]
    assert "信阳市自然资源和规划局" in paper.pages(page.pdf)[-1]


def test_that_nothing_was_found_is_said_in_words(registry: Registry, typesetter: Typesetter) -> None:
    page = typesetter.search_result(believed(registry, 0))
    assert page.pages == 1
    assert "未查询到申请人名下的不动产登记信息" in paper.pages(page.pdf)[0]


def test_the_paper_can_be_proven(registry: Registry, typesetter: Typesetter) -> None:
    finding = prove(typesetter.search_result(believed(registry, 1)).pdf, registry.anchors(), NOW + timedelta(days=3))
    assert (finding.verdict, finding.words) == (Verdict.VALID, Words.AGREE)
    assert finding.claims is not None
    assert finding.claims.is_held_by(GAO.name, GAO.number)
    assert finding.claims.right == "不动产登记信息查询结果证明"


def test_a_changed_answer_is_refused(registry: Registry) -> None:
    data, anchors = answer(registry, 1), registry.anchors()
    for at in range(0, len(data), 37):
        turned = bytearray(data)
        turned[at] ^= 0x10
        with pytest.raises(RecordUntrusted):
            verify_search_result(bytes(turned), anchors, NOW)
    early = RecordOffice(registry.authority, registry.signer, lambda: NOW + timedelta(hours=1))
    with pytest.raises(Malformed, match="search-from-the-future"):
        verify_search_result(answer(registry, 1, early), anchors, NOW)
    with pytest.raises(Malformed, match="wrong-purpose"):
        verify_search_result(registry.record(), anchors, NOW)


def test_no_string_escapes_the_check(registry: Registry, typesetter: Typesetter) -> None:
    result = believed(registry, 1)
    with pytest.raises(GlyphMissing):
        typesetter.search_result(result.model_copy(update={"purpose": "\ue000"}))
    broken = result.found[0].model_copy(update={"location": "\ue000"})
    with pytest.raises(GlyphMissing):
        typesetter.search_result(result.model_copy(update={"found": (broken,)}))
    with pytest.raises(PageFailed, match="drawing"):
        typesetter.search_result(result.model_copy(update={"seal": "<p/>"}))

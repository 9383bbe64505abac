"""However long a record is: nothing lost, nothing cut off, nothing on top of another."""

from __future__ import annotations

import re
from itertools import combinations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.certificate.typeset import Mode, Typesetter
from kiosk.registration.record import Party, Registration, TitleContent
from tests.certificate import paper
from tests.certificate.records import CODE, SEAL, SERIAL, party, title

CAPTIONS: dict[str, str] = dict(
    zip(
        "holders co_ownership location unit_code right_type right_nature purpose area term other remarks".split(),
        "权利人 共有情况 坐落 不动产单元号 权利类型 权利性质 用途 面积 使用期限 权利其他状况 附记".split(),
        strict=True,
    )
)
HAN = "张王李赵国建华信阳市浉河区不动产权证书平方米共有变更登记坐落楼单元室号第层"
RARE = "𬭎𠮷𪧶𰻞㐀鿿𫠝"
MARKS = "，。；：、（）《》“”〔〕——…·"
ASCII = "0123456789ABCXYZabcxyzWM#[]$\\*_<>@=-+/~\"'`{}&%.,:;!?()|^"
ALPHABET = st.sampled_from(HAN * 3 + RARE + MARKS + ASCII + "  \u00a0\u3000")
MAX_PAGES = 12
"""Two of the blank, and what 4,000 + 4,000 characters, 40 owners and eight long fields can fill at most."""


def line(longest: int) -> st.SearchStrategy[str]:
    return st.text(ALPHABET, min_size=1, max_size=longest)


def over_and_over(unit: str, times: int) -> str:
    return (unit * times)[:4000]


def free_text() -> st.SearchStrategy[str]:
    """Short, long, or one thing over and over: rows of brackets and words without an end are the worst to break."""
    repeated = st.builds(over_and_over, line(12), st.integers(1, 4000))
    return st.one_of(st.just(""), line(200), repeated, st.builds("\n".join, st.lists(line(80), max_size=40)))


PARTIES = st.lists(st.builds(party, line(60), number=line(18), share=st.one_of(st.none(), line(6))), min_size=1, max_size=40)
SHORT = st.one_of(line(30), line(400))
FIELDS: st.SearchStrategy[dict[str, str]] = st.fixed_dictionaries(
    {},
    optional={name: SHORT for name in CAPTIONS if name not in ("holders", "other", "remarks")}
    | {"other": free_text(), "remarks": free_text()},
)


def registered(holders: list[Party], fields: dict[str, str]) -> Registration:
    return title(*holders, drawings=(), seal=SEAL, code=CODE, **fields)


RECORDS = st.builds(registered, PARTIES, FIELDS)


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def said(content: TitleContent) -> dict[str, str]:
    """What each field says on paper, in the order of the form."""

    def shares(holders: tuple[Party, ...]) -> str:
        listed = [f"{holder.name} {holder.share}" for holder in holders if holder.share is not None]
        return "：" + "，".join(listed) if listed else ""

    fields = {name: str(getattr(content, name)) for name in CAPTIONS}
    fields["holders"] = "".join(f"{holder.name}（{holder.document} {holder.number}）" for holder in content.holders)
    fields["co_ownership"] += shares(content.holders)
    return {name: bare(text) for name, text in fields.items()}


def rests_of(inside: str, fields: dict[str, str]) -> dict[str, str]:
    """What the inside page leaves to further pages, field by field."""
    rests: dict[str, str] = {}
    for name, text in fields.items():
        if inside.startswith(text):
            inside = inside[len(text) :]
            continue
        shown, mark, inside = inside.partition("（转续页）")
        assert mark, f"{name} is neither whole nor continued"
        assert text.startswith(shown), f"{name} is not what the registry signed"
        rests[name] = text[len(shown) :]
    assert inside == "", "something is on the page that the registry did not sign"
    return rests


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(registration=RECORDS)
def test_nothing_is_lost(typesetter: Typesetter, registration: Registration) -> None:
    assert registration.title is not None
    page = typesetter.certificate(registration, serial=SERIAL, mode=Mode.OVERPRINT)
    assert page.pages <= MAX_PAGES
    _front, inside, *further = paper.pages(page.pdf)
    rests = rests_of(inside.removeprefix(bare(registration.number)), said(registration.title))
    footed = re.compile(r"第[0-9]+页共[0-9]+页")
    found = "".join(footed.sub("", text) for text in further)
    expected = "".join(CAPTIONS[name] + "（接前页）" + rest for name, rest in rests.items())
    assert found == (f"不动产权证书续页{bare(registration.number)}" + expected if rests else "")
    for number in range(1, page.pages + 1):
        lies_free(paper.words(page.pdf, number))


def lies_free(words: list[paper.Word]) -> None:
    """No word leaves the paper, and no two lie on one another."""
    for word in words:
        assert word.left >= 9, word
        assert word.right <= 201, word
        assert word.top >= 9, word
        assert word.bottom <= 290, word
    for one, other in combinations(words, 2):
        across = min(one.right, other.right) - max(one.left, other.left)
        down = min(one.bottom, other.bottom) - max(one.top, other.top)
        # Half of a bracket's square is white, and a line's own height overlaps the next line's a little.
        assert across <= 2.2 or down <= 0.6, (one, other)


def test_forty_owners_go_on_overleaf(typesetter: Typesetter) -> None:
    owners = tuple(party(f"买买提·艾力{index}", share="1/40") for index in range(40))
    page = typesetter.certificate(title(*owners, co_ownership="按份共有"), serial=SERIAL, mode=Mode.FULL)
    assert page.pages in (3, 4)
    whole = "".join(paper.pages(page.pdf))
    assert all(f"买买提·艾力{index}（身份证" in whole for index in range(40))
    assert "权利人（接前页）" in whole


def test_a_continued_text_is_not_cut_within_a_number(typesetter: Typesetter) -> None:
    remarks = "；".join(f"原证书编号豫(2014)信阳市不动产权第{index:07d}号收回注销" for index in range(90))
    _, inside, third, *_ = paper.pages(typesetter.certificate(title(remarks=remarks), serial=SERIAL, mode=Mode.OVERPRINT).pdf)
    before = inside.removesuffix("（转续页）")[-1]
    after = third.split("附记（接前页）")[1][0]
    assert not (before.isalnum() and before.isascii() and after.isalnum() and after.isascii())
    assert after not in "；，。）)"


def test_letters_do_not_get_smaller_than_legible(typesetter: Typesetter) -> None:
    page = typesetter.certificate(title(remarks="字" * 4000), serial=SERIAL, mode=Mode.OVERPRINT)
    smallest = min(word.bottom - word.top for word in paper.words(page.pdf, 2))
    assert smallest / paper.MM >= 7.49


def test_a_number_before_a_full_stop_stays_whole(typesetter: Typesetter) -> None:
    remarks = "".join(f"{'查' * length}报单号1126-045223。面积1234567.89，" for length in range(1, 13))
    page = typesetter.certificate(title(party("张建国"), remarks=remarks), serial=SERIAL, mode=Mode.OVERPRINT)
    lines = [word.text for number in range(1, page.pages + 1) for word in paper.words(page.pdf, number)]
    assert sum(line.count("1126-045223。") for line in lines) == 12
    assert sum(line.count("1234567.89，") for line in lines) == 12

"""Where lines end: measured in half characters, as wide as they stand on paper."""

from __future__ import annotations

import unicodedata

from screens.line_breaking import break_lines

ADDRESS = "信阳市浉河区湖东大道 88 号翡翠湾 6 号楼 2 单元 1101 室"


def broken(text: str, width: float) -> list[str]:
    return break_lines(text, width, lambda part: sum(2.0 if unicodedata.east_asian_width(each) in "WF" else 1.0 for each in part))


def test_an_address_breaks_after_its_road() -> None:
    """Though the first line has room for more of it."""
    assert broken(ADDRESS, 44) == ["信阳市浉河区湖东大道 88 号", "翡翠湾 6 号楼 2 单元 1101 室"]
    assert broken(ADDRESS.replace(" ", ""), 40) == ["信阳市浉河区湖东大道88号", "翡翠湾6号楼2单元1101室"]
    assert broken("信阳市平桥区平桥大道 215 号 3 号楼 602 室", 34) == ["信阳市平桥区平桥大道 215 号", "3 号楼 602 室"]


def test_the_words_of_this_house_are_not_torn() -> None:
    text = "没来得及取也别担心：到时会通知工作人员替您保管。"
    for width in range(16, 48):
        lines = broken(text, width)
        assert "".join(lines) == text
        assert all(sum(word in line for line in lines) == 1 for word in ("通知", "工作人员", "保管"))


def test_a_sum_goes_on_with_its_sign() -> None:
    text = "期初 120 + 装入 100 − 打证 87 − 其他 3 = 期末 130"
    assert broken(text, 36) == ["期初 120 + 装入 100 − 打证 87", "− 其他 3 = 期末 130"]


def test_a_question_keeps_its_last_word() -> None:
    assert broken("这次服务您满意吗？", 16) == ["这次服务您", "满意吗？"]


def test_no_line_begins_with_a_comma_or_parts_a_number_from_its_unit() -> None:
    # The certificate's number alone is 41 wide.
    for width in range(42, 80):
        lines = broken("请到 3 号窗口，报单号 1124-093905。赶时间的，凭豫(2024)信阳市不动产权第0012345号到人工窗口。", width)
        assert not any(line[0] in "，。、" for line in lines)
        assert not any(line.endswith(("3", "第")) for line in lines)

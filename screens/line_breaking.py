"""Where a line may end (避头尾), and which of the ways to break a paragraph looks best. Pure: measures come in as a function.

Kivy breaks anywhere, so a line would begin with a comma, ``豫(2024)信阳市…号`` would be torn, and "请到 3" would leave its
"号窗口" behind. Here no line begins with closing punctuation or ends with an opening bracket (GB/T 15834), words, numbers and
certificate numbers stay whole as long as they fit, and a number is never parted from its unit. Among all ways with the
fewest lines the evenest is taken, and one that ends its lines after punctuation is preferred.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CLOSING = frozenset("，。、；：？！）》〉】』」〕｝’”…—·,.;:?!)]}%°℃％吗呢吧")
"""Never first on a line; nor are the words that only end a question."""
OPENING = frozenset("（《〈【『「〔｛‘“([{№")
"""Never last on a line."""

_CERTIFICATE_NUMBER = r"\w[(（]\d{4}[)）][^\s,，。；]{2,24}?第\d+号"
_WORD = (
    r"[^\W\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+(?:[-'’*./:@_]+[^\W\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)*"
)
_WHOLE = (
    "工作人员|值班人员|身份证|预约码|验证码|二维码|读卡区|出证口|不动产|证书|窗口|登记|打印|核对|核验|左侧|右侧|名下|"
    "手机|信息|机器|号码|正常|操作|结束|分钟|继续|自动|保管|通知|满意|哪一本|这一本"
)
"""Words of this house that read badly when they are torn; of all others the breaker knows nothing."""
_TOKEN = re.compile(rf"{_CERTIFICATE_NUMBER}|{_WORD}|{_WHOLE}|\*+|\s+|.", re.DOTALL)

_PART_OF_ADDRESS = re.compile(r"\d\s?(号楼?|单元|室|幢|栋|层|座)$")
"""After a house number an address may be broken: 湖东大道 88 号 | 翡翠湾."""

_SIGNS = frozenset("+−=")
"""A sum goes on on the next line with its sign."""

_ROAD = frozenset("路街道巷弄")
"""With the house number after it the road's part of an address is whole."""

_PART_BEGUN = re.compile(r"\d\s?(号楼|单元|号窗|号窗口)$")
"""Units of two characters: neither 6 号 | 楼 nor 3 号窗 | 口."""


@dataclass(frozen=True, slots=True)
class _Unit:
    """What stays together: its words, the space before it that a line break swallows, and its measure."""

    text: str
    space: str
    width: float
    space_width: float


def break_lines(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """`text` as lines of at most `width`; a single character wider than that gets a line of its own.

    Newlines in `text` are kept as breaks. `measure` gives the width of a string, in the same unit as `width`.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines += _paragraph(paragraph, width, measure)
    return lines


def _paragraph(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    if measure(text) <= width:
        return [text]
    units = _fitting(_units(text), width, measure)
    if not units:
        return [""]
    return _best(units, width)


def _units(text: str) -> list[tuple[str, str]]:
    """(space, words) of everything that must not be torn, in order."""
    units: list[tuple[str, str]] = []
    space, glue = "", False
    for token in _TOKEN.findall(text):
        if token.isspace():
            # A space after a number belongs to it: "3 号". Between words, and before a number, a line may end.
            space += token
            continue
        if units and (glue or _clings(units[-1][1], space, token)):
            before, words = units[-1]
            units[-1] = (before, words + space + token)
        else:
            units.append((space, token))
        space, glue = "", token[-1] in OPENING
    return units


def _clings(words: str, space: str, token: str) -> bool:
    if token[0] in CLOSING or (not space and _PART_BEGUN.search(words + token)):
        return True
    if space:
        return words[-1].isdigit() and _ideograph(token[0])
    return words[-1].isdigit() and _ideograph(token[0]) and len(words) <= 8


def _ideograph(character: str) -> bool:
    return unicodedata.category(character) == "Lo"


def _fitting(pairs: list[tuple[str, str]], width: float, measure: Callable[[str], float]) -> list[_Unit]:
    """Units with their measures; those wider than a line are torn after all, character by character."""
    units: list[_Unit] = []
    for space, words in pairs:
        wide = measure(words)
        space_width = measure(space) if space else 0.0
        if wide <= width or len(words) == 1:
            units.append(_Unit(words, space, wide, space_width))
            continue
        for index, character in enumerate(words):
            units.append(_Unit(character, space if index == 0 else "", measure(character), space_width if index == 0 else 0.0))
    return units


def _best(units: Sequence[_Unit], width: float) -> list[str]:
    """Fewest lines first, then the evenest: dynamic programming over where the next line begins."""
    count = len(units)
    rough = [_roughness(units, end) for end in range(count)]
    # best[i]: (lines, ugliness, where the line that begins at i ends) for units[i:]
    best: list[tuple[int, float, int]] = [(0, 0.0, count)] * (count + 1)
    for begin in range(count - 1, -1, -1):
        found: tuple[int, float, int] | None = None
        used = units[begin].width
        for end in range(begin + 1, count + 1):
            if end > begin + 1:
                used += units[end - 1].space_width + units[end - 1].width
            if used > width and end > begin + 1:
                break
            lines, ugliness, _ = best[end]
            slack = max(0.0, width - used) / width
            ugly = slack * slack + rough[end] if end < count else 0.3 if slack > 0.8 else 0.25 * slack * slack
            candidate = (lines + 1, ugliness + ugly, end)
            if found is None or candidate[:2] < found[:2]:
                found = candidate
        assert found is not None
        best[begin] = found
    lines_out: list[str] = []
    begin = 0
    while begin < count:
        end = best[begin][2]
        lines_out.append(units[begin].text + "".join(unit.space + unit.text for unit in units[begin + 1 : end]))
        begin = end
    return lines_out


def _roughness(units: Sequence[_Unit], end: int) -> float:
    """How unwelcome the end of a line before unit `end` is, whatever its measure; below nought, it is sought."""
    if end == 0:
        return 0.0
    last = units[end - 1].text
    if end > 1 and units[end - 2].text[-1] in _ROAD and last.endswith("号") and _PART_OF_ADDRESS.search(last):
        return -0.1
    if units[end].text[0] in _SIGNS:
        return -0.05
    ends_a_part = last[-1] in "，。；！？：、,.;!?" or _PART_OF_ADDRESS.search(last) is not None
    return 0.0 if ends_a_part else 0.06 if units[end].space else 0.12

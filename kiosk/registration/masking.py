"""Names and numbers as they may be seen by whoever stands behind (../docs/security.md): enough to recognise oneself by."""

from __future__ import annotations

COMPOUND_SURNAMES = frozenset(
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 "
    "宇文 司徒 鲜于 司空 令狐 百里 呼延 东郭 南门 西门 轩辕 拓跋 第五 左丘 梁丘 即墨 纳兰 段干".split()
)
"""Surnames of two characters (those of 百家姓 and the living ones beside it)."""


def mask_name(name: str) -> str:
    """Keep the surname (both characters of a compound one), one star for each other character; an organisation keeps both ends."""
    if len(name) <= 1:
        return name
    if len(name) > 6 and "·" not in name:
        return f"{name[:2]}{'*' * (len(name) - 4)}{name[-2:]}"
    kept = 2 if name[:2] in COMPOUND_SURNAMES and len(name) > 2 else 1
    return name[:kept] + "".join("·" if char == "·" else "*" for char in name[kept:])


def mask_number(number: str) -> str:
    """Eighteen characters: first six, eight stars, last four. Shorter ones: first and last two."""
    if len(number) == 18:
        return f"{number[:6]}{'*' * 8}{number[-4:]}"
    if len(number) <= 4:
        return "*" * len(number)
    return f"{number[:2]}{'*' * (len(number) - 4)}{number[-2:]}"


def mask_phone(phone: str) -> str:
    """138****6721: first three, last four."""
    return f"{phone[:3]}{'*' * max(0, len(phone) - 7)}{phone[-4:]}" if len(phone) >= 8 else "*" * len(phone)

"""Texts as keys: `t("choose.title")` names a sentence, `Text.render(language)` says it.

Both languages live in `screens/locale/<language>.json` (flat ``key -> sentence``, placeholders in braces). Language is
switched live, so a prompt carries `Text`, never a finished sentence. Data that is the same in every language (a masked name,
an address, a certificate number) is carried by `verbatim`.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.resources import files


class Language(StrEnum):
    """Languages that have a file in `screens/locale`; values are its stem."""

    ZH = "zh_CN"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in every language. Values may be plain or again a `Text`."""

    key: str
    values: Mapping[str, str | int | Text] = field(default_factory=dict[str, "str | int | Text"])

    def render(self, language: Language) -> str:
        """The sentence in `language`. Raises `KeyError` for a key that the locale file lacks (a test walks them all)."""
        if self.key == "":
            return str(self.values["text"])
        rendered = {name: value.render(language) if isinstance(value, Text) else value for name, value in self.values.items()}
        return sentences(language)[self.key].format_map(rendered)


def t(key: str, **values: str | int | Text) -> Text:
    """The sentence called `key`, with its placeholders' values."""
    return Text(key, values)


def verbatim(text: str) -> Text:
    """Words that are data, not wording: shown as they are in every language."""
    return Text("", {"text": text})


@functools.cache
def sentences(language: Language) -> Mapping[str, str]:
    """All sentences of one language."""
    return json.loads((files("screens") / "locale" / f"{language}.json").read_text("utf-8"))

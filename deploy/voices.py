#!/usr/bin/env python3
"""Speak every line of the screens beforehand; run by `deploy/setup`, as often as you like.

For each language: `screens/assets/voices/<language>.ulaw`, all lines one after the other as 8-bit µ-law at 22050 Hz, and an index
beside it. Lines that are there already are kept, so a changed sentence costs a second and nothing costs nothing.
"""

from __future__ import annotations

import json
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from screens.voice.catalogue import catalogue
from screens.voice.speaker import LINES, VOICES, WORDS_A_MINUTE, Lines, synthesised
from screens.wording import Language


def main() -> int:
    if shutil.which("espeak-ng") is None:
        print("dazheng: espeak-ng is missing (Debian package espeak-ng); the terminal will not speak", file=sys.stderr)
        return 1
    LINES.mkdir(parents=True, exist_ok=True)
    for language in Language:
        made_by = f"{VOICES[language]} {WORDS_A_MINUTE}"
        wanted = sorted(catalogue(language).lines)
        old = kept(language, made_by)
        if old is not None and set(wanted) == set(old):
            continue
        missing = [text for text in wanted if not old or text not in old]
        with ThreadPoolExecutor() as pool:
            spoken = dict(zip(missing, pool.map(partial(synthesised, language=language), missing), strict=True))
        write(language, made_by, {text: spoken.get(text) or (old or {})[text] for text in wanted})
    return 0


def kept(language: Language, made_by: str) -> dict[str, bytes] | None:
    """The lines that are there, if the same voice spoke them."""
    index = LINES / f"{language}.json"
    if not index.exists():
        return None
    told = json.loads(index.read_text("utf-8"))
    if told["voice"] != made_by:
        return None
    lines = Lines(language)
    return {text: lines[text] for text in told["lines"]}


def write(language: Language, made_by: str, lines: dict[str, bytes]) -> None:
    """The file first, then the index that makes it count."""
    places: dict[str, tuple[int, int]] = {}
    first = 0
    with (LINES / f"{language}.new").open("wb") as file:
        for text, sound in lines.items():
            places[text] = (first, file.write(sound))
            first += len(sound)
    (LINES / f"{language}.json").unlink(missing_ok=True)
    (LINES / f"{language}.new").replace(LINES / f"{language}.ulaw")
    index = json.dumps({"voice": made_by, "lines": places}, ensure_ascii=False, indent=1)
    (LINES / f"{language}.json").write_text(index, "utf-8")


if __name__ == "__main__":
    sys.exit(main())

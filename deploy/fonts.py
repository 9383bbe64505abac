#!/usr/bin/env python3
"""Prepare the fonts of the screens; run by `deploy/setup`, as often as you like.

Kivy opens a font collection at its first face, which in Noto CJK is the Japanese one (直 骨 角 differ). So the simplified
Chinese face is taken out of Debian's collections once, into `screens/assets/fonts/`. Beside it goes `coverage.json`: which
characters each font has, also of the fonts for rare characters, so that no screen ever has to parse a font to know.

The icons there (Phosphor, MIT) are in the repository. `deploy/fonts.py --icons PACKAGE` makes them anew from an unpacked
npm package @phosphor-icons/web: only the icons that `screens/assets/icons.json` names.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont

HERE = Path(__file__).resolve().parent.parent / "screens" / "assets" / "fonts"
ICONS = HERE.parent / "icons.json"
DEBIAN = Path("/usr/share/fonts")
NOTO = DEBIAN / "opentype" / "noto"
FACES = {
    "NotoSansSC-Regular.otf": ("NotoSansCJK-Regular.ttc", "Noto Sans CJK SC"),
    "NotoSansSC-Bold.otf": ("NotoSansCJK-Bold.ttc", "Noto Sans CJK SC"),
    "NotoSerifSC-Bold.otf": ("NotoSerifCJK-Bold.ttc", "Noto Serif CJK SC"),
}
RARE = {
    "HanaMinA": DEBIAN / "truetype" / "hanazono" / "HanaMinA.ttf",
    "HanaMinB": DEBIAN / "truetype" / "hanazono" / "HanaMinB.ttf",
    "BabelStoneHan": DEBIAN / "truetype" / "babelstone" / "BabelStoneHan.ttf",
}
STYLES = {"Regular": "regular", "Bold": "bold", "Fill": "fill"}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--icons", type=Path, metavar="PACKAGE", help="an unpacked @phosphor-icons/web")
    asked = arguments.parse_args()
    if asked.icons:
        icons(asked.icons)
        return 0
    missing = [path for path in [*(NOTO / collection for collection, _ in FACES.values()), *RARE.values()] if not path.exists()]
    if missing:
        print(f"dazheng: missing fonts: {', '.join(path.name for path in missing)}", file=sys.stderr)
        print("dazheng: Debian packages fonts-noto-cjk, fonts-hanazono, fonts-babelstone-han", file=sys.stderr)
        return 1
    faces()
    return 0


def faces() -> None:
    """Take the Chinese faces out of the collections; what is there and newer than its source is left alone."""
    coverage = HERE / "coverage.json"
    sources = [*(NOTO / collection for collection, _ in FACES.values()), *RARE.values()]
    if all(_fresh(HERE / name, NOTO / FACES[name][0]) for name in FACES) and all(_fresh(coverage, path) for path in sources):
        return
    HERE.mkdir(parents=True, exist_ok=True)
    covered: dict[str, str] = {}
    for name, (collection, family) in FACES.items():
        fonts = TTCollection(str(NOTO / collection), lazy=True).fonts
        face = next(font for font in fonts if font["name"].getDebugName(1) == family)
        _replace(HERE / name, face)
        if name != "NotoSansSC-Bold.otf":
            covered[name.split(".")[0]] = ranges(face.getBestCmap())
    for name, path in RARE.items():
        with TTFont(str(path), lazy=True) as font:
            covered[name] = ranges(font.getBestCmap())
    partial = coverage.with_suffix(f".{os.getpid()}")
    partial.write_text(json.dumps(covered), "utf-8")
    partial.replace(coverage)


def icons(package: Path) -> None:
    """Cut the icon fonts down to what the screens use, and keep the licence beside them."""
    points = [int(point, 16) for point in json.loads(ICONS.read_text("utf-8")).values()]
    for style, folder in STYLES.items():
        font = TTFont(str(package / "src" / folder / (f"Phosphor-{style}.ttf" if style != "Regular" else "Phosphor.ttf")))
        options = Options(layout_features=[], notdef_outline=True, glyph_names=False, hinting=False)
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=points)
        subsetter.subset(font)
        _bear(font)
        font.save(str(HERE / f"Phosphor-{style}.ttf"))
    shutil.copyfile(package / "LICENSE", HERE / "Phosphor-LICENSE.txt")


def _bear(font: TTFont) -> None:
    """Write the true left side bearings: the published fonts say 0, and FreeType would draw every icon too far left."""
    outlines = font["glyf"]
    for name, (advance, _) in list(font["hmtx"].metrics.items()):
        outline = outlines[name]
        outline.expand(outlines)
        outline.recalcBounds(outlines)
        font["hmtx"][name] = (advance, outline.xMin)


def ranges(points: Iterable[int]) -> str:
    """Code points as "20-7e 4e00-9fff": hexadecimal, both ends in, ascending."""
    runs: list[str] = []
    for _, run in itertools.groupby(enumerate(sorted(points)), key=lambda pair: pair[1] - pair[0]):
        members = [point for _, point in run]
        runs.append(f"{members[0]:x}-{members[-1]:x}" if len(members) > 1 else f"{members[0]:x}")
    return " ".join(runs)


def _fresh(made: Path, source: Path) -> bool:
    return made.exists() and made.stat().st_mtime >= source.stat().st_mtime


def _replace(path: Path, font: TTFont) -> None:
    """Write beside and rename: two set-ups at once, or a power cut, leave a whole font."""
    partial = path.with_suffix(f".{os.getpid()}")
    font.save(str(partial))
    partial.replace(path)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Render the illustrations of the screens: `screens/assets/art/source/*.svg` to one PNG a contrast. A developer's tool.

Kivy has no reliable SVG, so the drawings come with the repository as PNG; run this after changing one. Colours in the
sources are roles, ``var(--primary)``, taken from `screens/assets/tokens.json`. Needs resvg-py, which nothing else needs:

    pip install resvg-py && deploy/art.py
"""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

import resvg_py  # pyright: ignore[reportMissingImports]
from PIL import Image

ART = Path(__file__).resolve().parent.parent / "screens" / "assets" / "art"
TOKENS = ART.parent / "tokens.json"
FONTS = ART.parent / "fonts"
EVERYWHERE = {"mark", "parcels"}
"""Drawings without a role in them: one picture serves every contrast."""


def main() -> None:
    colours: dict[str, dict[str, str]] = json.loads(TOKENS.read_text("utf-8"))["colour"]
    for source in sorted((ART / "source").glob("*.svg")):
        svg = source.read_text("utf-8")
        if source.stem in EVERYWHERE:
            render(svg, ART / f"{source.stem}.png")
            continue
        for contrast, roles in colours.items():
            render(coloured(svg, roles), ART / f"{source.stem}-{contrast}.png")


def coloured(svg: str, roles: dict[str, str]) -> str:
    """The drawing in one contrast's colours. Raises `KeyError` for a role that the tokens lack."""
    return re.sub(r"var\(--(\w+)\)", lambda role: roles[role[1]], svg)


def render(svg: str, path: Path) -> None:
    """Write the PNG as small as it goes without losing anything."""
    drawn = resvg_py.svg_to_bytes(svg_string=svg, font_files=[str(font) for font in FONTS.glob("Noto*.otf")])
    Image.open(io.BytesIO(drawn)).save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())

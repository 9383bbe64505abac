"""Reading a printed page as another program would: words by poppler, their places in mm, pictures."""

from __future__ import annotations

import io
import re
import subprocess
from dataclasses import dataclass
from xml.etree import ElementTree

from PIL import Image

MM = 25.4 / 72


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its box in mm from the paper's top left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


def pages(pdf: bytes) -> list[str]:
    """Each page's characters in the order in which they were set, without white space."""
    text = _run(["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"], pdf).decode()
    return [re.sub(r"[\s\u200b]", "", page) for page in text.split("\f")[:-1]]


def words(pdf: bytes, page: int) -> list[Word]:
    """The words of one page (from 1)."""
    xml = _run(["pdftotext", "-bbox", "-f", str(page), "-l", str(page), "-", "-"], pdf).decode()
    found = ElementTree.fromstring(re.sub(r"<(/?)(html|head|body)[^>]*>|<title>.*?</title>|<meta[^>]*>|<!DOCTYPE[^>]*>", "", xml))
    return [
        Word(
            (word.text or "").replace("\u200b", ""), *(float(word.attrib[side]) * MM for side in ("xMin", "yMin", "xMax", "yMax"))
        )
        for word in found.iter("word")
    ]


def picture(pdf: bytes, page: int, dpi: int) -> Image.Image:
    """One page (from 1) as a grey picture."""
    png = _run(["pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-gray", "-png", "-"], pdf)
    return Image.open(io.BytesIO(png)).convert("L")


def colours(pdf: bytes, page: int, dpi: int) -> Image.Image:
    """One page (from 1) in colour."""
    png = _run(["pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-png", "-"], pdf)
    return Image.open(io.BytesIO(png)).convert("RGB")


def fonts(pdf: bytes) -> str:
    return _run(["pdffonts", "-"], pdf).decode()


def _run(command: list[str], data: bytes) -> bytes:
    return subprocess.run(command, input=data, capture_output=True, check=True, timeout=60).stdout

"""What a vector drawing or a seal says in words: its characters need glyphs like any other."""

from __future__ import annotations

from dataclasses import dataclass
from xml.parsers import expat


class DrawingUnreadable(Exception):
    """Not an SVG that may be printed; `code` says why. Never quotes the drawing."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Drawing:
    """The words of an SVG: its title (may be empty), and all character data within `text` elements."""

    title: str
    text: str


def read_drawing(svg: str) -> Drawing:
    """Read an SVG's words. Raises `DrawingUnreadable`: not XML, not SVG, with a document type, or leaning on other files."""
    words: list[str] = []
    title: list[str] = []
    path: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if not path and local != "svg":
            raise DrawingUnreadable("not-svg")
        if local in ("script", "foreignObject"):
            raise DrawingUnreadable("active")
        for attribute, value in attributes.items():
            if attribute.rpartition(":")[2] == "href" and not value.startswith(("#", "data:image/")):
                raise DrawingUnreadable("outside-reference")
        path.append(local)

    def data(chunk: str) -> None:
        if "text" in path:
            words.append(chunk)
        elif path == ["svg", "title"]:
            title.append(chunk)

    def doctype(*_: object) -> None:
        raise DrawingUnreadable("document-type")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: path.pop()
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(svg.encode(), True)
    except (expat.ExpatError, UnicodeEncodeError):
        raise DrawingUnreadable("not-xml") from None
    return Drawing("".join(title).strip(), "".join(words))

"""A document taken apart, page by page: a booklet's pages are printed one at a time, between turns."""

from __future__ import annotations

import io

from pypdf import PdfReader, PdfWriter


def leaves(pdf: bytes) -> tuple[bytes, ...]:
    """Each page of a document that we typeset ourselves, as a document of its own."""
    whole = PdfReader(io.BytesIO(pdf))
    made: list[bytes] = []
    for page in whole.pages:
        writer = PdfWriter()
        writer.add_page(page)
        out = io.BytesIO()
        writer.write(out)
        made.append(out.getvalue())
    return tuple(made)

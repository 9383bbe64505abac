"""What journeys and the issuer ask of the typesetter, with this printer's paper filled in (their ports: `counterparts.Pages` and
`issue.Typesetting`)."""

from __future__ import annotations

from kiosk.certificate.glyphs import GlyphMissing
from kiosk.certificate.typeset import Mode, PageFailed, Typesetter
from kiosk.certificate.typeset import Page as Typeset
from kiosk.issuance.issue import Page, TypesettingFailed
from kiosk.registration.record import Edition, Registration


class CertificatePages:
    """Pages for the paper in this printer: a pre-printed blank is overprinted, plain paper gets frame and captions too.

    A title for a blank that this unit does not have (a booklet at a terminal with sheets, and the other way round) is refused with
    "edition", one that does not fit into a blank of `most_pages` with "too-many-pages".
    """

    def __init__(
        self,
        typesetter: Typesetter,
        mode: Mode,
        editions: frozenset[Edition] = frozenset({Edition.SINGLE}),
        most_pages: int | None = None,
    ) -> None:
        self._typesetter = typesetter
        self._mode = mode
        self._editions = editions
        self._most_pages = most_pages

    def page(self, registration: Registration, serial: str) -> Page:
        """Raises `TypesettingFailed`."""
        try:
            made = self._made(registration, serial)
        except (GlyphMissing, PageFailed) as failed:
            raise TypesettingFailed(str(failed)) from None
        return Page(made.pdf, made.digest)

    def preview(self, registration: Registration) -> bytes:
        """The masked picture, once the whole page is known to come out. Raises `GlyphMissing`, `PageFailed`: while no blank is bound."""
        self._made(registration, "")
        return self._typesetter.preview(registration)

    def _made(self, registration: Registration, serial: str) -> Typeset:
        if registration.edition not in self._editions:
            raise PageFailed("edition")
        made = self._typesetter.certificate(registration, serial=serial, mode=self._mode)
        if self._most_pages is not None and made.pages > self._most_pages:
            raise PageFailed("too-many-pages")
        return made

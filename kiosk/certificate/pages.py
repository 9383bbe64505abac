"""What journeys and the issuer ask of the typesetter, with this printer's paper filled in (their ports: `counterparts.Pages` and
`issue.Typesetting`)."""

from __future__ import annotations

from kiosk.certificate.glyphs import GlyphMissing
from kiosk.certificate.typeset import Mode, PageFailed, Typesetter
from kiosk.issuance.issue import Page, TypesettingFailed
from kiosk.registration.record import Edition, Registration


class CertificatePages:
    """Pages for the paper in this printer: a pre-printed blank is overprinted, plain paper gets frame and captions too.

    A title for a blank that this printer does not have (a booklet at a terminal with sheets) is refused with "edition".
    """

    def __init__(self, typesetter: Typesetter, mode: Mode, editions: frozenset[Edition] = frozenset({Edition.SINGLE})) -> None:
        self._typesetter = typesetter
        self._mode = mode
        self._editions = editions

    def page(self, registration: Registration, serial: str) -> Page:
        """Raises `TypesettingFailed`."""
        try:
            self._check_edition(registration)
            made = self._typesetter.certificate(registration, serial=serial, mode=self._mode)
        except (GlyphMissing, PageFailed) as failed:
            raise TypesettingFailed(str(failed)) from None
        return Page(made.pdf, made.digest)

    def preview(self, registration: Registration) -> bytes:
        """The masked picture, once the whole page is known to come out. Raises `GlyphMissing`, `PageFailed`: while no blank is bound."""
        self._check_edition(registration)
        self._typesetter.certificate(registration, serial="", mode=self._mode)
        return self._typesetter.preview(registration)

    def _check_edition(self, registration: Registration) -> None:
        if registration.edition not in self._editions:
            raise PageFailed("edition")

"""Slips for citizens: the case number in the hand, after a certificate and after whatever ended a visit without one.

A slip carries no right and costs nothing if it does not come out: the number is on the screen too. What it says is least: the case, and
of a certificate its kind, its blank and for whom, masked; never an address or a number.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Sequence
from datetime import datetime

from PIL import Image

from kiosk import events
from kiosk.certificate.glyphs import GlyphMissing
from kiosk.certificate.typeset import PageFailed, Slip, Typesetter
from kiosk.registration.record import CertificateKind
from kiosk.settings import Settings
from peripherals.address import Address
from peripherals.receipt import ReceiptFault, ReceiptPrinter
from screens.wording import Language, Text

MARGIN_DOTS = 32
"""Of the page's 80 mm the printer reaches 72: 4 mm at each side stay white."""


def receipt_printer(settings: Settings) -> ReceiptPrinter:
    """The printer of slips that these settings name, not yet opened. Raises `AddressWrong`."""
    return ReceiptPrinter.at(Address.parse(settings.receipt_printer.device), "receipt-printer")


class VisitSlips:
    """Slips of this terminal's visits (`counterparts.Slips`)."""

    def __init__(
        self,
        printer: ReceiptPrinter,
        typesetter: Typesetter,
        terminal_id: str,
        hall: Callable[[], str],
        clock: Callable[[], datetime],
    ) -> None:
        self._printer = printer
        self._typesetter = typesetter
        self._terminal_id = terminal_id
        self._hall = hall
        self._clock = clock

    @property
    def printer(self) -> ReceiptPrinter:
        """The device, to be opened and watched."""
        return self._printer

    @property
    def ready(self) -> bool:
        return self._printer.status().usable

    async def of_certificate(self, case: str, kind: CertificateKind, name_masked: str, serial: str) -> bool:
        return await self._print(self._slip(case, kind, name_masked, serial, ()))

    async def of_case(self, case: str, said: Sequence[Text]) -> bool:
        sentences = tuple(text.render(language) for language in (Language.ZH, Language.EN) for text in said)
        return await self._print(self._slip(case, None, "", "", sentences))

    def _slip(self, case: str, kind: CertificateKind | None, name_masked: str, serial: str, said: tuple[str, ...]) -> Slip:
        return Slip(self._hall(), self._terminal_id, case, kind, name_masked, serial, self._clock().astimezone(), said=said)

    async def _print(self, slip: Slip) -> bool:
        try:
            await asyncio.to_thread(self._out, slip)
        except (ReceiptFault, GlyphMissing, PageFailed) as fault:
            events.SLIP_FAILED.tell(code=getattr(fault, "reason", type(fault).__name__))
            return False
        return True

    def _out(self, slip: Slip) -> None:
        with Image.open(io.BytesIO(self._typesetter.slip_picture(slip))) as page:
            self._printer.print_slip(page.crop((MARGIN_DOTS, 0, page.width - MARGIN_DOTS, page.height)))

"""The certificate unit of these settings, put together: sheets from a bin, or booklets through a page turner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.queue import CertificateQueue
from kiosk.registration.record import Edition
from kiosk.settings import Settings
from peripherals.address import Address
from peripherals.device import Device, DeviceState
from peripherals.printer import CupsPrinter, OnceGuard
from peripherals.signals import Contact

if TYPE_CHECKING:
    from kiosk.booklets import BookletPress


@dataclass(frozen=True, slots=True)
class CertificateUnit:
    """`press` hands over and testifies. Only at a booklet unit: `turner` and `outlet`, how many pages its blanks have, `retract` (draw back what
    nobody took; whether the unit has it), `looked` (nothing is unknown any more) and `blind` (its camera reads no serial any more).
    """

    printer: CupsPrinter
    guard: OnceGuard
    press: CertificateQueue | BookletPress
    turner: Device | None = None
    outlet: Contact | None = None
    editions: frozenset[Edition] = frozenset({Edition.SINGLE})
    most_pages: int | None = None
    retract: Callable[[], bool] | None = None
    looked: Callable[[], None] = lambda: None
    blind: Callable[[], bool] = lambda: False

    @classmethod
    def of(cls, settings: Settings) -> CertificateUnit:
        """Nothing is opened yet. Raises `AddressWrong`, `UnitUnusable`."""
        mine = settings.printer
        guard = OnceGuard(mine.guard_directory)
        printer = CupsPrinter(queue=mine.queue, server=mine.server, guard=guard)
        if mine.unit == "sheet":
            return cls(printer, guard, CertificateQueue(printer, guard, give_up_seconds=mine.give_up_seconds))
        from kiosk.booklets import BookletPress  # loads OpenCV, which a terminal with sheets begins without
        from peripherals.booklet import BookletUnit, DigitTemplates, PageTurner, SerialCamera

        booklet = settings.booklet
        turner = PageTurner.at(Address.parse(booklet.turner), "page-turner")
        camera = SerialCamera.at(Address.parse(booklet.camera))
        try:
            digits = DigitTemplates.at(booklet.digits)
        except (OSError, ValueError):
            raise UnitUnusable(f"{booklet.digits}: no pictures 0.png to 9.png, and no font") from None
        unit = BookletUnit(turner, camera.photograph, digits, stamps=booklet.stamps)
        press = BookletPress(unit, turner, printer, guard, give_up_seconds=mine.give_up_seconds)
        return cls(
            printer,
            guard,
            press,
            turner,
            Contact.at(Address.parse(booklet.outlet), "outlet") if booklet.outlet else None,
            frozenset({Edition.BOOKLET}),
            booklet.pages,
            press.retract,
            press.looked,
            lambda: press.blind,
        )

    @property
    def devices(self) -> tuple[Device, ...]:
        return (self.printer, *((self.turner,) if self.turner else ()), *((self.outlet,) if self.outlet else ()))

    def occupied(self) -> bool | None:
        """Whether something lies in the outlet, by its sensor."""
        state = self.outlet.status().state if self.outlet else DeviceState.OFFLINE
        return {DeviceState.ONLINE: False, DeviceState.USER_ERROR: True}.get(state)


class UnitUnusable(Exception):
    """The settings name a unit that cannot be put together; the integrator's turn."""

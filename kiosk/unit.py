"""The certificate unit of these settings, put together: sheets from a bin, or booklets through a page turner."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.booklets import BookletPress
from kiosk.queue import CertificateQueue
from kiosk.registration.record import Edition
from kiosk.settings import Settings
from peripherals.address import Address
from peripherals.booklet import BookletUnit, DigitTemplates, PageTurner, SerialCamera
from peripherals.device import Device, DeviceState
from peripherals.printer import CupsPrinter, OnceGuard
from peripherals.signals import Contact


@dataclass(frozen=True, slots=True)
class CertificateUnit:
    """`press` hands over and testifies; `turner` and `outlet` only at a booklet unit, which also says how many pages its blanks have."""

    printer: CupsPrinter
    guard: OnceGuard
    press: CertificateQueue | BookletPress
    turner: PageTurner | None = None
    outlet: Contact | None = None
    editions: frozenset[Edition] = frozenset({Edition.SINGLE})
    most_pages: int | None = None

    @classmethod
    def of(cls, settings: Settings) -> CertificateUnit:
        """Nothing is opened yet. Raises `AddressWrong`, `UnitUnusable`."""
        mine = settings.printer
        guard = OnceGuard(mine.guard_directory)
        printer = CupsPrinter(queue=mine.queue, server=mine.server, guard=guard)
        if mine.unit == "sheet":
            return cls(printer, guard, CertificateQueue(printer, guard, give_up_seconds=mine.give_up_seconds))
        booklet = settings.booklet
        turner = PageTurner.at(Address.parse(booklet.turner), "page-turner")
        camera = SerialCamera.at(Address.parse(booklet.camera))
        try:
            digits = DigitTemplates.at(booklet.digits)
        except (OSError, ValueError):
            raise UnitUnusable(f"{booklet.digits}: no pictures 0.png to 9.png, and no font") from None
        unit = BookletUnit(turner, camera.photograph, digits, stamps=booklet.stamps)
        return cls(
            printer,
            guard,
            BookletPress(unit, turner, printer, guard, give_up_seconds=mine.give_up_seconds),
            turner,
            Contact.at(Address.parse(booklet.outlet), "outlet") if booklet.outlet else None,
            frozenset({Edition.BOOKLET}),
            booklet.pages,
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

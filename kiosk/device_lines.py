"""Every line of the settings that names a device, tried by the driver that it names; nothing is opened.

Settings themselves are read without these drivers, for the watchdog and most commands do without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kiosk.settings import Settings
from peripherals.address import Address, AddressWrong
from peripherals.booklet import PageTurner, SerialCamera
from peripherals.receipt import ReceiptPrinter
from peripherals.signals import Contact, Light
from peripherals.ups import NutUps

LINES: dict[tuple[str, str], Callable[[Address], object]] = {
    ("receipt_printer", "device"): lambda address: ReceiptPrinter.at(address, "receipt-printer"),
    ("ups", "device"): lambda address: NutUps.at(address, "ups"),
    ("booklet", "turner"): lambda address: PageTurner.at(address, "page-turner"),
    ("booklet", "camera"): SerialCamera.at,
    ("booklet", "outlet"): lambda address: Contact.at(address, "outlet"),
    ("signals", "door"): lambda address: Contact.at(address, "door"),
    ("signals", "tamper"): lambda address: Contact.at(address, "tamper"),
    ("signals", "reader_light"): Light.at,
    ("signals", "scanner_light"): Light.at,
    ("signals", "outlet_light"): Light.at,
}
"""Section and key; readers and code scanners are tried as the settings are read."""


def wrong_lines(settings: Settings) -> Iterator[tuple[tuple[str, str], str]]:
    """Section and key of each line that names no device there is a driver for, and why."""
    for (section, key), make in LINES.items():
        if line := str(getattr(getattr(settings, section), key)):
            try:
                make(Address.parse(line))
            except AddressWrong as wrong:
                yield (section, key), str(wrong)

"""The one settings line that names a device: ``kind:where?option=value``.

    pcsc:ACR39                       the first PC/SC reader with "ACR39" in its name
    sam-v:/dev/ttyUSB0?baud=57600    a SAM-V reader on a serial line
    keyboard:/dev/input/by-id/usb-Honeywell_3310g-event-kbd

Each driver says which kinds and options it knows; anything else is the integrator's to mend.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

SPEEDS = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800, 500000, 576000, 921600, 1000000)
"""Speeds of serial lines."""
FORM = re.compile(r"(?P<kind>[a-z][a-z0-9-]*)(?::(?P<where>[^?]*)(?:\?(?P<options>.*))?)?", re.ASCII)


class AddressWrong(ValueError):
    """The line names no device that there is a driver for, or an option that its driver does not know."""


@dataclass(frozen=True, slots=True)
class Address:
    """A device's kind, where it is, and the options of its driver."""

    kind: str
    where: str = ""
    options: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def parse(cls, text: str) -> Address:
        """Raises `AddressWrong`."""
        match = FORM.fullmatch(text)
        if match is None:
            raise AddressWrong(f"{text!r}: write kind:where, e.g. sam-v:/dev/ttyUSB0")
        options = parse_qsl(match["options"] or "", keep_blank_values=True)
        if len(dict(options)) != len(options):
            raise AddressWrong(f"{text!r}: an option is given twice")
        return cls(match["kind"], match["where"] or "", dict(options))

    def whole(self, option: str, default: int) -> int:
        """An option that is a whole number of zero or more. Raises `AddressWrong`."""
        text = self.options.get(option, str(default))
        if not (text.isascii() and text.isdigit()):
            raise AddressWrong(f"{self.kind}: {option}={text}: not a whole number")
        return int(text)

    def speed(self, default: int) -> int:
        """The option ``baud``. Raises `AddressWrong`."""
        baud = self.whole("baud", default)
        if baud not in SPEEDS:
            raise AddressWrong(f"{self.kind}: baud={baud}: no speed of a serial line; the usual ones are 9600 and 115200")
        return baud

    def of(self, kind: str) -> Address:
        """This address, if it is of the one kind that there is. Raises `AddressWrong`."""
        if self.kind != kind:
            raise AddressWrong(f"{self.kind!r}: no such kind of device here; there is {kind}")
        return self

    def only(self, *known: str) -> Address:
        """This address, if its options are among `known` and it says where. Raises `AddressWrong`."""
        if unknown := set(self.options) - set(known):
            raise AddressWrong(f"{self.kind}: no such option: {', '.join(sorted(unknown))}")
        if not self.where:
            raise AddressWrong(f"{self.kind}: say where, e.g. {self.kind}:/dev/ttyUSB0")
        return self

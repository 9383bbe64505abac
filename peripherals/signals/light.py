"""A light as the kernel shows it (class leds): ``brightness`` in a folder of /sys/class/leds.

A light that cannot be switched is no reason to stop anybody: it is remembered as broken and said to staff.
"""

from __future__ import annotations

from pathlib import Path

from peripherals.address import Address, AddressWrong


class Light:
    """`directory`: /sys/class/leds/NAME."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.broken = ""
        """Why it could not be switched the last time; empty when it could."""

    @classmethod
    def at(cls, address: Address) -> Light:
        """From a settings line: ``led:/sys/class/leds/reader``. Raises `AddressWrong`."""
        if address.kind != "led":
            raise AddressWrong("a light is led:/sys/class/leds/NAME")
        return cls(Path(address.only().where))

    def switch(self, on: bool) -> None:
        """Never raises."""
        try:
            full = (self._directory / "max_brightness").read_text("ascii").strip()
            (self._directory / "brightness").write_text(full if on else "0", "ascii")
        except (OSError, UnicodeDecodeError) as reason:
            self.broken = type(reason).__name__
        else:
            self.broken = ""

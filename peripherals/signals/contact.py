"""A contact (door, tamper switch) as the kernel shows it: a file with 0 or 1 in it, such as a GPIO line's ``value``.

level:/sys/class/gpio/gpio17/value?closed=0
"""

from __future__ import annotations

from pathlib import Path

from peripherals.address import Address, AddressWrong
from peripherals.device import DeviceState
from peripherals.polling import PolledDevice

POLL_SECONDS = 0.2
OPEN, GONE = "open", "contact-gone"


class Contact(PolledDevice):
    """A `Device`: online while closed; user-error with the reason ``open``; no-device where the file cannot be read (a cut wire counts as open)."""

    def __init__(self, path: Path, name: str, *, closed: int = 0, poll_seconds: float = POLL_SECONDS) -> None:
        super().__init__(name, poll_seconds)
        self._path = path
        self._closed = closed

    @classmethod
    def at(cls, address: Address, name: str) -> Contact:
        """From a settings line. Raises `AddressWrong`."""
        closed = address.only("closed").whole("closed", 0)
        if address.kind != "level" or closed not in (0, 1):
            raise AddressWrong("a contact is level:FILE?closed=0 or closed=1")
        return cls(Path(address.where), name, closed=closed)

    def _look(self) -> tuple[DeviceState, tuple[str, ...], str]:
        try:
            level = self._path.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return DeviceState.NO_DEVICE, (GONE,), f"{self._path} cannot be read"
        if level not in ("0", "1"):
            return DeviceState.HARDWARE_ERROR, (GONE,), f"{self._path} says neither 0 nor 1"
        if int(level) == self._closed:
            return DeviceState.ONLINE, (), "closed"
        return DeviceState.USER_ERROR, (OPEN,), "open"

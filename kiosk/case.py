"""The case around the terminal: its power, its doors, its lights; and what they close.

On battery what is begun is finished and nothing new is accepted; with a door open nobody is served. Both clear by themselves.
"""

from __future__ import annotations

from kiosk.readiness import Obstacle
from kiosk.settings import Settings
from peripherals.address import Address
from peripherals.device import Device
from peripherals.signals import Contact, Light
from peripherals.ups import NutUps
from peripherals.ups.nut import BATTERY_LOW, ON_BATTERY


class Case:
    """What the settings name of it; all of it may be absent. Raises `AddressWrong`."""

    def __init__(self, settings: Settings) -> None:
        signals = settings.signals
        self._ups = NutUps.at(Address.parse(settings.ups.device), "ups") if settings.ups.device else None
        self._contacts = tuple(
            Contact.at(Address.parse(line), name) for name, line in (("door", signals.door), ("tamper", signals.tamper)) if line
        )
        self.reader_light = _light(signals.reader_light)
        self.scanner_light = _light(signals.scanner_light)
        self.outlet_light = _light(signals.outlet_light)

    @property
    def devices(self) -> tuple[Device, ...]:
        return (*((self._ups,) if self._ups else ()), *self._contacts)

    def power(self) -> Obstacle | None:
        """On battery, or it was when it was last heard of. A UPS that is silent otherwise closes nothing: staff see it in its status."""
        if self._ups is None:
            return None
        status = self._ups.status()
        running_out = {ON_BATTERY, BATTERY_LOW} & set(status.reasons)
        return Obstacle("power", status.detail) if running_out else None

    def door(self) -> Obstacle | None:
        for contact in self._contacts:
            if not (status := contact.status()).usable:
                return Obstacle("door", f"{contact.name}: {status.detail}")
        return None


def _light(line: str) -> Light | None:
    return Light.at(Address.parse(line)) if line else None

"""Single wires: lights that show a person where to lay, hold or take something, and contacts that tell that the case is open."""

from peripherals.signals.contact import Contact
from peripherals.signals.light import Light

__all__ = ["Contact", "Light"]

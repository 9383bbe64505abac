"""A day in the hall, accelerated: one citizen after another at one terminal, with something broken every so often, and staff who put it right.

The terminal is the product's own composition (journeys, issuance, store, outbox, recovery), before it a crowd instead of a window; behind it real daemons and the
virtual devices. At the end of the day the terminal's account and the devices' own are held against each other: every sheet, every blank, every slip, every certificate.
"""

from sandbox.day.crowd import Day, Visit, planned
from sandbox.day.living import live

__all__ = ["Day", "Visit", "live", "planned"]

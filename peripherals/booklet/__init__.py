"""The booklet unit: a page turner that feeds a blank booklet, turns its pages under a printer and gives it out or away, and a camera that reads the
serial number which the booklet bears.

    unit.feed()
    unit.prove(serial)
    unit.print(pages)
    unit.give_out()
"""

from peripherals.booklet.eye import SerialCamera
from peripherals.booklet.frames import Act, Event, Flags
from peripherals.booklet.serial_reading import DigitTemplates, SerialReading, read_serial
from peripherals.booklet.turner import ActFailed, BookletFault, EffectUnknown, PageTurner
from peripherals.booklet.unit import BookletUnit, Rejected

__all__ = [
    "Act",
    "ActFailed",
    "BookletFault",
    "BookletUnit",
    "DigitTemplates",
    "EffectUnknown",
    "Event",
    "Flags",
    "PageTurner",
    "Rejected",
    "SerialCamera",
    "SerialReading",
    "read_serial",
]

"""The booklet unit: a page turner that feeds a blank booklet, turns its pages under a printer and gives it out or away, and a camera that reads the
serial number which the booklet bears.

    turner.feed()
    seen = read_serial(photograph(), digits)
    turner.turn() …  turner.eject()   or   turner.reject()
"""

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
    "SerialReading",
    "read_serial",
]

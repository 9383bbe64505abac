"""`python -m peripherals.booklet LINE ACT`: drive the booklet unit by hand.

The page turner: ``turner:/dev/ttyUSB2 status|feed|turn|stamp|eject|reject``; each command is sent once. The camera above it:
``camera:/dev/video2?left=0&top=200&wide=960&tall=140 serial --digits DIRECTORY`` reads the serial that lies there now.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from peripherals.address import Address, AddressWrong
from peripherals.booklet import BookletFault, DigitTemplates, PageTurner, SerialCamera, read_serial
from peripherals.booklet.unit import SURE

LENGTH = 11
"""Figures of a certificate's serial."""


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m peripherals.booklet", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("line", help="as in the settings: turner:/dev/ttyUSB2?baud=9600, or camera:/dev/video2?…")
    parser.add_argument("act", choices=["status", "feed", "turn", "stamp", "eject", "reject", "serial"])
    parser.add_argument("--digits", type=Path, help="for serial: pictures 0.png to 9.png of the figures, or a font")
    parser.add_argument("--length", type=int, default=LENGTH, help="for serial: how many figures (default: %(default)s)")
    arguments = parser.parse_args()
    try:
        if arguments.act == "serial":
            if arguments.digits is None:
                parser.error("serial wants --digits")
            return _serial(SerialCamera.at(Address.parse(arguments.line)), arguments.digits, arguments.length)
        return _act(PageTurner.at(Address.parse(arguments.line), "page-turner"), arguments.act)
    except AddressWrong as wrong:
        parser.error(str(wrong))


def _serial(camera: SerialCamera, digits: Path, length: int) -> int:
    try:
        templates = DigitTemplates.at(digits)
    except (OSError, ValueError):
        print(f"{digits}: no pictures 0.png to 9.png, and no font: integrator's turn", file=sys.stderr)
        return 2
    picture = camera.photograph()
    if picture is None:
        print("the camera gives no picture: staff's turn", file=sys.stderr)
        return 1
    reading = read_serial(picture, templates, length=length)
    sure = reading.confidence >= SURE
    print(
        f"{reading.digits or '-'}  confidence {reading.confidence:.2f}, {'counts' if sure else f'does not count below {SURE:g}'}"
    )
    return 0 if sure else 1


def _act(turner: PageTurner, act: str) -> int:
    turner.open()
    try:
        if act != "status":
            acts = {
                "feed": turner.feed,
                "turn": turner.turn,
                "stamp": turner.stamp,
                "eject": turner.eject,
                "reject": turner.reject,
            }
            acts[act]()
    except BookletFault as fault:
        print(f"{fault.code}: {fault.detail}: {fault.turn.value}'s turn", file=sys.stderr)
        return 1
    finally:
        status = turner.status()
        turner.close()
        print(f"{status.state}  {', '.join(status.reasons) or 'well'}  booklet: {turner.media.value}")
    return 0 if status.usable else 1


if __name__ == "__main__":
    sys.exit(main())

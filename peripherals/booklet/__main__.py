"""`python -m peripherals.booklet turner:/dev/ttyUSB2 status|feed|turn|stamp|eject|reject`: drive the page turner by hand. Each command is sent once."""

from __future__ import annotations

import argparse
import sys

from peripherals.address import Address, AddressWrong
from peripherals.booklet import BookletFault, PageTurner


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m peripherals.booklet", description=__doc__)
    parser.add_argument("line", help="as in the settings: turner:/dev/ttyUSB2?baud=9600")
    parser.add_argument("act", choices=["status", "feed", "turn", "stamp", "eject", "reject"])
    arguments = parser.parse_args()
    try:
        turner = PageTurner.at(Address.parse(arguments.line), "page-turner")
    except AddressWrong as wrong:
        parser.error(str(wrong))
    turner.open()
    try:
        if arguments.act != "status":
            acts = {
                "feed": turner.feed,
                "turn": turner.turn,
                "stamp": turner.stamp,
                "eject": turner.eject,
                "reject": turner.reject,
            }
            acts[arguments.act]()
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

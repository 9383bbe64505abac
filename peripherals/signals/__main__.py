"""`python -m peripherals.signals contact level:FILE` tells how a contact is; `… light led:FOLDER on|off` switches a light."""

from __future__ import annotations

import argparse
import sys

from peripherals.address import Address, AddressWrong
from peripherals.signals import Contact, Light


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m peripherals.signals", description=__doc__)
    parser.add_argument("kind", choices=["contact", "light"])
    parser.add_argument("line", help="as in the settings")
    parser.add_argument("to", nargs="?", choices=["on", "off"], default="on")
    arguments = parser.parse_args()
    try:
        address = Address.parse(arguments.line)
        if arguments.kind == "light":
            light = Light.at(address)
            light.switch(arguments.to == "on")
            print(f"light: {light.broken or arguments.to}")
            return 1 if light.broken else 0
        contact = Contact.at(address, "contact")
    except AddressWrong as wrong:
        parser.error(str(wrong))
    contact.open()
    status = contact.status()
    contact.close()
    print(f"{status.state}  {status.detail}")
    return 0 if status.usable else 1


if __name__ == "__main__":
    sys.exit(main())

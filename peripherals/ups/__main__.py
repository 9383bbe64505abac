"""`python -m peripherals.ups nut:terminal@127.0.0.1`: what the UPS says of the power, once. Exit status: 0 on mains, 1 not."""

from __future__ import annotations

import argparse
import sys

from peripherals.address import Address, AddressWrong
from peripherals.ups import NutUps


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m peripherals.ups", description=__doc__)
    parser.add_argument("line", help="as in the settings: nut:NAME@HOST")
    try:
        ups = NutUps.at(Address.parse(parser.parse_args().line), "ups")
    except AddressWrong as wrong:
        parser.error(str(wrong))
    ups.open()
    status = ups.status()
    ups.close()
    print(f"{status.state}  {', '.join(status.reasons) or 'well'}  {status.detail}")
    return 0 if status.usable and not status.reasons else 1


if __name__ == "__main__":
    sys.exit(main())

"""`python -m peripherals.receipt escpos:/dev/ttyUSB1 [PICTURE]`: how the receipt printer is; prints a picture as a slip."""

from __future__ import annotations

import argparse
import sys

from PIL import Image

from peripherals.address import Address, AddressWrong
from peripherals.receipt import ReceiptFault, ReceiptPrinter


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m peripherals.receipt", description=__doc__)
    parser.add_argument("line", help="as in the settings: escpos:/dev/ttyUSB1?baud=38400&roll=80")
    parser.add_argument("picture", nargs="?", help="a picture to print")
    arguments = parser.parse_args()
    try:
        printer = ReceiptPrinter.at(Address.parse(arguments.line), "receipt-printer")
    except AddressWrong as wrong:
        parser.error(str(wrong))
    printer.open()
    try:
        status = printer.status()
        print(f"{status.state}  {', '.join(status.reasons) or 'well'}  {status.detail}")
        if arguments.picture:
            with Image.open(arguments.picture) as picture:
                printer.print_slip(picture)
            print("printed")
    except ReceiptFault as fault:
        print(f"{fault.code}: {fault.reason}: {fault.turn.value}'s turn", file=sys.stderr)
        return 1
    finally:
        printer.close()
    return 0 if status.usable else 1


if __name__ == "__main__":
    sys.exit(main())

"""`python -m peripherals.card_reader`: list readers, watch cards come and go, read one. Personal data masked unless `--show`."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from smartcard import scard

from peripherals.address import AddressWrong
from peripherals.card_reader import CardReader, card_reader, read_document
from peripherals.card_reader.documents.identity import IdentityDocument
from peripherals.card_reader.emrtd import CountrySigners, MachineReadableZone, TravelAccess
from peripherals.card_reader.emrtd.country_signers import CountrySignersWrong
from peripherals.card_reader.emrtd.zone import ZoneWrong
from peripherals.device import DeviceEvent, DeviceFault


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m peripherals.card_reader", description=__doc__)
    parser.add_argument("act", choices=["list", "watch", "read"])
    parser.add_argument(
        "--device",
        default="pcsc",
        metavar="LINE",
        help="as in the settings: pcsc, pcsc:PART-OF-NAME, sam-v:/dev/ttyUSB0 (default: pcsc)",
    )
    parser.add_argument("--show", action="store_true", help="show name and number in full")
    parser.add_argument(
        "--country-signers", type=Path, metavar="DIRECTORY", help="read travel documents, believed by CHN.pem … in it"
    )
    parser.add_argument("--zone", action="store_true", help="the document's printed lines follow on standard input")
    arguments = parser.parse_args()
    if arguments.act == "list":
        return _list()
    try:
        reader = card_reader(arguments.device)
        travel = _travel(arguments.country_signers, sys.stdin.read() if arguments.zone else None)
    except (AddressWrong, CountrySignersWrong, ZoneWrong) as wrong:
        parser.error(str(wrong))
    reader.subscribe(_say)
    reader.open()
    try:
        if arguments.act == "watch":
            while True:
                time.sleep(1)
        return _read(reader, travel, arguments.show)
    except KeyboardInterrupt:
        return 0
    finally:
        reader.close()


def _list() -> int:
    result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    if result != scard.SCARD_S_SUCCESS:
        print(f"pcscd does not answer: {scard.SCardGetErrorMessage(result)}", file=sys.stderr)
        return 1
    _, readers = scard.SCardListReaders(context, [])
    scard.SCardReleaseContext(context)
    print("\n".join(readers) or "no PC/SC reader")
    return 0 if readers else 1


def _travel(signers: Path | None, zone: str | None) -> TravelAccess | None:
    """What it takes to read a travel document. Raises `CountrySignersWrong`, `ZoneWrong`."""
    if signers is None:
        return None
    return TravelAccess(CountrySigners.load(signers), MachineReadableZone.parse(zone) if zone is not None else None)


def _read(reader: CardReader, travel: TravelAccess | None, show: bool) -> int:
    if not reader.card_present:
        status = reader.status()
        print(f"{'no card' if status.usable else ', '.join(status.reasons)}: {status.detail}", file=sys.stderr)
        return 1
    try:
        document = read_document(reader, today=datetime.now(UTC).date(), travel=travel)
    except DeviceFault as fault:
        print(f"{fault.code}: {fault.turn.value}'s turn ({fault.detail})", file=sys.stderr)
        return 1
    print(_line(document, show))
    return 0


def _line(document: IdentityDocument, show: bool) -> str:
    name = document.name if show else document.name[:1] + "*" * (len(document.name) - 1)
    number = document.number if show else _masked(document.number)
    return f"{document.kind}  {name}  {number}  valid to {document.valid_to or '-'}"


def _masked(number: str) -> str:
    """Of eighteen characters six and four, of shorter ones the last two."""
    shown = (6, 4) if len(number) == 18 else (0, 2)
    return number[: shown[0]] + "*" * (len(number) - sum(shown)) + number[-shown[1] :]


def _say(event: DeviceEvent) -> None:
    print(event, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())

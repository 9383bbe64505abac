"""Makes of card readers: what each settings line of ``[card_reader]`` opens. A new make is a file beside `sam_v` and a line here."""

from __future__ import annotations

from collections.abc import Callable

from peripherals.address import Address, AddressWrong
from peripherals.card_reader.pcsc import PcscReader
from peripherals.card_reader.reader import CardReader
from peripherals.card_reader.sam_v import SamVReader


def _pcsc(address: Address, name: str) -> CardReader:
    if address.options:
        raise AddressWrong("pcsc: takes no options")
    return PcscReader(name, address.where)


MAKES: dict[str, Callable[[Address, str], CardReader]] = {
    "pcsc": _pcsc,
    "sam-v": SamVReader.at,
}


def card_reader(line: str, name: str = "card-reader") -> CardReader:
    """The reader that a settings line names, not yet opened. Raises `AddressWrong`."""
    address = Address.parse(line)
    make = MAKES.get(address.kind)
    if make is None:
        raise AddressWrong(f"{address.kind!r}: no such kind of card reader; there are {', '.join(MAKES)}")
    return make(address, name)

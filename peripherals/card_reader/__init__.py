"""Card readers and the identity documents that lie on them.

    reader = card_reader("pcsc")
    reader.open()
    document = read_document(reader, today=date.today())

`pcsc` and `sam_v` carry bytes, `documents` understands them, `layout` and `text_record` are the tables between; `faults` says what went
wrong and whose turn it is; `makes` knows which settings line opens what.
"""

from peripherals.card_reader.documents.identity import IdentityDocument
from peripherals.card_reader.faults import CardFault, ReaderFault
from peripherals.card_reader.makes import card_reader
from peripherals.card_reader.pcsc import PcscReader
from peripherals.card_reader.reader import CardInserted, CardReader, CardRemoved
from peripherals.card_reader.reading import read_document
from peripherals.card_reader.sam_v import SamVReader

__all__ = [
    "CardFault",
    "CardInserted",
    "CardReader",
    "CardRemoved",
    "IdentityDocument",
    "PcscReader",
    "ReaderFault",
    "SamVReader",
    "card_reader",
    "read_document",
]

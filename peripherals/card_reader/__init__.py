"""Card readers and the identity documents that lie on them.

    reader = PcscReader()
    reader.open()
    document = read_document(reader, today=date.today())

`pcsc` carries bytes, `documents` understands them, `layout` is the table between; `faults` says what went wrong and whose turn it is.
"""

from peripherals.card_reader.documents.identity import IdentityDocument
from peripherals.card_reader.faults import CardFault, ReaderFault
from peripherals.card_reader.pcsc import CardInserted, CardRemoved, PcscReader
from peripherals.card_reader.reading import read_document

__all__ = ["CardFault", "CardInserted", "CardRemoved", "IdentityDocument", "PcscReader", "ReaderFault", "read_document"]

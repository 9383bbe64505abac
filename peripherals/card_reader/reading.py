"""Reading whatever identity document lies on a reader, within a time that a person can stand there."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from peripherals.card_reader.documents.identity import IdentityDocument
from peripherals.card_reader.emrtd import TravelAccess
from peripherals.card_reader.faults import MuteCard, ReaderServiceDown
from peripherals.card_reader.reader import CardReader
from peripherals.device import DeviceFault

R = TypeVar("R")

READING_SECONDS = 8.0
"""A card that has not been read whole in this time is taken for mute."""


def read_document(
    reader: CardReader, *, today: date, travel: TravelAccess | None = None, seconds: float = READING_SECONDS
) -> IdentityDocument:
    """Read the identity document on `reader`. Blocks for at most `seconds`; raises `CardFault` or `ReaderFault`.

    `today` decides whether a document has expired; `travel` is what it takes to read a travel document (None: none are read).
    """
    return in_time(reader, lambda: reader.read(today, travel), seconds)


def in_time(reader: CardReader, read: Callable[[], R], seconds: float = READING_SECONDS) -> R:
    """What `read` gets from the card, or a `DeviceFault`, in `seconds`.

    PC/SC has no time-out of its own: a card that hangs is left behind with the thread that waits for it, which ends when the card is
    lifted.
    """
    results: queue.SimpleQueue[R | DeviceFault] = queue.SimpleQueue()

    def run() -> None:
        try:
            results.put(read())
        except DeviceFault as fault:
            results.put(fault)

    threading.Thread(target=run, name="card reading", daemon=True).start()
    try:
        result = results.get(timeout=seconds)
    except queue.Empty:
        raise MuteCard("no answer in time") if reader.answering else ReaderServiceDown("the reader does not answer") from None
    if isinstance(result, DeviceFault):
        raise result
    return result

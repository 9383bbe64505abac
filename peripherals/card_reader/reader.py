"""What every card reader is, whatever carries its bytes: a device that says when a card comes and goes, and reads it.

`pcsc` (any reader that pcscd knows) and `sam_v` (readers of resident ID cards on a serial line) implement it; whoever reads a card knows
only this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Protocol

from peripherals.card_reader.documents.identity import IdentityDocument
from peripherals.card_reader.emrtd import TravelAccess
from peripherals.device import Device, DeviceEvent


@dataclass(frozen=True, slots=True)
class CardInserted(DeviceEvent):
    """A card lies on the reader. `atr`: its answer to reset (empty for a mute card, and where the reader does not tell)."""

    atr: bytes = b""


@dataclass(frozen=True, slots=True)
class CardRemoved(DeviceEvent):
    """The card was lifted, or must be lifted before the reader can read it again."""


class CardReader(Device, Protocol):
    """A `Device` that reads identity documents."""

    @property
    def card_present(self) -> bool:
        """Whether a card lies on the reader now."""
        ...

    @property
    def answering(self) -> bool:
        """Whether the reader (or its daemon) has been heard of lately."""
        ...

    def read(self, today: date, travel: TravelAccess | None = None) -> IdentityDocument:
        """The document that lies on the reader; blocks as long as the card does. Raises `CardFault`, `ReaderFault`.

        `today` decides whether it has expired; `travel` is what it takes to read a travel document (None: none are read). Call it through `read_document`, which has a time limit.
        """
        ...

"""The serial that a blank itself bears, read and compared before anything is printed on it, where the unit can.

A unit that can is passed to the `Issuer` as a `SerialReader`. The issuance stands at *drawing* on disk before the unit moves. A blank that is
not the one that the ledger has bound to the certificate, or cannot be read surely, is void: it is put where only staff come, never
printed on and never given out, and its bin gives no more until two of the staff have counted it.
"""

from __future__ import annotations

from typing import Protocol

from kiosk import events
from kiosk.issuance.ledger import Issuance, Ledger


class SerialReader(Protocol):
    """A unit that draws a blank and reads its serial. Blocks; called on the issuance's worker only, one blank at a time."""

    def draw(self) -> str:
        """Draw the next blank out of its bin; the serial that it bears, "" where it cannot be read surely.

        Raises `NotDrawn` or `DrawingUnclear`, nothing else.
        """
        ...

    def reject(self) -> None:
        """Put the drawn blank where only staff come. Raises `DrawingUnclear`, nothing else."""
        ...


class NotDrawn(Exception):
    """For certain no blank has moved; `reason` is a word of the device's vocabulary."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class DrawingUnclear(Exception):
    """Nobody can say where the blank is; `reason` is a word of the device's vocabulary."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotReadBack(Exception):
    """Nothing is printed on this blank. `unknown`: nobody can say where it is, staff must look; else its end is written.

    `reason` is "serial-mismatch", "serial-unreadable", or the unit's own.
    """

    def __init__(self, reason: str, *, unknown: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unknown = unknown


def read_back(ledger: Ledger, reader: SerialReader, issuance: Issuance) -> Issuance:
    """Draw the blank that is bound to `issuance` and compare. Returns the issuance, drawing; raises `NotReadBack` and `StoreError`."""
    issuance = ledger.drawing(issuance)
    try:
        seen = reader.draw()
    except NotDrawn as fault:
        ledger.given_back(issuance, fault.reason)
        raise NotReadBack(fault.reason, unknown=False) from None
    except DrawingUnclear as fault:
        ledger.unknown(issuance, fault.reason)
        raise NotReadBack(fault.reason, unknown=True) from None
    if seen == issuance.serial:
        return issuance
    reason = "serial-mismatch" if seen else "serial-unreadable"
    events.ISSUANCE_NOT_READ_BACK.tell(
        authorisation=issuance.authorisation_id, reason=reason, expected=str(issuance.serial), seen=seen or "nothing"
    )
    try:
        reader.reject()
    except DrawingUnclear:
        ledger.unknown(issuance, f"{reason}; read {seen or 'nothing'}; not put away")
        raise NotReadBack(reason, unknown=True) from None
    ledger.rejected(issuance, reason, seen)
    raise NotReadBack(reason, unknown=False)

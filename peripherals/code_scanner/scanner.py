"""What every code scanner is, whatever it sees with: a device that reports each code that is held up, once, while it is armed.

`camera`, `serial` and `keyboard` implement it. The same rules of a payload hold for all of them: see `payload_of`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import base45

from peripherals.device import Device, DeviceEvent

LONGEST_PAYLOAD = 2953
"""Bytes in the largest QR code (ISO/IEC 18004, 40-L); nothing longer can have come from one."""
TEXT_FORM = b"B45:"
"""How a payload begins that holds bytes as text, in Base45 (RFC 9285): for scanners that can only type."""


@dataclass(frozen=True, slots=True)
class CodeScanned(DeviceEvent):
    """A code was held up. `payload` is its bytes after the rules of `payload_of`, kept out of repr: it may name a person."""

    payload: bytes = field(repr=False)


class CodeScanner(Device, Protocol):
    """A `Device` that reports `CodeScanned` between `arm` and `disarm`."""

    def arm(self) -> None:
        """From now on report codes."""
        ...

    def disarm(self) -> None:
        """Report no more codes. None is reported after this returned, unless a listener is being called already."""
        ...

    @property
    def armed(self) -> bool: ...


def payload_of(raw: bytes) -> bytes | None:
    """The bytes that a code stands for, from what a scanner gave; None where that cannot have been a code.

    Bytes are taken as they are, unless they begin with ``B45:``: then what follows, put back from Base45.
    """
    if not 0 < len(raw) <= LONGEST_PAYLOAD:
        return None
    if not raw.startswith(TEXT_FORM):
        return raw
    try:
        return base45.b45decode(raw[len(TEXT_FORM) :]) or None
    except ValueError:
        return None

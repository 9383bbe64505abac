"""Electronic machine readable travel documents (ICAO Doc 9303, eighth edition): what is printed on them, what is in their chips, and whether the
issuing state signed it.

`zone` is the machine readable zone as printed; `basic_access` opens the chip with it; `secure_messaging` carries commands from then on;
`data_groups` takes the files apart; `security_object` says whether a state signed them. `documents.travel_document` puts them together.
"""

from __future__ import annotations

from dataclasses import dataclass

from peripherals.card_reader.emrtd.country_signers import CountrySigners
from peripherals.card_reader.emrtd.zone import MachineReadableZone

KIND = "travel-document"
"""As `IdentityDocument.kind` names what `documents.travel_document` reads."""


@dataclass(frozen=True, slots=True, repr=False)
class TravelAccess:
    """What it takes to read a travel document: whose signatures count, and the zone that is printed on it (None: not yet seen)."""

    signers: CountrySigners
    zone: MachineReadableZone | None = None

    def __repr__(self) -> str:
        return "TravelAccess(…)"


__all__ = ["KIND", "CountrySigners", "MachineReadableZone", "TravelAccess"]

"""Who stands at the terminal, as far as its own devices have proven it: the last check before a record becomes her paper.

The platform decides whose cases it lists; this holds it to that. A record that names nobody whom the terminal itself has seen proof
of is never shown as printable, whatever the platform says.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kiosk.registration.appointment import Appointment
from kiosk.registration.numbers import resident_check
from kiosk.registration.record import Party, Registration


@dataclass(frozen=True, slots=True, repr=False)
class Applicant:
    """What was proven here: the number on a document that was read, the appointment of a code that was scanned, or both."""

    number: str | None = None
    appointment: Appointment | None = None
    names: frozenset[str] = frozenset()
    """Where the number alone names nobody (two states number their passports alike): the names on the document, one of which the record must
    have as well.
    """

    def with_card(self, number: str, names: Iterable[str] = ()) -> Applicant:
        return replace(self, number=number, names=frozenset(bare_name(name) for name in names))

    def with_appointment(self, appointment: Appointment) -> Applicant:
        return replace(self, appointment=appointment)

    @property
    def is_one_person(self) -> bool:
        """Whether card and code, where both were given, are of the same person."""
        return self.number is None or self.appointment is None or self.appointment.is_of(self.number)

    def is_named_in(self, registration: Registration) -> bool:
        """Whether the record names her as a holder or as the collector (领证人), by every proof that was given."""
        named = (*registration.holders, *((registration.collector,) if registration.collector else ()))
        return self.is_one_person and any(self._is(party) for party in named)

    def _is(self, party: Party) -> bool:
        if self.number is not None and self.names:
            # Fifteen digits of another state are no resident's number of the first generation.
            return bare_name(party.name) in self.names and party.number.strip().upper() == self.number
        if self.number is not None:
            return full_number(party.number) == full_number(self.number)
        return self.appointment is not None and any(
            self.appointment.is_of(number) for number in (party.number, full_number(party.number))
        )

    def __repr__(self) -> str:
        return "Applicant(…)"

    __str__ = __repr__


def bare_name(name: str) -> str:
    """A name as its letters and characters alone, for comparing: ``Chen, Dawen`` and ``CHEN DAWEN`` are the same."""
    return "".join(character for character in unicodedata.normalize("NFKC", name).casefold() if character.isalnum())


def full_number(number: str) -> str:
    """A resident ID number of the first generation (15 digits, in old records) as its 18 of GB 11643; others as they are."""
    number = number.strip().upper()
    if len(number) == 15 and number.isascii() and number.isdigit():
        whole = f"{number[:6]}19{number[6:]}"
        return whole + resident_check(whole)
    return number

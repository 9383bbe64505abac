"""Which documents a card with contacts or an ISO 14443 chip may be: each is asked for in turn over the open channel."""

from __future__ import annotations

from datetime import date

from peripherals.card_reader.apdu import Channel
from peripherals.card_reader.documents import social_security
from peripherals.card_reader.documents.identity import IdentityDocument
from peripherals.card_reader.emrtd import TravelAccess
from peripherals.card_reader.faults import ForeignCard

DOCUMENTS = (social_security,)
"""Every type of document that reads by itself, in the order in which a card is asked."""


def read_chip(channel: Channel, today: date, travel: TravelAccess | None = None) -> IdentityDocument:
    """The document on the card at the other end of `channel`. Raises `CardFault`, or what the channel raises.

    `travel`: what it takes to read a travel document; None where those are not read.
    """
    for document in DOCUMENTS:
        if document.is_present(channel):
            return document.read(channel, today)
    if travel is not None:
        # Loads asn1crypto and old ciphers, which terminals that read no travel documents do without.
        from peripherals.card_reader.documents import travel_document

        if travel_document.is_present(channel):
            return travel_document.read(channel, today, travel)
    raise ForeignCard

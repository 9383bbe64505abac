"""What can go wrong between a card and us, each with the one whose turn it is. Messages never carry what a card says."""

from __future__ import annotations

from typing import ClassVar

from peripherals.device import DeviceFault, Turn


class CardFault(DeviceFault):
    """Something about the card; the reader is well."""

    code: ClassVar[str] = "card"
    turn: ClassVar[Turn] = Turn.CITIZEN


class CardLifted(CardFault):
    """The card went away while it was being read."""

    code: ClassVar[str] = "card-lifted"


class ForeignCard(CardFault):
    """A card that answers well and is no identity document we know."""

    code: ClassVar[str] = "card-foreign"


class MuteCard(CardFault):
    """A card that does not answer: upside down, worn, broken."""

    code: ClassVar[str] = "card-mute"


class CardRecordsBroken(CardFault):
    """The right kind of card with records that cannot be read or make no sense."""

    code: ClassVar[str] = "card-records-broken"


class CardNumberWrong(CardFault):
    """The number on the card fails its own check digit."""

    code: ClassVar[str] = "card-number-wrong"


class CardExpired(CardFault):
    """The card says of itself that it is no longer valid."""

    code: ClassVar[str] = "card-expired"


class ZoneNeeded(CardFault):
    """A travel document: its chip opens only with the zone that is printed on it, which nobody has shown yet."""

    code: ClassVar[str] = "zone-needed"


class ZoneOfAnother(CardFault):
    """The printed zone that was shown does not open this chip: another document's, or misread."""

    code: ClassVar[str] = "zone-other"


class DocumentUnproven(CardFault):
    """What the chip says bears no signature of its state that this terminal knows and that holds: it identifies nobody."""

    code: ClassVar[str] = "document-unproven"


class ReaderFault(DeviceFault):
    """Something about the reader or its daemon."""

    code: ClassVar[str] = "reader"
    turn: ClassVar[Turn] = Turn.STAFF


class ReaderGone(ReaderFault):
    """The reader is not plugged in (or another one is)."""

    code: ClassVar[str] = "reader-gone"


class ReaderServiceDown(ReaderFault):
    """pcscd does not answer; it is being restarted."""

    code: ClassVar[str] = "reader-service-down"
    turn: ClassVar[Turn] = Turn.HEALS


class ReaderSilent(ReaderFault):
    """The line to the reader is there and the reader says nothing on it that can be understood."""

    code: ClassVar[str] = "reader-silent"


class ReaderUnfit(ReaderFault):
    """The reader answers and says that it cannot work: its security module failed its test or is not authorised."""

    code: ClassVar[str] = "reader-unfit"

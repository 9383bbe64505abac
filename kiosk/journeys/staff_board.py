"""What the dashboard shows: the blanks, today, the account, the devices and the newest entries, looked up on a worker."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.issuance.blanks import BlankAccount, BlankState
from kiosk.issuance.ledger import Issuance
from kiosk.journeys.staff_counterparts import StaffCounterparts
from kiosk.journeys.staff_visit import StaffVisit
from kiosk.staff import story
from kiosk.staff.books import Bin, Day
from kiosk.staff.pauses import Pause
from offline_cache import journal
from screens.prompts import Action, Tone
from screens.staff_prompts import Entry, Gauge, StaffBoard, Sum, Tile
from screens.wording import Text, t

KEYS = (
    Action("load", t("staff.do.load"), "tray-arrow-down"),
    Action("take-out", t("staff.do.take-out"), "trash"),
    Action("tests", t("staff.do.tests"), "pulse"),
    Action("account", t("staff.do.account"), "clipboard-text"),
)
INSIDE = (BlankState.RECEIVED, BlankState.AT_TERMINAL, BlankState.LOADED, BlankState.RESERVED, BlankState.QUARANTINED)
"""In the bins, or in the safe beside them."""
PRINTED = (BlankState.ISSUED, BlankState.RETAINED)
TWO_BINS = 2


@dataclass(frozen=True, slots=True)
class Overview:
    """One look at the ledgers and the devices."""

    bins: list[Bin]
    accounts: list[BlankAccount]
    day: Day
    unknown: list[Issuance]
    left: list[Issuance]
    pause: Pause | None
    counted: dict[str, tuple[int, int]]
    differs: bool
    facts: list[tuple[Tone, Text]]


def overview(with_: StaffCounterparts) -> Overview:
    """Blocks. Raises `StoreError`."""
    books = with_.books
    return Overview(
        books.bins(),
        books.accounts(),
        books.day(),
        books.unknown(),
        books.left(),
        with_.pauses.current(),
        books.counted(),
        books.differs(),
        [check.fact() for check in with_.checks],
    )


def board(visit: StaffVisit, seen: Overview) -> StaffBoard:
    """The prompt. A device's tile answers "device-<name>"."""
    with_, paused = visit.with_, seen.pause is not None
    low = [each for each in seen.bins if each.left <= with_.low]
    return StaffBoard(
        head=visit.head(t("staff.board")),
        gauges=tuple(
            Gauge(t("staff.bin", name=each.name), each.left, max(with_.capacity, each.left), with_.low)
            for each in seen.bins[:TWO_BINS]
        ),
        blanks=_lasts(seen),
        low=t("staff.blanks.low", bin=low[0].name, n=with_.low) if low else None if seen.bins else t("staff.blanks.none"),
        printed_today=seen.day.printed,
        figures=(
            (t("staff.today.void"), t("staff.copies", n=seen.day.void)),
            (t("staff.today.retained"), t("staff.copies", n=seen.day.retained)),
            (t("staff.today.seconds"), _average(seen.day.seconds)),
        ),
        account=total(seen),
        tiles=tuple(
            Tile(f"device-{check.name}", check.icon, t(f"staff.device.{check.name}"), fact, tone)
            for check, (tone, fact) in zip(with_.checks, seen.facts, strict=True)
        ),
        recent=tuple(Entry(*_worded(entry)) for entry in seen.day.recent),
        keys=KEYS,
        primary=Action("resume", t("staff.do.resume"), "play") if paused else Action("pause", t("staff.do.pause"), "prohibit"),
        others=(Action("more", t("staff.more"), "list-bullets"), Action("sign-out", t("staff.sign-out"), "sign-out")),
        alert=_alert(seen),
    )


def total(seen: Overview) -> Sum:
    """All kinds in one line. A blank that was returned or is missing stands with the void ones: it is no longer inside."""
    received = sum(account.received for account in seen.accounts)
    inside = sum(account.by_state.get(state, 0) for account in seen.accounts for state in INSIDE)
    printed = sum(account.by_state.get(state, 0) for account in seen.accounts for state in PRINTED)
    counted = sum(found for found, _ in seen.counted.values()) if seen.counted else None
    holds = not seen.differs and all(each.balanced for each in seen.accounts)
    return Sum(received, printed, received - printed - inside, inside, counted, holds)


def _alert(seen: Overview) -> Text | None:
    """What somebody must look for, before anything else."""
    if seen.unknown:
        return t("staff.alert.unknown", n=len(seen.unknown))
    return t("staff.alert.left", n=len(seen.left)) if seen.left else None


def _lasts(seen: Overview) -> tuple[Tone, Text] | None:
    """How long the blanks last at today's pace."""
    left = sum(each.left for each in seen.bins)
    if not seen.day.printed or not seen.bins:
        return None
    days = left // seen.day.printed
    return (Tone.OK, t("staff.blanks.days", n=days)) if days else (Tone.WARN, t("staff.blanks.today"))


def _average(seconds: list[float]) -> Text:
    if not seconds:
        return t("staff.today.none")
    minutes, rest = divmod(round(sum(seconds) / len(seconds)), 60)
    return t("staff.today.duration", minutes=minutes, seconds=rest)


def _worded(entry: journal.Entry) -> tuple[Tone, str, Text]:
    tone, said = story.words(entry)
    return tone, story.clock_of(entry), said

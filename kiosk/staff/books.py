"""The ledgers as staff see them: what lies where, what was done today, what waits for somebody, and each case's story.

Reads what `kiosk.issuance` keeps; what staff do with blanks goes through its functions, under the number of whoever does it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from kiosk.issuance import blanks, reconciliation
from kiosk.issuance.blanks import Blank, BlankAccount, BlankError, BlankState
from kiosk.issuance.day_sheet import DaySheet, day_sheet
from kiosk.issuance.ledger import Issuance, Ledger
from kiosk.issuance.reconciliation import BinCount
from kiosk.issuance.recovery import Witnesses, settle
from kiosk.issuance.states import FOR_PEOPLE, State
from offline_cache import journal
from offline_cache.store import Store

RECENT = 3
TELLING = frozenset(
    {
        "issuance.left",
        "issuance.taken",
        "issuance.retained",
        "issuance.spoiled",
        "issuance.unknown",
        "issuance.settled",
        "issuance.given-back",
        "blanks.loaded",
        "blanks.spoiled",
        "blanks.returned",
        "blanks.missing",
        "staff.paused",
        "staff.resumed",
        "staff.exported",
        "staff.called",
    }
)
"""Entries that the dashboard shows among the newest."""


OUT: Mapping[str, tuple[BlankState, tuple[str, ...]]] = {
    "void": (BlankState.SPOILED, ("damaged", "misprinted", "soiled", "folded", "test-print")),
    "return": (BlankState.RETURNED, ("end-of-quota", "wrong-kind", "out-of-service")),
    "missing": (BlankState.MISSING, ("not-in-bin", "not-delivered", "lost")),
}
"""How a blank leaves its bin by hand, and why: words, not free text, the same as those of `kiosk blanks`."""


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin with blanks in it."""

    name: str
    kind: str
    left: int
    closed_with: int = 0
    """Quarantined blanks: they may lie in it, and while there are any it gives no more."""
    top: str | None = None
    """The serial that lies on top by the ledger."""


@dataclass(slots=True)
class Day:
    """What happened since midnight: counts, the seconds that each certificate took from authorisation to the hand, and the time and
    verdict of each device's newest test.
    """

    printed: int = 0
    retained: int = 0
    void: int = 0
    seconds: list[float] = field(default_factory=list[float])
    tests: dict[str, tuple[datetime, bool]] = field(default_factory=dict[str, "tuple[datetime, bool]"])
    recent: list[journal.Entry] = field(default_factory=list[journal.Entry])


@dataclass(frozen=True, slots=True)
class Unexplained:
    """Issuances whose end is unknown, those under way, and bins whose count differs."""

    unknown: int
    under_way: int
    differences: int

    @property
    def any(self) -> bool:
        return bool(self.unknown or self.under_way or self.differences)


class Books:
    """Everything blocks, and raises `StoreError`."""

    def __init__(self, store: Store, ledger: Ledger, witnesses: Witnesses, clock: Callable[[], datetime]) -> None:
        """`witnesses` are asked before an unknown end is settled."""
        self.store = store
        self.ledger = ledger
        self._witnesses = witnesses
        self._clock = clock

    # ---- looking ---------------------------------------------------------------------------------------------------------

    def bins(self) -> list[Bin]:
        """Bins that have, or have had, blanks in them, by name."""
        found: dict[str, Bin] = {}
        for blank in blanks.listed(self.store):
            if not blank.bin:
                continue
            before = found.get(blank.bin)
            inside = blank.state is BlankState.LOADED
            found[blank.bin] = Bin(
                blank.bin,
                blank.kind if inside or before is None else before.kind,
                (before.left if before else 0) + inside,
                (before.closed_with if before else 0) + (blank.state is BlankState.QUARANTINED),
                before.top if before and before.top else blank.serial if inside else None,
            )
        return [found[name] for name in sorted(found)]

    def accounts(self) -> list[BlankAccount]:
        return blanks.account(self.store)

    def on_top(self) -> Blank | None:
        """The blank that would be printed on next, whatever kind it is."""
        return next(iter(self.tops(1)), None)

    def tops(self, most: int) -> list[Blank]:
        """The first blanks that would be printed on, at most so many."""
        return [blank for blank in blanks.listed(self.store) if blank.state is BlankState.LOADED][:most]

    def unknown(self) -> list[Issuance]:
        """What two of the staff must look for."""
        return [issuance for issuance in self.ledger.open() if issuance.state is State.UNKNOWN]

    def left(self) -> list[Issuance]:
        """What one of the staff must look for: printed, and nobody has said that it was taken."""
        return [issuance for issuance in self.ledger.open() if issuance.state is State.LEFT]

    def under_way(self) -> list[Issuance]:
        """What is open and waits for nobody."""
        return [issuance for issuance in self.ledger.open() if issuance.state not in FOR_PEOPLE]

    def retained(self) -> list[Issuance]:
        """Certificates that staff hold for whoever did not take them, by serial."""
        held = [blank.serial for blank in blanks.listed(self.store) if blank.state is BlankState.RETAINED]
        return [issuance for serial in held if (issuance := self.ledger.of_blank(serial))]

    def story(self, case: str) -> list[journal.Entry]:
        """Everything that the journal has of a case, in order."""
        return list(journal.entries(self.store, case=case))

    def newest(self, limit: int = 200) -> list[journal.Entry]:
        return journal.newest(self.store, limit=limit)

    def counted(self) -> dict[str, tuple[int, int]]:
        """The newest count of each bin, as (found, expected then), while nothing has moved in any bin since."""
        counts: dict[str, tuple[int, int]] = {}
        for entry in journal.newest(self.store):
            if entry.kind == "blanks.counted":
                found, expected = entry.data["counted"], entry.data["expected"]
                counts.setdefault(str(entry.data["bin"]), (int(found or 0), int(expected or 0)))
            elif entry.kind.startswith(("blanks.", "issuance.")):
                break
        return counts

    def differences(self) -> list[BinCount]:
        """Counts that differ and are not settled: nothing is printed while there is one."""
        return reconciliation.differences(self.store)

    def differs(self) -> bool:
        return bool(self.differences())

    def unexplained(self) -> Unexplained:
        """What stands between today and a day that is closed."""
        return Unexplained(len(self.unknown()), len(self.under_way()), len({each.bin for each in self.differences()}))

    def void(self) -> list[Blank]:
        """Void sheets that were not destroyed yet."""
        return [blank for blank in blanks.listed(self.store) if blank.state is BlankState.SPOILED]

    def day_sheet(self, terminal_id: str) -> DaySheet:
        """Today's, by the local midnight."""
        return day_sheet(self.store, terminal_id, self._clock().astimezone().date())

    def day(self) -> Day:
        """Today, by the local midnight."""
        now = self._clock().astimezone()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        day, ended, before = Day(), dict[str, datetime](), None
        while portion := journal.newest(self.store, before=before):
            for entry in portion:
                at = datetime.fromisoformat(entry.at)
                if len(day.recent) < RECENT and entry.kind in TELLING:
                    day.recent.append(entry)
                if at < midnight:
                    return day
                _count(day, entry, at, ended)
            before = portion[-1].seq
        return day

    # ---- doing -----------------------------------------------------------------------------------------------------------

    def strange(self, serials: Sequence[str]) -> bool:
        """Whether any of them was never received here: then two must have counted the parcel."""
        known = {blank.serial for blank in blanks.listed(self.store)}
        return not known.issuperset(serials)

    def supply(self, bin_name: str, kind: str, serials: Sequence[str], by: tuple[str, str]) -> None:
        """From the parcel straight into a bin: two have counted it. Raises `BlankError`."""
        blanks.supply(self.store, self._clock(), bin_name, kind, serials, by)

    def load(self, bin_name: str, kind: str, serials: Sequence[str], by: str) -> None:
        """Received blanks, handed out where they are not yet, go into a bin. Raises `BlankError`."""
        waiting = {blank.serial for blank in blanks.listed(self.store) if blank.state is BlankState.RECEIVED}
        if handed := [serial for serial in serials if serial in waiting]:
            blanks.hand_out(self.store, self._clock(), handed, by)
        blanks.load(self.store, self._clock(), bin_name, kind, serials, by)

    def take_out(self, serial: str, end: BlankState, reason: str, by: str) -> None:
        """A blank leaves its bin: void (spoiled), handed back, missing. Raises `BlankError`."""
        blanks.remove(self.store, self._clock(), serial, end, reason, by)

    def count(self, bin_name: str, found: int, top: str | None, by: tuple[str, str]) -> BinCount:
        """Two have counted a bin: how many, and the serial on top. A difference that was open is closed where bin and ledger now agree;
        else printing stays closed. Raises `BlankError`.
        """
        if any(each.bin == bin_name for each in reconciliation.differences(self.store)):
            with contextlib.suppress(BlankError):
                reconciliation.settle(self.store, self._clock(), bin_name, found, top, by)
        counted = reconciliation.count(self.store, self._clock(), bin_name, found, top, by[0])
        self.note("staff.counted", by[0], bin=bin_name, found=found, expected=counted.expected, **{"and": by[1]})
        return counted

    def settle_count(
        self, bin_name: str, found: int, top: str | None, by: tuple[str, str], missing: Sequence[str], wrong: Sequence[str]
    ) -> None:
        """Two close the difference of a bin: `missing` are not in it, `wrong` were and are taken out. Raises `BlankError`."""
        reconciliation.settle(self.store, self._clock(), bin_name, found, top, by, missing=missing, found=wrong)

    def unload(self, bin_name: str, by: str) -> list[str]:
        """Every unused blank of a bin goes to the safe; their serials. Raises `BlankError`."""
        return blanks.unload(self.store, self._clock(), bin_name, by)

    def destroy(self, serials: Sequence[str], by: tuple[str, str]) -> None:
        """Void sheets were destroyed before two. Raises `BlankError`."""
        blanks.destroy(self.store, self._clock(), serials, by)

    def hand_over(self, serial: str, by: str) -> None:
        """A certificate that staff held is in its holder's hand. Raises `BlankError`."""
        blanks.hand_over(self.store, self._clock(), serial, by)

    def settle(self, issuance: Issuance, end: State, by: tuple[str, str]) -> None:
        """Two of the staff have looked. Raises `StillAtWork`, `TwoPeopleNeeded`, `IllegalTransition`."""
        settle(self.ledger, self._witnesses, issuance, end, by)

    def found(self, issuance: Issuance, end: State, by: str) -> None:
        """One of the staff has looked for a certificate that was left. Raises `IllegalTransition`."""
        self.ledger.found(issuance, end, by)

    def note(self, kind: str, by: str, **data: str | int | float | bool | None) -> None:
        """What somebody did, where no ledger writes it down by itself."""
        with self.store.transaction() as tx:
            journal.append(tx, self._clock(), kind, {**data, "by": by})


def _count(day: Day, entry: journal.Entry, at: datetime, ended: dict[str, datetime]) -> None:
    """One entry of today; they come newest first."""
    data: Mapping[str, object] = entry.data
    authorisation = str(data.get("authorisation", ""))
    match entry.kind:
        case "issuance.taken":
            day.printed += 1
            ended[authorisation] = at
        case "issuance.retained":
            day.printed += 1
            day.retained += 1
        case "issuance.spoiled" | "blanks.spoiled":
            day.void += 1
        case "issuance.authorised" if authorisation in ended:
            day.seconds.append((ended.pop(authorisation) - at).total_seconds())
        case "staff.tested":
            day.tests.setdefault(str(data.get("device", "")), (at, bool(data.get("passed"))))
        case _:
            pass

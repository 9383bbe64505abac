"""The day sheet: every bin's opening, what came and went, what was counted, and every move of every blank on that day.

As CSV for whoever reckons on, as PDF for the file. Both say the same; neither says anything of anybody but staff numbers.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path

import typst

from kiosk.certificate.fonts import DEFAULT_DIRECTORIES, FONTS, require_all
from kiosk.issuance.blanks import BlankState
from kiosk.issuance.reconciliation import BinCount, counts_between
from offline_cache.store import Store

TEMPLATE = Path(__file__).parent / "day_sheet.typ"
INSIDE = frozenset({BlankState.LOADED, BlankState.RESERVED, BlankState.QUARANTINED})
"""States in which a blank counts as lying in its bin."""


@dataclass(frozen=True, slots=True)
class BinDay:
    """One bin's day: opening + loaded − unloaded − issued − retained − spoiled − returned − missing = closing."""

    bin: str
    kind: str
    opening: int
    loaded: int
    unloaded: int
    issued: int
    retained: int
    spoiled: int
    returned: int
    missing: int
    closing: int
    quarantined: int
    counted: int | None
    difference: int | None
    counted_by: str
    settled_by: str

    @property
    def balanced(self) -> bool:
        gone = self.unloaded + self.issued + self.retained + self.spoiled + self.returned + self.missing
        return self.opening + self.loaded - gone == self.closing


@dataclass(frozen=True, slots=True)
class Move:
    """One move of one blank; `before` is empty for its receipt."""

    at: str
    serial: str
    before: str
    after: str
    bin: str
    reason: str


@dataclass(frozen=True, slots=True)
class DaySheet:
    """What a day did to the blanks of terminal `terminal_id`."""

    terminal_id: str
    day: date
    bins: tuple[BinDay, ...]
    moves: tuple[Move, ...]

    def csv(self) -> str:
        """Bins, an empty line, moves; each with its heads."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(["terminal", "day", *BinDay.__dataclass_fields__])
        for line in self.bins:
            values = ["" if value is None else value for value in asdict(line).values()]
            writer.writerow([self.terminal_id, self.day.isoformat(), *values])
        writer.writerow([])
        writer.writerow(list(Move.__dataclass_fields__))
        writer.writerows(asdict(move).values() for move in self.moves)
        return out.getvalue()

    def pdf(self, font_dirs: Sequence[Path] = DEFAULT_DIRECTORIES) -> bytes:
        """A4 with room for two signatures. Raises `FontMissing`."""
        require_all(font_dirs)
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(path) for path in font_dirs]
        )
        said = {
            "terminal": self.terminal_id,
            "day": self.day.isoformat(),
            "fonts": [font.family for font in FONTS],
            "bins": [asdict(line) for line in self.bins],
            "moves": [asdict(move) for move in self.moves],
        }
        made = typst.Compiler(root=str(TEMPLATE.parent), font_paths=fonts).compile(
            str(TEMPLATE), format="pdf", sys_inputs={"data": json.dumps(said, ensure_ascii=False)}, timestamp=0
        )
        assert isinstance(made, bytes)
        return made


def day_sheet(store: Store, terminal_id: str, day: date, zone: tzinfo | None = None) -> DaySheet:
    """The sheet of one day, midnight to midnight in `zone` (None: the machine's own)."""
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    with store.reading() as tx:
        # Moves are kept in UTC to the microsecond at most: as text they sort as in time.
        rows = tx.rows(
            "SELECT move, blank_moves.at, serial, before, after, blank_moves.bin, blank_moves.reason, kind "
            "FROM blank_moves JOIN blanks USING (serial) WHERE blank_moves.at < ? ORDER BY move",
            (end.isoformat(),),
        )
    counts = {counted.bin: counted for counted in counts_between(store, start, end)}
    today = [row for row in rows if row[1] >= start.isoformat()]
    bins = sorted({(row[5], row[7]) for row in rows if row[5] is not None})
    lines = [_bin_day(name, kind, rows, today, counts.get(name)) for name, kind in bins]
    moves = [
        Move(at, serial, before or "", after, name or "", reason or "") for _, at, serial, before, after, name, reason, _ in today
    ]
    return DaySheet(terminal_id, day, tuple(line for line in lines if _says_something(line)), tuple(moves))


Row = tuple[int, str, str, str | None, str, str | None, str | None, str]


def _bin_day(name: str, kind: str, rows: Sequence[Row], today: Sequence[Row], counted: BinCount | None) -> BinDay:
    def mine(some: Sequence[Row]) -> list[Row]:
        return [row for row in some if row[5] == name and row[7] == kind]

    def balance(some: Sequence[Row]) -> int:
        return sum((row[4] in INSIDE) - (row[3] in INSIDE) for row in mine(some))

    went = Counter(BlankState(row[4]) for row in mine(today) if row[3] in INSIDE and row[4] not in INSIDE)
    standing = {row[2]: row[4] for row in mine(rows)}
    closing = balance(rows)
    of_kind = counted if counted and counted.kind == kind else None
    return BinDay(
        name,
        kind,
        opening=closing - balance(today),
        loaded=sum(row[4] in INSIDE and row[3] not in INSIDE for row in mine(today)),
        unloaded=went[BlankState.AT_TERMINAL],
        issued=went[BlankState.ISSUED],
        retained=went[BlankState.RETAINED],
        spoiled=went[BlankState.SPOILED],
        returned=went[BlankState.RETURNED],
        missing=went[BlankState.MISSING],
        closing=closing,
        quarantined=sum(state == BlankState.QUARANTINED for state in standing.values()),
        counted=of_kind.counted if of_kind else None,
        difference=of_kind.counted - of_kind.expected if of_kind else None,
        counted_by=of_kind.counted_by if of_kind else "",
        settled_by=" ".join(of_kind.settled_by) if of_kind and of_kind.settled_by else "",
    )


def _says_something(line: BinDay) -> bool:
    return any((line.opening, line.loaded, line.closing, line.counted))

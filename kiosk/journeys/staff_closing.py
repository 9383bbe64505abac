"""The day's end: the day sheet with what is still unexplained, differences settled by two, bins emptied, void paper destroyed."""

from __future__ import annotations

import contextlib

from kiosk.issuance.blanks import BlankError
from kiosk.issuance.day_sheet import BinDay, DaySheet
from kiosk.issuance.reconciliation import BinCount
from kiosk.journeys import staff_blanks, staff_cases
from kiosk.journeys.counterparts import on_worker
from kiosk.journeys.staff_blanks import on_top, serial_of
from kiosk.journeys.staff_visit import StaffVisit
from kiosk.staff.books import Unexplained
from kiosk.staff.roles import Act
from kiosk.visit import WentBack
from screens.prompts import Action, Tone
from screens.staff_prompts import Row, StaffList
from screens.wording import Text, t, verbatim

ICON = "clipboard-text"


async def close_day(visit: StaffVisit) -> None:
    """Today's sheet, bin by bin; what is unexplained leads to where it is explained; the sheet goes to the stick."""
    visit.must(Act.REPORT)
    title, books = t("staff.do.close-day"), visit.with_.books
    while True:
        sheet = await on_worker(books.day_sheet, visit.with_.terminal_id)
        left = await on_worker(books.unexplained)
        rows = (*(_bin_day(line) for line in sheet.bins), *_unexplained(left))
        explained = not left.any and all(line.balanced and line.counted is not None for line in sheet.bins)
        note = (Tone.OK, t("staff.day.explained")) if explained else (Tone.WARN, t("staff.day.open"))
        go = Action("stick", t("staff.day.stick"), "files")
        asked = await visit.asks(StaffList(visit.head(title, ICON), rows, go, note=note, nothing=t("staff.day.nothing")))
        with contextlib.suppress(WentBack):
            match asked:
                case "stick":
                    await _to_stick(visit, sheet, explained=explained)
                case "unknown" | "under-way":
                    await staff_cases.unknown(visit)
                case "difference":
                    await settle_count(visit)
                case _:
                    await staff_blanks.count(visit)


async def _to_stick(visit: StaffVisit, sheet: DaySheet, *, explained: bool) -> None:
    by, title = visit.must(Act.EXPORT).number, t("staff.do.close-day")
    path = await on_worker(visit.with_.exporter.write_day, sheet)
    await on_worker(lambda: visit.with_.books.note("staff.day-closed", by, passed=explained))
    rows = tuple(Row(name, verbatim(name), None, "file-text") for name in (path.name, path.with_suffix(".csv").name))
    await visit.tells(title, Tone.OK, t("staff.day.written"), *rows, icon=ICON)


async def settle_count(visit: StaffVisit) -> None:
    """Two of the staff say which sheets are missing in a bin or lie there wrongly, count again, and close the difference."""
    visit.must(Act.SETTLE)
    title, books = t("staff.do.settle-count"), visit.with_.books
    open_ = {each.bin: each for each in await on_worker(books.differences)}
    rows = tuple(
        Row(name, t("staff.bin", name=name), _difference(each), "warning", tone=Tone.REFUSED, opens=True)
        for name, each in open_.items()
    )
    name = await visit.picks(title, rows, icon="warning", nothing=t("staff.settle-count.none"))
    said: dict[str, str] = {}
    while True:
        lines = tuple(
            Row(
                serial, verbatim(f"№ {serial}"), t(f"staff.settle-count.{how}"), "certificate", key=t("staff.settle-count.strike")
            )
            for serial, how in said.items()
        )
        ways = tuple(
            Row(how, t(f"staff.settle-count.{how}.add"), None, "list-bullets", opens=True) for how in ("missing", "found")
        )
        go = Action("go", t("staff.settle-count.go"), "check")
        note = (Tone.WARN, _difference(open_[name]))
        asked = await visit.asks(StaffList(visit.head(title, "warning"), (*lines, *ways), go, note=note))
        if asked == "go":
            break
        if asked in said:
            del said[asked]
        else:
            said[await serial_of(visit, t(f"staff.settle-count.{asked}.add"), "")] = asked
    counted = int(await visit.types(t("staff.count.bin", bin=name), t("staff.count.bin.sub"), 1, 4))
    top = await on_top(visit, name, None) if counted else None
    other = await visit.second(Act.SETTLE)
    missing, found = ([serial for serial, how in said.items() if how == way] for way in ("missing", "found"))
    by = (visit.by, other.number)
    try:
        await on_worker(lambda: books.settle_count(name, counted, top, by, missing, found))
    except BlankError:
        await visit.tells(title, Tone.REFUSED, t("staff.settle-count.differs"), icon="warning")
        return
    await visit.tells(title, Tone.OK, t("staff.settle-count.done", bin=name), icon="warning")


async def unload(visit: StaffVisit) -> None:
    """Every unused blank of a bin goes to the terminal's safe."""
    by, title, books = visit.must(Act.LOAD).number, t("staff.do.unload"), visit.with_.books
    bins = [each for each in await on_worker(books.bins) if each.left]
    rows = tuple(
        Row(each.name, t("staff.bin", name=each.name), t("staff.load.has", n=each.left), "files", opens=True) for each in bins
    )
    name = await visit.picks(title, rows, icon="tray-arrow-down", nothing=t("staff.blanks.none"))
    fact = Row("bin", t("staff.bin", name=name), next(row.sub for row in rows if row.name == name), "files")
    await visit.confirms(title, Tone.WARN, t("staff.unload.sure"), t("staff.unload.go"), fact, icon="tray-arrow-down")
    taken = await on_worker(books.unload, name, by)
    runs = (Row("run", verbatim(f"№ {taken[0]} – {taken[-1]}"), t("staff.copies", n=len(taken)), "files"),) if taken else ()
    await visit.tells(title, Tone.OK, t("staff.unload.done", n=len(taken), bin=name), *runs, icon="tray-arrow-down")


async def destroy(visit: StaffVisit) -> None:
    """Void sheets are destroyed before two: one, or all that lie in the box."""
    visit.must(Act.DESTROY)
    title, books = t("staff.do.destroy"), visit.with_.books
    void = await on_worker(books.void)
    rows = tuple(
        Row(
            blank.serial,
            verbatim(f"№ {blank.serial}"),
            t(f"staff.why.{blank.reason}") if blank.reason in staff_blanks.KNOWN_REASONS else t("staff.blank.spoiled"),
            "trash",
            opens=True,
        )
        for blank in void
    )
    all_ = Action("all", t("staff.destroy.all", n=len(void)), "trash") if void else None
    picked = await visit.asks(StaffList(visit.head(title, "trash"), rows, all_, nothing=t("staff.destroy.none")))
    serials = [blank.serial for blank in void] if picked == "all" else [picked]
    facts = tuple(Row(serial, verbatim(f"№ {serial}"), None, "trash") for serial in serials)
    await visit.confirms(title, Tone.WARN, t("staff.destroy.sure"), t("staff.destroy.go"), *facts, icon="trash")
    other = await visit.second(Act.DESTROY)
    await on_worker(books.destroy, serials, (visit.by, other.number))
    await visit.tells(title, Tone.OK, t("staff.destroy.done", n=len(serials)), icon="trash")


def _bin_day(line: BinDay) -> Row:
    """One bin's day as a sum, and what was counted."""
    gone = line.unloaded + line.spoiled + line.returned + line.missing
    said = t(
        "staff.day.sum",
        opening=line.opening,
        loaded=line.loaded,
        issued=line.issued + line.retained,
        gone=gone,
        closing=line.closing,
    )
    if line.counted is None:
        state, tone = t("staff.day.not-counted"), Tone.WARN
    elif line.difference and not line.settled_by:
        state, tone = t("staff.day.differs", n=line.counted), Tone.REFUSED
    else:
        state, tone = t("staff.day.counted", n=line.counted), Tone.OK
    title = t("staff.day.bin", bin=line.bin, kind=t(f"staff.form.{line.kind}"))
    return Row(f"bin-{line.bin}-{line.kind}", title, said, "files", state, tone, opens=True)


def _unexplained(left: Unexplained) -> tuple[Row, ...]:
    found = (("unknown", left.unknown), ("under-way", left.under_way), ("difference", left.differences))
    return tuple(
        Row(name, t(f"staff.day.{name}"), None, "warning", t("staff.copies", n=count), Tone.REFUSED, opens=True)
        for name, count in found
        if count
    )


def _difference(each: BinCount) -> Text:
    return t(
        "staff.settle-count.difference",
        expected=each.expected,
        expected_top=each.expected_top or "—",
        counted=each.counted,
        top=each.top or "—",
    )

"""Blanks in staff's hands: load them, take one out (void, handed back, missing), count them by two, see the account."""

from __future__ import annotations

from kiosk.issuance.blanks import BlankError, BlankState
from kiosk.journeys.counterparts import on_worker
from kiosk.journeys.staff_visit import StaffVisit
from kiosk.registration.numbers import is_blank_serial
from kiosk.staff.books import OUT, Bin
from kiosk.staff.roles import Act
from screens.prompts import Tone
from screens.staff_prompts import Row
from screens.wording import Text, t, verbatim

SERIAL_DIGITS = 11
FORMS = (("title", ""), ("title", "J"), ("title", "D"), ("proof", ""), ("proof", "Z"))
"""Kinds of blanks with the letter before their serials: J booklets, D single sheets, Z 登记证明; older ones have none."""
BINS = ("A", "B")
KNOWN_REASONS = frozenset(reason for _, reasons in OUT.values() for reason in reasons)
ON_TOP = 4
"""How many blanks of the tops of the bins are offered before a serial must be typed."""


async def load(visit: StaffVisit) -> None:
    """Put a run of blanks into a bin."""
    by = visit.must(Act.LOAD).number
    title, with_ = t("staff.do.load"), visit.with_
    rows = tuple(
        Row(f"{kind}:{letter}", t(f"staff.form.{kind}"), t("staff.form.letter", letter=letter) if letter else None, "certificate", opens=True)
        for kind, letter in FORMS
    )  # fmt: skip
    kind, _, letter = (await visit.picks(title, rows, icon="tray-arrow-down")).partition(":")
    first = await serial_of(visit, t("staff.load.first"), letter)
    count = int(await visit.types(t("staff.load.count"), t("staff.load.count.sub", most=with_.capacity), 1, 3) or 0)
    serials = _run(first, count)
    bins = {each.name: each for each in await on_worker(with_.books.bins)}
    names = sorted({*BINS, *bins})
    chosen = await visit.picks(t("staff.load.bin"), tuple(_bin(name, bins.get(name)) for name in names), icon="tray-arrow-down")
    facts = (
        Row("kind", t(f"staff.form.{kind}"), t("staff.bin", name=chosen), "certificate"),
        Row("run", verbatim(f"№ {serials[0]} – {serials[-1]}"), t("staff.copies", n=count), "files"),
    )
    await visit.confirms(title, Tone.WARN, t("staff.load.sure"), t("staff.load.go"), *facts, icon="tray-arrow-down")
    if await on_worker(with_.books.strange, serials):
        # A parcel that nobody has received yet: two count it, then it goes straight into the bin.
        other = await visit.second(Act.RECEIVE)
        await on_worker(with_.books.supply, chosen, kind, serials, (by, other.number))
    else:
        await on_worker(with_.books.load, chosen, kind, serials, by)
    await visit.tells(title, Tone.OK, t("staff.load.done", n=count, bin=chosen), *facts, icon="tray-arrow-down")


async def take_out(visit: StaffVisit) -> None:
    """A blank leaves its bin without having been printed on."""
    by = visit.must(Act.VOID).number
    title, with_ = t("staff.do.take-out"), visit.with_
    ends = tuple(Row(name, t(f"staff.out.{name}"), t(f"staff.out.{name}.sub"), "trash", opens=True) for name in OUT)
    how = await visit.picks(title, ends, icon="trash")
    end, reasons = OUT[how]
    tops = await on_worker(_tops, visit)
    rows = (
        *(Row(serial, verbatim(f"№ {serial}"), t("staff.out.top", bin=bin_name), "certificate", opens=True) for serial, bin_name in tops),
        Row("other", t("staff.out.other"), None, "magnifying-glass", opens=True),
    )  # fmt: skip
    serial = await visit.picks(t("staff.out.which"), rows, icon="trash")
    if serial == "other":
        serial = await serial_of(visit, t("staff.out.which"), "")
    said = tuple(Row(reason, t(f"staff.why.{reason}"), opens=True) for reason in reasons)
    reason = await visit.picks(t("staff.out.why"), said, icon="trash")
    facts = (Row("serial", verbatim(f"№ {serial}"), t(f"staff.why.{reason}"), "certificate"),)
    await visit.confirms(title, Tone.WARN, t(f"staff.out.{how}.sure"), t(f"staff.out.{how}.go"), *facts, icon="trash")
    await on_worker(with_.books.take_out, serial, end, reason, by)
    await visit.tells(title, Tone.OK, t(f"staff.out.{how}.done"), *facts, icon="trash")


async def count(visit: StaffVisit) -> None:
    """Two of the staff count what lies in each bin, and see what lies on top; both are held against the ledger."""
    visit.must(Act.COUNT)
    title, books = t("staff.do.count"), visit.with_.books
    bins = await on_worker(books.bins)
    found: dict[str, tuple[int, str | None]] = {}
    for each in bins:
        typed = int(await visit.types(t("staff.count.bin", bin=each.name), t("staff.count.bin.sub"), 1, 4))
        found[each.name] = (typed, await on_top(visit, each.name, each.top) if typed else None)
    other = await visit.second(Act.COUNT)
    rows: list[Row] = []
    for each in bins:
        counted = await on_worker(books.count, each.name, *found[each.name], (visit.by, other.number))
        tone = Tone.REFUSED if counted.differs else Tone.OK
        expected, said = t("staff.count.expected", n=counted.expected), t("staff.count.found", n=counted.counted)
        rows.append(Row(each.name, t("staff.bin", name=each.name), expected, "files", said, tone))
    agrees = all(row.tone is Tone.OK for row in rows)
    note = (Tone.OK, t("staff.count.agrees")) if agrees else (Tone.REFUSED, t("staff.count.differs"))
    await visit.tells(title, *note, *rows, icon="list-bullets")


async def on_top(visit: StaffVisit, name: str, top: str | None) -> str:
    """The serial that lies on top of bin `name`; `top` is the ledger's word for it, if that is to be offered."""
    title = t("staff.count.top", bin=name)
    expected = top or ""
    rows = (
        *(
            (Row(expected, verbatim(f"№ {expected}"), t("staff.count.top.ledger"), "certificate", opens=True),)
            if expected
            else ()
        ),
        Row("other", t("staff.out.other"), None, "magnifying-glass", opens=True),
    )
    picked = await visit.picks(title, rows, icon="list-bullets")
    return await serial_of(visit, title, expected[:-SERIAL_DIGITS]) if picked == "other" else picked


async def account(visit: StaffVisit) -> None:
    """Where every blank is, by kind; whether the sum holds."""
    visit.must(Act.LOOK)
    accounts = await on_worker(visit.with_.books.accounts)
    rows: list[Row] = []
    for line in accounts:
        state = t("staff.account.holds") if line.balanced else t("staff.account.fails")
        name = t(f"staff.form.{line.kind}")
        rows.append(
            Row(line.kind, name, t("staff.account.received", n=line.received), "files", state, Tone.OK if line.balanced else Tone.REFUSED)
        )  # fmt: skip
        rows += [
            Row(f"{line.kind}-{state}", t(f"staff.blank.{state.value}"), None, "", t("staff.copies", n=line.by_state[state]))
            for state in BlankState
            if line.by_state.get(state)
        ]
    note: tuple[Tone, Text] = (
        (Tone.OK, t("staff.account.good")) if all(line.balanced for line in accounts) else (Tone.REFUSED, t("staff.account.bad"))
    )
    await visit.tells(t("staff.do.account"), *note, *rows, icon="clipboard-text")


async def serial_of(visit: StaffVisit, title: Text, letter: str) -> str:
    """A serial typed on the keypad; `letter` stands before its digits."""
    trouble: Text | None = None
    while True:
        serial = letter + await visit.types(title, t("staff.serial.sub"), SERIAL_DIGITS, SERIAL_DIGITS, trouble=trouble)
        if is_blank_serial(serial):
            return serial
        trouble = t("staff.serial.wrong")


def _run(first: str, count: int) -> list[str]:
    """`count` serials from `first` on, its letter and width kept. Raises `BlankError`."""
    if count < 1:
        raise BlankError("no blanks to load")
    letter, digits = first[:-SERIAL_DIGITS], first[-SERIAL_DIGITS:]
    return [f"{letter}{int(digits) + index:0{SERIAL_DIGITS}d}" for index in range(count)]


def _tops(visit: StaffVisit) -> list[tuple[str, str]]:
    """(serial, bin) of the blanks on top of the bins."""
    return [(blank.serial, blank.bin or "") for blank in visit.with_.books.tops(ON_TOP)]


def _bin(name: str, known: Bin | None) -> Row:
    return Row(name, t("staff.bin", name=name), t("staff.load.has", n=known.left if known else 0), "files", opens=True)

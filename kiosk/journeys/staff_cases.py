"""Cases: what two people must look for, what staff hold for somebody, and what the journal knows of a case number."""

from __future__ import annotations

from kiosk.issuance.ledger import Issuance
from kiosk.issuance.states import FOR_PEOPLE, State
from kiosk.journeys.counterparts import on_worker
from kiosk.journeys.staff_visit import StaffVisit
from kiosk.staff import story
from kiosk.staff.roles import Act
from kiosk.visit import WentBack
from offline_cache.journal import Entry
from screens.prompts import Action, Tone
from screens.staff_prompts import Row, StaffList
from screens.wording import Text, t, verbatim

CASE_DIGITS = 10
ENDS = (State.SPOILED, State.RETAINED, State.TAKEN)
ENDS_OF_LEFT = (State.RETAINED, State.TAKEN)
NEWEST = 200


async def unknown(visit: StaffVisit) -> None:
    """Open issuances, those that wait for somebody first: two say what an unknown sheet is, one says who has a certificate that was left."""
    visit.must(Act.LOOK)
    title, books = t("staff.do.unknown"), visit.with_.books
    while True:
        waiting = [*await on_worker(books.unknown), *await on_worker(books.left)]
        under_way = await on_worker(books.under_way)
        rows = tuple(_issuance(each) for each in (*waiting, *under_way))
        name = await visit.picks(title, rows, icon="warning", nothing=t("staff.unknown.none"))
        issuance = next(each for each in (*waiting, *under_way) if each.authorisation_id == name)
        try:
            await _look_into(visit, issuance)
        except WentBack:
            continue


async def retained(visit: StaffVisit) -> None:
    """Certificates that staff hold, each with its story."""
    visit.must(Act.LOOK)
    while True:
        held = await on_worker(visit.with_.books.retained)
        rows = tuple(_issuance(each) for each in held)
        name = await visit.picks(t("staff.do.retained"), rows, icon="certificate", nothing=t("staff.retained.none"))
        issuance = next(each for each in held if each.authorisation_id == name)
        try:
            await _hand_over(visit, issuance)
        except WentBack:
            continue


async def _hand_over(visit: StaffVisit, issuance: Issuance) -> None:
    """The story of a certificate that staff hold; to its holder it goes from here."""
    entries = await on_worker(visit.with_.books.story, issuance.case)
    head = visit.head(t("staff.case", case=issuance.case), "certificate")
    await visit.asks(StaffList(head, tuple(map(_entry, entries)), Action("hand-over", t("staff.hand-over"), "certificate")))
    by, serial = visit.must(Act.HAND_OVER).number, issuance.serial or ""
    fact = Row("serial", verbatim(f"№ {serial}"), t("staff.case", case=issuance.case), "certificate")
    title = t("staff.hand-over")
    await visit.confirms(title, Tone.WARN, t("staff.hand-over.sure"), t("staff.hand-over.go"), fact, icon="certificate")
    await on_worker(visit.with_.books.hand_over, serial, by)
    await visit.tells(title, Tone.OK, t("staff.hand-over.done"), fact, icon="certificate")


async def search(visit: StaffVisit) -> None:
    """The story of a case number. That it was looked for is in the journal too."""
    visit.must(Act.SEARCH)
    digits = await visit.types(t("staff.do.search"), t("staff.search.sub"), CASE_DIGITS, CASE_DIGITS)
    case = f"{digits[:4]}-{digits[4:]}"
    entries = await on_worker(visit.with_.books.story, case)
    await on_worker(lambda: visit.with_.books.note("staff.searched", visit.by, case=case, found=len(entries)))
    await _tell(visit, case, entries)


async def newest(visit: StaffVisit) -> None:
    """The newest entries, the newest first."""
    visit.must(Act.SEARCH)
    entries = await on_worker(visit.with_.books.newest, NEWEST)
    rows = tuple(_entry(entry) for entry in entries)
    await visit.asks(StaffList(visit.head(t("staff.do.journal"), "list-bullets"), rows, Action("good", t("staff.good"), "check")))


async def _look_into(visit: StaffVisit, issuance: Issuance) -> None:
    entries = await on_worker(visit.with_.books.story, issuance.case)
    if issuance.state not in FOR_PEOPLE:
        await _tell(visit, issuance.case, entries)
        return
    head = visit.head(t("staff.case", case=issuance.case), "warning")
    note = (Tone.WARN, t(f"staff.{issuance.state.value}.how", serial=issuance.serial or "—"))
    await visit.asks(StaffList(head, tuple(map(_entry, entries)), Action("settle", t("staff.settle"), "user-focus"), note=note))
    await (_settle if issuance.state is State.UNKNOWN else _find)(visit, issuance)


async def _settle(visit: StaffVisit, issuance: Issuance) -> None:
    """Two have looked: what is it?"""
    visit.must(Act.SETTLE)
    title, serial = t("staff.settle"), issuance.serial or "—"
    rows = tuple(Row(end.value, t(f"staff.end.{end.value}"), t(f"staff.end.{end.value}.sub"), opens=True) for end in ENDS)
    end = State(await visit.picks(title, rows, icon="user-focus"))
    other = await visit.second(Act.SETTLE)
    facts = (
        Row("end", t(f"staff.end.{end.value}"), verbatim(f"№ {serial}"), "certificate"),
        Row("two", t("staff.settle.two", first=visit.by, second=other.number), t("staff.case", case=issuance.case), "user-focus"),
    )
    await visit.confirms(title, Tone.WARN, t("staff.settle.sure"), t("staff.settle.go"), *facts, icon="user-focus")
    await on_worker(visit.with_.books.settle, issuance, end, (visit.by, other.number))
    await visit.tells(title, Tone.OK, t("staff.settle.done"), *facts, icon="user-focus")


async def _find(visit: StaffVisit, issuance: Issuance) -> None:
    """One has looked: who has it?"""
    member = visit.must(Act.FIND)
    title, case = t("staff.settle"), t("staff.case", case=issuance.case)
    rows = tuple(Row(end.value, t(f"staff.end.{end.value}"), t(f"staff.end.{end.value}.sub"), opens=True) for end in ENDS_OF_LEFT)
    end = State(await visit.picks(title, rows, icon="user-focus"))
    fact = Row("end", t(f"staff.end.{end.value}"), verbatim(f"№ {issuance.serial or '—'}"), "certificate", case)
    await visit.confirms(title, Tone.WARN, t("staff.left.sure"), t("staff.left.go"), fact, icon="user-focus")
    await on_worker(visit.with_.books.found, issuance, end, member.number)
    await visit.tells(title, Tone.OK, t("staff.settle.done"), fact, icon="user-focus")


async def _tell(visit: StaffVisit, case: str, entries: list[Entry]) -> None:
    head = visit.head(t("staff.case", case=case), "list-magnifying-glass")
    good = Action("good", t("staff.good"), "check")
    await visit.asks(StaffList(head, tuple(map(_entry, entries)), good, nothing=t("staff.search.none")))


def _issuance(issuance: Issuance) -> Row:
    tone = {State.UNKNOWN: Tone.REFUSED, State.RETAINED: Tone.OK}.get(issuance.state, Tone.WARN)
    title = verbatim(f"№ {issuance.serial}") if issuance.serial else t("staff.case", case=issuance.case)
    state: Text = t(f"staff.state.{issuance.state.value}")
    return Row(issuance.authorisation_id, title, t("staff.case", case=issuance.case), "certificate", state, tone, opens=True)


def _entry(entry: Entry) -> Row:
    tone, said = story.words(entry)
    return Row(str(entry.seq), said, story.moment_of(entry), tone=tone)

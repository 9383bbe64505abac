"""The day's end at the admin screen: every blank explained, and the sheet that says so."""

from __future__ import annotations

from kiosk.issuance import blanks
from kiosk.issuance.blanks import BlankState
from kiosk.issuance.states import State
from screens.prompts import Tone
from screens.staff_prompts import StaffList
from tests.issuance.hall import SERIALS
from tests.journeys.office import Office
from tests.journeys.stage import words

TOUCHES_IN_TWO_MINUTES = 100
"""Of both people together, at 1.2 seconds each; most are figures of a number or a PIN, which go faster."""


def state_of(office: Office, serial: str) -> BlankState:
    return next(blank.state for blank in blanks.listed(office.store) if blank.serial == serial)


async def at_the_day(office: Office) -> StaffList:
    """The list of the day, once it is up."""
    return await office.member.sees(StaffList, lambda each: each.primary is not None and each.primary.name == "stick")


async def test_a_supervisor_explains_every_blank_and_closes_the_day(office: Office) -> None:
    """One printed, one whose end nobody knows, one that is not in the bin: from the sheet to each, and back to a sheet that holds."""
    office.load()
    office.ledger.unknown(office.handed_over(), "stopped while printing")
    async with office.stays():
        await office.signs_in("0317")
        await office.presses("more")
        await office.picks("close-day")
        day = await at_the_day(office)
        assert [row.name for row in day.rows] == ["bin-A-title", "unknown"]
        assert day.note is not None
        assert day.note[0] is Tone.WARN

        await office.answers("unknown")
        await office.picks("auth-0001")
        await office.picks("settle")
        await office.picks(State.SPOILED.value)
        await office.signs_in("0402")
        await office.picks("go")
        await office.reads("已核实")
        await office.goes_back(StaffList)

        await at_the_day(office)
        await office.counts_bin("bin-A-title", 3, SERIALS[1], "0402", "不符")

        day = await at_the_day(office)
        assert "difference" in [row.name for row in day.rows]
        await office.answers("difference")
        await office.picks("A")
        await office.picks("missing")
        await office.enters(SERIALS[4])
        await office.picks("go")
        await office.enters("3")
        await office.picks("other")
        await office.enters(SERIALS[1])
        await office.signs_in("0402")
        await office.reads("已核销")

        day = await at_the_day(office)
        assert [row.name for row in day.rows] == ["bin-A-title"]
        assert day.note is not None
        assert day.note[0] is Tone.OK
        assert "期初 0 + 装入 5 − 打证 0 − 其他 2 = 期末 3" in words(day.rows[0].sub)
        await office.answers("stick")
        await office.reads("日结表已写到")
    assert state_of(office, SERIALS[0]) is BlankState.SPOILED
    assert state_of(office, SERIALS[4]) is BlankState.MISSING
    pdf, table = sorted(office.stick.iterdir(), key=lambda path: path.suffix, reverse=True)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert SERIALS[4] in table.read_text("utf-8-sig")
    assert office.last("staff.day-closed").data == {"by": "0317", "passed": True}
    assert office.touches <= TOUCHES_IN_TWO_MINUTES


async def test_an_ordinary_day_is_closed_in_half_the_time(office: Office) -> None:
    office.load()
    issuance = office.ledger.printing(office.handed_over())
    office.ledger.taken(office.ledger.presented(office.ledger.printed(issuance)), "citizen")
    async with office.stays():
        await office.signs_in("0317")
        await office.presses("more")
        await office.picks("close-day")
        await at_the_day(office)
        await office.counts_bin("bin-A-title", 4, SERIALS[1], "0402", "相符")
        day = await at_the_day(office)
        assert day.note is not None
        assert day.note[0] is Tone.OK
        await office.answers("stick")
        await office.reads("日结表已写到")
    assert office.last("staff.day-closed").data == {"by": "0317", "passed": True}
    assert office.touches <= TOUCHES_IN_TWO_MINUTES / 2


async def test_a_difference_that_does_not_come_out_changes_nothing(office: Office) -> None:
    office.load()
    office.books.count("A", 4, SERIALS[0], ("0402", "0403"))
    async with office.stays():
        await office.signs_in("0402")
        await office.presses("more")
        await office.picks("settle-count")
        await office.picks("A")
        await office.picks("missing")
        await office.enters(SERIALS[4])
        await office.picks(SERIALS[4])  # struck out again
        await office.picks("go")
        await office.enters("4")
        await office.picks("other")
        await office.enters(SERIALS[0])
        await office.signs_in("0317")
        await office.reads("什么都没有改变")
    assert office.books.differs()
    assert state_of(office, SERIALS[4]) is BlankState.LOADED


async def test_two_operators_do_not_settle_a_difference(office: Office) -> None:
    office.load()
    office.books.count("A", 4, SERIALS[0], ("0402", "0403"))
    async with office.stays():
        await office.signs_in("0402")
        await office.presses("more")
        await office.picks("settle-count")
        await office.picks("A")
        await office.picks("go")
        await office.enters("0")
        await office.signs_in("0403")
        await office.reads("您的角色不能")
    assert office.books.differs()


async def test_a_bin_is_emptied_void_sheets_are_destroyed_by_two_and_a_held_certificate_is_handed_over(office: Office) -> None:
    office.load()
    office.books.take_out(SERIALS[0], BlankState.SPOILED, "damaged", "0402")
    held = office.ledger.printing(office.handed_over("auth-0002", "0518-101500"))
    held = office.ledger.presented(office.ledger.printed(held))
    office.ledger.retained(held, "not-taken")
    async with office.stays():
        await office.signs_in("0402")
        await office.presses("more")
        await office.picks("retained")
        await office.picks("auth-0002")
        await office.picks("hand-over")
        await office.picks("go")
        await office.reads("本人领走")
        await office.goes_back(StaffList)
        await office.presses("more")
        await office.picks("unload")
        await office.picks("A")
        await office.picks("go")
        await office.reads("取出 3 本")
        await office.presses("more")
        await office.picks("destroy")
        await office.picks("all")
        await office.picks("go")
        await office.signs_in("0403")
        await office.reads("1 本")
    assert state_of(office, SERIALS[0]) is BlankState.DESTROYED
    assert state_of(office, SERIALS[1]) is BlankState.ISSUED
    assert state_of(office, SERIALS[2]) is BlankState.AT_TERMINAL
    assert office.last("blanks.destroyed").data["and"] == "0403"
    assert office.last("blanks.handed-over").data["by"] == "0402"

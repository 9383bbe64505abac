"""A day of the hall's staff at the admin screen: who gets in, what they do with blanks and cases, and how it ends."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.issuance import blanks, replay
from kiosk.issuance.blanks import BlankState
from kiosk.issuance.ledger import Issuance
from kiosk.issuance.recovery import Guard
from kiosk.issuance.states import State
from offline_cache import export, journal
from offline_cache.signing import FileSigningKey
from peripherals.card_reader.faults import ForeignCard
from screens.prompts import Nav, Tone
from screens.staff_prompts import Cleaning, StaffBoard, StaffEntry, StaffList, StaffWait, TouchTest
from tests.issuance.hall import SERIALS
from tests.journeys.office import CASE, PIN, Office
from tests.journeys.stage import words


def unknown(office: Office) -> Issuance:
    """A certificate was at the printer when the power went."""
    office.load()
    return office.ledger.unknown(office.handed_over(), "stopped while printing")


# ---- getting in and out ---------------------------------------------------------------------------------------------


async def test_number_and_pin_open_the_dashboard_and_the_key_closes_it(office: Office) -> None:
    office.load()
    async with office.stays() as stay:
        await office.signs_in()
        board = await office.at_the_board()
        assert (board.gauges[0].count, board.account.expected, board.account.balanced) == (5, 5, True)
        assert "0317" in words(board.head.sub)
        await office.answers("sign-out")
        assert await stay == "signed-out"
    assert office.kinds()[-1] == "staff.signed-out"
    assert office.last("staff.signed-out").data == {"by": "0317", "why": "signed-out"}
    assert office.stage.wiped == 1


async def test_who_has_a_card_lays_it_down_and_types_only_the_pin(office: Office) -> None:
    card = b"c" * 32
    office.accounts.set_card("0402", card, by="0317")
    async with office.stays():
        await office.member.sees(StaffEntry)
        office.desk.cards.put_nowait(ForeignCard())
        await office.member.sees(StaffEntry, lambda entry: "没读到" in words(entry.trouble))
        office.desk.cards.put_nowait(b"x" * 32)
        await office.member.sees(StaffEntry, lambda entry: "没有登记" in words(entry.trouble))
        office.desk.cards.put_nowait(card)
        await office.enters(PIN, secret=True)
        assert "0402" in words((await office.at_the_board()).head.sub)


async def test_a_wrong_pin_says_how_many_are_left_and_waits(office: Office) -> None:
    async with office.stays():
        await office.signs_in("0402", "000001")
        entry = await office.member.sees(StaffEntry, lambda each: each.tries is not None)
        assert words(entry.tries) == "还可以试 5 次"
        await office.answers("000001")
        entry = await office.member.sees(StaffEntry, lambda each: each.wait_seconds > 0)
        assert entry.wait_seconds == 5
        await office.answers(Nav.HOME)
    assert "staff.signed-in" not in office.kinds()


async def test_whoever_found_the_gesture_by_chance_is_let_go(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.journeys.staff_visit.SIGN_IN_IDLE", 0.1)
    async with office.stays() as stay:
        await office.member.sees(StaffEntry)
        office.member.walks_away()
        assert await stay == "left"
    assert office.stage.up == []


async def test_who_walks_away_is_signed_out(office: Office) -> None:
    office.counterparts = replace(office.counterparts, log_out_seconds=1)
    async with office.stays() as stay:
        await office.signs_in()
        await office.at_the_board()
        office.member.walks_away()
        assert await stay == "idle"
    assert office.last("staff.signed-out").data["why"] == "idle"


# ---- blanks ---------------------------------------------------------------------------------------------------------


async def test_a_parcel_is_counted_by_two_and_goes_into_the_bin(office: Office) -> None:
    async with office.stays():
        await office.signs_in("0402")
        await office.presses("load")
        await office.picks("title:")
        await office.enters("00000000000")  # zeros are no serial
        await office.enters(SERIALS[0])
        await office.enters("3")
        await office.picks("A")
        await office.picks("go")
        await office.signs_in("0403")
        await office.reads("3 本已记入 A 仓")
        board = await office.at_the_board()
        assert board.gauges[0].count == 3
    received = office.last("blanks.received").data
    assert (received["by"], received["and"]) == ("0402", "0403")
    assert office.last("blanks.loaded").data["by"] == "0402"


async def test_what_was_received_before_one_person_loads(office: Office) -> None:
    blanks.receive(office.store, office.desk.clock(), "title", SERIALS[:3], ("0402", "0403"))
    async with office.stays():
        await office.signs_in("0402")
        await office.presses("load")
        await office.picks("title:")
        await office.enters(SERIALS[0])
        await office.enters("3")
        await office.picks("A")
        await office.picks("go")
        await office.reads("3 本已记入 A 仓")
    assert [each.left for each in office.books.bins()] == [3]


async def test_a_run_that_was_received_before_is_refused_and_nothing_is_written(office: Office) -> None:
    office.load()
    before = office.books.accounts()
    async with office.stays():
        await office.signs_in()
        await office.presses("load")
        await office.picks("title:")
        await office.enters(SERIALS[2])
        await office.enters("2")
        await office.picks("B")
        await office.picks("go")
        await office.reads("账本没有接受")
        await office.at_the_board()
    assert office.books.accounts() == before


async def test_a_damaged_blank_is_void(office: Office) -> None:
    office.load()
    async with office.stays():
        await office.signs_in("0402")
        await office.presses("take-out")
        await office.picks("void")
        await office.picks(SERIALS[0])
        await office.picks("damaged")
        await office.picks("go")
        await office.reads("已作废")
    assert office.last("blanks.spoiled").data == {"serial": SERIALS[0], "reason": "damaged", "by": "0402"}


async def test_two_count_and_a_count_that_differs_keeps_the_terminal_closed(office: Office) -> None:
    office.load()
    office.pauses.begin("check", None, "0317")
    async with office.stays() as stay:
        await office.signs_in("0402")
        for found, said in (("4", "不符"), ("5", "相符")):
            await office.presses("more")
            await office.picks("count")
            await office.enters(found)
            await office.picks(SERIALS[0])
            await office.signs_in("0403")
            await office.reads(f"账本{said}")
            await office.presses("resume")
            if said == "不符":
                await office.reads("账实不符")
                assert office.pauses.current() is not None
        assert await stay == "signed-out"
    assert office.pauses.current() is None
    assert office.last("staff.counted").data == {"bin": "A", "found": 5, "expected": 5, "by": "0402", "and": "0403"}
    assert office.last("blanks.count-settled").data["and"] == "0403"


async def test_one_person_is_not_two(office: Office) -> None:
    office.load()
    async with office.stays():
        await office.signs_in("0402")
        await office.presses("more")
        await office.picks("count")
        await office.enters("5")
        await office.picks(SERIALS[0])
        await office.signs_in("0402")
        await office.reads("什么都没有改变")
        await office.at_the_board()
    assert "blanks.counted" not in office.kinds()


async def test_an_auditor_looks_and_moves_nothing(office: Office) -> None:
    office.load()
    async with office.stays():
        await office.signs_in("0009")
        for key in ("load", "take-out", "tests", "pause"):
            await office.presses(key)
            await office.reads("您的角色不能做")
        await office.presses("account")
        await office.reads("账是平的")
        await office.at_the_board()


# ---- cases ----------------------------------------------------------------------------------------------------------


async def test_an_unknown_end_is_shown_first_and_settled_by_two_who_have_looked(office: Office) -> None:
    issuance = unknown(office)
    async with office.stays():
        await office.signs_in("0402")
        board = await office.at_the_board()
        assert "去向不明" in words(board.alert)
        await office.answers("alert")
        await office.picks(issuance.authorisation_id)
        story = await office.picks("settle")
        assert [words(row.title) for row in story.rows][-1] == f"去向不明 № {SERIALS[0]}"
        await office.picks("retained")
        await office.signs_in("0317")
        await office.picks("go")
        await office.reads("已核实并上报")
        await office.goes_back(StaffList)
        assert (await office.at_the_board()).alert is None
    settled = office.ledger.get(issuance.authorisation_id)
    assert settled is not None
    assert settled.state is State.RETAINED
    assert office.last("issuance.settled").data["by"] == "0402"
    assert office.last("issuance.settled").data["and"] == "0317"
    assert [each.serial for each in office.books.retained()] == [SERIALS[0]]


async def test_nothing_is_settled_while_a_sheet_may_still_come_out(office: Office) -> None:
    issuance = unknown(office)
    office.world.guard[issuance.job_name], office.world.deaf = Guard.STARTED, True
    async with office.stays():
        await office.signs_in("0402")
        await office.presses("alert")
        await office.picks(issuance.authorisation_id)
        await office.picks("settle")
        await office.picks("spoiled")
        await office.signs_in("0317")
        await office.picks("go")
        await office.reads("证书可能还会出来")
        await office.at_the_board()
    assert office.books.unknown()[0].authorisation_id == issuance.authorisation_id


async def test_one_of_the_staff_puts_away_what_nobody_is_known_to_have_taken(office: Office) -> None:
    office.load()
    issuance = office.ledger.printing(office.handed_over())
    issuance = office.ledger.left(office.ledger.presented(office.ledger.printed(issuance)), "not taken in time")
    async with office.stays():
        await office.signs_in("0402")
        board = await office.at_the_board()
        assert "没有确认取走" in words(board.alert)
        await office.answers("alert")
        await office.picks(issuance.authorisation_id)
        await office.picks("settle")
        await office.picks("retained")
        await office.picks("go")
        await office.reads("已核实并上报")
        await office.goes_back(StaffList)
        assert (await office.at_the_board()).alert is None
    assert [each.serial for each in office.books.retained()] == [SERIALS[0]]
    assert office.last("issuance.found").data["by"] == "0402"


async def test_what_is_unknown_needs_a_supervisor_among_the_two(office: Office) -> None:
    issuance = unknown(office)
    async with office.stays():
        await office.signs_in("0402")
        await office.presses("alert")
        await office.picks(issuance.authorisation_id)
        await office.picks("settle")
        await office.picks("taken")
        await office.signs_in("0403")
        await office.reads("什么都没有改变")
        await office.at_the_board()
    assert office.books.unknown()[0].authorisation_id == issuance.authorisation_id


async def test_a_case_number_tells_its_story_and_that_it_was_asked_for(office: Office) -> None:
    unknown(office)
    async with office.stays():
        await office.signs_in("0009")
        await office.presses("more")
        await office.picks("search")
        await office.enters("0518093005")
        story = await office.picks("good")
        assert words(story.rows[0].title) == "平台准许打印"
    assert office.last("staff.searched").data == {"by": "0009", "case": "0518-093005", "found": 4}


# ---- the machine ----------------------------------------------------------------------------------------------------


async def test_a_pause_tells_citizens_why_and_until_when(office: Office) -> None:
    async with office.stays():
        await office.signs_in("0402")
        await office.presses("pause")
        await office.picks("repair")
        await office.picks("30")
        await office.reads("工作人员正在检修机器")
        assert words((await office.at_the_board()).primary.label) == "恢复对外服务"
    pause = office.pauses.current()
    assert pause is not None
    assert pause.until is not None
    assert (pause.reason, pause.by) == ("repair", "0402")
    assert 1795 < (pause.until - office.desk.now).total_seconds() < 1805


async def test_tests_are_run_and_written_down(office: Office) -> None:
    office.desk.broken.add("reader")
    async with office.stays():
        await office.signs_in("0402")
        await office.presses("tests")
        await office.picks("reader")
        failed = await office.member.sees(StaffList, lambda each: each.note is not None)
        assert failed.rows[0].tone is Tone.WARN
        office.desk.broken.clear()
        await office.answers("reader")
        await office.member.sees(StaffList, lambda each: each.note is None and each.rows[0].tone is Tone.OK)
        await office.answers("touch")
        await office.member.sees(TouchTest)
        await office.answers(None)
        await office.member.sees(StaffList, lambda each: each.rows[2].tone is Tone.OK)
    tests = [entry.data for entry in journal.entries(office.store) if entry.kind == "staff.tested"]
    assert [(each["device"], each["passed"], each["reason"]) for each in tests] == [
        ("reader", False, "mute"),
        ("reader", True, None),
        ("touch", True, None),
    ]


async def test_a_test_page_makes_the_blank_on_top_void_before_it_is_printed(office: Office) -> None:
    office.load()
    office.desk.jams = True
    async with office.stays():
        await office.signs_in("0402")
        await office.presses("tests")
        await office.picks("printer")
        await office.picks("go")
        await office.member.sees(StaffList, lambda each: each.note is not None and "证书打印机" in words(each.note[1]))
    assert len(office.desk.pages) == 1
    assert office.books.accounts()[0].by_state == {BlankState.SPOILED: 1, BlankState.LOADED: 4}
    kinds = office.kinds()
    assert kinds.index("blanks.spoiled") < kinds.index("staff.tested")


async def test_no_test_page_while_nobody_knows_what_lies_on_top(office: Office) -> None:
    unknown(office)
    async with office.stays():
        await office.signs_in("0402")
        await office.presses("tests")
        await office.picks("printer")
        await office.picks("go")
        await office.member.sees(StaffList, lambda each: each.note is not None)
    assert office.desk.pages == []
    assert office.last("staff.tested").data["reason"] == "unknown-open"


async def test_a_page_measured_with_a_ruler_moves_what_is_printed_from_now_on(office: Office) -> None:
    async with office.stays():
        await office.signs_in()
        await office.presses("more")
        await office.picks("calibrate")
        await office.picks("go")
        for tenths in ("310", "315", "1810", "2685"):
            await office.enters(tenths)
        await office.reads("校准已生效")
    calibration = office.counterparts.paper.typesetter.calibration
    assert (calibration.dx_mm, calibration.dy_mm) == (-1.0, -1.5)
    assert office.last("staff.calibrated").data["by"] == "0317"
    assert len(office.desk.pages) == 1


async def test_crosses_that_no_printer_could_make_change_nothing(office: Office) -> None:
    before = office.counterparts.paper.typesetter.calibration
    async with office.stays():
        await office.signs_in()
        await office.presses("more")
        await office.picks("calibrate")
        await office.picks("go")
        for tenths in ("310", "315", "900", "600"):
            await office.enters(tenths)
        await office.reads("之前的校准不变")
    assert office.counterparts.paper.typesetter.calibration == before


async def test_the_journal_goes_to_the_stick_for_the_office_alone(office: Office) -> None:
    office.load()
    async with office.stays():
        await office.signs_in("0009")
        await office.presses("more")
        await office.picks("export")
        await office.picks("go")
        await office.reads("导出完成")
    (written,) = office.stick.iterdir()
    sealed = written.read_bytes()
    assert SERIALS[0].encode() not in sealed
    opened = export.opened(sealed, (office.stick.parent / "office.crt").read_bytes(), office.office_key)
    told = export.read(opened.decode().splitlines(), FileSigningKey(office.stick.parent / "terminal.pem").public_pem())
    assert told.entries[-1].kind == "staff.exported"
    assert replay.blanks_of(told.entries)[SERIALS[0]] is BlankState.LOADED


async def test_without_a_stick_nothing_is_exported(office: Office) -> None:
    office.stick.rmdir()
    async with office.stays():
        await office.signs_in("0009")
        await office.presses("more")
        await office.picks("export")
        await office.picks("go")
        await office.reads("没有找到 U 盘")
    assert "staff.exported" not in office.kinds()


async def test_a_restart_is_asked_of_systemd_by_a_supervisor_and_never_while_a_certificate_is_under_way(office: Office) -> None:
    office.load()
    issuance = office.handed_over()
    async with office.stays():
        await office.signs_in()
        await office.presses("more")
        await office.picks("power")
        await office.picks("restart-machine")
        await office.reads("现在不能重启")
        assert office.desk.told == []
        office.ledger.unknown(issuance, "stopped while printing")
        await office.presses("more")
        await office.picks("power")
        await office.picks("restart-machine")
        await office.picks("go")
        await office.reads("系统已接受")
    assert office.desk.told == [["systemctl", "--no-block", "reboot"]]
    assert office.last("staff.power").data == {"act": "restart-machine", "by": "0317"}


async def test_the_report_says_whether_certificates_can_be_printed(office: Office) -> None:
    office.load()
    office.pauses.begin("repair", None, "0317")
    async with office.stays():
        await office.signs_in()
        await office.presses("more")
        await office.picks("report")
        await office.reads("还不能打证")
    assert office.last("staff.reported").data == {"by": "0317", "passed": False, "reason": "paused"}


async def test_while_the_glass_is_wiped_nothing_answers(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.journeys.staff_machine.CLEANING_SECONDS", 0.05)
    async with office.stays():
        await office.signs_in()
        await office.presses("more")
        await office.picks("clean")
        await office.member.sees(Cleaning)
        await office.member.sees(StaffBoard)
    assert office.last("staff.cleaned").data == {"by": "0317"}


async def test_everything_done_stands_under_a_number_and_no_pin_stands_anywhere(office: Office) -> None:
    office.load()
    async with office.stays():
        await office.signs_in("0402")
        await office.presses("more")
        await office.picks("pin")
        for _ in range(2):
            await office.enters("730164", secret=True)
        await office.reads("密码已更改")
        await office.presses("device-reader")
        await office.picks("reader")
        await office.goes_back(StaffList)
        await office.presses("sign-out")
    assert office.accounts.sign_in("0402", "730164").number == "0402"
    entries = [entry for entry in journal.entries(office.store) if entry.kind.startswith("staff.") and entry.seq > 4]
    assert entries
    assert all("by" in entry.data or entry.kind == "staff.refused" for entry in entries)
    everything = "".join(str(entry.data) for entry in journal.entries(office.store))
    assert "730164" not in everything
    assert PIN not in everything
    assert CASE not in everything
    assert not any(isinstance(prompt, StaffWait) and prompt.can_leave is False for prompt, _ in office.stage.up)

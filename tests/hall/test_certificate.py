"""From a card on the reader to a certificate in the outlet: the whole way, through real daemons."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from pathlib import Path

import pytest

from kiosk.issuance import blanks
from kiosk.issuance.blanks import BlankState
from offline_cache import journal, outbox
from sandbox.devices.printer import Fault as PrinterFault
from sandbox.people import BY_SLUG
from screens.prompts import (
    CheckAnswer,
    CheckCertificate,
    ChooseOne,
    EnterCode,
    Evaluate,
    Home,
    Identify,
    IdentifyAnswer,
    Nav,
    Notice,
    OptionState,
    OutOfService,
    Printing,
    SlotState,
    Take,
)
from tests.hall.conftest import Scene, confirms, eventually

pytestmark = pytest.mark.device


async def proves_herself(scene: Scene, slug: str) -> None:
    """Card, then appointment code."""
    citizen = scene.citizen
    await citizen.sees(Home)
    citizen.answers("print")
    await citizen.sees(Identify, lambda prompt: prompt.card is SlotState.WAITING)
    scene.hall.lay_card(slug)
    await citizen.sees(Identify, lambda prompt: prompt.card is SlotState.DONE)
    scene.hall.show_code(slug)


async def prints(scene: Scene, slug: str, certificate: str) -> Take:
    await proves_herself(scene, slug)
    citizen = scene.citizen
    choice = await citizen.sees(ChooseOne)
    assert certificate in [option.name for option in choice.options]
    citizen.answers(certificate)
    await citizen.sees(CheckCertificate)
    citizen.answers(CheckAnswer.CORRECT)
    await citizen.sees(Printing)
    return await citizen.sees(Take)


async def test_zhang_jianguo_gets_the_certificate_of_his_flat(scene: Scene) -> None:
    hall, citizen = scene.hall, scene.citizen
    take = await prints(scene, "zhang-jianguo", "cert-0012345")

    assert take.serial == "41002186350"
    assert [sheet.serial for sheet in hall.printer.printed] == ["41002186350"]
    page = hall.printer.printed[0].path.read_bytes()

    citizen.answers(None)
    await citizen.sees(Evaluate)
    citizen.answers("2")
    await citizen.sees(Evaluate, lambda prompt: "slow" in [word.name for word in prompt.words])
    citizen.answers("slow")
    await citizen.sees(Home)

    reports = hall.platform.core.reports
    await eventually(lambda: len(reports) == 1)
    assert (reports[0].outcome.value, reports[0].blank_serial, reports[0].evidence) == ("taken", "41002186350", "citizen")
    assert reports[0].page_digest == sha256(page).hexdigest()
    assert outbox.backlog(scene.terminal.store).refused == 0
    assert journal.verify(scene.terminal.store) is None
    core = hall.platform.core
    await eventually(lambda: len(core.evaluations) == 1)
    said = core.evaluations[0]
    assert (said.matter, said.grade, said.reason) == (reports[0].authorisation_id, 2, "slow")
    story = [entry.kind for entry in journal.entries(scene.terminal.store, case=said.case)]
    assert story[:7] == [
        f"issuance.{s}" for s in ("authorised", "reserved", "spooling", "printing", "printed", "presented", "taken")
    ]
    assert scene.stage.wiped >= 1


async def test_a_printed_certificate_is_not_offered_again(scene: Scene) -> None:
    citizen = scene.citizen
    await prints(scene, "zhang-jianguo", "cert-0012345")
    citizen.answers(None)
    await citizen.sees(Evaluate)
    citizen.answers("")
    await eventually(lambda: len(scene.hall.platform.core.reports) == 1)

    scene.hall.lift_card()
    scene.hall.hide_code()
    await eventually(lambda: not scene.terminal.devices[0].status().usable or not scene.hall.reader.occupied)
    await proves_herself(scene, "zhang-jianguo")
    choice = await citizen.sees(ChooseOne)
    states = {option.name: option.state for option in choice.options}
    assert states == {"cert-0012345": OptionState.DONE, "cert-0012346": OptionState.READY}
    assert len(scene.hall.printer.printed) == 1


async def test_a_walk_in_proves_herself_by_a_code_sent_to_her_phone(scene: Scene) -> None:
    citizen, hall = scene.citizen, scene.hall
    await citizen.sees(Home)
    citizen.answers("print")
    await citizen.sees(Identify)
    hall.lay_card("wang-xiulan")
    await citizen.sees(Identify, lambda prompt: prompt.other_way is not None)
    citizen.answers(IdentifyAnswer.OTHER_WAY)
    await citizen.sees(EnterCode)
    citizen.answers("000000" if hall.platform.phone("wang-xiulan")[-1] != "000000" else "111111")
    await citizen.sees(EnterCode, lambda prompt: prompt.trouble is not None)
    citizen.answers(hall.platform.phone("wang-xiulan")[-1])
    choice = await citizen.sees(ChooseOne)
    assert choice.preselected == "cert-0020101"


async def test_somebody_elses_code_does_not_count(scene: Scene) -> None:
    citizen = scene.citizen
    await citizen.sees(Home)
    citizen.answers("print")
    await citizen.sees(Identify)
    scene.hall.lay_card("zhang-jianguo")
    await citizen.sees(Identify, lambda prompt: prompt.card is SlotState.DONE)
    scene.hall.show_code("li-hua")
    troubled = await citizen.sees(Identify, lambda prompt: prompt.trouble is not None)
    assert troubled.trouble is not None
    assert troubled.trouble.key == "trouble.other-person"
    assert scene.hall.platform.core.grants == {}


@pytest.mark.parametrize("slug", ["tampered", "revoked-signer", "unknown-signer", "expired-signer", "other-record"])
async def test_a_record_that_cannot_be_proven_is_never_shown_as_printable(scene: Scene, slug: str) -> None:
    await proves_herself(scene, slug)
    citizen = scene.citizen
    choice = await citizen.sees(ChooseOne)
    citizen.answers(choice.options[0].name)
    told = await citizen.sees(Notice)
    assert told.title.key == "notice.untrusted.title"
    assert scene.hall.platform.core.grants == {}
    assert scene.hall.printer.printed == []


@pytest.mark.parametrize("slug", ["unprintable", "private-use"])
async def test_a_name_that_cannot_be_printed_goes_to_a_counter_before_a_blank_is_touched(scene: Scene, slug: str) -> None:
    await proves_herself(scene, slug)
    citizen = scene.citizen
    choice = await citizen.sees(ChooseOne)
    citizen.answers(choice.options[0].name)
    assert (await citizen.sees(Notice)).title.key == "notice.glyph.title"
    assert blanks.left(scene.terminal.store, "title") == 12


async def test_a_jam_quarantines_the_blank_and_closes_the_terminal_until_staff_looked(scene: Scene) -> None:
    hall, citizen = scene.hall, scene.citizen
    await proves_herself(scene, "zhang-jianguo")
    await confirms(scene, "cert-0012345")
    await citizen.sees(Printing)
    hall.printer.fault("jam-next")
    told = await citizen.sees(Notice)
    assert told.title.key in ("notice.jam.title", "notice.unknown.title")
    assert told.done is not None
    citizen.answers("home")

    await citizen.sees(OutOfService)
    hall.printer.fault(None)
    await eventually(lambda: [o.code for o in scene.terminal.readiness.obstacles] == ["unknown"])
    account = blanks.account(scene.terminal.store)[0]
    assert account.balanced
    assert account.by_state[BlankState.QUARANTINED] == 1
    assert hall.printer.printed == []


async def test_without_blanks_the_home_screen_says_so_and_recovers_by_itself(hall_without_blanks: Scene) -> None:
    scene = hall_without_blanks
    closed = await scene.citizen.sees(OutOfService)
    assert closed.reason.key in ("oos.reason.blanks", "oos.reason.printer")
    await eventually(lambda: {o.code for o in scene.terminal.readiness.obstacles} >= {"blanks"})
    scene.hall.load_blanks(["41002186350"])
    await scene.citizen.sees(Home, seconds=20)


async def test_without_the_platform_the_home_screen_says_so_and_recovers_by_itself(scene: Scene) -> None:
    await scene.citizen.sees(Home)
    scene.hall.platform.fault("cut")
    closed = await scene.citizen.sees(OutOfService, seconds=30)
    assert closed.reason.key == "oos.reason.platform"
    scene.hall.platform.fault(None)
    await scene.citizen.sees(Home, seconds=30)


async def test_without_the_reader_service_the_home_screen_says_so_and_recovers_by_itself(scene: Scene) -> None:
    await scene.citizen.sees(Home)
    scene.hall.pcsc.kill()
    closed = await scene.citizen.sees(OutOfService, seconds=30)
    assert closed.reason.key == "oos.reason.reader"
    scene.hall.pcsc.start()
    await scene.citizen.sees(Home, seconds=30)


async def test_the_citizen_may_go_home_at_any_question(scene: Scene) -> None:
    citizen = scene.citizen
    await proves_herself(scene, "zhang-jianguo")
    await citizen.sees(ChooseOne)
    citizen.answers("cert-0012345")
    check = await citizen.sees(CheckCertificate)
    assert "411521197803154416" not in "".join(field.masked for field in check.fields)
    citizen.answers(Nav.BACK)
    await citizen.sees(ChooseOne)
    citizen.answers(Nav.HOME)
    await citizen.sees(Home)
    assert scene.hall.platform.core.grants == {}


async def test_nothing_personal_is_in_job_titles_or_file_names(scene: Scene) -> None:
    await prints(scene, "zhang-jianguo", "cert-0012345")
    person = BY_SLUG["zhang-jianguo"]
    names = [sheet.job_name for sheet in scene.hall.printer.printed]
    names += [str(path) for root in (scene.hall.directory, Path(scene.hall.cups.guard_directory)) for path in root.rglob("*")]
    assert names
    assert not [name for name in names if person.name in name or person.number in name]


@pytest.mark.parametrize(("fault", "told"), [("offline", "printer"), ("media-empty", "media-empty"), ("cover-open", "cover")])
async def test_a_printer_that_stopped_while_she_read_costs_no_permission_and_no_blank(
    scene: Scene, fault: PrinterFault, told: str
) -> None:
    hall, citizen = scene.hall, scene.citizen
    await proves_herself(scene, "zhang-jianguo")
    await citizen.sees(ChooseOne)
    citizen.answers("cert-0012345")
    await citizen.sees(CheckCertificate)
    hall.printer.fault(fault)
    citizen.answers(CheckAnswer.CORRECT)
    notice = await citizen.sees(Notice)
    assert notice.title.key == f"notice.{told}.title"
    assert hall.platform.core.grants == {}
    assert blanks.account(scene.terminal.store)[0].by_state == {BlankState.LOADED: 12}
    citizen.answers("home")
    await citizen.sees(OutOfService)
    hall.printer.fault(None)
    await citizen.sees(Home)


async def test_a_platform_that_does_not_answer_keeps_nobodys_data_on_the_screen(scene: Scene) -> None:
    citizen = scene.citizen
    await proves_herself(scene, "zhang-jianguo")
    await citizen.sees(ChooseOne)
    scene.hall.platform.fault("nothing")
    wiped = scene.stage.wiped
    citizen.answers(Nav.HOME)
    async with asyncio.timeout(5):  # the platform's own time-outs are four times as long
        while scene.stage.wiped == wiped:
            await scene.stage.changed()

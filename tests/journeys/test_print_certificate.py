"""打证 as a conversation: every turn that it can take, and that each ends with an answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from kiosk.certificate.glyphs import GlyphMissing
from kiosk.issuance.issue import IssuanceStopped
from kiosk.journeys import print_certificate as journey
from kiosk.platform.types import AppointmentProof, Availability, CardProof, PlatformBroken, PlatformUnreachable
from kiosk.visit import Visit, VisitEnded
from peripherals.card_reader.faults import CardLifted, ForeignCard, ReaderGone
from peripherals.device import DeviceFault
from sandbox.people import BY_SLUG, PEOPLE
from sandbox.platform import TERMINAL
from screens.prompts import (
    CheckAnswer,
    CheckCertificate,
    ChooseOne,
    EnterCode,
    Evaluate,
    Identify,
    IdentifyAnswer,
    Nav,
    Notice,
    OptionState,
    Printing,
    SlotState,
    Take,
)
from tests.journeys.made_up import MadeUp, made_up
from tests.journeys.stage import Citizen, ScriptedStage, words

REFUSED = {
    "liu-yang": Availability.UNFINISHED,
    "zhao-lei": Availability.FEE_UNPAID,
    "ma-defu": Availability.OTHER_COLLECTOR,
    "qian-jing": Availability.COUNTER_ONLY,
    "wei-na": Availability.ELECTRONIC_ONLY,
    "chu-wei": Availability.PRINTED,
    "feng-tao": Availability.FROZEN,
}


class Conversation:
    """A visit under way: what she sees and says, what the machines do."""

    def __init__(self, hall: MadeUp) -> None:
        self.hall = hall
        self.stage = ScriptedStage()
        self.citizen = Citizen(self.stage)
        self.outcome: asyncio.Task[str] = asyncio.ensure_future(self._visit())

    async def _visit(self) -> str:
        try:
            async with Visit(self.stage, "1125-094200") as visit:
                return await journey.print_certificate(visit, self.hall.counterparts)
        except VisitEnded as end:
            return type(end).__name__

    async def proves_herself(self, slug: str) -> None:
        await self.citizen.sees(Identify)
        self.hall.cards.lay(slug)
        await self.citizen.sees(Identify, lambda prompt: prompt.card is SlotState.DONE)
        self.hall.shows(slug)

    async def comes_to_check(self, slug: str = "zhang-jianguo") -> CheckCertificate:
        await self.proves_herself(slug)
        choice = await self.citizen.sees(ChooseOne)
        self.citizen.answers(choice.options[0].name)
        return await self.citizen.sees(CheckCertificate)

    async def is_told(self, code: str) -> Notice:
        """She reads this notice, goes home, and the visit ends with it."""
        notice = await self.citizen.sees(Notice)
        assert notice.title.key == f"notice.{code}.title"
        self.citizen.answers("home")
        await self.outcome
        assert self.stage.wiped == 1
        assert self.stage.up == []
        return notice


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncGenerator[Conversation]:
    talk = Conversation(made_up(tmp_path))
    yield talk
    talk.outcome.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await talk.outcome


async def test_the_whole_way(talk: Conversation) -> None:
    check = await talk.comes_to_check()
    assert [field.masked for field in check.fields][:2] == ["张**", "411521********4416"]
    talk.citizen.answers(CheckAnswer.CORRECT)
    take = await talk.citizen.sees(Take)
    assert take.serial == "41002186350"
    talk.citizen.answers(None)
    await talk.citizen.sees(Evaluate)
    assert talk.hall.platform.open_sessions == set()
    talk.citizen.answers("4")
    assert await talk.outcome == "taken"
    assert [(grade, reason) for _, grade, reason in talk.hall.evaluations] == [(4, None)]
    assert talk.hall.paper.printed == ["cert-0012345"]
    assert talk.hall.paper.ends == [("taken", "citizen")]
    assert talk.hall.platform.open_sessions == set()
    assert Printing in [type(prompt) for prompt in talk.stage.history]


@pytest.mark.parametrize("slug", REFUSED)
async def test_what_may_not_be_printed_says_why_and_cannot_be_chosen(talk: Conversation, slug: str) -> None:
    await talk.citizen.sees(Identify)
    talk.hall.cards.lay(slug)
    person = next(each for each in PEOPLE if each.slug == slug)
    if person.appointment:
        await talk.citizen.sees(Identify, lambda prompt: prompt.card is SlotState.DONE)
        talk.hall.shows(slug)
    else:
        await talk.citizen.sees(Identify, lambda prompt: prompt.other_way is not None)
        talk.citizen.answers(IdentifyAnswer.OTHER_WAY)
        await talk.citizen.sees(EnterCode)
        talk.citizen.answers(talk.hall.platform.sandbox.phone(slug)[-1])
    choice = await talk.citizen.sees(ChooseOne)
    option = choice.options[0]
    assert choice.go is None
    assert option.state is (OptionState.DONE if REFUSED[slug] is Availability.PRINTED else OptionState.CLOSED)
    assert option.why is not None
    assert option.why.key == f"refuse.{REFUSED[slug].value}.why"
    assert words(option.why)
    talk.citizen.answers(Nav.HOME)
    assert await talk.outcome == "WentHome"
    assert talk.hall.platform.core.grants == {}


async def test_out_of_blanks_closes_what_would_be_printable(talk: Conversation) -> None:
    talk.hall.stocked = False
    await talk.proves_herself("zhang-jianguo")
    choice = await talk.citizen.sees(ChooseOne)
    assert {option.state for option in choice.options} == {OptionState.CLOSED}
    assert choice.options[0].why is not None
    assert choice.options[0].why.key == "refuse.no-blank.why"


async def test_nothing_at_the_registry(talk: Conversation) -> None:
    await talk.citizen.sees(Identify)
    talk.hall.cards.lay("nothing")
    await talk.citizen.sees(Identify, lambda prompt: prompt.other_way is not None)
    talk.citizen.answers(IdentifyAnswer.OTHER_WAY)
    await talk.citizen.sees(EnterCode)
    talk.citizen.answers(talk.hall.platform.sandbox.phone("nothing")[-1])
    await talk.is_told("nothing")


@pytest.mark.parametrize("fault", [CardLifted(), ForeignCard(), ReaderGone()])
async def test_a_card_that_did_not_work_is_told_kindly_and_may_be_tried_again(talk: Conversation, fault: DeviceFault) -> None:
    await talk.citizen.sees(Identify)
    talk.hall.cards.put(fault)
    troubled = await talk.citizen.sees(Identify, lambda prompt: prompt.trouble is not None)
    assert words(troubled.trouble)
    talk.hall.cards.lay("zhang-jianguo")
    await talk.citizen.sees(Identify, lambda prompt: prompt.card is SlotState.DONE)


async def test_a_code_that_is_nothing_of_ours(talk: Conversation) -> None:
    await talk.citizen.sees(Identify)
    talk.hall.codes.put(b"https://pay.example/qr/0001")
    troubled = await talk.citizen.sees(Identify, lambda prompt: prompt.trouble is not None)
    assert troubled.trouble is not None
    assert troubled.trouble.key == "trouble.appointment-malformed"


async def test_a_code_counts_once(talk: Conversation) -> None:
    code = talk.hall.platform.sandbox.appointment_code("zhang-jianguo")
    await talk.citizen.sees(Identify)
    talk.hall.codes.put(code)
    await talk.citizen.sees(Identify, lambda prompt: prompt.code is SlotState.DONE)
    talk.citizen.answers(Nav.HOME)
    assert await talk.outcome == "WentHome"
    again = Conversation(talk.hall)
    await again.citizen.sees(Identify)
    again.hall.codes.put(code)
    troubled = await again.citizen.sees(Identify, lambda prompt: prompt.trouble is not None)
    assert troubled.trouble is not None
    assert troubled.trouble.key == "trouble.appointment-used"
    again.citizen.answers(Nav.HOME)
    await again.outcome


async def test_wrong_codes_are_counted_slowed_and_locked(talk: Conversation) -> None:
    await talk.citizen.sees(Identify)
    talk.hall.cards.lay("wang-xiulan")
    await talk.citizen.sees(Identify, lambda prompt: prompt.other_way is not None)
    talk.citizen.answers(IdentifyAnswer.OTHER_WAY)
    await talk.citizen.sees(EnterCode)
    right = talk.hall.platform.sandbox.phone("wang-xiulan")[-1]
    wrong = "000000" if right != "000000" else "000001"
    waits: list[int] = []
    for _ in range(8):
        seen = len(talk.stage.history)
        talk.citizen.answers(wrong)
        while len(talk.stage.history) == seen:
            await talk.stage.changed()
        prompt = talk.stage.history[-1]
        if not isinstance(prompt, EnterCode):
            break
        waits.append(prompt.wait_seconds)
        talk.hall.platform.core._tries["wang-xiulan"].not_before = None  # pyright: ignore[reportPrivateUsage]
    assert waits == sorted(waits)
    assert waits[-1] > 0
    await talk.is_told("locked")


@pytest.mark.parametrize(
    ("broken", "told"), [(PlatformUnreachable("gone"), "net"), (PlatformBroken("garbage"), "broken")], ids=["net", "broken"]
)
@pytest.mark.parametrize("when", ["card", "listings", "authorise"])
async def test_a_platform_that_fails_is_told_wherever_it_happens(
    talk: Conversation, broken: Exception, told: str, when: str
) -> None:
    hall = talk.hall
    await talk.citizen.sees(Identify)
    if when == "card":
        hall.platform.broken = broken  # type: ignore[assignment]
        hall.cards.lay("zhang-jianguo")
    elif when == "listings":
        real = hall.platform.listings

        def fails(session_id: str) -> list[object]:
            hall.platform.broken = broken  # type: ignore[assignment]
            return real(session_id)  # type: ignore[return-value]

        hall.platform.listings = fails  # type: ignore[method-assign, assignment]
        await talk.proves_herself("zhang-jianguo")
    else:
        await talk.comes_to_check()
        hall.platform.broken = broken  # type: ignore[assignment]
        talk.citizen.answers(CheckAnswer.CORRECT)
    await talk.is_told(told)
    assert hall.paper.printed == []


async def test_back_from_the_check_returns_to_the_list(talk: Conversation) -> None:
    await talk.comes_to_check()
    talk.citizen.answers(Nav.BACK)
    await talk.citizen.sees(ChooseOne)


async def test_something_is_wrong_prints_nothing(talk: Conversation) -> None:
    await talk.comes_to_check()
    talk.citizen.answers(CheckAnswer.WRONG)
    await talk.is_told("wrong")
    assert talk.hall.platform.core.grants == {}
    assert talk.hall.paper.printed == []


async def test_a_record_that_changed_while_she_read_is_not_printed(talk: Conversation) -> None:
    await talk.comes_to_check()
    talk.hall.platform.core.change_record("cert-0012345", lambda case: case)
    talk.citizen.answers(CheckAnswer.CORRECT)
    await talk.is_told("changed")
    assert talk.hall.paper.printed == []


async def test_a_character_without_a_glyph_goes_to_a_counter(talk: Conversation) -> None:
    talk.hall.pages.fails = GlyphMissing([0x31353])
    await talk.proves_herself("zhang-jianguo")
    choice = await talk.citizen.sees(ChooseOne)
    talk.citizen.answers(choice.options[0].name)
    await talk.is_told("glyph")


@pytest.mark.parametrize("slug", ["tampered", "revoked-signer", "unknown-signer", "expired-signer", "other-record"])
async def test_a_record_that_cannot_be_proven_calls_staff(talk: Conversation, slug: str) -> None:
    await talk.proves_herself(slug)
    choice = await talk.citizen.sees(ChooseOne)
    talk.citizen.answers(choice.options[0].name)
    await talk.is_told("untrusted")
    assert talk.hall.calls == ["record-untrusted"]
    assert talk.hall.platform.core.grants == {}


@pytest.mark.parametrize(
    ("stopped", "told"),
    [
        (IssuanceStopped("media-jam", unknown=False), "jam"),
        (IssuanceStopped("media-empty", unknown=False), "media-empty"),
        (IssuanceStopped("cover-open", unknown=False), "cover"),
        (IssuanceStopped("toner-empty", unknown=False), "toner"),
        (IssuanceStopped("gave-up", unknown=False), "printer"),
        (IssuanceStopped("media-jam", unknown=True), "unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_stopped_page_says_what_is_safe_and_calls_staff(talk: Conversation, stopped: IssuanceStopped, told: str) -> None:
    talk.hall.paper.stops = stopped
    await talk.comes_to_check()
    talk.citizen.answers(CheckAnswer.CORRECT)
    notice = await talk.is_told(told)
    assert words(notice.safe)
    assert words(notice.next)
    assert words(notice.done)
    assert talk.hall.calls == [f"printing-{stopped.reason}"]


async def test_a_certificate_that_nobody_is_known_to_have_taken_is_left_and_staff_are_called(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journey, "TAKE_SECONDS", 0.2)
    await talk.comes_to_check()
    talk.citizen.answers(CheckAnswer.CORRECT)
    await talk.is_told("not-taken")
    assert talk.hall.paper.ends == [("left", "")]
    assert talk.hall.calls == ["certificate-not-taken"]


async def test_leaving_closes_the_session(talk: Conversation) -> None:
    await talk.proves_herself("zhang-jianguo")
    await talk.citizen.sees(ChooseOne)
    assert len(talk.hall.platform.open_sessions) == 1
    talk.citizen.answers(Nav.HOME)
    await talk.outcome
    assert talk.hall.platform.open_sessions == set()


async def test_a_platform_that_lists_somebody_elses_certificate_is_not_believed(talk: Conversation) -> None:
    """Signed by the registry, of the right kind, ready to print: and not hers."""
    core, real = talk.hall.platform.core, talk.hall.platform.listings
    other = core.open_session(TERMINAL, CardProof(document="social-security", name="李华", number=BY_SLUG["li-hua"].number))
    core.add_proof(TERMINAL, other.session_id, AppointmentProof(code=talk.hall.platform.sandbox.appointment_code("li-hua")))
    talk.hall.platform.listings = lambda _: real(other.session_id)  # type: ignore[method-assign]
    await talk.proves_herself("zhang-jianguo")
    choice = await talk.citizen.sees(ChooseOne)
    talk.citizen.answers(choice.options[0].name)
    await talk.is_told("of-another")
    assert talk.hall.calls == ["record-of-another"]
    assert core.grants == {}


async def test_card_and_code_of_two_people_are_told_apart_without_asking_anybody(talk: Conversation) -> None:
    await talk.citizen.sees(Identify)
    talk.hall.cards.lay("zhang-jianguo")
    await talk.citizen.sees(Identify, lambda prompt: prompt.card is SlotState.DONE)
    talk.hall.platform.broken = PlatformUnreachable("gone")
    talk.hall.shows("li-hua")
    troubled = await talk.citizen.sees(Identify, lambda prompt: prompt.trouble is not None)
    assert troubled.trouble is not None
    assert troubled.trouble.key == "trouble.other-person"

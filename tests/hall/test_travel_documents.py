"""Whoever has only a passport or a travel permit: its page before the scanner, its chip on the reader, her certificate in the outlet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from sandbox.devices.travel_document import Fault
from sandbox.hall import Hall, HallOptions, traveller
from sandbox.people import BY_SLUG
from screens.prompts import ChooseOne, EnterCode, Evaluate, Home, Identify, IdentifyAnswer, Nav, Printing, SlotState, Take
from screens.wording import t
from tests.hall.conftest import Scene, at_work, confirms, eventually

pytestmark = pytest.mark.device

CHAN, ANNA = "chan-tai-man", "anna-eriksson"


@pytest.fixture
async def scene(tmp_path: Path, pcsc_socket: Path) -> AsyncGenerator[Scene]:
    options = HallOptions(page_seconds=0.6, scanner="serial")
    with Hall(tmp_path / "hall", options, pcsc_directory=pcsc_socket.parent) as hall:
        async with at_work(hall) as made:
            yield made


async def begins(scene: Scene) -> None:
    await scene.citizen.sees(Home)
    scene.citizen.answers("print")
    prompt = await scene.citizen.sees(Identify)
    assert prompt.sub == t("id.sub.travel")


async def shows_page(scene: Scene, slug: str) -> None:
    # The hand waits for the scanner's light, which this loop switches on.
    await asyncio.to_thread(scene.hall.show_page, slug)


async def is_told(scene: Scene, key: str) -> None:
    await scene.citizen.sees(Identify, lambda prompt: prompt.trouble == t(key))


async def test_a_permit_laid_down_first_is_asked_for_its_page(scene: Scene) -> None:
    hall, citizen = scene.hall, scene.citizen
    await begins(scene)
    hall.lay_card(CHAN)
    await is_told(scene, "trouble.zone-needed")
    hall.lift_card()
    await shows_page(scene, CHAN)
    await citizen.sees(Identify, lambda prompt: prompt.sub == t("id.zone.seen"))
    hall.lay_card(CHAN)
    await citizen.sees(Identify, lambda prompt: prompt.card is SlotState.DONE)
    await asyncio.to_thread(hall.show_code, CHAN)
    await confirms(scene, "cert-0050001")
    await citizen.sees(Printing)
    take = await citizen.sees(Take)
    assert [sheet.serial for sheet in hall.printer.printed] == [take.serial]
    citizen.answers(None)
    await citizen.sees(Evaluate)
    citizen.answers("")
    await citizen.sees(Home)


async def test_a_passport_whose_page_was_read_line_by_line_and_a_code_by_phone(scene: Scene) -> None:
    hall, citizen = scene.hall, scene.citizen
    await begins(scene)
    for line in traveller(BY_SLUG[ANNA]).printed().splitlines():
        await asyncio.to_thread(hall.scan, line.encode("ascii"))
        await asyncio.sleep(0.1)
    await citizen.sees(Identify, lambda prompt: prompt.sub == t("id.zone.seen"))
    hall.lay_card(ANNA)
    await citizen.sees(Identify, lambda prompt: prompt.card is SlotState.DONE)
    citizen.answers(IdentifyAnswer.OTHER_WAY)
    await citizen.sees(EnterCode)
    citizen.answers(hall.platform.phone(ANNA)[-1])
    await confirms(scene, "cert-0050002")
    await citizen.sees(Take)
    assert len(hall.printer.printed) == 1


async def test_the_page_of_another_document_opens_nothing_and_the_right_one_does(scene: Scene) -> None:
    hall, citizen = scene.hall, scene.citizen
    await begins(scene)
    await shows_page(scene, ANNA)
    await citizen.sees(Identify, lambda prompt: prompt.sub == t("id.zone.seen"))
    hall.lay_card(CHAN)
    await is_told(scene, "trouble.zone-other")
    told = await citizen.sees(Identify)
    assert told.sub == t("id.sub.travel"), "it is not said that her page was read"
    opened = hall.reader.commands
    await asyncio.sleep(1.0)
    assert hall.reader.commands == opened, "the same page is not tried again and again"
    await shows_page(scene, CHAN)
    # It lies there still, and is read where it lies.
    await citizen.sees(Identify, lambda prompt: prompt.card is SlotState.DONE)


async def test_a_page_that_was_misread_is_said(scene: Scene) -> None:
    await begins(scene)
    page = traveller(BY_SLUG[CHAN]).printed().replace("H12345678", "H12345679").replace("\n", "\r")
    await asyncio.to_thread(scene.hall.scan, page.encode("ascii"))
    await is_told(scene, "trouble.zone-wrong")


async def test_a_page_that_lost_a_character_is_not_called_a_wrong_code(scene: Scene) -> None:
    await begins(scene)
    page = traveller(BY_SLUG[CHAN]).printed().replace("\n", "\r")[:-1]
    await asyncio.to_thread(scene.hall.scan, page.encode("ascii"))
    await is_told(scene, "trouble.zone-wrong")


async def test_a_scanner_that_sees_the_page_all_the_time_does_not_keep_the_chip_from_being_read(scene: Scene) -> None:
    hall, citizen = scene.hall, scene.citizen
    await begins(scene)
    await shows_page(scene, CHAN)
    await citizen.sees(Identify, lambda prompt: prompt.sub == t("id.zone.seen"))
    page = traveller(BY_SLUG[CHAN]).printed().replace("\n", "\r").encode("ascii")
    asked = len(scene.stage.history)
    for _ in range(3):
        hall.scanner.read(page)
        await asyncio.sleep(0.2)
    assert len(scene.stage.history) == asked, "the same page is nothing new"
    hall.lay_card(CHAN)
    await citizen.sees(Identify, lambda prompt: prompt.card is SlotState.DONE)


async def test_the_page_as_a_second_step_after_the_code(scene: Scene) -> None:
    hall, citizen = scene.hall, scene.citizen
    await begins(scene)
    await asyncio.to_thread(hall.show_code, CHAN)
    await citizen.sees(Identify, lambda prompt: prompt.code is SlotState.DONE)
    # The same code once more is no page, and no trouble.
    await asyncio.to_thread(hall.show_code, CHAN)
    await asyncio.sleep(0.3)
    await shows_page(scene, CHAN)
    await citizen.sees(Identify, lambda prompt: prompt.sub == t("id.zone.seen"))
    hall.lay_card(CHAN)
    choice = await citizen.sees(ChooseOne)
    assert [option.name for option in choice.options] == ["cert-0050001"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("stranger", "trouble.document-unproven"),
        ("changed", "trouble.document-unproven"),
        ("expired-signer", "trouble.document-unproven"),
        ("no-signature", "trouble.card-records-broken"),
        ("seal", "trouble.card-records-broken"),
    ],
)
async def test_what_is_not_proven_is_shown_to_nobody(scene: Scene, fault: Fault, told: str) -> None:
    hall, citizen = scene.hall, scene.citizen
    await begins(scene)
    await shows_page(scene, CHAN)
    await citizen.sees(Identify, lambda prompt: prompt.sub == t("id.zone.seen"))
    hall.reader.insert(hall.travel_document_of(BY_SLUG[CHAN], fault))
    await is_told(scene, told)
    assert hall.platform.core._visits == {}  # pyright: ignore[reportPrivateUsage]


async def test_a_page_shown_again_does_not_hide_that_the_document_must_be_lifted(scene: Scene) -> None:
    """What lies there was refused, and no page changes that: whoever were told to leave it there would wait for ever."""
    hall, citizen = scene.hall, scene.citizen
    await begins(scene)
    await shows_page(scene, CHAN)
    await citizen.sees(Identify, lambda prompt: prompt.sub == t("id.zone.seen"))
    hall.reader.insert(hall.travel_document_of(BY_SLUG[CHAN], "seal"))
    await is_told(scene, "trouble.card-records-broken")
    await shows_page(scene, CHAN)
    await is_told(scene, "card.left_behind")
    hall.lift_card()
    hall.lay_card(CHAN)
    await citizen.sees(Identify, lambda prompt: prompt.card is SlotState.DONE)


async def test_a_page_is_forgotten_with_its_visit(scene: Scene) -> None:
    hall, citizen = scene.hall, scene.citizen
    await begins(scene)
    await shows_page(scene, CHAN)
    await citizen.sees(Identify, lambda prompt: prompt.sub == t("id.zone.seen"))
    citizen.answers(Nav.BACK)
    await begins(scene)
    hall.lay_card(CHAN)
    await is_told(scene, "trouble.zone-needed")


async def test_social_security_cards_are_read_there_as_well(scene: Scene) -> None:
    hall, citizen = scene.hall, scene.citizen
    await begins(scene)
    hall.lay_card("zhang-jianguo")
    await citizen.sees(Identify, lambda prompt: prompt.card is SlotState.DONE)
    await eventually(lambda: len(hall.platform.core._visits) == 1)  # pyright: ignore[reportPrivateUsage]

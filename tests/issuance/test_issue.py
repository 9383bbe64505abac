"""One certificate from "print" to the outlet: what goes wrong, and what citizen, paper, blanks and platform then have of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from kiosk.issuance import blanks
from kiosk.issuance.blanks import BlankState
from kiosk.issuance.issue import IssuanceStopped
from kiosk.issuance.states import State
from kiosk.platform.types import Authorisation, PlatformUnreachable
from offline_cache import journal
from offline_cache.store import StoreFull, StoreReadOnly
from tests.issuance.hall import (
    SERIALS,
    Fuse,
    Mishap,
    PowerCut,
    Terminal,
    World,
    authorisation,
    load,
    registration,
)
from tests.issuance.test_ledger import told


async def stopped(terminal: Terminal, certificate: str = "cert-1", authorisation_id: str = "auth-1") -> IssuanceStopped:
    with pytest.raises(IssuanceStopped) as stop:
        await terminal.issue(certificate, authorisation_id)
    return stop.value


def states_of(terminal: Terminal) -> dict[str, BlankState]:
    return {blank.serial: blank.state for blank in blanks.listed(terminal.store)}


async def test_a_certificate_is_printed_on_the_first_blank_and_taken(terminal: Terminal, world: World) -> None:
    stages: list[str] = []
    issuance = await terminal.issuer.issue(
        registration("cert-1"), lambda: authorisation("auth-1", "cert-1"), "0518-1", lambda stage, _: stages.append(stage)
    )
    assert (issuance.state, issuance.serial) == (State.PRESENTED, SERIALS[0])
    assert world.paper == ["auth-1.1"]
    assert (await terminal.issuer.taken(issuance, "citizen")).state is State.TAKEN
    await asyncio.sleep(0)
    assert list(dict.fromkeys(stages)) == ["authorised", "printing", "printed"]
    assert states_of(terminal)[SERIALS[0]] is BlankState.ISSUED
    assert told(terminal.store) == [("/v1/issuance-reports", "taken")]


async def test_nothing_about_the_person_is_in_job_name_journal_or_outbox(terminal: Terminal, world: World) -> None:
    await terminal.issue("cert-1", "auth-1")
    with terminal.store.reading() as tx:
        rows = [str(row) for table in ("journal", "outbox", "issuances", "blanks") for row in tx.rows(f"SELECT * FROM {table}")]
    for secret in ("张建国", "411502199003072817", "信阳"):
        assert not any(secret in text for text in (*rows, *world.paper))


async def test_the_platform_says_no_and_nothing_was_begun(terminal: Terminal, world: World) -> None:
    def unreachable() -> Authorisation:
        raise PlatformUnreachable

    with pytest.raises(PlatformUnreachable):
        await terminal.issuer.issue(registration("cert-1"), unreachable, "0518-1", lambda _stage, _fraction: None)
    assert terminal.ledger.get("auth-1") is None
    assert (world.paper, told(terminal.store)) == ([], [])


async def test_an_authorisation_that_is_not_believed_is_given_back(terminal: Terminal, world: World) -> None:
    terminal.distrusted = True
    stop = await stopped(terminal)
    assert (stop.reason, stop.unknown) == ("authorisation", False)
    assert (world.paper, told(terminal.store)) == ([], [("/v1/authorisations/auth-1/return", "return")])
    assert set(states_of(terminal).values()) == {BlankState.LOADED}


async def test_without_a_blank_everything_is_given_back(path: Path, world: World) -> None:
    terminal = Terminal(path, world)
    stop = await stopped(terminal)
    assert (stop.reason, stop.unknown) == ("no-blank", False)
    assert told(terminal.store) == [("/v1/authorisations/auth-1/return", "return")]
    terminal.off()


async def test_a_page_that_cannot_be_made_frees_blank_and_authorisation(terminal: Terminal, world: World) -> None:
    terminal.typesetting.fails = True
    stop = await stopped(terminal)
    assert (stop.reason, stop.unknown) == ("typesetting", False)
    assert set(states_of(terminal).values()) == {BlankState.LOADED}
    terminal.typesetting.fails = False
    assert (await terminal.issue("cert-1", "auth-2")).serial == SERIALS[0]


async def test_a_mistake_in_the_software_before_printing_frees_blank_and_authorisation(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise LookupError("a mistake")

    monkeypatch.setattr(terminal.typesetting, "page", broken)
    with pytest.raises(LookupError):
        await terminal.issue("cert-1", "auth-1")
    assert set(states_of(terminal).values()) == {BlankState.LOADED}
    assert told(terminal.store) == [("/v1/authorisations/auth-1/return", "return")]


@pytest.mark.parametrize(
    ("mishap", "unknown", "blank"),
    [
        (Mishap.REFUSED, False, BlankState.LOADED),
        (Mishap.STOPS_BEFORE, False, BlankState.LOADED),
        (Mishap.JAM, True, BlankState.QUARANTINED),
        (Mishap.SILENT_AFTER, True, BlankState.QUARANTINED),
    ],
)
async def test_printing_that_does_not_end_well(
    terminal: Terminal, world: World, mishap: Mishap, unknown: bool, blank: BlankState
) -> None:
    world.mishap = mishap
    stop = await stopped(terminal)
    assert stop.unknown is unknown
    assert states_of(terminal)[SERIALS[0]] is blank
    assert told(terminal.store) == (
        [("/v1/issuance-reports", "unknown")] if unknown else [("/v1/authorisations/auth-1/return", "return")]
    )
    world.goes_on()
    assert world.paper.count("auth-1.1") == (1 if mishap is Mishap.SILENT_AFTER else 0), "a withdrawn job prints no more"


async def test_a_job_that_the_queue_forgot_but_the_printer_printed_is_presented(terminal: Terminal, world: World) -> None:
    world.mishap = Mishap.FORGOTTEN
    assert (await terminal.issue("cert-1", "auth-1")).state is State.PRESENTED
    assert world.paper == ["auth-1.1"]


async def test_after_an_unknown_end_nothing_new_begins_until_two_have_looked(terminal: Terminal, world: World) -> None:
    world.mishap = Mishap.JAM
    await stopped(terminal)
    world.mishap = Mishap.NONE
    for certificate in ("cert-1", "cert-2"):
        stop = await stopped(terminal, certificate, f"auth-{certificate}")
        assert (stop.reason, stop.unknown) == ("unknown-open", False)
    assert world.paper == []
    (unknown,) = terminal.ledger.open()
    terminal.ledger.settled(unknown, State.SPOILED, ("s-017", "s-021"))
    assert (await terminal.issue("cert-1", "auth-9")).serial == SERIALS[1]
    assert world.paper == ["auth-9.1"]


async def test_a_citizen_who_walks_away_does_not_stop_the_machine_half_way(terminal: Terminal, world: World) -> None:
    going = asyncio.ensure_future(terminal.issue("cert-1", "auth-1"))
    await asyncio.sleep(0)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
    terminal.issuer.close()
    found = terminal.ledger.get("auth-1")
    assert found is not None
    assert (found.state, world.paper) == (State.PRESENTED, ["auth-1.1"])


@pytest.mark.parametrize("fault", [StoreFull("full"), StoreReadOnly("read-only")], ids=lambda fault: fault.code)
@pytest.mark.parametrize("which", range(1, 7))
async def test_a_disk_that_fails_at_any_step_is_told_and_mended_later(
    path: Path, world: World, fault: StoreFull, which: int
) -> None:
    """From the `which`-th transaction on the disk takes nothing: authorised, reserved, spooling, printing, printed, presented."""
    terminal = Terminal(path, world)
    load(terminal.store)
    terminal.store.transactions = 0
    terminal.store.fails, terminal.store.fails_from = fault, which
    stop = await stopped(terminal)
    handed_over = which > 3
    assert (stop.reason, stop.unknown) == (fault.code, handed_over)
    assert world.paper == ([] if which < 5 else ["auth-1.1"])
    # The disk is mended; the next visit finds what was left and judges it first.
    terminal.store.fails = None
    if which < 5:
        assert (await terminal.issue("cert-1", "auth-2")).serial == SERIALS[0]
        assert world.paper == ["auth-2.1"]
    else:
        assert (await stopped(terminal, "cert-1", "auth-2")).reason == "unknown-open"
        assert world.paper == ["auth-1.1"]
        assert [issuance.state for issuance in terminal.ledger.open()] == [State.UNKNOWN]
    assert all(line.balanced for line in blanks.account(terminal.store))
    assert journal.verify(terminal.store) is None
    terminal.off()


async def how_many_steps(path: Path, mishap: Mishap) -> int:
    world = World(mishap=mishap)
    terminal = Terminal(path, world)
    load(terminal.store)
    terminal.fuse.steps = 0
    try:
        issuance = await terminal.issue("cert-1", "auth-1")
        await terminal.issuer.taken(issuance, "citizen")
    except IssuanceStopped:
        pass
    terminal.off()
    return terminal.fuse.steps


@pytest.mark.no_cover  # so many cases that tracing each would take longer than they
@pytest.mark.parametrize(
    ("lost", "queue_first"),
    [
        pytest.param("terminal", True, id="terminal lost, queue up first"),
        pytest.param("everything", False, id="everything lost, terminal up first"),
        pytest.param("terminal", False, id="terminal lost, terminal up first", marks=pytest.mark.whole),
        pytest.param("everything", True, id="everything lost, queue up first", marks=pytest.mark.whole),
    ],
)
@pytest.mark.parametrize("mishap", list(Mishap), ids=lambda mishap: mishap.name.lower())
async def test_power_cut_at_every_step(tmp_path: Path, mishap: Mishap, queue_first: bool, lost: str) -> None:
    """Before and after each commit and around each physical act; then the terminal starts again, is itself cut during recovery at
    every step of that, starts once more, and the citizen comes back for the same certificate."""
    steps = await how_many_steps(tmp_path / "whole.db", mishap)
    assert steps > 10
    for at in range(1, steps + 1):
        for at_again in range(0, 8, 2):
            await _cut_twice(tmp_path / f"{at}-{at_again}.db", mishap, queue_first, lost == "everything", at, at_again)


async def _cut_twice(path: Path, mishap: Mishap, queue_first: bool, power: bool, at: int, at_again: int) -> None:
    world = World(mishap=mishap)
    terminal = Terminal(path, world)
    load(terminal.store)
    terminal.fuse.steps, terminal.fuse.at = 0, at
    try:
        issuance = await terminal.issue("cert-1", "auth-1")
        await terminal.issuer.taken(issuance, "citizen")
    except (PowerCut, IssuanceStopped):
        pass
    terminal.off()
    world.mishap = Mishap.NONE
    world.forgetful = power
    world.deaf = False
    if queue_first or not power:
        world.goes_on()

    for fuse in (Fuse(at_again), Fuse()):
        terminal = Terminal(path, world, fuse)
        try:
            await terminal.issuer.recover()
        except PowerCut:
            pass
        else:
            break
        finally:
            if fuse.blown:
                terminal.off()
    terminal.fuse.at = 0
    world.goes_on()

    first = terminal.ledger.get("auth-1")
    printed = "auth-1.1" in world.paper
    where = f"cut at {at} and {at_again}: {first}, paper {world.paper}"
    assert world.paper.count("auth-1.1") <= 1, where
    if printed:
        assert first is not None, where
        assert first.state in (State.UNKNOWN, State.TAKEN), where
    if first is not None and first.state is State.GIVEN_BACK:
        assert not printed, where
    _accounts_hold(terminal, where)

    for unknown in [issuance for issuance in terminal.ledger.open() if issuance.state is State.UNKNOWN]:
        assert (await stopped(terminal, "cert-1", "auth-2")).reason == "unknown-open", where
        # Two of the staff look at the paper; what they see is what is written down.
        terminal.ledger.settled(unknown, State.RETAINED if printed else State.SPOILED, ("s-017", "s-021"))
    if not printed:
        await terminal.issuer.taken(await terminal.issue("cert-1", "auth-3"), "citizen")
        assert len(world.paper) == 1, where
    assert terminal.ledger.open() == [], where
    _accounts_hold(terminal, where)
    outcomes = [outcome for _, outcome in told(terminal.store)]
    assert outcomes.count("taken") + outcomes.count("retained") == 1, where
    terminal.off()


def _accounts_hold(terminal: Terminal, where: str) -> None:
    assert all(line.balanced for line in blanks.account(terminal.store)), where
    assert journal.verify(terminal.store) is None, where
    bound = [blank for blank in blanks.listed(terminal.store) if blank.state is BlankState.RESERVED]
    assert not bound, where

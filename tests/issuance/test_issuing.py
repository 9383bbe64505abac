"""The issuer as journeys see it, beside a recovery that still waits for a store."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from kiosk import recovering as module
from kiosk.issuance.issue import IssuanceStopped, Printed
from kiosk.issuance.states import State
from kiosk.issuing import Issuing
from kiosk.journeys.counterparts import Presented
from kiosk.notes import Notes
from kiosk.recovering import Recovering
from offline_cache.store import StoreFull
from tests.issuance.hall import NOON, Terminal, World, authorisation, registration


async def prints(issuing: Issuing, authorisation_id: str = "auth-1") -> Presented:
    made = registration("cert-1")
    return await issuing.issue(made, lambda: authorisation(authorisation_id, "cert-1"), "0518-1", lambda _: None)


async def test_what_lies_in_the_outlet_is_not_judged_by_a_recovery_from_before(
    terminal: Terminal, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last visit's recovery waits until the disk has room, and is tried all through the next certificate's printing."""
    monkeypatch.setattr(module, "RECOVER_SECONDS", 0.001)
    tried, printing, may_end = threading.Event(), threading.Event(), threading.Event()
    wait = terminal.press.wait

    def settle() -> None:
        tried.set()
        if not may_end.is_set():
            raise StoreFull("no room")

    def slowly(job: int, on_progress: Callable[[float | None], None]) -> Printed:
        printing.set()
        may_end.wait(30)
        return wait(job, on_progress)

    terminal.press.wait = slowly
    recovering = Recovering(terminal.ledger, terminal.issuer, settle, Notes(terminal.store, lambda: NOON), lambda: None)
    await recovering.first()
    assert not recovering.done
    await asyncio.to_thread(tried.wait, 30)
    issuing = Issuing(terminal.issuer, recovering, lambda: None)
    going = asyncio.create_task(prints(issuing))
    await asyncio.to_thread(printing.wait, 30)
    await asyncio.sleep(0.1)
    may_end.set()
    presented = await going
    await terminal.issuer.between(lambda: None)
    assert [issuance.state for issuance in terminal.ledger.open()] == [State.PRESENTED]
    await issuing.taken(presented, "citizen")
    assert [issuance.state for issuance in terminal.ledger.all()] == [State.TAKEN]
    assert world.paper == ["auth-1.1"]


@pytest.mark.parametrize(
    ("retract", "state"),
    [(None, State.LEFT), (lambda: True, State.RETAINED), (lambda: False, State.UNKNOWN)],
    ids=["none", "has", "not"],
)
async def test_what_nobody_took_is_where_the_unit_can_say(
    terminal: Terminal, retract: Callable[[], bool] | None, state: State
) -> None:
    recovering = Recovering(terminal.ledger, terminal.issuer, lambda: None, Notes(terminal.store, lambda: NOON), lambda: None)
    issuing = Issuing(terminal.issuer, recovering, lambda: None, retract)
    await issuing.left(await prints(issuing))
    assert [issuance.state for issuance in terminal.ledger.all()] == [state]


async def test_a_unit_that_cannot_print_binds_no_permission_and_no_blank(terminal: Terminal) -> None:
    recovering = Recovering(terminal.ledger, terminal.issuer, lambda: None, Notes(terminal.store, lambda: NOON), lambda: None)
    with pytest.raises(IssuanceStopped) as stop:
        await prints(Issuing(terminal.issuer, recovering, lambda: "media-empty"))
    assert (stop.value.reason, stop.value.unknown) == ("media-empty", False)
    assert terminal.ledger.all() == []

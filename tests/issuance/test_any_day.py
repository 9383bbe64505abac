"""Any day in any order: two terminals with real stores, citizens, staff, power cuts, queues that come back, and a platform that grants once.

Hypothesis chooses what happens. The paper is the world's own count (`hall.World`); after every step nothing may be printed twice, lost or
told differently by ledger, journal and platform.
"""

from __future__ import annotations

import asyncio
import json
import logging
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kiosk.issuance import blanks, reconciliation, replay
from kiosk.issuance.blanks import BlankState
from kiosk.issuance.issue import IssuanceStopped
from kiosk.issuance.ledger import Issuance
from kiosk.issuance.recovery import StillAtWork, recover, settle
from kiosk.issuance.states import State
from kiosk.platform.types import Authorisation, PlatformUnreachable
from offline_cache import journal, outbox
from tests.issuance.hall import NOON, Fuse, Mishap, PowerCut, Terminal, World, authorisation, registration

TWO = ("s-017", "s-021")
CERTIFICATES = ["cert-1", "cert-2", "cert-3"]


class AnyDay(RuleBasedStateMachine):
    @initialize()
    def morning(self) -> None:
        logging.disable(logging.CRITICAL)
        self.room = Path(tempfile.mkdtemp(prefix="dazheng-day-"))
        self.worlds = [World(), World()]
        self.terminals = [Terminal(self.room / f"{number}.db", world) for number, world in enumerate(self.worlds)]
        self.grants: dict[str, tuple[str, str]] = {}  # authorisation → certificate, state at the platform
        self.sheets_void: set[str] = set()
        self.delivered = 0
        for number in range(2):
            self.deliver(number, 6)

    def teardown(self) -> None:
        for terminal in self.terminals:
            terminal.off()
        shutil.rmtree(self.room)
        logging.disable(logging.NOTSET)

    @rule(number=st.integers(0, 1), count=st.integers(1, 3))
    def deliver(self, number: int, count: int) -> None:
        serials = [f"4100218{self.delivered + index:04}" for index in range(count)]
        self.delivered += count
        blanks.supply(self.terminals[number].store, NOON, "A", "title", serials, TWO)

    def granted(self, certificate: str) -> Authorisation:
        if any(of == certificate and state not in ("return", "spoiled") for of, state in self.grants.values()):
            raise PlatformUnreachable  # any refusal will do: nothing is begun
        name = f"auth-{len(self.grants) + 1}"
        self.grants[name] = certificate, "open"
        return authorisation(name, certificate)

    @rule(
        number=st.integers(0, 1),
        certificate=st.sampled_from(CERTIFICATES),
        mishap=st.sampled_from(Mishap),
        cut_at=st.sampled_from([0, 0, 0, *range(1, 32)]),
        taken=st.sampled_from(["citizen", None, "walked away"]),
    )
    def a_citizen_comes(self, number: int, certificate: str, mishap: Mishap, cut_at: int, taken: str | None) -> None:
        terminal, world = self.terminals[number], self.worlds[number]
        world.mishap, world.deaf = mishap, False
        terminal.fuse.at, terminal.fuse.steps = cut_at, 0

        async def visit() -> None:
            issuance = await terminal.issuer.issue(
                registration(certificate), lambda: self.granted(certificate), "0518-1", lambda _stage, _fraction: None
            )
            if taken == "citizen":
                await terminal.issuer.taken(issuance, "citizen")
            elif taken:
                await terminal.issuer.left(issuance, "not taken in time")

        try:
            asyncio.run(visit())
        except (IssuanceStopped, PlatformUnreachable):
            pass
        except PowerCut:
            self.power_back(number)
        terminal.fuse.at = 0

    @rule(number=st.integers(0, 1))
    def power_back(self, number: int) -> None:
        self.terminals[number].off()
        self.worlds[number].deaf = False
        self.terminals[number] = terminal = Terminal(self.room / f"{number}.db", self.worlds[number], Fuse())
        recover(terminal.ledger, terminal.press)

    @rule(number=st.integers(0, 1), lost=st.booleans())
    def the_queue_comes_back(self, number: int, lost: bool) -> None:
        world = self.worlds[number]
        world.forgetful = world.forgetful or lost
        world.goes_on()

    def waiting(self, state: State) -> list[tuple[int, Issuance]]:
        return [
            (number, issuance)
            for number, terminal in enumerate(self.terminals)
            for issuance in terminal.ledger.open()
            if issuance.state is state
        ]

    @precondition(lambda self: bool(self.waiting(State.LEFT)))
    @rule(there=st.booleans())
    def one_of_the_staff_looks_into_the_outlet(self, there: bool) -> None:
        number, issuance = self.waiting(State.LEFT)[0]
        self.terminals[number].ledger.found(issuance, State.RETAINED if there else State.TAKEN, TWO[0])

    @precondition(lambda self: bool(self.waiting(State.UNKNOWN)))
    @rule(void=st.booleans())
    def two_of_the_staff_look(self, void: bool) -> None:
        number, issuance = self.waiting(State.UNKNOWN)[0]
        terminal, world = self.terminals[number], self.worlds[number]
        lies_there = issuance.job_name in world.paper
        end = State.RETAINED if lies_there and not void else State.SPOILED
        world.deaf = False
        try:
            settle(terminal.ledger, terminal.press, issuance, end, TWO)
        except StillAtWork:
            return
        if lies_there and end is State.SPOILED:
            self.sheets_void.add(issuance.job_name)

    @rule(number=st.integers(0, 1), off_by=st.sampled_from([0, 0, 1]))
    def the_shift_ends(self, number: int, off_by: int) -> None:
        store = self.terminals[number].store
        if self.terminals[number].ledger.open():
            return
        here = [blank.serial for blank in blanks.listed(store) if blank.state is BlankState.LOADED]
        gone, rest = here[:off_by], here[off_by:]
        top = rest[0] if rest else None
        if reconciliation.count(store, NOON, "A", len(rest), top, TWO[0]).differs:
            assert blanks.left(store, "title") == 0
            reconciliation.settle(store, NOON, "A", len(rest), top, TWO, missing=gone)
        assert blanks.left(store, "title") == len(rest)

    @rule(number=st.integers(0, 1), many=st.integers(1, 5))
    def the_link_is_there(self, number: int, many: int) -> None:
        store = self.terminals[number].store
        for _ in range(many):
            event = outbox.next_due(store, NOON)
            if event is None:
                return
            body = json.loads(event.body)
            name = body["authorisation_id"] if body else event.path.split("/")[3]
            certificate, state = self.grants[name]
            assert state in ("open", "unknown", "left"), "the platform has heard an end already"
            self.grants[name] = certificate, body["outcome"] if body else "return"
            outbox.acknowledge(store, event, NOON)

    @invariant()
    def nothing_is_printed_twice_and_nothing_is_lost(self) -> None:
        if not hasattr(self, "terminals"):
            return
        papers = [name for world in self.worlds for name in world.paper]
        assert len(papers) == len(set(papers)), "a job was printed twice"
        good = [self.grants[name.removesuffix(".1")][0] for name in papers if name not in self.sheets_void]
        assert len(good) == len(set(good)), "two papers say that they are one certificate"
        for terminal in self.terminals:
            entries = list(journal.entries(terminal.store))
            assert replay.astray(entries) == []
            assert replay.blanks_of(entries) == {blank.serial: blank.state for blank in blanks.listed(terminal.store)}
            assert all(line.balanced for line in blanks.account(terminal.store))
            assert journal.verify(terminal.store) is None


AnyDay.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    print_blob=True,
)
TestAnyDay = AnyDay.TestCase

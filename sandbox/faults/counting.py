"""What must hold after every run: the unit's own log, the terminal's ledgers and the platform's word, held against one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Protocol

from kiosk.issuance import blanks, replay
from kiosk.issuance.blanks import BlankState
from kiosk.issuance.ledger import Ledger
from kiosk.issuance.states import State
from kiosk.platform.types import Availability
from offline_cache import journal, outbox
from offline_cache.store import Store
from sandbox.faults.unit import Mark, SheetLog
from sandbox.platform import TERMINAL, SandboxPlatform

AT_THE_PLATFORM = {"issued": "used", "retained": "used", "spoiled": "void", "quarantined": "unknown"}
WHERE_IT_LIES: dict[str, frozenset[BlankState]] = {
    "printed": frozenset({BlankState.ISSUED, BlankState.RETAINED}),
    "stuck": frozenset({BlankState.SPOILED}),
    "removed": frozenset({BlankState.SPOILED}),
}
"""What the ledger may say of a blank with which this happened."""


class Witnesses(Protocol):
    """What is outside the terminal: the unit's log, the platform's memory, and the blanks that were delivered."""

    sheets: SheetLog
    platform: SandboxPlatform
    serials: list[str]


def violations(world: Witnesses, store: Store) -> list[str]:
    """Each is one sentence; none is what a run must end with. The platform's memory is read again first."""
    assert world.platform.memory
    world.platform.memory.load()
    return [
        *_paper(world, store),
        *_blanks(world, store),
        *_platform(world, store),
        *_whoever_asks(world, store),
        *_journal(store),
    ]


def _paper(world: Witnesses, store: Store) -> Iterator[str]:
    ledger = Ledger(store)
    sheets = [mark for mark in world.sheets.marks() if mark.what == "printed"]
    for job, count in Counter(mark.job for mark in sheets).items():
        if count > 1:
            yield f"job {job} was printed {count} times"
    certificates: Counter[str] = Counter()
    for mark in sheets:
        issuance = ledger.get(_authorisation(mark))
        if issuance is None:
            yield f"job {mark.job} was printed and no ledger knows it"
            continue
        certificates[issuance.certificate_id] += 1
        if issuance.state not in (State.TAKEN, State.RETAINED):
            yield f"job {mark.job} was printed and is {issuance.state}"
        if issuance.serial != mark.serial:
            yield f"job {mark.job} lies on blank {mark.serial}, the ledger says {issuance.serial}"
        if issuance.page_digest != mark.digest:
            yield f"job {mark.job} is not the page whose digest was written"
    for certificate, count in certificates.items():
        if count > 1:
            yield f"certificate {certificate} was printed {count} times"


def _blanks(world: Witnesses, store: Store) -> Iterator[str]:
    for line in blanks.account(store):
        if not line.balanced:
            yield f"the account of {line.kind} blanks does not balance"
    happened, in_bin = world.sheets.last(), set(world.sheets.in_bin(world.serials))
    for blank in blanks.listed(store):
        if blank.serial in in_bin:
            expected: frozenset[BlankState] = frozenset({BlankState.LOADED})
            what = "in the bin"
        else:
            what = happened[blank.serial].what
            expected = WHERE_IT_LIES.get(what, frozenset())
        if blank.state not in expected:
            yield f"blank {blank.serial} is {what}, the ledger says {blank.state}"


def _platform(world: Witnesses, store: Store) -> Iterator[str]:
    backlog = outbox.backlog(store)
    if backlog.waiting or backlog.refused:
        yield f"{backlog.waiting} events wait, {backlog.refused} were refused"
    core, ledger = world.platform.core, Ledger(store)
    for issuance in ledger.all():
        if issuance.authorisation_id not in core.grants:
            yield f"authorisation {issuance.authorisation_id} is {issuance.state} here, and the platform never granted it"
    for name, grant in core.grants.items():
        issuance = ledger.get(name)
        ours = "returned" if issuance is None or issuance.state is State.GIVEN_BACK else issuance.state.value
        if grant.state != ours:
            yield f"authorisation {name} is {grant.state} at the platform, {issuance.state if issuance else 'unknown'} here"
    if core.paper.disputes:
        yield f"{len(core.paper.disputes)} reports are disputed"
    for blank in blanks.listed(store):
        expected = AT_THE_PLATFORM.get(blank.state.value, "issued")
        if core.paper.blank_terminal[blank.serial] == TERMINAL and core.blanks[blank.serial].state != expected:
            yield f"blank {blank.serial} is {core.blanks[blank.serial].state} at the platform, {blank.state} here"


def _whoever_asks(world: Witnesses, store: Store) -> Iterator[str]:
    """A citizen who comes again, here or elsewhere, is told what became of her certificate: nothing yet, or printed."""
    ended = {issuance.certificate_id: issuance for issuance in Ledger(store).all()}
    for certificate, issuance in ended.items():
        printed = issuance.state in (State.TAKEN, State.RETAINED)
        says = world.platform.core.paper.availability(certificate, TERMINAL)
        if says is not (Availability.PRINTED if printed else None):
            yield f"of certificate {certificate}, which is {issuance.state}, the platform says {says}"


def _journal(store: Store) -> Iterator[str]:
    """It is whole, it tells of every issuance along the machine that the model explores, and to where the ledgers stand."""
    if broken := journal.verify(store):
        yield f"the journal is broken: {broken}"
    entries = list(journal.entries(store))
    yield from replay.astray(entries)
    ends = {name: states[-1] for name, states in replay.traces(entries).items()}
    here = {issuance.authorisation_id: issuance.state for issuance in Ledger(store).all()}
    for name in sorted(ends.keys() | here.keys()):
        if ends.get(name) is not here.get(name):
            yield f"of authorisation {name} the journal says {ends.get(name)}, the ledger {here.get(name)}"
    told, now = replay.blanks_of(entries), {blank.serial: blank.state for blank in blanks.listed(store)}
    for serial in sorted(told.keys() | now.keys()):
        if told.get(serial) is not now.get(serial):
            yield f"of blank {serial} the journal says {told.get(serial)}, the ledger {now.get(serial)}"


def _authorisation(mark: Mark) -> str:
    return mark.job.rpartition(".")[0]

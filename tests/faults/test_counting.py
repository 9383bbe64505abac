"""The count after a fault run finds what it is there to find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.issuance import blanks
from kiosk.issuance.ledger import Issuance, Ledger
from kiosk.platform.types import AppointmentProof, CardProof
from offline_cache import journal
from offline_cache.keys import derive
from offline_cache.store import Store
from sandbox.faults.counting import violations
from sandbox.faults.people import citizen
from sandbox.faults.plan import POINTS, SWEEP, TROUBLES, plan_of
from sandbox.faults.unit import SheetLog
from sandbox.platform import TERMINAL, SandboxPlatform
from sandbox.platform.server import profile_of

SERIALS = ["41002100000", "41002100001", "41002100002"]


@dataclass
class Aftermath:
    """One certificate was printed and taken; everything agrees, until a test says otherwise."""

    sheets: SheetLog
    platform: SandboxPlatform
    serials: list[str]
    store: Store
    issuance: Issuance


@pytest.fixture
def aftermath(tmp_path: Path) -> Iterator[Aftermath]:
    person = citizen(0)
    platform = SandboxPlatform(tmp_path / "platform", people=(person,), memory=tmp_path / "memory")
    core = platform.core
    core.issue_blanks(TERMINAL, SERIALS)
    code = core.appointment_code(person, profile_of(TERMINAL).hall)
    session = core.open_session(TERMINAL, CardProof(document="card", number=person.number, name=person.name)).session_id
    core.add_proof(TERMINAL, session, AppointmentProof(code=code))
    store = Store.open(tmp_path / "store.db", derive(b"c" * 32))
    blanks.supply(store, datetime.now(UTC), "A", "title", SERIALS, ("s-017", "s-021"))
    ledger = Ledger(store)
    issuance = ledger.authorised(
        core.authorise(TERMINAL, session, person.cases[0].certificate_id, 1, "request-0001"), "title", "0518-120000"
    )
    issuance = ledger.presented(ledger.printed(ledger.printing(ledger.spooling(ledger.reserved(issuance), "d" * 64))))
    sheets = SheetLog(tmp_path / "sheets.log")
    sheets.add("drawn", SERIALS[0], issuance.job_name)
    sheets.add("printed", SERIALS[0], issuance.job_name, "d" * 64)
    ledger.taken(issuance, "citizen")
    made = Aftermath(sheets, platform, SERIALS, store, issuance)
    _deliver(made)
    yield made
    store.close()


def _deliver(made: Aftermath) -> None:
    from kiosk.platform.types import IssuanceReport

    with made.store.transaction() as tx:
        for seq, body in tx.rows("SELECT seq, body FROM outbox"):
            made.platform.core.report(TERMINAL, IssuanceReport.model_validate_json(bytes(body)))
            tx.execute("UPDATE outbox SET acknowledged_at = 'now' WHERE seq = ?", (seq,))
    assert made.platform.memory
    made.platform.memory.save()


def test_a_clean_aftermath_has_nothing_wrong(aftermath: Aftermath) -> None:
    assert violations(aftermath, aftermath.store) == []


def _twice(made: Aftermath) -> None:
    made.sheets.add("printed", SERIALS[1], made.issuance.job_name, "d" * 64)


def _other_blank(made: Aftermath) -> None:
    made.sheets.add("back", SERIALS[0])
    made.sheets.add("printed", SERIALS[2], "nobody.1", "d" * 64)


def _lost_blank(made: Aftermath) -> None:
    made.sheets.add("drawn", SERIALS[1], "somebody.1")
    made.sheets.add("stuck", SERIALS[1])


def _open_there(made: Aftermath) -> None:
    made.platform.core.grants[made.issuance.authorisation_id].state = "open"
    assert made.platform.memory
    made.platform.memory.save()


def _unheard(made: Aftermath) -> None:
    with made.store.transaction() as tx:
        tx.execute("UPDATE outbox SET acknowledged_at = NULL")


def _rewritten(made: Aftermath) -> None:
    with made.store.transaction() as tx:
        tx.execute("DROP TRIGGER journal_is_not_changed")
        tx.execute("UPDATE journal SET kind = 'nothing' WHERE seq = 2")


def _astray(made: Aftermath) -> None:
    """The chain is whole, but nothing leads from taken to printing."""
    with made.store.transaction() as tx:
        data = {"authorisation": made.issuance.authorisation_id, "certificate": made.issuance.certificate_id}
        journal.append(tx, datetime.now(UTC), "issuance.printing", data, case=made.issuance.case)


def _never_granted(made: Aftermath) -> None:
    del made.platform.core.grants[made.issuance.authorisation_id]
    assert made.platform.memory
    made.platform.memory.save()


@pytest.mark.parametrize(
    ("tampers", "found"),
    [
        (_twice, "was printed 2 times"),
        (_other_blank, "no ledger knows it"),
        (_lost_blank, "is stuck, the ledger says loaded"),
        (_open_there, "is open at the platform"),
        (_unheard, "1 events wait"),
        (_rewritten, "the journal is broken"),
        (_astray, "went from taken to printing"),
        (_never_granted, "the platform never granted it"),
        (_never_granted, "the platform says None"),
    ],
)
def test_whatever_does_not_agree_is_found(aftermath: Aftermath, tampers: Callable[[Aftermath], None], found: str) -> None:
    tampers(aftermath)
    wrong = violations(aftermath, aftermath.store)
    assert any(found in each for each in wrong), wrong


def test_a_plan_follows_from_its_seed_and_the_sweep_walks_every_trouble_through_every_point() -> None:
    plans = [plan_of(seed) for seed in range(SWEEP)]
    assert plans == [plan_of(seed) for seed in range(SWEEP)]
    assert {(plan.trouble, plan.point) for plan in plans} == {(trouble, point) for trouble in TROUBLES for point in POINTS}
    assert all(not plan_of(seed).point for seed in range(SWEEP, SWEEP + 50))


def test_no_two_of_the_many_citizens_are_one() -> None:
    many = [citizen(index) for index in range(2000)]
    assert len({person.number for person in many}) == len({person.cases[0].certificate_id for person in many}) == 2000

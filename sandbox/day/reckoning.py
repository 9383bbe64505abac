"""The reckoning at closing time: the terminal's account against the devices' own, sheet by sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from kiosk.issuance import blanks
from kiosk.issuance.blanks import BlankState
from kiosk.issuance.ledger import Ledger
from kiosk.issuance.states import State
from kiosk.terminal import Terminal
from offline_cache import journal
from sandbox.day.crowd import Day
from sandbox.hall import Hall


def reckoned(hall: Hall, terminal: Terminal, day: Day) -> Iterator[str]:
    """Where the terminal's account and the devices' differ; nothing, after a good day."""
    store, ledger = terminal.store, Ledger(terminal.store)
    sheets = hall.printer.printed
    by_job = Counter(sheet.job_name for sheet in sheets)
    yield from (f"job {job} was printed {count} times" for job, count in by_job.items() if count > 1)
    issuances = {issuance.job_name: issuance for issuance in ledger.all()}
    certificates: Counter[str] = Counter()
    for sheet in sheets:
        issuance = issuances.get(sheet.job_name)
        if issuance is None:
            yield f"job {sheet.job_name} was printed, and the ledger knows it not"
            continue
        certificates[issuance.certificate_id] += 1
        ended_well = issuance.state in (State.TAKEN, State.RETAINED)
        if not ended_well or (issuance.serial, issuance.page_digest) != (sheet.serial, sheet.digest):
            yield f"job {sheet.job_name} lies on {sheet.serial}, the ledger says {issuance.state} on {issuance.serial}"
    yield from (f"certificate {one} was printed {count} times" for one, count in certificates.items() if count > 1)
    for issuance in issuances.values():
        if issuance.state in (State.TAKEN, State.RETAINED) and issuance.job_name not in by_job:
            yield f"{issuance.job_name} is {issuance.state} and was never printed"
        if issuance.state is State.UNKNOWN:
            yield f"{issuance.job_name} is unknown at the end of the day"
    where = {blank.serial: blank.state for blank in blanks.listed(store)}
    in_bin = set(hall.printer.bin)
    for serial, state in where.items():
        if (serial in in_bin) is not (state is BlankState.LOADED):
            yield f"blank {serial} is {'in the bin' if serial in in_bin else 'out of the bin'}, the ledger says {state}"
    held = [serial for serial, state in where.items() if state is BlankState.RETAINED]
    if sorted(day.kept) != sorted(held):
        yield f"staff keep {sorted(day.kept)}, the ledger says {sorted(held)}"
    if hall.printer.outlet:
        yield f"{len(hall.printer.outlet)} sheets lie in the outlet"
    yield from (f"the account of {each.kind} blanks does not balance" for each in blanks.account(store) if not each.balanced)
    if (damage := journal.verify(store)) is not None:
        yield f"the journal: {damage}"
    core = hall.platform.core
    taken = {grant for grant, each in core.grants.items() if each.state in ("taken", "retained")}
    ours = {i.authorisation_id for i in issuances.values() if i.state in (State.TAKEN, State.RETAINED)}
    if taken != ours:
        yield f"platform and terminal differ about {len(taken ^ ours)} certificates"
    if day.slips > len(hall.receipts.slips):
        yield f"{day.slips} slips were said to have come out, the roll gave {len(hall.receipts.slips)}"

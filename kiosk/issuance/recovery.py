"""After a crash or a fault: what became of each open issuance, by asking three witnesses and one table.

The witnesses are the once-guard (did the job get through to the device's backend, and how did that end?), the queue (what does
CUPS say of a job of that name?) and the printer itself (its own job list). The table below is the whole judgement; docs/reliability.md
shows it, and a test walks every combination. Nothing is ever resolved by printing again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from kiosk.issuance.ledger import Issuance, Ledger
from kiosk.issuance.states import State

log = logging.getLogger(__name__)


class Guard(Enum):
    """What the once-guard says of a job name."""

    NEVER_SEEN = "never-seen"
    STARTED = "started"
    DELIVERED = "delivered"
    FAILED = "failed"
    SILENT = "silent"


class Queue(Enum):
    """What CUPS says of a job name."""

    NO_SUCH_JOB = "no-such-job"
    WAITING = "waiting"
    PROCESSING = "processing"
    COMPLETED = "completed"
    ENDED_OTHERWISE = "ended-otherwise"
    SILENT = "silent"


class Printer(Enum):
    """What the printer's own job list says."""

    PRINTED = "printed"
    NOT_PRINTED = "not-printed"
    SILENT = "silent"


class Verdict(Enum):
    """What is to be done."""

    PRINTED = "printed"
    NOT_PRINTED = "not-printed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Testimony:
    """What the three say of one job."""

    guard: Guard
    queue: Queue
    printer: Printer


class Witnesses(Protocol):
    """Whoever can ask the three; blocks; never raises (silence is an answer)."""

    def testify(self, job_name: str) -> Testimony: ...

    def withdraw(self, job_name: str) -> bool:
        """Take a job that has not begun out of the queue for good; whether it is certain that it will never print."""
        ...


def judge(testimony: Testimony) -> Verdict:
    """The table.

    - The printer says that it printed: printed.
    - The guard never saw the name, the queue has no live job of it: it never reached the device: not printed.
    - The guard saw it delivered whole, the queue says completed and the printer does not deny it: printed.
    - Anything else: unknown. A started guard token alone means that bytes may have reached the device.
    """
    guard, queue, printer = testimony.guard, testimony.queue, testimony.printer
    if printer is Printer.PRINTED:
        return Verdict.PRINTED
    if guard is Guard.NEVER_SEEN and queue in (Queue.NO_SUCH_JOB, Queue.ENDED_OTHERWISE):
        return Verdict.NOT_PRINTED
    if guard is Guard.DELIVERED and queue is Queue.COMPLETED and printer is not Printer.NOT_PRINTED:
        return Verdict.PRINTED
    return Verdict.UNKNOWN


def recover(ledger: Ledger, witnesses: Witnesses) -> list[tuple[Issuance, State]]:
    """Bring every open issuance to a state that is true. Returns each with the state that it was found in.

    What had not touched the queue is given back; a job that still waits in the queue is withdrawn first, so that it cannot print
    behind our back; printed but not yet presented sheets are held by staff; the rest is unknown.
    """
    found: list[tuple[Issuance, State]] = []
    for issuance in ledger.open():
        before = issuance.state
        after = _recovered(ledger, witnesses, issuance)
        log.warning("recovery: %s found %s, now %s", issuance.authorisation_id, before, after.state)
        found.append((after, before))
    return found


def _recovered(ledger: Ledger, witnesses: Witnesses, issuance: Issuance) -> Issuance:
    match issuance.state:
        case State.AUTHORISED | State.RESERVED:
            return ledger.given_back(issuance, "terminal restarted before printing")
        case State.SPOOLING | State.PRINTING:
            withdrawn = witnesses.withdraw(issuance.job_name)
            testimony = witnesses.testify(issuance.job_name)
            verdict = judge(testimony)
            if verdict is Verdict.NOT_PRINTED and withdrawn:
                return ledger.given_back(issuance, "the job never reached the printer")
            if verdict is Verdict.PRINTED:
                return ledger.retained(ledger.printed(issuance), "printed when the terminal stopped")
            detail = f"guard {testimony.guard.value}, queue {testimony.queue.value}, printer {testimony.printer.value}"
            return ledger.unknown(issuance, detail)
        case State.PRINTED:
            return ledger.retained(issuance, "printed when the terminal stopped")
        case State.PRESENTED:
            return ledger.retained(issuance, "in the outlet when the terminal stopped")
        case _:
            return issuance

"""After a crash or a fault: what became of each open issuance, by asking three witnesses and one table.

The witnesses are the once-guard (did the job get through to the device's backend, and how did that end?), the queue (what does
CUPS say of a job of that name?) and the printer itself (its own job list). The table below is the whole judgement; docs/reliability.md
shows it, and a test walks every combination. Nothing is ever resolved by printing again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from kiosk import events
from kiosk.issuance.ledger import Issuance, Ledger
from kiosk.issuance.states import State

UNSEEN = "printed; nobody saw whether it was taken"


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
        """Take a job that has not begun out of the queue for good; whether it is certain that it will never print.

        The queue alone cannot promise that: a scheduler that dies takes up again what it had not yet noted as cancelled. The name must
        be closed at the guard.
        """
        ...

    def at_work(self, job_name: str) -> bool:
        """Whether a sheet may still come out for a job that was let through: also when nobody can say."""
        ...


class StillAtWork(Exception):
    """A sheet may still come out: an unknown end cannot be settled yet. Staff's turn: let the printer finish or give up, then look."""


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


def table() -> str:
    """The judgement as a Markdown table, for docs/reliability.md: every combination, those of one verdict and guard together."""
    lines = ["| guard | queue | printer | verdict |", "|---|---|---|---|"]
    for guard in Guard:
        for queue in Queue:
            verdicts = {printer: judge(Testimony(guard, queue, printer)) for printer in Printer}
            for verdict in dict.fromkeys(verdicts.values()):
                said = ", ".join(printer.value for printer in Printer if verdicts[printer] is verdict)
                lines.append(f"| {guard.value} | {queue.value} | {said} | {verdict.value} |")
    return "\n".join(lines) + "\n"


def recover(ledger: Ledger, witnesses: Witnesses) -> list[tuple[Issuance, State]]:
    """Bring every open issuance to a state that is true. Returns each with the state that it was found in.

    What had not touched the queue is given back; a job that still waits in the queue is withdrawn first, so that it cannot print
    behind our back. A printed sheet whose end nobody saw is unknown, like one of which nobody can say whether it was printed: it
    may lie in the outlet or have been taken, and a terminal with somebody's certificate in its outlet serves nobody else.
    Safe to run again at any time, also after being cut off half-way.
    """
    found: list[tuple[Issuance, State]] = []
    for issuance in ledger.open():
        after = _recovered(ledger, witnesses, issuance)
        if after is not issuance:
            events.ISSUANCE_RECOVERED.tell(authorisation=issuance.authorisation_id, before=issuance.state, after=after.state)
        found.append((after, issuance.state))
    return found


def _recovered(ledger: Ledger, witnesses: Witnesses, issuance: Issuance) -> Issuance:
    match issuance.state:
        case State.AUTHORISED | State.RESERVED:
            return ledger.given_back(issuance, "stopped before printing")
        case State.SPOOLING | State.PRINTING:
            concluded = conclude(ledger, witnesses, issuance, "stopped while printing")
            return ledger.unknown(concluded, UNSEEN) if concluded.state is State.PRINTED else concluded
        case State.PRINTED | State.PRESENTED:
            return ledger.unknown(issuance, UNSEEN)
        case _:
            return issuance


def conclude(ledger: Ledger, witnesses: Witnesses, issuance: Issuance, reason: str) -> Issuance:
    """A job that was or may have been handed over and did not end well before our eyes: withdraw it, hear the three, judge.

    Returns the issuance given back (certainly not printed, and never will be), printed, or unknown. `reason` is kept, with what the
    three said.
    """
    withdrawn = witnesses.withdraw(issuance.job_name)
    testimony = witnesses.testify(issuance.job_name)
    verdict = judge(testimony)
    said = f"guard {testimony.guard.value}, queue {testimony.queue.value}, printer {testimony.printer.value}"
    detail = f"{reason}; {said}" + ("" if withdrawn else "; not withdrawn")
    events.ISSUANCE_JUDGED.tell(authorisation=issuance.authorisation_id, detail=detail, verdict=verdict.value)
    if verdict is Verdict.NOT_PRINTED and withdrawn:
        return ledger.given_back(issuance, detail)
    if verdict is Verdict.PRINTED:
        return ledger.printed(issuance)
    return ledger.unknown(issuance, detail)


def settle(ledger: Ledger, witnesses: Witnesses, issuance: Issuance, end: State, by: tuple[str, str]) -> Issuance:
    """Two of the staff have looked for the sheet of an unknown issuance: spoiled, retained or taken.

    What they saw is the end only if nothing can come out any more, so the name is closed first. Raises `StillAtWork`, and as
    `Ledger.settled` does.
    """
    if not witnesses.withdraw(issuance.job_name) and witnesses.at_work(issuance.job_name):
        raise StillAtWork("a sheet may still come out: let the printer finish or give up, then look again")
    return ledger.settled(issuance, end, by)

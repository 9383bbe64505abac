"""The booklet unit as issuance sees it: one hand-over, one end, and witnesses to ask after a crash (`kiosk.issuance` has the ports).

    submit: obstacles · the feed's name used up at the once-guard · feed · serial read back
    wait:   leaf, turn, leaf, … · stamp · into the outlet

Every leaf is a print job of its own, named after the authorisation and its number, and let through once, ever; so is the feed (leaf 0). A booklet
that is not to be given out goes to the unit's reject bin (`Printed.put_away`). Where the end of a movement was not heard nobody knows, and staff
must look. After a crash a feed that was begun is unknown, whatever followed: nothing is ever fed, turned or printed again to find out.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.certificate.leaves import leaves
from kiosk.issuance.issue import Printed, PrintingRefused
from kiosk.issuance.ledger import MOST_LEAVES
from kiosk.issuance.recovery import Guard, Printer, Queue, Testimony
from kiosk.queue import at_work
from peripherals.booklet import ActFailed, BookletFault, BookletUnit, PageTurner, Rejected
from peripherals.booklet.turner import UNKNOWN
from peripherals.booklet.unit import UNREADABLE
from peripherals.device import Media
from peripherals.printer import CupsPrinter, GuardEvidence, OnceGuard, PrinterFault

FEED = 0
BLIND_AFTER = 2
"""After so many serials in a row that could not be read it is the camera, and no further blank is fed for it to spoil."""


class BookletWitnesses:
    """`Witnesses` of booklets: guard, queue and printer; they need no page turner, so a staff command can hear them beside the terminal."""

    def __init__(self, printer: CupsPrinter, guard: OnceGuard) -> None:
        self._printer = printer
        self._guard = guard

    def testify(self, job_name: str) -> Testimony:
        """A feed that was never begun has touched no blank; one that was begun may have led anywhere."""
        evidence = self._guard.evidence(_leaf(job_name, FEED))
        if evidence is GuardEvidence.NEVER_SEEN:
            return Testimony(Guard.NEVER_SEEN, Queue.NO_SUCH_JOB, Printer.NOT_PRINTED)
        return Testimony(Guard.SILENT if evidence is GuardEvidence.SILENT else Guard.STARTED, Queue.SILENT, Printer.SILENT)

    def withdraw(self, job_name: str) -> bool:
        """Close the feed and every leaf that was not let through: none may print on the next booklet. Whether nothing was begun and nothing will be."""
        return self.close_leaves(job_name) and self._guard.withdraw(_leaf(job_name, FEED))

    def at_work(self, job_name: str) -> bool:
        """Whether a leaf is being printed; also when nobody can say."""
        return any(at_work(self._printer, self._guard, _leaf(job_name, number)) for number in self._let_through(job_name))

    def close_leaves(self, job_name: str) -> bool:
        """Every leaf's name is closed, or was let through; and none waits in the queue."""
        named = [_leaf(job_name, number) for number in range(FEED + 1, MOST_LEAVES + 1)]
        closed = [self._guard.withdraw(name) or self._guard.knows(name) for name in named]
        try:
            waiting = {job.name for job in self._printer.jobs() if not job.state.ended}
        except PrinterFault:
            return False
        cancelled = [self._printer.cancel(name) for name in named if name in waiting]
        return all(closed) and all(cancelled)

    def _let_through(self, job_name: str) -> list[int]:
        unseen = GuardEvidence.NEVER_SEEN
        return [n for n in range(FEED + 1, MOST_LEAVES + 1) if self._guard.evidence(_leaf(job_name, n)) is not unseen]


@dataclass(slots=True)
class _Booklet:
    """The one under way. `ended`: how, where it ended before its first page."""

    job_name: str
    pages: tuple[bytes, ...]
    ended: Printed | None = None


class BookletPress(BookletWitnesses):
    """`Printing` and `Witnesses` over the unit."""

    def __init__(
        self, unit: BookletUnit, turner: PageTurner, printer: CupsPrinter, guard: OnceGuard, *, give_up_seconds: float
    ) -> None:
        super().__init__(printer, guard)
        self._unit = unit
        self._turner = turner
        self._give_up_seconds = give_up_seconds
        self._booklet: _Booklet | None = None
        self._unread = 0

    @property
    def blind(self) -> bool:
        """Whether the camera reads no serial any more, by the last few blanks. Staff look at it and restart the terminal."""
        return self._unread >= BLIND_AFTER

    def obstacle(self) -> str | None:
        """Why no booklet could be made right now (a word of the printer's or the turner's, or ours); None when one can."""
        if self.blind:
            return UNREADABLE
        status = self._printer.look()
        if status.usable:
            status = self._turner.status()
        return status.obstacle

    def looked(self) -> None:
        """Nothing is unknown any more: two of the staff have looked, and what lay in the unit is out of it."""
        if UNKNOWN in self._turner.status().reasons:
            self._turner.resolve(Media.NOT_PRESENT)

    def submit(self, job_name: str, pdf: bytes, serial: str) -> int:
        booklet = _Booklet(job_name, leaves(pdf))
        if not serial or not 0 < len(booklet.pages) <= MOST_LEAVES:
            raise PrintingRefused("no-blank" if not serial else "too-many-pages")
        if reason := self.obstacle():
            raise PrintingRefused(reason)
        if not self._guard.begin(_leaf(job_name, FEED)):
            raise PrintingRefused("refused-repeat")
        try:
            self._unit.feed()
        except ActFailed as failed:
            if not failed.moved and self._guard.not_begun(_leaf(job_name, FEED)):
                raise PrintingRefused(self.obstacle() or failed.code) from None
            booklet.ended = Printed(False, failed.code)
        except BookletFault as fault:
            booklet.ended = Printed(False, fault.code)
        if booklet.ended is None:
            booklet.ended = self._ending(lambda: self._unit.prove(serial))
            unread = booklet.ended is not None and booklet.ended.reason == UNREADABLE
            self._unread = self._unread + 1 if unread else 0
        self._booklet = booklet
        return 1

    def wait(self, job: int, on_progress: Callable[[float | None], None]) -> Printed:
        booklet, self._booklet = self._booklet, None
        if booklet is None:
            return Printed(False, "forgotten")
        if booklet.ended is not None:
            return booklet.ended

        def leaf(number: int) -> Callable[[], bool]:
            def prints() -> bool:
                on_progress((number - 1) / len(booklet.pages))
                return self._prints(booklet, number)

            return prints

        def make() -> None:
            self._unit.print([leaf(number) for number in range(1, len(booklet.pages) + 1)])
            self._unit.give_out()

        return self._ending(make) or Printed(True)

    def retract(self) -> bool:
        """Draw back what nobody took; whether the unit says that it has it."""
        try:
            self._unit.retract()
        except BookletFault:
            return False
        return True

    def _ending(self, act: Callable[[], None]) -> Printed | None:
        """How the booklet ends with `act`; None when it goes on."""
        try:
            act()
        except Rejected as rejected:
            return Printed(False, rejected.reason, put_away=True, seen=rejected.seen)
        except BookletFault as fault:
            return Printed(False, fault.code)
        except _StillPrinting as still:
            return Printed(False, still.reason)
        return None

    def _prints(self, booklet: _Booklet, number: int) -> bool:
        """One leaf. False: it did not come out, and nothing more of it will. Raises `_StillPrinting` where that is not certain."""
        name = _leaf(booklet.job_name, number)
        try:
            job = self._printer.submit(name, booklet.pages[number - 1])
            outcome = self._printer.wait(job, give_up_seconds=self._give_up_seconds)
            reason, completed = outcome.reason, outcome.completed
        except PrinterFault as fault:
            reason, completed = fault.code, False
        if completed:
            return True
        if not self.close_leaves(booklet.job_name) or self._busy_with(name):
            raise _StillPrinting(reason)
        return False

    def _busy_with(self, name: str) -> bool:
        """Whether the printer may still be at a leaf; it is given a moment to end it."""
        deadline = time.monotonic() + 5.0
        while busy := (self._guard.knows(name) and at_work(self._printer, self._guard, name)):
            if time.monotonic() > deadline:
                break
            time.sleep(0.25)
        return busy


class _StillPrinting(Exception):
    """A leaf did not end well and may still come out: the booklet must not be moved."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _leaf(job_name: str, number: int) -> str:
    return f"{job_name.rpartition('.')[0]}.{number}"

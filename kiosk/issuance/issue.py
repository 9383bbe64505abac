"""One certificate, from the citizen's "print" to the sheet in the outlet.

    authorise → authorised → reserved → (typeset) spooling → printing → printed → presented

Each state is on disk before the act that it names. What can go wrong ends in one of two ways, and the caller learns which:
nothing was printed and everything is given back (`IssuanceStopped`, not unknown), or nobody can know and staff must look (unknown).
Everything here blocks and runs on one worker thread; the event loop only waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NoReturn, Protocol

from kiosk import events
from kiosk.issuance.blanks import NoBlank
from kiosk.issuance.ledger import AlreadyOpen, Issuance, Ledger
from kiosk.issuance.recovery import Witnesses, conclude, recover
from kiosk.issuance.states import FOR_PEOPLE, State
from kiosk.platform.types import Authorisation
from kiosk.registration.record import Registration
from offline_cache.store import StoreError


class IssuanceStopped(Exception):
    """No certificate came out. `unknown`: staff must look at the paper; else nothing was printed and all was given back, or the unit has
    put the blank away and it is void.

    `reason` is a word of the device's vocabulary (IPP reason), a store's ("store-full", …), or ours: "no-blank", "authorisation",
    "already-open", "typesetting", "unknown-open" (an earlier one waits for staff to look: nothing new is begun).
    """

    def __init__(self, reason: str, *, unknown: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.unknown = unknown


@dataclass(frozen=True, slots=True)
class Page:
    """What is handed to the printer, and its SHA-256 (hex)."""

    pdf: bytes
    digest: str


class Typesetting(Protocol):
    """Makes the page for a registration on the blank `serial`."""

    def page(self, registration: Registration, serial: str) -> Page:
        """Raises `TypesettingFailed`."""
        ...


class TypesettingFailed(Exception):
    """The page could not be made; the message says nothing of the record."""


@dataclass(frozen=True, slots=True)
class Printed:
    """How a job ended as far as the unit knows: `completed`, or else why not (an IPP reason or our own word).

    `put_away`: the unit has the blank in its reject bin, for certain. `seen`: the serial that it read from it, where that is another one
    than the bound one.
    """

    completed: bool
    reason: str = ""
    put_away: bool = False
    seen: str = ""


class Printing(Protocol):
    """Hands one job over and waits for its end."""

    def submit(self, job_name: str, pdf: bytes, serial: str) -> int:
        """Hand the job over, for the blank `serial`; returns its number. Raises `PrintingRefused` when it is certain that nothing was."""
        ...

    def wait(self, job: int, on_progress: Callable[[float | None], None]) -> Printed:
        """Until the job has ended or nothing more is to be expected; never raises."""
        ...


class PrintingRefused(Exception):
    """The job was not spooled, for certain; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AuthorisationWrong(Exception):
    """The platform's token is not for this terminal, record or moment."""


Authorise = Callable[[], Authorisation]
CheckAuthorisation = Callable[[Authorisation, Registration], None]
"""Raises `AuthorisationWrong`."""
OnProgress = Callable[[str, float | None], None]


class Issuer:
    """Issues one certificate at a time."""

    def __init__(
        self,
        ledger: Ledger,
        typesetting: Typesetting,
        printing: Printing,
        witnesses: Witnesses,
        check_authorisation: CheckAuthorisation,
        undisturbed: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        """`undisturbed` surrounds each issuance, so that nobody restarts the terminal in the middle of one."""
        self._ledger = ledger
        self._typesetting = typesetting
        self._printing = printing
        self._witnesses = witnesses
        self._check = check_authorisation
        self._undisturbed = undisturbed
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="issuance")

    def close(self) -> None:
        """Wait for a running issuance to reach its next true state, then stop."""
        self._worker.shutdown(wait=True)

    async def issue(self, registration: Registration, authorise: Authorise, case: str, on_progress: OnProgress) -> Issuance:
        """Print `registration` once. Returns the issuance in state presented.

        Raises `IssuanceStopped`, or `PlatformError` (from `authorise`: nothing was begun). Cancelling the await does not stop the
        machine: it goes on to a state that is true.
        """
        loop = asyncio.get_running_loop()

        def progress(stage: str, fraction: float | None = None) -> None:
            loop.call_soon_threadsafe(on_progress, stage, fraction)

        return await asyncio.shield(loop.run_in_executor(self._worker, self._issue, registration, authorise, case, progress))

    async def taken(self, issuance: Issuance, evidence: str) -> Issuance:
        """It is in a hand."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._ledger.taken, issuance, evidence)

    async def left(self, issuance: Issuance, reason: str) -> Issuance:
        """Nobody has said that it was taken: one of the staff must look."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._ledger.left, issuance, reason)

    async def retained(self, issuance: Issuance, reason: str) -> Issuance:
        """The unit has drawn it back, by its own sensor: staff hold it."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._ledger.retained, issuance, reason)

    async def unseen(self, issuance: Issuance, reason: str) -> Issuance:
        """Nobody can say in whose hand it is: two of the staff must look."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._ledger.unknown, issuance, reason)

    async def recover(self) -> None:
        """Bring whatever is still open to a state that is true, after everything that was begun before."""
        await asyncio.get_running_loop().run_in_executor(self._worker, self._recover)

    async def between(self, act: Callable[[], None]) -> None:
        """Do something while nothing is being issued. Raises what it raises."""
        await asyncio.get_running_loop().run_in_executor(self._worker, act)

    # ---- on the worker ---------------------------------------------------------------------------------------------------

    def _issue(self, registration: Registration, authorise: Authorise, case: str, on_progress: OnProgress) -> Issuance:
        with self._undisturbed():
            return self._issue_once(registration, authorise, case, on_progress)

    def _issue_once(self, registration: Registration, authorise: Authorise, case: str, on_progress: OnProgress) -> Issuance:
        self._leftovers()
        on_progress("authorised", None)
        issuance = self._authorised(registration, authorise(), case)
        page, issuance = self._prepared(issuance, registration)
        on_progress("printing", None)
        try:
            issuance = self._handed_over(issuance, page, on_progress)
            on_progress("printed", None)
            return self._ledger.presented(issuance)
        except StoreError as failure:
            # The state on disk is older than what has happened since: `recover` asks the witnesses as soon as the store can write.
            events.ISSUANCE_STORE.tell(authorisation=issuance.authorisation_id, code=failure.code)
            raise IssuanceStopped(failure.code, unknown=True) from None

    def _recover(self) -> None:
        with self._undisturbed():
            recover(self._ledger, self._witnesses)

    def _leftovers(self) -> None:
        """Nothing new begins while something old has no true end, be it because the store could not write it at the time."""
        try:
            waiting = [issuance for issuance, _ in recover(self._ledger, self._witnesses) if issuance.state in FOR_PEOPLE]
            self._ledger.outrun_copies()
        except StoreError as failure:
            raise IssuanceStopped(failure.code, unknown=False) from None
        if waiting:
            raise IssuanceStopped("unknown-open", unknown=False)

    def _authorised(self, registration: Registration, authorisation: Authorisation, case: str) -> Issuance:
        try:
            issuance = self._ledger.authorised(authorisation, registration.kind.value, case)
        except AlreadyOpen:
            raise IssuanceStopped("already-open", unknown=False) from None
        except StoreError as failure:
            # Nothing says here that it was granted; the platform ends it when it expires.
            raise IssuanceStopped(failure.code, unknown=False) from None
        try:
            self._check(authorisation, registration)
        except AuthorisationWrong:
            self._abandon(issuance, "authorisation not trusted")
            raise IssuanceStopped("authorisation", unknown=False) from None
        return issuance

    def _prepared(self, issuance: Issuance, registration: Registration) -> tuple[Page, Issuance]:
        """Blank reserved, page typeset, spooling on disk, older copies outrun. Whatever goes wrong until then gives everything back."""
        try:
            issuance = self._ledger.reserved(issuance)
            assert issuance.serial is not None
            page = self._typesetting.page(registration, issuance.serial)
            issuance = self._ledger.spooling(issuance, page.digest)
            self._ledger.outrun_copies()
            return page, issuance
        except NoBlank:
            self._abandon(issuance, "no blank")
            raise IssuanceStopped("no-blank", unknown=False) from None
        except TypesettingFailed:
            events.ISSUANCE_TYPESETTING.tell()
            self._abandon(issuance, "typesetting failed")
            raise IssuanceStopped("typesetting", unknown=False) from None
        except StoreError as failure:
            self._abandon(issuance, failure.code)
            raise IssuanceStopped(failure.code, unknown=False) from None
        except BaseException:
            self._abandon(issuance, "mistake before printing")
            raise

    def _abandon(self, issuance: Issuance, reason: str) -> None:
        """Give back what nothing was printed under. A store that cannot write it leaves it open, and `recover` gives it back."""
        try:
            self._ledger.given_back(issuance, reason)
        except StoreError as failure:
            events.ISSUANCE_LATER.tell(authorisation=issuance.authorisation_id, code=failure.code)

    def _handed_over(self, issuance: Issuance, page: Page, on_progress: OnProgress) -> Issuance:
        """Spool the page and follow it to its end. Returns the issuance printed; raises `IssuanceStopped`."""
        assert issuance.serial is not None
        try:
            job = self._printing.submit(issuance.job_name, page.pdf, issuance.serial)
        except PrintingRefused as refusal:
            return self._printed_after_all(issuance, refusal.reason)
        issuance = self._ledger.printing(issuance)
        outcome = self._printing.wait(job, lambda fraction: on_progress("printing", fraction))
        if outcome.put_away:
            self._put_away(issuance, outcome)
        return self._ledger.printed(issuance) if outcome.completed else self._printed_after_all(issuance, outcome.reason)

    def _put_away(self, issuance: Issuance, outcome: Printed) -> NoReturn:
        """The blank lies in the reject bin. Another one than the bound one: where that lies nobody knows."""
        if outcome.seen:
            self._ledger.strayed(issuance, outcome.seen, outcome.reason)
            raise IssuanceStopped(outcome.reason, unknown=True)
        self._ledger.spoiled(issuance, outcome.reason)
        raise IssuanceStopped(outcome.reason, unknown=False)

    def _printed_after_all(self, issuance: Issuance, reason: str) -> Issuance:
        """The job did not end well before our eyes: what the witnesses say decides."""
        concluded = conclude(self._ledger, self._witnesses, issuance, reason)
        if concluded.state is not State.PRINTED:
            raise IssuanceStopped(reason, unknown=concluded.state is State.UNKNOWN)
        return concluded

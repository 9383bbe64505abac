"""A hall in memory for the issuance machine: a printing world that keeps its own count, and a fuse that cuts the power.

The world (queue, once-guard, printer) outlives the terminal. Its `paper` is the only thing that the tests believe about what was
printed. `Fuse` blows after a given number of steps: before and after each commit, and around each physical act.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from hashlib import sha256
from pathlib import Path

from kiosk.issuance import blanks
from kiosk.issuance.issue import Issuer, Page, Printed, TypesettingFailed
from kiosk.issuance.ledger import Issuance, Ledger
from kiosk.issuance.recovery import Guard, Printer, Queue, Testimony
from kiosk.platform.types import Authorisation
from kiosk.registration.record import CertificateKind, Party, Registration, TitleContent
from offline_cache.keys import derive
from offline_cache.ratchet import Counter, Ratchet
from offline_cache.store import Store, StoreError, Transaction

NOON = datetime(2026, 5, 18, 12, 0, tzinfo=UTC)
KEYS = derive(b"k" * 32)
SERIALS = [f"410021863{number:02}" for number in range(50, 70)]


class PowerCut(BaseException):
    """The machine is gone; nothing of the terminal runs after this."""


class Fuse:
    """Blows at the `at`-th step (never, for 0) and stays blown."""

    def __init__(self, at: int = 0) -> None:
        self.at = at
        self.steps = 0
        self.where = ""

    @property
    def blown(self) -> bool:
        return 0 < self.at <= self.steps

    def step(self, where: str) -> None:
        if self.blown:
            raise PowerCut(self.where)
        self.steps += 1
        if self.blown:
            self.where = where
            raise PowerCut(where)


class HallStore(Store):
    """A real store whose transactions the fuse can cut, and that can be told to fail."""

    fuse = Fuse()
    fails: StoreError | None = None
    fails_from = 0
    transactions = 0

    @contextlib.contextmanager
    def transaction(self) -> Generator[Transaction]:
        self.fuse.step("before a transaction")
        self.transactions += 1
        with super().transaction() as tx:
            yield tx
            if self.fails is not None and self.transactions >= self.fails_from:
                raise self.fails
            self.fuse.step("before a commit")
        self.fuse.step("after a commit")


class Mishap(Enum):
    """What goes wrong outside the terminal while a page is printed."""

    NONE = "none"
    REFUSED = "nothing spooled"
    STOPS_BEFORE = "stops before the sheet, the job stays in the queue"
    JAM = "the sheet is spoiled half-way"
    SILENT_AFTER = "prints, and then neither queue nor printer answer"
    FORGOTTEN = "prints, and the queue forgets the job"


@dataclass
class World:
    """Queue, once-guard and printer. `paper`: the job names whose page came out, as a printer's own log would say."""

    paper: list[str] = field(default_factory=list[str])
    spoiled: list[str] = field(default_factory=list[str])
    guard: dict[str, Guard] = field(default_factory=dict[str, Guard])
    closed: set[str] = field(default_factory=set[str])
    """Names that were withdrawn at the guard before they were let through."""
    queue: dict[str, Queue] = field(default_factory=dict[str, Queue])
    deaf: bool = False
    """Queue and printer do not answer."""
    forgetful: bool = False
    """The printer lost its job list with the power."""
    mishap: Mishap = Mishap.NONE

    def let_through(self, name: str) -> bool:
        """The once-backend: a name passes once, ever."""
        if name in self.guard or name in self.closed:
            self.queue[name] = Queue.ENDED_OTHERWISE
            return False
        self.guard[name] = Guard.STARTED
        self.queue[name] = Queue.PROCESSING
        return True

    def goes_on(self) -> None:
        """cupsd takes up again what is in its queue, as it does after its own restart: also what it has begun before."""
        for name, state in list(self.queue.items()):
            if state in (Queue.WAITING, Queue.PROCESSING) and self.let_through(name):
                self.print(name)

    def print(self, name: str) -> None:
        self.paper.append(name)
        self.guard[name] = Guard.DELIVERED
        self.queue[name] = Queue.COMPLETED


class Press:
    """The world as one run of the terminal sees it: `Printing` and `Witnesses`."""

    def __init__(self, world: World, fuse: Fuse) -> None:
        self.world = world
        self.fuse = fuse
        self.jobs: list[str] = []

    def submit(self, job_name: str, pdf: bytes, serial: str) -> int:
        from kiosk.issuance.issue import PrintingRefused

        assert pdf
        if self.world.mishap is Mishap.REFUSED:
            raise PrintingRefused("queue-missing")
        self.fuse.step("before submit")
        self.world.queue[job_name] = Queue.WAITING
        self.jobs.append(job_name)
        self.fuse.step("after submit")
        return len(self.jobs)

    def wait(self, job: int, on_progress: Callable[[float | None], None]) -> Printed:
        world, name = self.world, self.jobs[job - 1]
        on_progress(None)
        if world.mishap is Mishap.STOPS_BEFORE:
            return Printed(False, "media-empty")
        assert world.let_through(name)
        self.fuse.step("before the sheet")
        if world.mishap is Mishap.JAM:
            world.spoiled.append(name)
            world.guard[name], world.queue[name] = Guard.FAILED, Queue.ENDED_OTHERWISE
            return Printed(False, "media-jam")
        world.paper.append(name)
        self.fuse.step("after the sheet")
        world.guard[name], world.queue[name] = Guard.DELIVERED, Queue.COMPLETED
        self.fuse.step("after the backend")
        if world.mishap is Mishap.SILENT_AFTER:
            world.deaf = True
            return Printed(False, "service-down")
        if world.mishap is Mishap.FORGOTTEN:
            del world.queue[name]
            return Printed(False, "gave-up")
        return Printed(True)

    def testify(self, job_name: str) -> Testimony:
        self.fuse.step("before a testimony")
        world = self.world
        guard = world.guard.get(job_name, Guard.NEVER_SEEN)
        if world.deaf:
            return Testimony(guard, Queue.SILENT, Printer.SILENT)
        queue = world.queue.get(job_name, Queue.NO_SUCH_JOB)
        if world.forgetful or job_name in world.spoiled:
            return Testimony(guard, queue, Printer.SILENT)
        return Testimony(guard, queue, Printer.PRINTED if job_name in world.paper else Printer.NOT_PRINTED)

    def withdraw(self, job_name: str) -> bool:
        self.fuse.step("before a withdrawal")
        if self.world.deaf:
            return False
        if self.world.queue.get(job_name) in (Queue.WAITING, Queue.PROCESSING):
            self.world.queue[job_name] = Queue.ENDED_OTHERWISE
        self.world.closed |= {job_name} - self.world.guard.keys()
        return job_name in self.world.closed

    def at_work(self, job_name: str) -> bool:
        return self.world.deaf or self.world.queue.get(job_name) in (Queue.WAITING, Queue.PROCESSING)


class Typesetting:
    """One page a registration and serial; can fail."""

    def __init__(self) -> None:
        self.fails = False

    def page(self, registration: Registration, serial: str) -> Page:
        if self.fails:
            raise TypesettingFailed
        pdf = f"{registration.certificate_id} on {serial}".encode()
        return Page(pdf, sha256(pdf).hexdigest())


class Terminal:
    """One run of the terminal, from power-on to power-off, on the store at `path` and in `world`."""

    def __init__(self, path: Path, world: World, fuse: Fuse | None = None, counter: Counter | None = None) -> None:
        self.fuse = fuse or Fuse()
        self.store = HallStore.open(path, KEYS)
        self.store.fuse = self.fuse
        self.ledger = Ledger(self.store, lambda: NOON, Ratchet(self.store, counter) if counter else None)
        self.press = Press(world, self.fuse)
        self.typesetting = Typesetting()
        self.distrusted = False
        self.issuer = Issuer(self.ledger, self.typesetting, self.press, self.press, self._check)

    def _check(self, authorisation: Authorisation, registration: Registration) -> None:
        from kiosk.issuance.issue import AuthorisationWrong

        if self.distrusted or authorisation.certificate_id != registration.certificate_id:
            raise AuthorisationWrong

    async def issue(self, certificate: str, authorisation_id: str, case: str = "0518-120000") -> Issuance:
        return await self.issuer.issue(
            registration(certificate), lambda: authorisation(authorisation_id, certificate), case, lambda _stage, _fraction: None
        )

    def off(self) -> None:
        self.issuer.close()
        self.store.close()


def authorisation(authorisation_id: str, certificate_id: str = "cert-0012345") -> Authorisation:
    return Authorisation(
        authorisation_id=authorisation_id,
        certificate_id=certificate_id,
        record_version=1,
        terminal_id="xy-01",
        expires_at=NOON + timedelta(minutes=10),
        token=b"AAAA",
    )


def registration(certificate_id: str = "cert-0012345") -> Registration:
    return Registration(
        certificate_id=certificate_id,
        version=1,
        kind=CertificateKind.TITLE,
        number="豫(2024)信阳市不动产权第0012345号",
        registry="信阳市自然资源和规划局",
        registered_on=date(2024, 5, 1),
        title=TitleContent(
            holders=(Party(name="张建国", document="身份证", number="411502199003072817"),),
            co_ownership="单独所有",
            location="信阳市浉河区",
            unit_code="411502004009GB00012F00060045",
            right_type="国有建设用地使用权/房屋所有权",
            right_nature="出让/市场化商品房",
            purpose="住宅",
            area="98.76平方米",
            term="2018-06-12起2088-06-11止",
        ),
        code=b"code",
        seal="<svg/>",
    )


def load(store: Store, count: int = 5, first: int = 0, kind: str = "title", bin_name: str = "A") -> list[str]:
    serials = SERIALS[first : first + count]
    blanks.supply(store, NOON, bin_name, kind, serials, ("s-017", "s-021"))
    return serials

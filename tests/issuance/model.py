"""A small model of the world around the issuance machine, explored state by state: two terminals, one certificate, every crash.

The machine itself is not copied here. Where a terminal may go is read from `kiosk.issuance.states.TRANSITIONS`; what becomes of an open
issuance after a crash or a failed job is found by running `kiosk.issuance.recovery` itself, with every answer that its witnesses could
give. Only the outside is modelled: platform, queue, once-guard, printer, bin, power, and two of the staff who look at the paper.

A `World` can be built with one safeguard less (`Flaw`); the exploration must then find the double print. One that does not would
prove nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from typing import NamedTuple, cast

from kiosk.issuance import recovery, states
from kiosk.issuance.ledger import Issuance, Ledger
from kiosk.issuance.recovery import Guard, Printer, Queue, Testimony
from kiosk.issuance.states import IllegalTransition, State

NOON = datetime(2026, 5, 18, 12, 0, tzinfo=UTC)
SHEET_MAY_EXIST = frozenset({State.SPOOLING, State.PRINTING, State.UNKNOWN})
SHEET_EXISTS = frozenset({State.PRINTED, State.PRESENTED, State.LEFT, State.TAKEN, State.RETAINED})
FINAL_PLACE = {State.TAKEN: "hand", State.RETAINED: "staff"}


class Flaw(Enum):
    """A safeguard that is left out."""

    NONE = "none"
    STOCK_CUPS = "no once-guard: the queue runs a job again after its scheduler died"
    ACT_BEFORE_STATE = "the job is handed over before the state that names it is on disk"
    NAME_NOT_CLOSED = "a job is withdrawn from the queue alone, and comes back with a scheduler that died"
    QUEUE_BELIEVED = "recovery takes a withdrawal for certain when the queue has no such job any more"
    REGRANTED_AT_EXPIRY = "the platform grants anew when an authorisation has run out, without an answer to the first"
    SETTLED_WHILE_AT_WORK = "staff settle an unknown end while the printer still holds the job"
    BIN_STAYS_OPEN = "a bin with a quarantined blank goes on giving"
    RETAINED_AT_TIME_OUT = "a certificate that nobody is known to have taken is written down as held by staff"


class Job(NamedTuple):
    """One authorisation, on all sides: platform, disk, queue, guard, printer, paper."""

    terminal: int
    certificate: int = 0
    platform: str = "open"
    disk: State | None = None
    serial: int = -1
    guard: str = "never"  # never, closed, started, delivered, failed
    backend: bool = False  # a backend that was let through lives
    queue: Queue = Queue.NO_SUCH_JOB
    printer: str = "none"  # none, working, printed, broken-off
    drawn: bool = False  # a sheet was taken from the bin for it
    valid: int = 0  # sheets that say that they are this certificate
    place: str = ""  # of the sheet that says that it is this certificate: outlet, hand, staff
    wrong_sheet: bool = False
    told: State | None = None  # the newest end or unknown that the platform has heard


class Terminal(NamedTuple):
    """`job`: what it works on, -1 for nothing. `handed`: whether it has handed that over since it was started."""

    up: bool = True
    job: int = -1
    handed: bool = False
    drawn: int = 0  # sheets taken from its bin, from the top


class World(NamedTuple):
    """Everything, at one instant."""

    terminals: tuple[Terminal, ...]
    jobs: tuple[Job, ...] = ()


Step = tuple[str, World]
Judgements = dict[tuple[Job, bool], frozenset[tuple[Job, bool]]]


@dataclass(frozen=True)
class Violation:
    """A reachable state that must not be, and the way there."""

    what: str
    way: tuple[str, ...]


@dataclass
class Explorer:
    """Walks every reachable world breadth first, so that the way to a violation is a shortest one."""

    flaw: Flaw = Flaw.NONE
    authorisations: int = 2
    certificates: int = 1
    terminals: int = 2
    follows_paper: bool = True
    """Where a sheet lies that came out is part of a world; else people always say the right thing of it."""
    calm: bool = False
    """Nothing dies and everybody answers: what goes wrong even then goes wrong by design."""
    judgements: Judgements = field(default_factory=dict[tuple[Job, bool], frozenset[tuple[Job, bool]]])
    """What every judgement led to, to be shared by explorers of the same flaw."""

    def __post_init__(self) -> None:
        self.seen: dict[World, tuple[World | None, str]] = {}
        self.following: dict[World, list[World]] = {}

    def explore(self, most: int = 2_000_000) -> Violation | None:
        """The first violation, None when there is none; then `seen` is everything that can ever be."""
        first = World(tuple(Terminal() for _ in range(self.terminals)))
        self.seen[first] = (None, "start")
        waiting = deque([first])
        while waiting:
            world = waiting.popleft()
            if wrong := _wrong(world):
                return Violation(wrong, self._way(world))
            onward = self.following[world] = []
            for what, then in self._steps(world):
                after = then if self.flaw is Flaw.STOCK_CUPS else _without_what_is_over(then)
                onward.append(after)
                if after not in self.seen:
                    self.seen[after] = (world, what)
                    waiting.append(after)
            assert len(self.seen) < most, "the model is no longer small"
        return None

    def stuck(self) -> Violation | None:
        """A world from which no way leads to one where everything that was begun is at its end and reported; after `explore`."""
        backward: dict[World, list[World]] = {}
        for world, onward in self.following.items():
            for after in onward:
                backward.setdefault(after, []).append(world)
        good = deque(world for world in self.seen if _at_rest(world))
        reached = set(good)
        while good:
            for before in backward.get(good.popleft(), ()):
                if before not in reached:
                    reached.add(before)
                    good.append(before)
        lost = next((world for world in self.seen if world not in reached), None)
        return None if lost is None else Violation("no way to an end", self._way(lost))

    def _way(self, world: World) -> tuple[str, ...]:
        way: list[str] = []
        at: World | None = world
        while at is not None:
            at, what = self.seen[at]
            way.append(what)
        return tuple(reversed(way))

    # ---- what can happen next --------------------------------------------------------------------------------------------

    def _steps(self, world: World) -> Iterator[Step]:
        for number, terminal in enumerate(world.terminals):
            if terminal.up:
                if not self.calm:
                    yield f"terminal {number} loses power", _terminal(world, number, up=False, job=-1, handed=False)
                yield from self._works(world, number, terminal)
            else:
                yield from self._starts(world, number)
        for index, job in enumerate(world.jobs):
            for what, after in self._outside(job):
                yield f"{what} (authorisation {index})", self._drawn(world, index, after)
            yield from self._staff(world, index, job)
            if job.disk in (State.GIVEN_BACK, *states.REPORTED) and job.told is not job.disk:
                yield f"platform hears {job.disk}", _job(world, index, told=job.disk, platform=job.disk)
            if self.flaw is Flaw.REGRANTED_AT_EXPIRY and job.platform == "open":
                yield f"authorisation {index} runs out", _job(world, index, platform="expired")

    def _works(self, world: World, number: int, terminal: Terminal) -> Iterator[Step]:
        """What a terminal does while all goes well, and when it gives up on a job."""
        if terminal.job < 0:
            for certificate in range(self.certificates):
                if number > len(world.jobs):
                    continue  # terminals are alike: the first grant goes to the first, and so on
                if not self._blocked(world, number) and self._grantable(world, certificate):
                    jobs = (*world.jobs, Job(number, certificate))
                    granted = _terminal(world._replace(jobs=jobs), number, job=len(jobs) - 1)
                    yield f"terminal {number} is granted {len(jobs) - 1} for certificate {certificate}", granted
            return
        job = world.jobs[terminal.job]
        if job.disk is None:
            yield f"terminal {number} writes authorised", _job(world, terminal.job, disk=State.AUTHORISED)
            return
        for state in states.TRANSITIONS[job.disk]:
            if self._entitled(job, terminal, state):
                yield f"terminal {number} writes {state}", self._written(world, number, terminal.job, state)
        early = State.RESERVED if self.flaw is Flaw.ACT_BEFORE_STATE else State.SPOOLING
        if job.disk in (early, State.SPOOLING) and not terminal.handed and job.queue is Queue.NO_SUCH_JOB:
            handed = _job(world, terminal.job, queue=Queue.WAITING)
            yield f"terminal {number} hands over {terminal.job}", _terminal(handed, number, handed=True)
        if job.disk in (State.SPOOLING, State.PRINTING) and not self.calm:
            for after, up in self._judged(job, started_again=False):
                yield from self._concluded(world, number, terminal.job, after, up)

    def _entitled(self, job: Job, terminal: Terminal, state: State) -> bool:
        """Whether a terminal that works as written would write `state` now, if the table lets it."""
        match state:
            case State.PRINTING:
                return terminal.handed
            case State.PRINTED:
                return job.queue is Queue.COMPLETED or job.printer == "printed"
            case State.GIVEN_BACK | State.RESERVED | State.AUTHORISED | State.SPOOLING:
                # From spooling and printing on, only the judgement gives back; a table that leads back elsewhere is followed.
                return job.disk not in (State.SPOOLING, State.PRINTING) or state is not State.GIVEN_BACK
            case State.SPOILED | State.UNKNOWN:
                return False  # the judgement's and the staff's
            case State.TAKEN:
                return job.disk not in states.FOR_PEOPLE and job.place in ("", "hand")  # the sensor's word, or hers
            case State.RETAINED:
                drawn_back = job.place in ("", "staff") or self.flaw is Flaw.RETAINED_AT_TIME_OUT
                return job.disk not in states.FOR_PEOPLE and drawn_back
            case _:
                return job.disk not in states.FOR_PEOPLE

    def _written(self, world: World, number: int, index: int, state: State) -> World:
        job = world.jobs[index]
        if state is State.RESERVED and job.serial < 0:
            world = _job(world, index, serial=_next_serial(world, number))
        world = _job(world, index, disk=state)
        goes_on = state in states.OPEN - states.FOR_PEOPLE
        return world if goes_on else _terminal(world, number, job=-1, handed=False)

    def _starts(self, world: World, number: int) -> Iterator[Step]:
        """Power comes back: recovery, which may be cut off again."""
        index = next((i for i, job in enumerate(world.jobs) if job.terminal == number and _begun(job)), -1)
        if index < 0 or world.jobs[index].disk is State.UNKNOWN:
            yield f"terminal {number} starts", _terminal(world, number, up=True)
            return
        for after, up in self._judged(world.jobs[index], started_again=True):
            yield from self._concluded(world, number, index, after, up)

    def _concluded(self, world: World, number: int, index: int, after: Job, up: bool) -> Iterator[Step]:
        world = self._drawn(world, index, after)
        goes_on = up and after.disk is State.PRINTED
        what = f"terminal {number} judges {index}: {after.disk}" + ("" if up else ", cut off")
        yield what, _terminal(world, number, up=up, job=index if goes_on else -1, handed=False)

    def _grantable(self, world: World, certificate: int) -> bool:
        """The platform grants one at a time, and none after one that was printed or may have been."""
        free = {"spoiled", "given-back"} | ({"expired"} if self.flaw is Flaw.REGRANTED_AT_EXPIRY else set[str]())
        before = [job for job in world.jobs if job.certificate == certificate]
        return len(world.jobs) < self.authorisations and all(job.platform in free for job in before)

    def _blocked(self, world: World, number: int) -> bool:
        """Nothing new begins at a terminal where something is open."""
        passed = {State.UNKNOWN} if self.flaw is Flaw.BIN_STAYS_OPEN else set[State]()
        return any(job.terminal == number and job.disk in states.OPEN - passed for job in world.jobs)

    def _outside(self, job: Job) -> Iterator[tuple[str, Job]]:
        """Queue, backend, printer and their deaths, for one job."""
        if job.queue is Queue.WAITING:
            if job.guard == "never" or self.flaw is Flaw.STOCK_CUPS:
                again = {} if job.printer in ("none", "broken-off") else {"printer": "none", "drawn": False}
                yield "the queue begins", job._replace(queue=Queue.PROCESSING, guard="started", backend=True, **again)
            else:
                yield "the guard refuses", job._replace(queue=Queue.ENDED_OTHERWISE)
        if job.backend and job.printer == "none":
            yield "the backend hands over", job._replace(printer="working")
            yield "the backend fails", _ended(job, "failed", Queue.ENDED_OTHERWISE)
        if job.backend and job.printer == "printed":
            yield "the backend ends well", _ended(job, "delivered", Queue.COMPLETED)
        if job.backend and job.printer == "broken-off":
            yield "the backend ends badly", _ended(job, "failed", Queue.ENDED_OTHERWISE)
        if job.printer == "working":
            outlet = "outlet" if self.follows_paper else ""
            yield "the sheet comes out", job._replace(printer="printed", drawn=True, valid=job.valid + 1, place=outlet)
            yield "the sheet jams", job._replace(printer="broken-off", drawn=True)
            yield "the printer gives up before the sheet", job._replace(printer="broken-off")
        if job.place == "outlet" and job.disk in (State.PRESENTED, *states.FOR_PEOPLE):  # earlier makes no difference
            yield "somebody takes it", job._replace(place="hand")
            if job.disk is State.PRESENTED:
                yield "the unit draws it back", job._replace(place="staff")
        if self.calm:
            return
        if job.backend:
            yield "the backend is killed", job._replace(backend=False)
        if job.queue is Queue.PROCESSING:
            yield "the scheduler dies, and takes the job up again", job._replace(queue=Queue.WAITING)
            yield "the scheduler dies, and forgets the job", job._replace(queue=Queue.NO_SUCH_JOB)
        if job.queue is Queue.ENDED_OTHERWISE and job.guard in ("never", "closed"):
            yield "the scheduler dies before the withdrawal is on its disk", job._replace(queue=Queue.WAITING)

    def _staff(self, world: World, index: int, job: Job) -> Iterator[Step]:
        """Staff look for the sheet. What they may say is what is true; one that still lies there is put away by it."""
        if job.disk is State.LEFT:
            for end in states.TRANSITIONS[State.LEFT]:
                yield from self._found(world, index, job, end)
        if job.disk is not State.UNKNOWN:
            return
        if self.flaw is not Flaw.SETTLED_WHILE_AT_WORK:
            refused, job = self._asked_before_settling(job)
            if refused:
                return
            world = _job(world, index, guard=job.guard, queue=job.queue)
        ends = states.TRANSITIONS[State.UNKNOWN]
        for end in ends & {State.TAKEN, State.RETAINED}:
            yield from self._found(world, index, job, end)
        if State.SPOILED in ends:
            # A sheet that was not drawn is taken off the top of the bin; one that came out is made void.
            after = _job(world, index, disk=State.SPOILED, valid=0, drawn=True, place="")
            terminal = world.terminals[job.terminal]
            drawn = terminal.drawn + (0 if job.drawn else 1)
            yield f"staff settle {index}: spoiled", _terminal(after, job.terminal, drawn=drawn)
        for end in ends - {State.TAKEN, State.RETAINED, State.SPOILED}:
            yield f"staff settle {index}: {end}", _job(world, index, disk=end)

    def _found(self, world: World, index: int, job: Job, end: State) -> Iterator[Step]:
        """What was seen of a sheet that is good."""
        place = "staff" if end is State.RETAINED and job.place == "outlet" else job.place
        if job.valid and place in ("", FINAL_PLACE.get(end, place)):
            yield f"staff say of {index}: {end}", _job(world, index, disk=end, place=place)

    def _asked_before_settling(self, job: Job) -> tuple[bool, Job]:
        """`recovery.settle` itself, up to where the ledger would write; the staff come back until it lets them."""
        witnesses = _Witnesses(self, job, lambda _count: 0, settling=True)
        ledger = _MemoryLedger(witnesses)
        try:
            recovery.settle(cast("Ledger", ledger), witnesses, ledger.issuance, State.SPOILED, ("s-017", "s-021"))
        except recovery.StillAtWork:
            return True, job
        return False, witnesses.job

    def _drawn(self, world: World, index: int, after: Job) -> World:
        """Whether the sheet that was drawn is the one that the ledger says."""
        before = world.jobs[index]
        if after.drawn and (not before.drawn or after.valid > before.valid):
            terminal = world.terminals[after.terminal]
            after = after._replace(wrong_sheet=terminal.drawn != after.serial)
            world = _terminal(world, after.terminal, drawn=terminal.drawn + 1)
        return world._replace(jobs=(*world.jobs[:index], after, *world.jobs[index + 1 :]))

    # ---- the terminal's own recovery, with every answer that it could get ------------------------------------------------

    def _judged(self, job: Job, *, started_again: bool) -> Iterator[tuple[Job, bool]]:
        """Every outcome of `recover` (or, in a running visit, `conclude`): the job after it, and whether the power held."""
        # The rest of a job makes no difference to its judgement.
        key = Job(0, disk=job.disk, guard=job.guard, backend=job.backend, queue=job.queue, printer=job.printer), started_again
        if key not in self.judgements:
            self.judgements[key] = frozenset(self._runs(*key))
        for after, up in self.judgements[key]:
            came_out = {"drawn": True} if after.drawn else {}
            yield job._replace(
                disk=after.disk, guard=after.guard, backend=after.backend, queue=after.queue, printer=after.printer,
                valid=job.valid + after.valid, place=job.place or after.place, **came_out,
            ), up  # fmt: skip

    def _runs(self, job: Job, started_again: bool) -> Generator[tuple[Job, bool]]:
        for choose in every_choice():
            witnesses = _Witnesses(self, job, choose)
            ledger = _MemoryLedger(witnesses)
            try:
                if started_again:
                    recovery.recover(cast("Ledger", ledger), witnesses)
                else:
                    recovery.conclude(cast("Ledger", ledger), witnesses, ledger.issuance, "gave-up")
            except _PowerCut:
                yield witnesses.job, False
            else:
                yield witnesses.job, True


class _PowerCut(BaseException):
    pass


class Choose:
    """Answers "which of `count`?" along a path laid down before, then 0; remembers how many there were each time."""

    def __init__(self, path: list[int]) -> None:
        self.path = path
        self.counts: list[int] = []

    def __call__(self, count: int) -> int:
        at = len(self.counts)
        self.counts.append(count)
        return self.path[at] if at < len(self.path) else 0


def every_choice() -> Iterator[Choose]:
    """Run after run until every sequence of choices was taken."""
    path: list[int] = []
    while True:
        choose = Choose(path)
        yield choose
        taken = (path + [0] * len(choose.counts))[: len(choose.counts)]
        while taken and taken[-1] + 1 >= choose.counts[len(taken) - 1]:
            taken.pop()
        if not taken:
            return
        path = [*taken[:-1], taken[-1] + 1]


class _Witnesses:
    """Guard, queue and printer of one job; each may be silent, and the printer may have forgotten. Things go on between two questions."""

    def __init__(self, explorer: Explorer, job: Job, choose: Callable[[int], int], *, settling: bool = False) -> None:
        self._explorer = explorer
        self._believing = explorer.flaw is Flaw.QUEUE_BELIEVED and not settling
        self.job = job
        self.choose = choose

    def cut(self) -> None:
        if self.choose(2):
            raise _PowerCut

    def withdraw(self, job_name: str) -> bool:
        assert job_name == "auth.1"
        self.cut()
        if self.choose(2):
            return False  # neither guard nor queue could be reached
        if self._explorer.flaw is not Flaw.NAME_NOT_CLOSED and self.job.guard == "never":
            self.job = self.job._replace(guard="closed")
        if self.job.queue in (Queue.WAITING, Queue.PROCESSING):
            self.job = self.job._replace(queue=Queue.ENDED_OTHERWISE)
        return self.job.guard in ("never", "closed") or self._believing

    def at_work(self, job_name: str) -> bool:
        assert job_name == "auth.1"
        return self.job.guard == "never" or self.job.backend or self.job.printer == "working"

    def testify(self, job_name: str) -> Testimony:
        assert job_name == "auth.1"
        self.cut()
        going_on = [self.job, *(after for _, after in self._explorer._outside(self.job))]  # pyright: ignore[reportPrivateUsage]
        self.job = job = going_on[self.choose(len(going_on))]
        guards = {"never": Guard.NEVER_SEEN, "closed": Guard.NEVER_SEEN, "started": Guard.STARTED, "delivered": Guard.DELIVERED}
        guard = (guards.get(job.guard, Guard.FAILED), Guard.SILENT)[self.choose(2)]
        queue = (job.queue, Queue.SILENT)[self.choose(2)]
        own = Printer.PRINTED if job.printer == "printed" else Printer.NOT_PRINTED
        forgetful = (own, Printer.SILENT, Printer.NOT_PRINTED)
        return Testimony(guard, queue, forgetful[self.choose(len(forgetful))])


class _MemoryLedger:
    """What `recover` needs of a ledger, held to the same table; the power can go before and after each write."""

    def __init__(self, witnesses: _Witnesses) -> None:
        self._witnesses = witnesses
        state = witnesses.job.disk
        assert state is not None
        self.issuance = Issuance("auth", "cert", 1, "title", "case", state, None, None, None, None, NOON)

    def open(self) -> list[Issuance]:
        return [self.issuance]

    def given_back(self, issuance: Issuance, reason: str) -> Issuance:
        return self._write(issuance, State.GIVEN_BACK)

    def unknown(self, issuance: Issuance, reason: str) -> Issuance:
        return self._write(issuance, State.UNKNOWN)

    def printed(self, issuance: Issuance) -> Issuance:
        return self._write(issuance, State.PRINTED)

    def settled(self, issuance: Issuance, end: State, by: tuple[str, str]) -> Issuance:
        return issuance  # the explorer writes it, whatever the end

    def _write(self, issuance: Issuance, after: State) -> Issuance:
        if after not in states.TRANSITIONS[issuance.state]:
            raise IllegalTransition(issuance.state, after)
        self._witnesses.cut()
        self._witnesses.job = self._witnesses.job._replace(disk=after)
        self._witnesses.cut()
        return replace(issuance, state=after)


# ---- below: what must never be, and small changes of a world ---------------------------------------------------------------


def _wrong(world: World) -> str | None:
    for certificate in {job.certificate for job in world.jobs}:
        jobs = [job for job in world.jobs if job.certificate == certificate]
        if sum(job.valid for job in jobs) > 1:
            return "two papers say that they are one certificate"
        if sum(job.platform == "open" for job in jobs) > 1:
            return "two authorisations are open for one certificate"
    for job in world.jobs:
        if job.wrong_sheet:
            return "printed on another blank than the ledger says"
        if job.valid and job.disk not in SHEET_MAY_EXIST | SHEET_EXISTS:
            return f"there is a paper, and the disk says {job.disk}"
        if job.disk in SHEET_EXISTS and not job.valid:
            return f"the disk says {job.disk}, and there is no paper"
        if job.valid and job.disk is not None and job.place not in ("", FINAL_PLACE.get(job.disk, job.place)):
            return f"the disk says {job.disk}, and the paper is at: {job.place}"
        if job.told is not None and job.told is not job.disk and job.told not in states.FOR_PEOPLE:
            return "what the platform heard was taken back"
    return None


def _without_what_is_over(world: World) -> World:
    """Of a job that is at its end and can never print, only what disk, platform and paper say still makes a difference."""
    over: dict[str, object] = {"guard": "closed", "backend": False, "queue": Queue.NO_SUCH_JOB, "printer": "none", "drawn": True}
    jobs = tuple(
        job._replace(**over)
        if job.disk is not None and job.disk not in states.OPEN and not _can_print(job) and not job.wrong_sheet
        else job
        for job in world.jobs
    )
    return world._replace(jobs=jobs)


def _can_print(job: Job) -> bool:
    waits = job.queue in (Queue.WAITING, Queue.ENDED_OTHERWISE) and job.guard == "never"
    return waits or job.backend or job.printer == "working"


def _at_rest(world: World) -> bool:
    # A grant that was lost before it was written is the platform's to end; nothing was printed under it.
    return all(job.disk is None or (job.disk not in states.OPEN and job.told is job.disk) for job in world.jobs)


def _begun(job: Job) -> bool:
    return job.disk in states.OPEN


def _next_serial(world: World, number: int) -> int:
    used = {job.serial for job in world.jobs if job.terminal == number and job.disk is not State.GIVEN_BACK}
    return next(serial for serial in range(99) if serial not in used)


def _ended(job: Job, guard: str, queue: Queue) -> Job:
    # A second run that was refused has closed the job in the queue already.
    seen = queue if job.queue is Queue.PROCESSING else job.queue
    return job._replace(guard=guard, backend=False, queue=seen)


def _terminal(world: World, number: int, **changes: object) -> World:
    terminals = list(world.terminals)
    terminals[number] = terminals[number]._replace(**changes)  # pyright: ignore[reportArgumentType]
    return world._replace(terminals=tuple(terminals))


def _job(world: World, index: int, **changes: object) -> World:
    jobs = list(world.jobs)
    jobs[index] = jobs[index]._replace(**changes)  # pyright: ignore[reportArgumentType]
    return world._replace(jobs=tuple(jobs))

"""One run: a citizen comes, the blow falls, everything is put up again, staff settle what only they can, and it is counted.

Staff are the director: two of them look at the unit's log, as they would look at the paper.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from kiosk.delivery import deliver_next
from kiosk.issuance import replay
from kiosk.issuance.ledger import Issuance, Ledger
from kiosk.issuance.recovery import StillAtWork, Witnesses, settle
from kiosk.issuance.states import FOR_PEOPLE, State
from kiosk.platform.client import Limits, PlatformClient
from kiosk.queue import open_witnesses
from offline_cache import journal, outbox
from offline_cache.store import Store
from peripherals.printer import CupsPrinter
from sandbox.devices.cups import QUEUE
from sandbox.faults.counting import violations
from sandbox.faults.parts import UNLIMITED, Part, World
from sandbox.faults.plan import Plan
from sandbox.faults.terminal import STORE_FAILED

VISIT_SECONDS = 90.0
REST_SECONDS = 60.0
DAYS = 3 * 86400.0
SLOW_COMMIT_SECONDS = 0.7
ANSWERS = ("Notice", "OutOfService", "Take")
"""Prompts after which somebody may go and knows where her certificate stands; a list in which nothing can be chosen is one too."""
STARTS = 8
"""How often a terminal that ends by itself is started again, as systemd would."""


@dataclass(slots=True)
class Result:
    """What a run came to.

    `end` is how the issuance ended ("" where none was begun), `trace` the states on the way, as the journal tells them (it is checked
    against the machine), `answer` what the citizen was told last.
    """

    plan: Plan
    landed: bool = False
    end: str = ""
    trace: str = ""
    answer: str = ""
    sheets: int = 0
    starts: int = 1
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list[str])


class Run:
    """Plays one plan in a world; `play` once."""

    def __init__(self, world: World, plan: Plan, index: int) -> None:
        self._world = world
        self._plan = plan
        self._index = index
        self._result = Result(plan)
        self._terminal: Part = world.terminal(index, walks=plan.walks)
        self._mends: list[tuple[float, Callable[[], None]]] = []
        self._seen: list[tuple[str, str]] = []
        self._case: str | None = None
        self._came = False
        self._over = False
        self._died = False
        self._status: dict[str, Any] = {}
        self._blow_at: float | None = None
        self._blows = 2 if plan.again else 1

    def play(self) -> Result:
        began = time.monotonic()
        if not self._goes_on(lambda: self._over and not self._mends, VISIT_SECONDS):
            self._result.wrong.append(f"the visit never came to an end; she saw {self._seen[-3:]}")
        self._mend_everything()
        self._status = {}  # what it said before says nothing of how it is now
        if not self._goes_on(self._at_rest, REST_SECONDS):
            self._result.wrong.append(f"it never came to rest: {self._status}, {self._seen[-2:]}")
        self._terminal.kill()
        self._queue_rests()
        with contextlib.closing(self._world.open_store()) as store:
            self._answered(store)
            self._settle(store)
            self._deliver(store)
            self._result.wrong += violations(self._world, store)
        self._result.seconds = time.monotonic() - began
        return self._result

    # ---- the visit -------------------------------------------------------------------------------------------------------

    def _goes_on(self, done: Callable[[], bool], seconds: float) -> bool:
        """Let things happen until `done`, or for so long; whether it was done."""
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                return False
            self._moment()
        return True

    def _moment(self) -> None:
        now = time.monotonic()
        for due, mend in [each for each in self._mends if each[0] <= now]:
            self._mends.remove((due, mend))
            mend()
        if self._blow_at is not None and now >= self._blow_at:
            self._blow_at = None
            self._blow()
        if not self._terminal.alive:
            self._terminal_died()
            return
        said = self._terminal.hears(0.02)
        if said is None:
            return
        if "at" in said:
            if said["at"] == self._plan.point and not self._result.landed:
                self._blow()
            self._terminal.tell("go")
        elif "sees" in said:
            self._sees(said["sees"], said["key"], said["case"])
        elif "waiting" in said:
            self._status = said

    def _sees(self, prompt: str, key: str, case: str | None) -> None:
        self._seen.append((prompt, key))
        self._case = case or self._case
        if prompt == "Identify" and not self._came:
            self._came = True
            if not self._plan.point:
                self._blow_at = time.monotonic() + self._plan.after
        if self._came and not self._died and prompt in ("Home", "OutOfService"):
            self._over = True

    def _terminal_died(self) -> None:
        """Start it again, with nobody before it: she waits aside and reads what the machine says next."""
        self._died = self._over = True
        if self._mends:
            time.sleep(0.01)
            return
        if self._result.starts < STARTS:
            self._result.starts += 1
            self._seen.append(("died", str(self._terminal.status)))
            self._status = {}
            self._terminal = self._world.terminal(None)

    # ---- the blow --------------------------------------------------------------------------------------------------------

    def _blow(self) -> None:
        world, plan = self._world, self._plan
        self._result.landed = True
        self._blows -= 1
        if self._blows > 0:
            self._blow_at = time.monotonic() + plan.outage + 0.3
        match plan.trouble:
            case "kill terminal":
                self._terminal.kill()
                self._later(lambda: None)
            case "kill cupsd":
                world.cups.kill()
                self._later(self._cups_up)
            case "kill backend":
                world.cups.kill_backends()
            case "kill printer":
                world.unit_part.kill()
                self._later(lambda: world.restart(world.unit_part))
            case "kill platform":
                world.platform_part.kill()
                self._later(lambda: world.restart(world.platform_part))
            case "kill everything":
                self._terminal.kill()
                world.cups.kill(backends_too=True)
                world.unit_part.kill()
                world.platform_part.kill()
                self._later(self._mend_everything)
            case "disk full":
                self._fill()
                self._later(self._empty)
            case "disk fails":
                self._limit(0)
                self._later(lambda: self._limit(UNLIMITED))
            case "disk read-only":
                self._read_only()
            case "disk slow":
                world.commit_seconds = SLOW_COMMIT_SECONDS
                self._later(self._disk_fast, 3.0)
            case "jam":
                world.unit_part.asks("fault", "jam-next")
                self._later(lambda: world.unit_part.asks("fault", "none"), 1.5)
            case "clock forward" | "clock back":
                world.shift_seconds = DAYS if plan.trouble == "clock forward" else -DAYS
                self._later(self._clock_right)
            case "link flaps":
                for number in range(6):
                    word = "cut" if number % 2 == 0 else "none"
                    self._later(lambda word=word: world.platform_part.asks("fault", word), number * 0.15)
            case trouble:
                world.platform_part.asks("fault", {"link cut": "cut", "link loses answers": "lost"}[trouble])
                self._later(lambda: world.platform_part.asks("fault", "none"))

    def _later(self, mend: Callable[[], object], least: float = 0.0) -> None:
        def act() -> None:
            mend()

        self._mends.append((time.monotonic() + max(least, self._plan.outage), act))

    def _fill(self) -> None:
        """Every free byte of the store's disk; where it has no disk of its own, no file of the terminal's grows any more."""
        if not self._world.mounted:
            self._limit(0)
            return
        filler = os.open(self._world.disk / "filler", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            free = os.fstatvfs(filler)
            with contextlib.suppress(OSError):  # the terminal wrote meanwhile: the rest is taken piece by piece
                os.posix_fallocate(filler, 0, max(1, free.f_bavail * free.f_frsize))
            os.lseek(filler, 0, os.SEEK_END)
            with contextlib.suppress(OSError):
                while os.write(filler, bytes(4096)):
                    pass
        finally:
            os.close(filler)

    def _empty(self) -> None:
        (self._world.disk / "filler").unlink(missing_ok=True)
        self._limit(UNLIMITED)

    def _limit(self, size: int) -> None:
        if self._terminal.alive:
            resource.prlimit(self._terminal.pid, resource.RLIMIT_FSIZE, (size, UNLIMITED))

    def _read_only(self) -> None:
        """The power goes, and the disk comes back read-only: a terminal that starts on it must say so."""
        self._terminal.kill()
        if self._world.mounted:
            _mount(self._world, "remount,ro")
            self._terminal = self._world.terminal(None)
            said: list[str] = []
            deadline = time.monotonic() + 30
            while self._terminal.alive and "oos.reason.store" not in said and time.monotonic() < deadline:
                said.append((self._terminal.hears(0.05) or {}).get("key", ""))
            if self._terminal.alive and "oos.reason.store" not in said:
                self._result.wrong.append(f"on a read-only disk the terminal says {said[-3:]}")
            if not self._terminal.alive and self._terminal.status != STORE_FAILED:
                self._result.wrong.append(f"on a read-only disk the terminal ended with {self._terminal.status}")
            self._terminal.kill()
            self._later(lambda: _mount(self._world, "remount,rw"))
        else:
            self._later(lambda: None)

    # ---- putting it up again ---------------------------------------------------------------------------------------------

    def _mend_everything(self) -> None:
        world = self._world
        self._mends.clear()
        if world.mounted:
            _mount(world, "remount,rw")
        self._empty()
        self._disk_fast()
        self._clock_right()
        self._cups_up()
        for part in (world.unit_part, world.platform_part):
            world.restart(part)
        world.unit_part.asks("fault", "none")
        world.platform_part.asks("fault", "none")

    def _cups_up(self) -> None:
        if not self._world.cups.running:
            self._world.cups.start()

    def _disk_fast(self) -> None:
        self._world.commit_seconds = 0.0

    def _clock_right(self) -> None:
        self._world.shift_seconds = 0.0

    def _at_rest(self) -> bool:
        if self._mends or self._blow_at is not None:  # a second blow is still to come or to be mended
            return False
        status = self._status
        quiet = bool(self._seen) and self._seen[-1][0] in ("Home", "OutOfService")
        known = status.get("waiting") == 0 and status.get("asked") == 0
        return self._terminal.alive and quiet and known and set(status.get("open", ())) <= FOR_PEOPLE

    def _queue_rests(self) -> None:
        """No live job, and nothing moves in the unit: whatever could still come out has come out."""
        printer = CupsPrinter(queue=QUEUE, server=str(self._world.cups.socket_path))
        deadline = time.monotonic() + 30
        while True:
            live = [(job.number, job.state.name, job.reasons) for job in printer.jobs() if not job.state.ended]
            working = self._world.unit_part.asks("look").get("job")
            if not live and working is None:
                return
            if time.monotonic() > deadline:
                self._result.wrong.append(f"the queue never came to rest: it has {live}, the unit {working}")
                return
            time.sleep(0.1)

    # ---- what people do, and the count -----------------------------------------------------------------------------------

    def _answered(self, store: Store) -> None:
        """Whoever came knows what happened, or the machine says so and staff have been called."""
        certificate = self._world.people[self._index].cases[0].certificate_id
        with store.reading() as tx:
            rows = tx.rows("SELECT authorisation_id FROM issuances WHERE certificate_id = ? ORDER BY rowid", (certificate,))
        issuance = Ledger(store).get(str(rows[-1][0])) if rows else None
        self._result.end = issuance.state.value if issuance else ""
        self._result.sheets = sum(
            mark.what == "printed" and issuance is not None and mark.job == issuance.job_name
            for mark in self._world.sheets.marks()
        )
        if issuance is not None:
            traces = replay.traces(journal.entries(store, case=issuance.case))
            self._result.trace = " ".join(traces.get(issuance.authorisation_id, ()))
        told = [key or prompt for prompt, key in self._seen if prompt in ANSWERS or key == "choose.none.title"]
        self._result.answer = told[-1] if told else ""
        presented = any(prompt == "Take" for prompt, _ in self._seen)
        if presented and self._result.sheets != 1:
            self._result.wrong.append(f"she was told to take a certificate, and {self._result.sheets} came out")
        if issuance is not None and issuance.state in FOR_PEOPLE:
            called = any(entry.kind == "staff.called" for entry in journal.entries(store, case=issuance.case))
            closed = self._seen[-1] == ("OutOfService", f"oos.reason.{issuance.state}")
            if not called:
                self._result.wrong.append(f"nobody was called to a certificate whose end is {issuance.state}")
            if not closed:
                self._result.wrong.append(f"while an end is {issuance.state} the machine says {self._seen[-1]}")
        elif self._came and not self._died and not told:
            self._result.wrong.append(f"she left without an answer: {self._seen}")
        elif self._came and not self._died and presented is not (issuance is not None and issuance.state is State.TAKEN):
            self._result.wrong.append(f"the issuance is {self._result.end or 'not begun'}, and she was told: {told}")
        elif issuance is not None and issuance.state not in (State.TAKEN, State.RETAINED, State.GIVEN_BACK, State.SPOILED):
            self._result.wrong.append(f"the issuance stands at {issuance.state}")

    def _settle(self, store: Store) -> None:
        """One of the staff puts away what was left; two look for the sheet of each unknown issuance, as often as they are told that one
        may still come out.
        """
        ledger, witnesses = Ledger(store), open_witnesses(self._world.settings)
        for issuance in ledger.open():
            if issuance.state is State.LEFT:
                ledger.found(issuance, State.RETAINED, "s-017")
                self._result.end += " → retained"
            if issuance.state is not State.UNKNOWN or issuance.serial is None:
                continue
            deadline = time.monotonic() + REST_SECONDS
            while not self._looks(ledger, witnesses, issuance):
                if time.monotonic() > deadline:
                    self._result.wrong.append("nobody was let settle what is unknown")
                    break
                time.sleep(0.5)

    def _looks(self, ledger: Ledger, witnesses: Witnesses, issuance: Issuance) -> bool:
        mark = self._world.sheets.last().get(issuance.serial or "")
        printed = mark is not None and mark.what == "printed"
        try:
            settle(ledger, witnesses, issuance, State.RETAINED if printed else State.SPOILED, ("s-017", "s-023"))
        except StillAtWork:
            return False
        if not printed:
            self._world.unit_part.asks("remove", issuance.serial or "")
        self._result.end += " → retained" if printed else " → spoiled"
        return True

    def _deliver(self, store: Store) -> None:
        settings = self._world.settings.platform
        client = PlatformClient(
            str(settings.url), certificate=settings.certificate, key=settings.key, ca=settings.ca, limits=Limits(5, 10, 20)
        )
        outbox.hurry(store, self._world.platform.clock())
        deadline = time.monotonic() + 30
        while outbox.backlog(store).waiting and time.monotonic() < deadline:
            deliver_next(store, client, self._world.platform.clock)
        client.close()


def _mount(world: World, how: str) -> None:
    subprocess.run(["mount", "-o", how, str(world.disk)], check=False, capture_output=True)

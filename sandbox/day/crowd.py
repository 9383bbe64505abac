"""Who comes to the hall on that day, what breaks meanwhile, and the staff who come when the terminal is closed."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from kiosk.devices import any_code
from kiosk.issuance.ledger import Ledger
from kiosk.issuance.states import State
from kiosk.terminal import Terminal
from peripherals.card_reader import IdentityDocument
from peripherals.card_reader.emrtd import MachineReadableZone
from peripherals.receipt.escpos import RollState
from sandbox.hall import Hall
from sandbox.people import Person, made_up
from screens.prompts import (
    SLIP,
    CheckAnswer,
    CheckCertificate,
    ChooseOne,
    Evaluate,
    Home,
    Nav,
    Notice,
    OptionState,
    OutOfService,
    Printing,
    Prompt,
    SlipState,
    Take,
)

A = TypeVar("A")
HURRY = 0.03
"""What is left of every time that people are given: nobody here is slow."""
STAFF = ("s-017", "s-021")
GOOD_ROLL = RollState(cover_open=False, error=False, paper_out=False, paper_low=False)
WHILE_READING = ("cover-open", "toner-empty", "offline", "network", "platform-500", "door", "battery", "roll-out", "cups-dies")
WHILE_PRINTING = ("jam", "abort", "cups-dies", "network")
WHIMS = ("wrong", "goes-home", "leaves-it")


@dataclass(slots=True)
class Visit:
    """Who comes, what breaks meanwhile ("" for nothing), what she does, whether she wants a slip."""

    person: Person
    breaks: str = ""
    when: str = ""
    whim: str = ""
    slip: bool = False


@dataclass(slots=True)
class Day:
    """What was seen of it from outside."""

    outcomes: Counter[str] = field(default_factory=Counter[str])
    broken: Counter[str] = field(default_factory=Counter[str])
    slips: int = 0
    settled: int = 0
    visits: int = 0
    seconds: float = 0.0
    kept: list[str] = field(default_factory=list[str])
    """Serials of the certificates that staff took out of the outlet, to keep them for their holders."""
    wrong: list[str] = field(default_factory=list[str])


class Crowd:
    """Implements `screens.prompts.Stage`, and the slots: each citizen answers at once, lays her card down and holds her code up."""

    def __init__(self, hall: Hall, visits: list[Visit], day: Day) -> None:
        self.hall, self.day = hall, day
        self.idle_seconds = 0.0
        self.patience = HURRY
        self.occupied = self.left_behind = self.must_be_lifted = self.reads_travel_documents = False
        self.over = asyncio.Event()
        self.closed = asyncio.Event()
        self._coming = list(reversed(visits))
        self._visit: Visit | None = None

    # ---- slots -----------------------------------------------------------------------------------------------------------

    async def next(self, on_reading: Callable[[], None], zone: MachineReadableZone | None = None) -> IdentityDocument:
        assert self._visit is not None
        on_reading()
        return IdentityDocument(kind="social-security", name=self._visit.person.name, number=self._visit.person.number)

    # ---- stage -----------------------------------------------------------------------------------------------------------

    async def ask(self, prompt: Prompt[A]) -> A | Nav:
        answer: Any = await self._answer(prompt)
        await asyncio.sleep(0)
        return answer

    def show(self, prompt: Prompt[Any]) -> None:
        if isinstance(prompt, Notice) and prompt.slip:
            self.day.slips += 1
        if isinstance(prompt, Take) and prompt.slip is SlipState.OUT and self._visit and self._visit.slip:
            self._visit.slip = False
            self.day.slips += 1

    def touched(self) -> None:
        """She is not slow."""

    def forget(self) -> None:
        """Nothing of her is kept here."""

    def wipe(self) -> None:
        self._visit = None

    def nobody_else(self) -> None:
        """The doors are shut."""
        self._coming.clear()

    def code(self) -> bytes:
        """What she holds up."""
        assert self._visit is not None
        return self.hall.platform.code_of(self._visit.person, self.hall.options.terminal)

    async def _answer(self, prompt: Prompt[Any]) -> Any:
        visit = self._visit
        match prompt:
            case Home():
                self.closed.clear()
                if not self._coming:
                    self.over.set()
                    await asyncio.Event().wait()
                self._visit = self._coming.pop()
                self.day.visits += 1
                return "print"
            case OutOfService():
                self.closed.set()
                await asyncio.Event().wait()
            case ChooseOne():
                ready = [option.name for option in prompt.options if option.state is OptionState.READY]
                return ready[0] if ready and prompt.go else Nav.HOME
            case CheckCertificate():
                if visit and visit.when == "reading":
                    await self._break(visit)
                if visit and visit.whim == "goes-home":
                    return Nav.HOME
                return CheckAnswer.WRONG if visit and visit.whim == "wrong" else CheckAnswer.CORRECT
            case Printing():
                if visit and visit.when == "printing":
                    await self._break(visit)
                await asyncio.Event().wait()
            case Take():
                return await self._takes(prompt, visit)
            case Notice():
                if prompt.title.key == "notice.not-taken.title" and (sheet := self.hall.printer.take()) is not None:
                    self.day.kept.append(sheet.serial)  # by the staff who were called
                # She reads it as long as a slip needs to come out.
                await asyncio.sleep(1.5 if prompt.done is not None else 0)
                return prompt.actions[0].name
            case Evaluate():
                return "5"
            case _:
                await asyncio.Event().wait()
        raise AssertionError("nobody waits for ever")

    async def _takes(self, prompt: Take, visit: Visit | None) -> Any:
        if visit and visit.whim == "leaves-it":
            await asyncio.Event().wait()
        if visit and visit.slip and prompt.slip is SlipState.OFFERED:
            return SLIP
        if visit and visit.slip and prompt.slip is SlipState.PRINTING:
            await asyncio.sleep(1.5)  # she waits for it a little
        self.hall.take_paper()
        return None

    async def _break(self, visit: Visit) -> None:
        self.day.broken[visit.breaks] += 1
        hall = self.hall
        match visit.breaks:
            case "network":
                await asyncio.to_thread(hall.platform.fault, "cut")
            case "platform-500":
                hall.platform.fault("500")
            case "door":
                hall.open_door(True)
            case "battery":
                hall.ups.status = "OB DISCHRG"
            case "roll-out":
                hall.receipts.state = RollState(cover_open=False, error=False, paper_out=True, paper_low=True)
            case "cups-dies":
                await asyncio.to_thread(lambda: hall.cups.kill(backends_too=True))
            case "jam":
                hall.printer.fault("jam-next")
            case other:
                hall.printer.fault(other)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    async def staff(self, terminal: Terminal) -> None:
        """Come whenever the terminal is closed, put right what is broken, and look for what is unknown."""
        ledger = Ledger(terminal.store)
        while True:
            await self.closed.wait()
            hall = self.hall
            hall.printer.fault(None)
            hall.open_door(False)
            hall.ups.status, hall.receipts.state = "OL CHRG", GOOD_ROLL
            await asyncio.to_thread(hall.platform.fault, None)
            if not hall.cups.running:
                await asyncio.to_thread(hall.cups.start)
            await asyncio.sleep(0.3)
            self.day.settled += await asyncio.to_thread(self._settle, ledger)
            await asyncio.sleep(0.3)

    def _settle(self, ledger: Ledger) -> int:
        """Two look for the sheet: in the outlet it is theirs to keep, anywhere else it is void. What was left there one of them keeps."""
        settled = 0
        for issuance in ledger.open():
            if issuance.state is State.LEFT:
                # Who was called when she did not take it has it by now.
                ledger.found(issuance, State.RETAINED, STAFF[0])
            if issuance.state is not State.UNKNOWN:
                continue
            printed = any(sheet.serial == issuance.serial for sheet in self.hall.printer.printed)
            busy = self.hall.printer.working_on == issuance.job_name
            if not busy:
                ledger.settled(issuance, State.RETAINED if printed else State.SPOILED, STAFF)
                if not printed and issuance.serial:
                    self.hall.printer.pull_out(issuance.serial)
                while printed and (sheet := self.hall.printer.take()) is not None:
                    self.day.kept.append(sheet.serial)
                settled += 1
        return settled


class Codes:
    """Where codes are held up."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd

    async def next(self, wanted: Callable[[bytes], bool] = any_code) -> bytes:
        return next(code for code in iter(self._crowd.code, None) if wanted(code))


def planned(visits: int, seed: int) -> list[Visit]:
    """Who comes and what goes wrong, by the seed."""
    dice = random.Random(seed)
    day: list[Visit] = []
    for person in made_up(visits):
        visit = Visit(person, slip=dice.random() < 0.4)
        luck = dice.random()
        if luck < 0.15:
            visit.breaks, visit.when = dice.choice(WHILE_READING), "reading"
        elif luck < 0.25:
            visit.breaks, visit.when = dice.choice(WHILE_PRINTING), "printing"
        elif luck < 0.35:
            visit.whim = dice.choice(WHIMS)
        day.append(visit)
    return day

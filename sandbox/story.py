"""What a scripted citizen does, from the home screen to the certificate in her hand, and how she takes what goes wrong.

`FAULTS` are the things that a demo or a test may break on her way: when it happens, who does it, and who mends it.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from sandbox.citizen import SETTLED_SECONDS, Citizen, Unseen
from sandbox.devices.printer import Fault as PrinterFault
from sandbox.hall import Hall
from sandbox.people import PEOPLE, Person
from sandbox.platform.server import Fault as PlatformFault

PATIENCE_SECONDS = 90.0
"""How long she waits for a page before she gives up: longer than the terminal itself does."""


class When(Enum):
    """Where on her way something happens."""

    IDENTIFY = "before she proves herself"
    CHECK = "before she confirms"
    PRINTING = "while the page is printed"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that goes wrong: `act` breaks it, `mend` puts it right afterwards (and she tries once more)."""

    when: When
    about: str
    act: Callable[[Hall, Person], object]
    mend: Callable[[Hall], object] | None = None


def _printer(fault: PrinterFault) -> Callable[[Hall, Person], None]:
    return lambda hall, _: hall.printer.fault(fault)


def _platform(fault: PlatformFault) -> Callable[[Hall, Person], None]:
    return lambda hall, _: hall.platform.fault(fault)


def _platform_back(hall: Hall) -> None:
    hall.platform.fault(None)


def _kill_terminal(hall: Hall, _: Person) -> None:
    terminal = hall.terminals[-1]
    os.killpg(terminal.pid, signal.SIGKILL)
    terminal.wait()


def _foreign_code(hall: Hall, _: Person) -> None:
    hall.camera.show(b"https://pay.example/qr/0001")


def _someone_elses_code(hall: Hall, person: Person) -> None:
    other = next(each for each in PEOPLE if each.appointment and each.slug != person.slug)
    hall.show_code(other.slug)


FAULTS: dict[str, Trouble] = {
    "jam": Trouble(When.PRINTING, "the sheet jams while it is printed", _printer("jam")),
    "media-empty": Trouble(When.CHECK, "the bin runs empty before the page", _printer("media-empty")),
    "cover-open": Trouble(When.CHECK, "somebody opens the cover", _printer("cover-open")),
    "toner-empty": Trouble(When.CHECK, "toner runs out", _printer("toner-empty")),
    "printer-offline": Trouble(When.CHECK, "the printer loses power", _printer("offline")),
    "cups-dies": Trouble(When.PRINTING, "cupsd and its backend are killed while the page prints, and come back", lambda h, _: h.cups.kill(backends_too=True), lambda h: h.cups.start()),
    "network": Trouble(When.CHECK, "the network is cut", _platform("cut"), _platform_back),
    "platform-500": Trouble(When.CHECK, "the platform answers 500", _platform("500"), _platform_back),
    "platform-garbage": Trouble(When.CHECK, "the platform answers garbage", _platform("garbage"), _platform_back),
    "platform-silent": Trouble(When.CHECK, "the platform takes the question and never answers", _platform("nothing"), _platform_back),
    "card-lifted": Trouble(When.IDENTIFY, "the card is lifted half-way", lambda h, p: h.lay_card(p.slug, lifted_after=3), Hall.lift_card),
    "card-foreign": Trouble(When.IDENTIFY, "a bank card is laid down", lambda h, _: h.lay_strange_card("foreign"), Hall.lift_card),
    "card-mute": Trouble(When.IDENTIFY, "the card says nothing", lambda h, _: h.lay_strange_card("mute"), Hall.lift_card),
    "card-broken": Trouble(When.IDENTIFY, "the card's records are cut off", lambda h, _: h.lay_strange_card("broken"), Hall.lift_card),
    "code-expired": Trouble(
        When.IDENTIFY,
        "an appointment code of yesterday",
        lambda h, p: h.show_code(p.slug, begins=timedelta(hours=-26)),
        Hall.hide_code,
    ),
    "code-foreign": Trouble(When.IDENTIFY, "a payment code is shown", _foreign_code, Hall.hide_code),
    "code-of-another": Trouble(When.IDENTIFY, "the card and the code are of two people", _someone_elses_code, Hall.hide_code),
    "terminal-killed": Trouble(When.PRINTING, "kill -9 of the terminal while the page prints; it starts again", _kill_terminal),
}  # fmt: skip


def _until(holds: Callable[[], bool], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Told:
    """How it ended: "taken", or the word for what stopped her."""

    outcome: str
    steps: tuple[tuple[str, int], ...]


class Story:
    """One citizen's visit. `by_code`: appointment code and card; else card and a one-time code by phone."""

    def __init__(self, hall: Hall, citizen: Citizen, person: Person, *, by_code: bool, fault: str | None = None) -> None:
        self._hall = hall
        self._citizen = citizen
        self._person = person
        self._by_code = by_code
        self._trouble = FAULTS[fault] if fault else None
        self._steps: list[tuple[str, int]] = []
        self._began = time.monotonic()

    def tell(self) -> Told:
        """Walk through it. Raises `Unseen` when something did not happen that had to."""
        citizen = self._citizen
        citizen.sees("Home", seconds=60)
        self._step("home")
        citizen.touches("print")
        return Told(self._after_home(), tuple(self._steps))

    def _after_home(self) -> str:
        citizen = self._citizen
        citizen.sees("Identify")
        if self._happens(When.IDENTIFY):
            self._stumbles()
        prompt = self._proves()
        self._step("identified")
        if prompt != "ChooseOne":
            return self._ends("refused")
        citizen.sees("ChooseOne")
        options = sorted(
            key for key in citizen.waits_for(lambda view: view.prompt == "ChooseOne", "the list").keys if "option-" in key
        )
        if not options:
            self._step("nothing to print")
            return self._ends("nothing-to-print", key="home")
        citizen.touches(options[0])
        citizen.waits_for(lambda view: "go" in view.keys, "the way on")
        citizen.keeps("ChooseOne")
        citizen.touches("go")
        self._step("chosen")
        return self._checks()

    def _checks(self) -> str:
        citizen = self._citizen
        prompt = citizen.sees("CheckCertificate", "Notice").prompt
        if prompt == "Notice":
            return self._ends("refused")
        citizen.touches("reveal")
        time.sleep(0.3)
        while "page-next" in citizen.waits_for(lambda view: "correct" in view.keys or "page-next" in view.keys, "a way on").keys:
            citizen.touches("page-next")
            time.sleep(0.7)
        self._step("read")
        if self._happens(When.CHECK):
            self._break()
        citizen.touches("correct")
        return self._prints()

    def _prints(self) -> str:
        citizen = self._citizen
        if citizen.sees("Printing", "Take", "Notice", seconds=PATIENCE_SECONDS).prompt == "Printing":
            self._step("printing")
            if self._happens(When.PRINTING) and (killed := self._break_while_printing()) is not None:
                return killed
            citizen.waits_for(lambda view: view.prompt in ("Take", "Notice"), "the page or a word", PATIENCE_SECONDS)
        prompt = citizen.sees("Take", "Notice").prompt
        if prompt == "Notice":
            self._mend()
            return self._ends("stopped")
        self._step("presented")
        if "slip" in citizen.waits_for(lambda view: view.prompt == "Take", "the outlet").keys:
            citizen.touches("slip")
            citizen.waits_for(lambda view: view.prompt == "Take" and "slip" not in view.keys, "the slip on its way")
            _until(lambda: len(self._hall.receipts.slips) > 0)
            self._step("slip")
        self._hall.take_paper()
        self._hall.lift_card()
        if self._hall.booklets is None:  # else the sensor at the outlet has seen it
            self._leaves("Take", "taken")
        citizen.sees("Evaluate")
        self._step("taken")
        citizen.touches("word-5")
        citizen.sees("Home", "OutOfService")
        self._step("home again")
        return "taken"

    def _leaves(self, prompt: str, key: str) -> None:
        """Touch the key that leads on; a touch that came while the screen was just changing is made again, as anybody would."""
        for _ in range(4):
            time.sleep(SETTLED_SECONDS)
            self._citizen.touches(key)
            try:
                self._citizen.waits_for(lambda view: view.prompt != prompt, "an answer to her touch", 4.0)
            except Unseen:
                continue
            return

    # ---- proofs ----------------------------------------------------------------------------------------------------------

    def _proves(self) -> str:
        """Two proofs of her; returns the prompt that follows."""
        citizen, hall, slug = self._citizen, self._hall, self._person.slug
        beyond = ("ChooseOne", "Notice", "CheckCertificate")

        def moved_on(view: object) -> bool:
            return getattr(view, "prompt", "") in beyond

        before = citizen.waits_for(lambda view: view.prompt == "Identify", "the first question").sequence
        if self._by_code:
            hall.show_code(slug)
        else:
            self._lays_document()
        asked = citizen.waits_for(
            lambda view: moved_on(view) or "other-way" in view.keys or (view.prompt == "Identify" and view.sequence > before),
            "the second question",
        )
        if not moved_on(asked):
            time.sleep(0.9)
            citizen.keeps("Identify")
            self._step("first proof")
            if self._by_code:
                self._lays_document()
            else:
                self._types_code()
        return citizen.waits_for(moved_on, "what follows the proofs", 40).prompt

    def _lays_document(self) -> None:
        """Her card; of a travel document first its page before the scanner."""
        if self._person.travels:
            before = self._citizen.waits_for(lambda view: view.prompt == "Identify", "the question").sequence
            self._hall.show_page(self._person.slug)
            self._citizen.waits_for(lambda view: view.sequence > before, "a word about the page")
            time.sleep(0.9)
            self._citizen.keeps("Identify")
        self._hall.lay_card(self._person.slug)

    def _types_code(self) -> None:
        citizen = self._citizen
        if "other-way" not in citizen.waits_for(lambda view: view.prompt == "Identify", "the second question").keys:
            raise Unseen("a way by phone: none is on record for her")
        self._leaves("Identify", "other-way")
        citizen.sees("EnterCode")
        digits = self._hall.platform.phone(self._person.slug)[-1]
        citizen.types(digits)
        citizen.keeps("EnterCode")
        citizen.touches("go")

    # ---- trouble ---------------------------------------------------------------------------------------------------------

    def _happens(self, when: When) -> bool:
        return self._trouble is not None and self._trouble.when is when

    def _break(self) -> None:
        assert self._trouble
        self._trouble.act(self._hall, self._person)
        self._step("trouble")

    def _mend(self) -> None:
        if self._trouble and self._trouble.mend:
            self._trouble.mend(self._hall)

    def _stumbles(self) -> None:
        """Something is wrong with what she shows first; she reads why, and does it right."""
        citizen, before = self._citizen, self._citizen.waits_for(lambda view: view.prompt == "Identify", "the question").sequence
        if self._trouble is FAULTS["code-of-another"]:
            self._hall.lay_card(self._person.slug)
            before = citizen.waits_for(lambda view: "other-way" in view.keys, "the second question").sequence
        self._break()
        citizen.waits_for(lambda view: view.sequence > before, "a word about it")
        time.sleep(1.5)
        citizen.keeps("Identify")
        self._mend()
        time.sleep(1.0)

    def _break_while_printing(self) -> str | None:
        """Break it once the sheet moves. Returns the outcome where nothing more is to be seen on this screen."""
        hall = self._hall
        deadline = time.monotonic() + 20
        while hall.printer.working_on is None and time.monotonic() < deadline:
            time.sleep(0.02)
        self._break()
        if self._trouble is FAULTS["terminal-killed"]:
            hall.start_terminal(self._citizen.display)
            self._citizen.sees("Home", "OutOfService", seconds=60)
            self._step("terminal again")
            return "terminal-killed"
        time.sleep(1.0)
        self._mend()
        return None

    def _ends(self, outcome: str, *, key: str = "action-home") -> str:
        """Read the last screen and go home."""
        citizen = self._citizen
        citizen.sees("Notice", "ChooseOne")
        self._hall.lift_card()
        self._hall.hide_code()
        citizen.touches(key)
        citizen.waits_for(lambda view: view.prompt in ("Home", "OutOfService"), "home", 60)
        citizen.sees("Home", "OutOfService")
        self._step("home again" if citizen.seen[-1].prompt == "Home" else "out of service")
        return outcome

    def _step(self, name: str) -> None:
        self._steps.append((name, round((time.monotonic() - self._began) * 1000)))

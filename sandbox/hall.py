"""The hall: everything outside the terminal, on private sockets and free ports, and the hands that work it.

    with Hall(directory) as hall:
        terminal = hall.start_terminal(display=":7")
        hall.lay_card("zhang-jianguo")

The terminal is a process of its own that knows nothing of the hall but its settings file.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from kiosk.settings import load
from sandbox.devices.booklet_unit import VirtualBookletUnit, set_level
from sandbox.devices.camera import VirtualCamera
from sandbox.devices.card import Card, CardSlot, DamagedCard, ForeignCard, Holder, SilentCard, SocialSecurityCard
from sandbox.devices.cups import QUEUE, CupsDaemon
from sandbox.devices.pcsc import PcscDaemon
from sandbox.devices.printer import VirtualPrinter
from sandbox.devices.receipt import VirtualReceiptPrinter
from sandbox.devices.sam_v import VirtualSamVReader, resident_card
from sandbox.devices.scanners import VirtualSerialScanner
from sandbox.devices.staff_card import StaffCard
from sandbox.devices.travel_document import Fault as DocumentFault
from sandbox.devices.travel_document import State, TravelDocumentChip, Traveller, passport
from sandbox.devices.ups import VirtualUps
from sandbox.people import BY_SLUG, PEOPLE, TRAVELLERS, Person
from sandbox.platform import TERMINAL, SandboxPlatform
from sandbox.systemd import Unit, VirtualSystemd

ReaderKind = Literal["pcsc", "sam-v"]
UnitKind = Literal["sheet", "booklet"]
ScannerKind = Literal["camera", "serial"]
FIRST_BLANK = 41002186350
LIGHT_SECONDS = 10.0
"""How long a hand waits for the serial scanner's light."""
STAFF_PIN = "402817"
"""The PIN of all the hall's made-up staff."""
FORGETFUL = {"PYTHONMALLOC": "malloc", "MALLOC_PERTURB_": "165", "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0"}
"""As in kiosk.service: what the process lets go of is overwritten at once (docs/security.md)."""


@dataclass(frozen=True, slots=True)
class HallOptions:
    """Size of the screen in pixels, language of the start ("zh_CN" or "en"), seconds a page takes, blanks that are loaded, card readers:
    "pcsc" for social security cards, "sam-v" for resident ID cards, or both; whether it has a receipt printer; sheets or booklets; which terminal it is; who lives here.

    `scanner`: a camera, or a scanner on a serial line that reads printed lines as well; with such a one travel documents are read.
    """

    size: tuple[int, int] = (1080, 1920)
    language: str = "zh_CN"
    page_seconds: float = 4.0
    blanks: int = 12
    kind: str = "title"
    fullscreen: bool = False
    readers: tuple[ReaderKind, ...] = ("pcsc",)
    receipts: bool = False
    unit: UnitKind = "sheet"
    terminal: str = TERMINAL
    people: Sequence[Person] = PEOPLE
    scanner: ScannerKind = "camera"

    @property
    def visitors(self) -> tuple[Person, ...]:
        """Everybody who may come: travellers only where their documents are read."""
        return (*self.people, *TRAVELLERS) if self.scanner == "serial" else tuple(self.people)


class Hall:
    """Platform, daemons, virtual devices; and `directory`, where settings, store and printed pages lie."""

    def __init__(
        self,
        directory: Path,
        options: HallOptions = HallOptions(),
        *,
        pcsc_directory: Path | None = None,
    ) -> None:
        """`pcsc_directory`: where pcscd's socket is to lie, for a process that can know only one."""
        self.directory = directory
        self.options = options
        self._pcsc_directory = pcsc_directory
        self._stack = contextlib.ExitStack()
        self.run_directory = Path()
        self.settings_path = directory / "kiosk.toml"
        self.display: str | None = None
        self.terminals: list[subprocess.Popen[bytes]] = []
        self.staff_cards: dict[str, StaffCard] = {}
        self.watchdog: subprocess.Popen[bytes] | None = None
        self.restarting = False
        """Whether the watchdog is just having the terminal restarted."""

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self.directory.mkdir(parents=True, exist_ok=True)
            # Sockets have short names; the hall's directory may not.
            self.run_directory = Path(tempfile.mkdtemp(prefix="dazheng-"))
            stack.callback(shutil.rmtree, self.run_directory, ignore_errors=True)
            serials = [f"{FIRST_BLANK + index:011d}" for index in range(self.options.blanks)]
            self.platform = stack.enter_context(SandboxPlatform(self.directory / "platform", people=self.options.visitors))
            self.platform.core.issue_blanks(self.options.terminal, serials, self.options.kind)
            self.pcsc = stack.enter_context(PcscDaemon(self._pcsc_directory or self.run_directory))
            self.booklets: VirtualBookletUnit | None = None
            self.printer = self._unit(serials, stack)
            self.cups = stack.enter_context(CupsDaemon())
            self.cups.add_queue(self.printer.uri)
            self.camera = VirtualCamera().start()
            stack.callback(self.camera.stop)
            self.scanner = stack.enter_context(VirtualSerialScanner(self.run_directory / "scanner"))
            self.states = {state: State(state) for state in sorted({each.travels[1] for each in TRAVELLERS if each.travels})}
            self.systemd = stack.enter_context(VirtualSystemd(self.run_directory, self._units()))
            self.reader = CardSlot(self.pcsc.port)
            stack.callback(self.reader.remove)
            self.ups = stack.enter_context(VirtualUps())
            self.door = self.run_directory / "door"
            self.open_door(False)
            self.receipts = stack.enter_context(VirtualReceiptPrinter(self.run_directory / "receipts"))
            self.sam_v = stack.enter_context(VirtualSamVReader(self.run_directory / "sam-v"))
            stack.callback(self.stop_terminals)
            stack.callback(self.stop_watchdog)
            self._write_settings()
            if serials:
                self.command(
                    "blanks", "load", serials[0], str(len(serials)), "--kind", self.options.kind, "--by", "0001", "--and", "0002"
                )
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def _unit(self, serials: list[str], stack: contextlib.ExitStack) -> VirtualPrinter:
        seconds = self.options.page_seconds
        if self.options.unit == "sheet":
            return stack.enter_context(VirtualPrinter(self.directory / "printed", seconds=seconds, blanks=serials))
        self.booklets = stack.enter_context(
            VirtualBookletUnit(self.directory / "printed", self.run_directory, serials, seconds=seconds)
        )
        return self.booklets.printer

    # ---- the terminal ----------------------------------------------------------------------------------------------------

    @property
    def eyes(self) -> Path:
        """Where the terminal says what is on its screen."""
        return self.directory / "eyes.json"

    @property
    def log(self) -> Path:
        return self.directory / "terminal.log"

    def environment(self, display: str | None) -> dict[str, str]:
        """What the terminal's process gets of the surroundings."""
        kept = {
            name: os.environ[name]
            for name in ("PATH", "HOME", "LANG", "XAUTHORITY", "COVERAGE_PROCESS_START")
            if name in os.environ
        }
        return {
            **kept,
            **self.pcsc.environment,
            **({"DISPLAY": display} if display else {"SDL_VIDEODRIVER": "offscreen"}),
            "KIVY_HOME": str(self.run_directory / "kivy"),
            "PYTHONUNBUFFERED": "1",
            **FORGETFUL,
        }

    def start_terminal(self, display: str | None) -> subprocess.Popen[bytes]:
        """`kiosk run` in a process of its own, on X display `display`."""
        self.display = display
        self.eyes.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            terminal = subprocess.Popen(
                [sys.executable, "-m", "kiosk", "run", "--settings", str(self.settings_path), "--eyes", str(self.eyes)],
                env=self.environment(display),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.terminals.append(terminal)
        return terminal

    def stop_terminals(self) -> None:
        """SIGTERM, as systemd does; SIGKILL for one that does not hear."""
        for terminal in self.terminals:
            if terminal.poll() is None:
                terminal.send_signal(signal.SIGTERM)
        for terminal in self.terminals:
            _end(terminal)
        self.terminals.clear()

    def start_watchdog(self, *, haste: float = 1.0) -> None:
        """`kiosk watchdog` in a process of its own; its systemd is the hall's."""
        with self.watchdog_log.open("ab") as log:
            self.watchdog = subprocess.Popen(
                [sys.executable, "-m", "kiosk", "watchdog", "--settings", str(self.settings_path), f"--haste={haste}"],
                env=self.environment(None),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop_watchdog(self) -> None:
        """SIGTERM; it never waits for anything."""
        watchdog, self.watchdog = self.watchdog, None
        if watchdog is not None:
            _end(watchdog)

    @property
    def watchdog_log(self) -> Path:
        return self.directory / "watchdog.log"

    def _units(self) -> dict[str, Unit]:
        """What the hall's systemd has in its hands."""
        return {
            "pcscd.service": Unit(self.pcsc.restart, lambda _: self.pcsc.kill(), lambda: self.pcsc.running),
            "dazheng-clear@pcscd.service": Unit(self.pcsc.clear_and_start, one_shot=True),
            "cups.service": Unit(self.cups.restart, lambda _: self.cups.kill(), lambda: self.cups.running),
            "dazheng-clear@cups.service": Unit(self.cups.restart, one_shot=True),
            "kiosk.service": Unit(
                self._restart_terminal,
                self._signal_terminal,
                lambda: self._terminal_lives,
                lambda: bool(self.terminals) and self.terminals[-1].poll() == 0,
            ),
        }

    @property
    def _terminal_lives(self) -> bool:
        return bool(self.terminals) and self.terminals[-1].poll() is None

    def _restart_terminal(self) -> None:
        self.restarting = True
        try:
            self.stop_terminals()
            self.start_terminal(self.display)
        finally:
            self.restarting = False

    def _signal_terminal(self, number: int) -> None:
        if self._terminal_lives:
            self.restarting = self.restarting or number == signal.SIGKILL  # only ever on the way to a restart
            self.terminals[-1].send_signal(number)

    def command(self, *words: str, typed: str = "") -> str:
        """Run a `kiosk` command of staff's on this terminal, typing one line into it; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "kiosk", *words, "--settings", str(self.settings_path)],
            env={**os.environ, **self.pcsc.environment},
            input=f"{typed}\n",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"kiosk {' '.join(words[:2])}: {done.stderr.strip()}")
        return done.stdout

    def _write_settings(self) -> None:
        files = self.platform.files_of(self.options.terminal)
        width, height = self.options.size
        text = f"""# The settings of the demo's terminal. Relative paths belong to this file's directory.
{files.settings(self.options.terminal, self.platform.url)}
[store]
path = "store/terminal.db"
key = "store/terminal.key"

[card_reader]
devices = {json.dumps([self.sam_v.line if reader == "sam-v" else reader for reader in self.options.readers])}
{self._country_signers()}
[code_scanner]
source = "{self.scanner.line if self.options.scanner == "serial" else self.camera.url}"

[printer]
unit = "{self.options.unit}"
queue = "{QUEUE}"
server = "{self.cups.socket_path}"
guard_directory = "{self.cups.guard_directory}"
paper = "plain"
page_seconds = {max(1, round(self.options.page_seconds))}
give_up_seconds = 60

[watchdog]
socket_directory = "{self.run_directory}"
state = "watchdog/state.json"
bus = "{self.systemd.address}"
metrics_port = 0

[blanks]
low = 2

[ups]
device = "{self.ups.line}"

{self.booklets.settings if self.booklets else ""}
[receipt_printer]
device = "{self.receipts.line if self.options.receipts else ""}"

[signals]
door = "level:{self.door}?closed=0"

[screen]
width = {width}
height = {height}
fullscreen = {str(self.options.fullscreen).lower()}
language = "{self.options.language}"
"""
        self.settings_path.write_text(text, "utf-8")
        load(self.settings_path)
        shutil.rmtree(self.directory / "store", ignore_errors=True)

    def _country_signers(self) -> str:
        """The settings line that names the directory of the made-up states' certificates, which is written."""
        if self.options.scanner != "serial":
            return ""
        for state in self.states.values():
            state.write(self.directory / "country-signers")
        return 'country_signers = "country-signers"\n'

    # ---- hands -----------------------------------------------------------------------------------------------------------

    def lay_card(self, slug: str, *, lifted_after: int | None = None) -> None:
        """Lay this person's card on the reader: her resident ID card where only such cards are read."""
        if "pcsc" not in self.options.readers:
            self.lay_resident_card(slug)
            return
        person = BY_SLUG[slug]
        self.reader.insert(self.travel_document_of(person) if person.travels else card_of(person), lifted_after=lifted_after)

    def travel_document_of(self, person: Person, fault: DocumentFault = "") -> TravelDocumentChip:
        """This traveller's document, with what is wrong with it."""
        assert person.travels
        return TravelDocumentChip(traveller(person), self.states[person.travels[1]], fault)

    def show_page(self, slug: str) -> None:
        """Hold the page of this traveller's document before the scanner."""
        self.scan(traveller(BY_SLUG[slug]).printed().replace("\n", "\r").encode("ascii"))

    def scan(self, payload: bytes) -> None:
        """Hold something before the serial scanner, once its light is on."""
        deadline = time.monotonic() + LIGHT_SECONDS
        while not self.scanner.lit and time.monotonic() < deadline:
            time.sleep(0.02)
        self.scanner.read(payload)

    def lay_resident_card(self, slug: str) -> None:
        """Lay this person's resident ID card on the SAM-V reader."""
        person = BY_SLUG[slug]
        self.sam_v.lay(resident_card(person.name, person.number, sex=person.sex))

    def lay_strange_card(self, kind: str) -> None:
        """Lay a card that is no use: "foreign", "mute", "broken"."""
        cards: dict[str, Card] = {
            "foreign": ForeignCard(),
            "mute": SilentCard(),
            "broken": DamagedCard(_holder(BY_SLUG["zhang-jianguo"]), "truncated"),
        }
        self.reader.insert(cards[kind])

    def open_door(self, is_open: bool) -> None:
        """Staff open the case, or close it."""
        set_level(self.door, is_open)

    def lift_card(self) -> None:
        self.reader.remove()
        self.sam_v.lift()

    def enrol_staff(self) -> None:
        """Give the hall's staff their accounts, as whoever looks after the terminal does: 0317 with a card, 0402 with a number alone."""
        card = StaffCard()
        self.reader.insert(card)
        try:
            self.command("staff", "add", "0317", "--role", "supervisor", "--card", "--by", "0001", typed=STAFF_PIN)
        finally:
            self.reader.remove()
        self.staff_cards["0317"] = card
        self.command("staff", "add", "0402", "--role", "operator", "--by", "0317", typed=STAFF_PIN)

    def lay_staff_card(self, number: str) -> None:
        """Lay this member of staff's card on the reader. Raises `KeyError`."""
        self.reader.insert(self.staff_cards[number])

    def show_code(self, slug: str, *, begins: timedelta = timedelta(0), lasts: timedelta = timedelta(hours=2)) -> bytes:
        """Hold this person's phone with her appointment code before the camera; returns the payload."""
        code = self.platform.appointment_code(slug, self.options.terminal, begins=begins, lasts=lasts)
        if self.options.scanner == "serial":
            self.scan(code)
        else:
            self.camera.show(code)
        return code

    def take_paper(self) -> None:
        """Take the certificate from the outlet."""
        if self.booklets:
            self.booklets.take()
        else:
            self.printer.take()

    def hide_code(self) -> None:
        self.camera.clear()

    def load_blanks(self, serials: Sequence[str], kind: str = "title") -> None:
        """What staff do: the platform issues them, they go into the bin and into the ledger."""
        self.platform.core.issue_blanks(self.options.terminal, serials, kind)
        if self.booklets:
            self.booklets.turner.stack += serials
        else:
            self.printer.load(serials)
        self.command(
            "blanks", "load", serials[0], str(len(serials)), "--kind", kind, "--bin", "A", "--by", "0001", "--and", "0002"
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def traveller(person: Person) -> Traveller:
    """What is written on a made-up traveller's document: a permit from here, a passport from abroad."""
    assert person.travels
    names, state = person.travels
    sex = {"1": "M", "2": "F"}[person.sex]
    if state == "CHN":
        return Traveller(names, person.number, person.name, sex=sex)
    return replace(passport(names, person.number, state), sex=sex)


def card_of(person: Person) -> SocialSecurityCard:
    """The social security card of a made-up person."""
    return SocialSecurityCard(_holder(person))


def _holder(person: Person) -> Holder:
    number = person.number
    return Holder(
        name=person.name,
        number=number,
        sex=person.sex,
        birth=date(int(number[6:10]), int(number[10:12]), int(number[12:14])),
        card_number=f"X{number[-8:]}"[:9],
    )

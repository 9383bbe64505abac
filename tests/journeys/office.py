"""The admin screen's counterparts in a test: real accounts, ledgers, pauses and exports on a store of the test's own; devices of its own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kiosk.certificate.typeset import Typesetter
from kiosk.issuance.issue import Printed
from kiosk.issuance.ledger import Issuance, Ledger
from kiosk.journeys.staff import staff
from kiosk.journeys.staff_counterparts import Check, StaffCounterparts
from kiosk.readiness import Obstacle, Readiness
from kiosk.staff.accounts import Accounts, Cost
from kiosk.staff.books import Books
from kiosk.staff.export import Exporter
from kiosk.staff.paper import TestFailed, TestPaper
from kiosk.staff.pauses import Pauses
from kiosk.staff.power import Power
from kiosk.staff.roles import Role
from offline_cache import journal
from offline_cache.keys import derive
from offline_cache.signing import FileSigningKey
from offline_cache.store import Store
from screens.prompts import Nav, Prompt, Tone
from screens.staff_prompts import StaffBoard, StaffEntry, StaffList
from screens.wording import t
from tests.issuance.hall import Fuse, Press, World, authorisation
from tests.issuance.hall import load as load_blanks
from tests.journeys.stage import Citizen, ScriptedStage, words

PIN = "402817"
CASE = "0518-120000"


@dataclass
class Desk:
    """Cards laid on the reader, pages at the printer, what systemd was told, and the clock."""

    now: datetime = datetime(2026, 5, 18, 4, 0, tzinfo=UTC)
    cards: asyncio.Queue[bytes | Exception] = field(default_factory=asyncio.Queue[bytes | Exception])
    pages: list[str] = field(default_factory=list[str])
    jams: bool = False
    told: list[Sequence[str]] = field(default_factory=list[Sequence[str]])
    broken: set[str] = field(default_factory=set[str])

    def clock(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    async def next(self) -> bytes:
        laid = await self.cards.get()
        if isinstance(laid, Exception):
            raise laid
        return laid

    def submit(self, job_name: str, pdf: bytes, serial: str) -> int:
        assert pdf.startswith(b"%PDF")
        self.pages.append(job_name)
        return len(self.pages)

    def wait(self, job: int, on_progress: Callable[[float | None], None]) -> Printed:
        return Printed(False, "media-jam") if self.jams else Printed(True)

    def run(self, words: Sequence[str]) -> int:
        self.told.append(list(words))
        return 0


class Office:
    """A terminal's staff side, and the member of staff who stands before it."""

    def __init__(self, directory: Path, typesetter: Typesetter) -> None:
        self.desk = Desk()
        self.store = Store.open(directory / "store.db", derive(b"k" * 32))
        self.ledger = Ledger(self.store, self.desk.clock)
        self.accounts = Accounts(self.store, self.desk.clock, Cost(iterations=1, memory_kib=64))
        for number, role in (("0317", Role.SUPERVISOR), ("0402", Role.OPERATOR), ("0403", Role.OPERATOR), ("0009", Role.AUDITOR)):
            self.accounts.add(number, role, PIN, by="0001")
        self.world = World()
        self.books = Books(self.store, self.ledger, Press(self.world, Fuse()), self.desk.clock)
        self.pauses = Pauses(self.store, self.desk.clock)
        self.stick = directory / "stick"
        self.stick.mkdir()
        self.office_key = keypair(directory, "office", rsa_bits=2048)
        self.terminal_key = keypair(directory, "terminal")
        self.stage = ScriptedStage()
        self.member = Citizen(self.stage)
        self.counterparts = StaffCounterparts(
            terminal_id="xy-01",
            hall=lambda: "浉河区政务服务中心",
            accounts=self.accounts,
            cards=self.desk,
            books=self.books,
            pauses=self.pauses,
            paper=TestPaper(self.store, self.books, typesetter, self.desk, self.desk.clock, "xy-01"),
            power=Power(self.ledger, "kiosk.service", self.desk.run),
            exporter=Exporter(
                self.store, self.desk.clock, "xy-01", FileSigningKey(directory / "terminal.pem"),
                self.stick, directory / "office.crt", mounted=lambda path: path.is_dir(),
            ),
            checks=tuple(self._check(name) for name in ("reader", "printer", "touch")),
            readiness=Readiness({"paused": self._paused}),
            versions=(("dazheng", "0.1.0"),),
            clock=self.desk.clock,
            low=2,
            capacity=10,
            log_out_seconds=300,
        )  # fmt: skip

        self.touches = 0
        """Touches of a finger that all answers took so far: one for a key, and one for each figure that is typed."""

    def close(self) -> None:
        self.store.close()

    def load(self, count: int = 5) -> list[str]:
        return load_blanks(self.store, count)

    def handed_over(self, name: str = "auth-0001", case: str = "0518-093005") -> Issuance:
        """A certificate is being handed to the printer, on the next blank."""
        issuance = self.ledger.authorised(authorisation(name), "title", case)
        return self.ledger.spooling(self.ledger.reserved(issuance), "00" * 32)

    def kinds(self) -> list[str]:
        return [entry.kind for entry in journal.entries(self.store)]

    def last(self, kind: str) -> journal.Entry:
        return [entry for entry in journal.entries(self.store) if entry.kind == kind][-1]

    @contextlib.asynccontextmanager
    async def stays(self) -> AsyncGenerator[asyncio.Task[str]]:
        """The admin screen, asked for by the gesture."""
        stay = asyncio.create_task(staff(self.stage, CASE, self.counterparts))
        try:
            yield stay
        finally:
            stay.cancel()
            await asyncio.gather(stay, return_exceptions=True)

    # ---- what the member of staff does ----------------------------------------------------------------------------------

    async def signs_in(self, number: str = "0317", pin: str = PIN) -> None:
        await self.enters(number)
        await self.enters(pin, secret=True)

    async def answers(self, answer: object) -> None:
        """Answer what is up, and look away until it is gone."""
        asked = self.stage.up[-1]
        self.touches += 1 + (len(str(answer)) if isinstance(asked[0], StaffEntry) and not isinstance(answer, Nav) else 0)
        self.member.answers(answer)
        while asked in self.stage.up:
            await self.stage.changed()

    async def enters(self, digits: str, *, secret: bool = False) -> StaffEntry:
        entry = await self.member.sees(StaffEntry, lambda each: each.secret is secret and each.least <= len(digits) <= each.most)
        await self.answers(digits)
        return entry

    async def at_the_board(self) -> StaffBoard:
        return await self.member.sees(StaffBoard)

    async def presses(self, key: str) -> StaffBoard:
        board = await self.at_the_board()
        await self.answers(key)
        return board

    async def picks(self, name: str) -> StaffList:
        """A row or an action of the list that is up, once it has it."""
        seen = await self.member.sees(StaffList, lambda each: name in names(each))
        await self.answers(name)
        return seen

    async def reads(self, part: str) -> StaffList:
        """A list whose note says so; goes on."""
        seen = await self.member.sees(StaffList, lambda each: each.note is not None and part in words(each.note[1]))
        await self.answers("good")
        return seen

    async def counts_bin(self, row: str, found: int, top: str, second: str, said: str) -> None:
        """From a row of the day: how many lie in its bin, which lies on top, the second person, and what the two are told."""
        await self.answers(row)
        await self.enters(str(found))
        await self.picks(top)
        await self.signs_in(second)
        await self.reads(said)

    async def goes_back(self, kind: type[Prompt[object]]) -> None:
        await self.member.sees(kind)
        await self.answers(Nav.BACK)

    def _check(self, name: str) -> Check:
        async def run() -> None:
            if name in self.desk.broken:
                raise TestFailed("mute")

        return Check(name, "scan", lambda: (Tone.OK, t("staff.fact.ok")), run if name == "reader" else None)

    def _paused(self) -> Obstacle | None:
        pause = self.pauses.current()
        return None if pause is None else Obstacle("paused", why=pause.reason)


def names(prompt: StaffList) -> set[str]:
    actions = [*prompt.others, *([prompt.primary] if prompt.primary else [])]
    return {row.name for row in prompt.rows if row.opens or row.key} | {action.name for action in actions}


def keypair(directory: Path, name: str, rsa_bits: int = 0) -> bytes:
    """A key (on P-256, or RSA) and its certificate as PEM files; returns the key."""
    key = rsa.generate_private_key(65537, rsa_bits) if rsa_bits else ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(subject, subject, key.public_key(), 1, now - timedelta(1), now + timedelta(9))
    (directory / f"{name}.pem").write_bytes(pem)
    (directory / f"{name}.crt").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return pem

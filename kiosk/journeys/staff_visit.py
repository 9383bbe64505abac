"""A member of staff's stay at the admin screen: who it is, the sign-in, the second person, and the end after five idle minutes.

It begins where no citizen is and is a visit of its own: the home screen waits for its end, and what citizens began has ended before it.
"""

from __future__ import annotations

import asyncio
from typing import Any, TypeVar

from kiosk.journeys.counterparts import on_worker
from kiosk.journeys.staff_counterparts import StaffCounterparts
from kiosk.staff.accounts import PIN_DIGITS, SignInRefused
from kiosk.staff.roles import Act, Member, may_attest
from kiosk.visit import Visit, VisitEnded, WentBack
from peripherals.device import DeviceFault
from screens.prompts import Action, Prompt, Stage, Tone
from screens.staff_prompts import Row, StaffEntry, StaffHead, StaffList
from screens.wording import Text, t, verbatim

A = TypeVar("A")

SIGN_IN_IDLE = 30.0
"""Seconds without a touch after which the sign-in gives way to the home screen: whoever found the gesture by chance walks away."""
NUMBER_DIGITS = (2, 8)
"""How many digits a staff number has on the keypad."""


class IdleOut(VisitEnded):
    """Nobody touched anything for so long that whoever was signed in no longer is."""


class NotAllowed(Exception):
    """Somebody's role does not do this, or the second person cannot attest it."""


class StaffVisit(Visit):
    """A visit by staff. `member` is set once they are signed in."""

    def __init__(self, stage: Stage, case: str, with_: StaffCounterparts) -> None:
        super().__init__(stage, case)
        self.with_ = with_
        self.member: Member | None = None

    @property
    def by(self) -> str:
        """The number under which things are done."""
        assert self.member is not None
        return self.member.number

    @property
    def sign_in_idle(self) -> float:
        """How long a sign-in waits: a second person may have to be fetched."""
        return SIGN_IN_IDLE if self.member is None else float(self.with_.log_out_seconds)

    async def asks(self, prompt: Prompt[A]) -> A:
        """Ask whoever is signed in. Raises `WentBack`, `IdleOut`."""
        return await self.ask(prompt, idle=float(self.with_.log_out_seconds))

    async def tells(self, title: Text, tone: Tone, words: Text, *rows: Row, icon: str = "wrench") -> None:
        """Say how it went; any key goes on."""
        try:
            await self.asks(
                StaffList(self.head(title, icon), rows, primary=Action("good", t("staff.good"), "check"), note=(tone, words))
            )
        except WentBack:
            return

    async def confirms(self, title: Text, tone: Tone, words: Text, go: Text, *rows: Row, icon: str = "wrench") -> None:
        """Ask before it is done. Raises `WentBack` where they would rather not."""
        await self.asks(StaffList(self.head(title, icon), rows, primary=Action("go", go, "check"), note=(tone, words)))

    async def picks(self, title: Text, rows: tuple[Row, ...], *, icon: str = "wrench", nothing: Text | None = None) -> str:
        """One of the rows."""
        return await self.asks(StaffList(self.head(title, icon), rows, nothing=nothing))

    async def types(self, title: Text, sub: Text, least: int, most: int, *, trouble: Text | None = None) -> str:
        """Digits."""
        return await self.asks(
            StaffEntry(title, sub, t("staff.enter.go"), least, most, trouble=trouble, head=self.head(t("staff.enter")))
        )

    def head(self, title: Text, icon: str = "wrench") -> StaffHead:
        member = self.member
        role = t(f"staff.role.{member.role.value}") if member else verbatim("")
        sub = t("staff.head.sub", hall=self.with_.hall(), role=role, number=member.number if member else "")
        return StaffHead(
            t("staff.head.title", title=title, terminal=self.with_.terminal_id), sub, icon, self.with_.log_out_seconds
        )

    def must(self, act: Act) -> Member:
        """Who does it, if their role allows it. Raises `NotAllowed`."""
        assert self.member is not None
        if not self.member.may(act):
            raise NotAllowed
        return self.member

    async def second(self, act: Act) -> Member:
        """Another member signs in, only to attest `act`. Raises `NotAllowed`, `WentBack`."""
        first = self.must(act)
        other = await sign_in(self, t("staff.second.title"), t("staff.second.sub"))
        if not may_attest(act, first, other):
            raise NotAllowed
        return other

    async def _still_there(self, event: asyncio.Future[Any]) -> None:
        raise IdleOut


async def sign_in(visit: StaffVisit, title: Text, sub: Text) -> Member:
    """Number or card, then the PIN. Raises `WentBack`, `WentHome`, `IdleOut`."""
    trouble: Text | None = None
    while True:
        card, number = await _who(visit, title, sub, trouble)
        try:
            found = await _pin(visit, title, number, card)
        except WentBack:
            trouble = None
            continue
        if isinstance(found, Member):
            return found
        trouble = found


async def _who(visit: StaffVisit, title: Text, sub: Text, trouble: Text | None) -> tuple[bytes | None, str]:
    while True:
        prompt = StaffEntry(title, sub, t("staff.number.go"), *NUMBER_DIGITS, trouble=trouble)
        try:
            answer = await visit.ask_until(prompt, visit.with_.cards.next(), idle=visit.sign_in_idle)
        except DeviceFault:
            trouble = t("staff.trouble.card")
            continue
        if isinstance(answer, str):
            return None, answer
        visit.stage.touched()
        number = await on_worker(visit.with_.accounts.number_of, answer)
        if number is not None:
            return answer, number
        trouble = t("staff.trouble.stranger")


async def _pin(visit: StaffVisit, title: Text, number: str, card: bytes | None) -> Member | Text:
    """The member, or the sentence that sends them back to the number."""
    prompt = StaffEntry(title, t("staff.pin.sub"), t("staff.pin.go"), PIN_DIGITS, PIN_DIGITS, secret=True)
    while True:
        pin = await visit.ask(prompt, idle=visit.sign_in_idle)
        try:
            return await on_worker(visit.with_.accounts.sign_in, number, pin, card)
        except SignInRefused as refusal:
            visit.stage.touched()
            if refusal.code == "locked":
                return t("staff.trouble.locked")
            prompt = StaffEntry(
                title,
                t("staff.pin.sub"),
                t("staff.pin.go"),
                PIN_DIGITS,
                PIN_DIGITS,
                secret=True,
                trouble=t(f"staff.trouble.{refusal.code}"),
                tries=t("staff.pin.left", n=refusal.left),
                wait_seconds=refusal.wait_seconds,
            )

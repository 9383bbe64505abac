"""A ward: parts in care, with clocks that the test winds, hands that only write down what they were told, and a memory on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kiosk.watchdog.care import Care
from kiosk.watchdog.hands import NotNow
from kiosk.watchdog.health import Finding
from kiosk.watchdog.ladder import Remedy, Rung
from kiosk.watchdog.memory import Memory
from kiosk.watchdog.messages import Advice
from kiosk.watchdog.plan import Part
from kiosk.watchdog.supervisor import SupervisorFault

MORNING = 1_800_000_000.0


@dataclass
class WrittenDown:
    """Hands whose acts are only noted; `mends` is called after each."""

    acts: list[tuple[Remedy, str]] = field(default_factory=list[tuple[Remedy, str]])
    issuing: bool = False
    begins_to_issue: bool = False
    elsewhere: set[str] = field(default_factory=set[str])
    refuses: bool = False
    mends: Callable[[Rung], None] = lambda _: None

    def in_other_hands(self, unit: str) -> bool:
        return unit in self.elsewhere

    def apply(self, rung: Rung) -> None:
        if self.begins_to_issue:
            raise NotNow
        if self.refuses:
            raise SupervisorFault("refused", "access denied")
        self.acts.append((rung.remedy, rung.target))
        self.mends(rung)


class Ward:
    """`care` with wound clocks; `ill` says what is wrong with each part now."""

    def __init__(self, state: Path, parts: tuple[Part, ...], at: float = MORNING) -> None:
        self.now = at
        self.hands = WrittenDown()
        self.state = state
        self.parts = parts
        self.ill: dict[str, Finding | None] = {part.name: None for part in parts}
        self.quiet = True
        self.advice = Advice()
        self.start()

    def start(self, boot: str = "boot-1") -> None:
        """The watchdog is started (again); nothing but the file is remembered."""
        memory = Memory(self.state, self.now)
        loop = memory.started(self.now, boot)
        memory.keep(self.now)
        self.care = Care(self.hands, memory, lambda: self.now, lambda: self.now, hold_back=loop or "")
        for part in self.parts:
            self.care.look_after(part)

    def passes(self, seconds: float, *, every: float = 1) -> None:
        """So much time, a round every second."""
        for _ in range(round(seconds / every)):
            self.now += every
            self.advice = self.care.round(self.ill, quiet=self.quiet)

    @property
    def tried(self) -> list[str]:
        return [remedy.value for remedy, _ in self.hands.acts]


MakeWard = Callable[..., Ward]


@pytest.fixture
def make_ward(tmp_path: Path) -> MakeWard:
    def make(*parts: Part) -> Ward:
        return Ward(tmp_path / "state.json", parts)

    return make

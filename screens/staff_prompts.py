"""What is asked of (and shown to) staff at the admin screen. No Kivy, no devices, no ledgers: a journey fills these in.

They are prompts like any other (`screens.prompts`); what sets them apart is `StaffHead`: the dark bar that says who is signed in and
when that ends by itself. Answers are names: of a key, of a row, of a tile.
"""

from __future__ import annotations

from dataclasses import dataclass

from screens.prompts import Action, Prompt, Tone
from screens.wording import Text


@dataclass(frozen=True, slots=True)
class StaffHead:
    """The dark bar: where one is, who is signed in, and after how many idle seconds that ends."""

    title: Text
    sub: Text
    icon: str = "wrench"
    log_out_after: int = 300


@dataclass(frozen=True, slots=True)
class StaffEntry(Prompt[str]):
    """Digits on the keypad. Answer: the digits, `least` to `most` of them.

    Without a `head` it is the sign-in, among the citizens' bars. `secret`: shown as dots. `wait_seconds`: the keypad is closed for so
    long. `tries` says how many are left.
    """

    title: Text
    sub: Text
    go: Text
    least: int = 1
    most: int = 6
    secret: bool = False
    trouble: Text | None = None
    tries: Text | None = None
    wait_seconds: int = 0
    head: StaffHead | None = None


# ---- the dashboard --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gauge:
    """One bin: how many blanks of how many, and the mark below which it should be filled."""

    name: Text
    count: int
    capacity: int
    low: int


@dataclass(frozen=True, slots=True)
class Sum:
    """The account of the blanks: received − printed − void = what should be inside; `counted` is what somebody last found there."""

    received: int
    printed: int
    void: int
    expected: int
    counted: int | None
    balanced: bool


@dataclass(frozen=True, slots=True)
class Tile:
    """One device: its name, one fact, how it is."""

    name: str
    icon: str
    title: Text
    fact: Text
    tone: Tone


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal in words."""

    tone: Tone
    time: str
    words: Text


@dataclass(frozen=True, slots=True)
class StaffBoard(Prompt[str]):
    """The dashboard. Answers: a tile's name, "account", "journal", "alert", or a key's name.

    `blanks` says in a few words how long the blanks last (`Tone.WARN`: not long), `figures` are today's counts with their labels.
    `keys` is the row of keys, `primary` the blue one, `others` what stands beside it.
    """

    head: StaffHead
    gauges: tuple[Gauge, ...]
    blanks: tuple[Tone, Text] | None
    low: Text | None
    printed_today: int
    figures: tuple[tuple[Text, Text], ...]
    account: Sum
    tiles: tuple[Tile, ...]
    recent: tuple[Entry, ...]
    keys: tuple[Action, ...]
    primary: Action
    others: tuple[Action, ...]
    alert: Text | None = None


# ---- lists ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list. `state` stands at its end in `tone`; `key` is a key in the row (answer: the row's name); `opens`: the whole
    row can be pressed.
    """

    name: str
    title: Text
    sub: Text | None = None
    icon: str = ""
    state: Text | None = None
    tone: Tone = Tone.INFO
    key: Text | None = None
    opens: bool = False


@dataclass(frozen=True, slots=True)
class StaffList(Prompt[str]):
    """Rows in one card, paged and never scrolled: tests, menus, accounts, stories. Answer: a row's or an action's name.

    `note` is a tinted block beneath. `nothing` is said where there are no rows. Back is always there.
    """

    head: StaffHead
    rows: tuple[Row, ...]
    primary: Action | None = None
    others: tuple[Action, ...] = ()
    note: tuple[Tone, Text] | None = None
    nothing: Text | None = None


@dataclass(frozen=True, slots=True)
class StaffWait(Prompt[None]):
    """Something takes a while, or wants a hand at the machine (a card to lay down). Back where it `can_leave`."""

    head: StaffHead
    title: Text
    sub: Text
    icon: str = "hourglass-medium"
    can_leave: bool = True


@dataclass(frozen=True, slots=True)
class Cleaning(Prompt[None]):
    """Touch is off: the glass can be wiped for `seconds`. Nothing answers; the journey withdraws it."""

    seconds: int = 30


@dataclass(frozen=True, slots=True)
class TouchTest(Prompt[None]):
    """Five points over the whole glass, to be touched one after the other. Answered when the last one was; Back beside them."""

"""What can be asked of a person, and what an answer looks like. No Kivy, no devices, no registration law.

A journey asks: ``answer = await stage.ask(ChooseOne(...))``. Each prompt names its answer type as `Prompt[Answer]`; views in
`screens/views` draw one prompt each. Whatever is asked, a person may also press Back or Home: those come back as `Nav`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Generic, Protocol, TypeVar

from screens.wording import Text

Answer_co = TypeVar("Answer_co", covariant=True)
A = TypeVar("A")


class Nav(Enum):
    """What a person can say instead of an answer."""

    BACK = "back"
    HOME = "home"


@dataclass(frozen=True, slots=True)
class Prompt(Generic[Answer_co]):
    """Something that is asked of (or shown to) a person."""


class Step(Enum):
    """The five steps of a certificate, as the step header shows them."""

    VERIFY = 1
    CHOOSE = 2
    CHECK = 3
    PRINT = 4
    COLLECT = 5


# ---- home -----------------------------------------------------------------------------------------------------------


STAFF = "staff"
"""What the home screens answer when staff made the hidden gesture."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One service on the home screen. Only what works is offered."""

    name: str
    title: Text
    hint: Text
    icon: str


@dataclass(frozen=True, slots=True)
class Home(Prompt[str]):
    """The home screen while certificates can be printed. Answer: "print", an offer's name, or `STAFF`.

    `state` and `sub` say what works and what waits where that is not as usual.
    """

    offers: tuple[Offer, ...] = ()
    state: Text | None = None
    sub: Text | None = None


@dataclass(frozen=True, slots=True)
class OutOfService(Prompt[str]):
    """The home screen while certificates cannot be printed; leaves by itself when the journey withdraws it.

    `reason` is one sentence, `eta` when known, `alternatives` what to do now (each one place), `offers` what still works.
    Answer: an offer's name, or `STAFF`.
    """

    reason: Text
    eta: Text | None = None
    alternatives: tuple[Text, ...] = ()
    offers: tuple[Offer, ...] = ()


# ---- who is there ---------------------------------------------------------------------------------------------------


class SlotState(Enum):
    """What a device slot on the identify screen shows."""

    HIDDEN = "hidden"
    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Identify(Prompt["IdentifyAnswer"]):
    """Card on the reader or code before the camera. The proof itself comes from the devices, not from this prompt.

    `title`/`sub` head the screen; `trouble` is a kind sentence about the last try (a card lifted too early, a foreign card);
    `person` is the masked name once one proof is in, while the second is awaited. `idle_seconds_left` draws the ring when set.
    """

    title: Text
    sub: Text
    card: SlotState = SlotState.WAITING
    code: SlotState = SlotState.WAITING
    trouble: Text | None = None
    person: Text | None = None
    privacy: Text | None = None
    other_way: Text | None = None


class IdentifyAnswer(Enum):
    """The one key on the identify screen besides Back and Home."""

    OTHER_WAY = "other-way"


@dataclass(frozen=True, slots=True)
class EnterCode(Prompt[str]):
    """A one-time code typed on the keypad. Answer: the digits, exactly `length`, or "" for "send another".

    `wait_seconds` > 0: the keypad is closed for so long (counted down by the view) because wrong codes were slowed.
    `resend_after_seconds`: "send another" opens after so long. `secret`: digits shown as dots.
    """

    title: Text
    sub: Text
    length: int = 6
    trouble: Text | None = None
    wait_seconds: int = 0
    resend_after_seconds: int = 60
    secret: bool = False


# ---- which certificate ----------------------------------------------------------------------------------------------


class OptionState(Enum):
    """Whether an option can be chosen."""

    READY = "ready"
    DONE = "done"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Option:
    """One certificate (or case). `lines` are address and facts, `why` says why it cannot be chosen."""

    name: str
    icon: str
    title: Text
    lines: tuple[Text, ...] = ()
    state: OptionState = OptionState.READY
    chip: Text | None = None
    why: Text | None = None


@dataclass(frozen=True, slots=True)
class ChooseOne(Prompt[str]):
    """Choose one of the options (paged, never scrolled). Answer: the option's name.

    `go` labels the primary button; None: nothing can be chosen here, the screen only tells (progress of a case).
    """

    title: Text
    options: tuple[Option, ...]
    go: Text | None
    person: Text | None = None
    note: Text | None = None
    step: Step | None = Step.CHOOSE
    preselected: str | None = None


class CheckAnswer(Enum):
    """What a person says to the certificate she is shown."""

    CORRECT = "correct"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class RecordField:
    """One row of the record. `masked` is shown; `full`, where given, for ten seconds on request."""

    label: Text
    masked: str
    full: str | None = None


@dataclass(frozen=True, slots=True)
class CheckCertificate(Prompt[CheckAnswer]):
    """The certificate as it will be printed, for a last look. `preview` is a PNG of the typeset, masked page, if any.

    `reveal_seconds`: how long the unmasked fields may be seen on request (0: never)."""

    title: Text
    sub: Text
    heading: str
    number: str
    fields: tuple[RecordField, ...]
    fee: Text
    go: Text
    preview: bytes | None = None
    reveal_seconds: int = 10


# ---- the machine works ----------------------------------------------------------------------------------------------


class StageState(Enum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class PrintStage:
    """One row of the printing screen. `fraction` 0..1 draws the bar of a running stage."""

    icon: str
    title: Text
    hint: Text
    state: StageState
    fraction: float | None = None


@dataclass(frozen=True, slots=True)
class Printing(Prompt[None]):
    """Shown while the machine prints; never answered, withdrawn by the journey. No Back, no Home."""

    title: Text
    sub: Text
    stages: tuple[PrintStage, ...]
    safe: Text
    seconds_left: int | None = None
    seconds_total: int | None = None
    sheet: bool = False
    """Whether it is a sheet of paper; else a booklet."""


@dataclass(frozen=True, slots=True)
class Working(Prompt[None]):
    """A short wait (reading, asking the registry): title, what is safe. Never answered; Back and Home where `can_leave`."""

    title: Text
    sub: Text
    can_leave: bool = True
    step: Step | None = None


class SlipState(Enum):
    """A slip with the case number: not to be had, to be had for a touch, on its way, there to be taken, or it did not come out."""

    NONE = "none"
    OFFERED = "offered"
    PRINTING = "printing"
    OUT = "out"
    FAILED = "failed"


SLIP = "slip"
"""What is answered by whoever wants one."""


@dataclass(frozen=True, slots=True)
class Take(Prompt[str | None]):
    """The certificate lies in the outlet. Answered by "I have taken it" (None) or `SLIP`, or withdrawn when the sensor says so."""

    title: Text
    sub: Text
    serial: str
    card_on_reader: bool
    seconds_left: int
    seconds_total: int
    slip: SlipState = SlipState.NONE
    sheet: bool = False
    """Whether it is a sheet of paper; else a booklet."""


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that can be said of the service. `face` draws a grade from 5 (very satisfied) to 1; None draws none."""

    name: str
    label: Text
    face: int | None = None


@dataclass(frozen=True, slots=True)
class Evaluate(Prompt[str]):
    """What the person thinks of the service, if she likes to say so: one touch sends. No Back; skipping is Home.

    Answer: the name of the word, "" when she skipped it or `seconds` ran out untouched.
    """

    title: Text
    sub: Text
    ask: Text
    hint: Text
    words: tuple[Word, ...]
    skip: Text
    seconds: int = 20


# ---- when something is in the way -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StillThere(Prompt[bool]):
    """The sheet "Are you still there?" over the current prompt. True: stay; False: end (also when the ring runs out)."""

    seconds: int = 30


class Tone(Enum):
    """Colour and icon of a notice: amber for what staff can mend, green for good news, red only for refusals."""

    INFO = "info"
    OK = "ok"
    WARN = "warn"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Action:
    """A button of a notice. The first of a notice is the primary one."""

    name: str
    label: Text
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Notice(Prompt[str]):
    """What happened, what is safe, what was done, what to do next: the one shape of every fault and refusal.

    Answer: the name of the pressed action. `case` is the visit's case number, shown small; `slip`: it came out on a slip too. Back and
    Home appear where `can_leave`.
    """

    title: Text
    safe: Text
    next: Text
    actions: tuple[Action, ...]
    done: Text | None = None
    case: str | None = None
    tone: Tone = Tone.WARN
    can_leave: bool = True
    step: Step | None = None
    slip: bool = False


# ---- the stage ------------------------------------------------------------------------------------------------------


class Contrast(StrEnum):
    STANDARD = "standard"
    HIGH = "high_contrast"
    DARK = "dark"


class TextSize(StrEnum):
    STANDARD = "standard"
    LARGE = "large"
    LARGEST = "largest"


class Stage(Protocol):
    """Where prompts are shown: the real window, or a scripted citizen in a test. Used from one event loop.

    One prompt is asked at a time; a `StillThere` may be asked over it. Cancelling `ask` withdraws the prompt. `show` puts a
    new version of the prompt being asked in its place without answering it (progress, a slot that turned to "reading").
    """

    async def ask(self, prompt: Prompt[A]) -> A | Nav:
        """Show `prompt` and wait for the person's answer."""
        ...

    def show(self, prompt: Prompt[object]) -> None:
        """Redraw the prompt being asked; same class as the one it replaces."""
        ...

    @property
    def idle_seconds(self) -> float:
        """Seconds since a person last touched anything. `touched()` resets it."""
        ...

    @property
    def patience(self) -> float:
        """Factor on every idle time: 2 in Large, Largest, Voice and Low reach, else 1 (ui-design, section 5)."""
        ...

    def touched(self) -> None:
        """A card, a code or another sign of life counts as a touch."""
        ...

    def forget(self) -> None:
        """Drop all personal data from widgets and textures, but keep how this person wants things shown."""
        ...

    def wipe(self) -> None:
        """End of a visit: drop all personal data from widgets and textures; language, size and contrast go back."""
        ...


class ScreenSize(StrEnum):
    """Layouts that were drawn and looked at, as WIDTHxHEIGHT."""

    PORTRAIT = "1080x1920"
    LANDSCAPE = "1920x1080"
    SQUARE = "1280x1024"

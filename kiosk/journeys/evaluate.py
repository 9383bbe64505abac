"""好差评: what the citizen thinks of the service, asked once when her matter is done, and never in her way.

By now her session is closed and everything of her is off the screen; what she says is kept under the authorisation's number and
names nobody. One touch sends. A bad grade may be followed by one reason; if she walks away there, the grade counts all the same.
"""

from __future__ import annotations

from kiosk.journeys.counterparts import Counterparts
from kiosk.visit import Visit, WentAway, WentHome
from screens.prompts import Evaluate, Word
from screens.wording import t

ASKING = 20
"""Seconds that the question stays up untouched (ui-design, section 5)."""
BAD = 2
"""Grades up to this one are asked for a reason: 不满意 and 非常不满意."""
REASONS = ("slow", "hard", "machine")


async def evaluate(visit: Visit, with_: Counterparts, matter: str) -> int | None:
    """Ask once, keep the answer for the platform, and return the grade (5 … 1); None when she did not say."""
    visit.stage.forget()
    said = await _asked(visit, grades())
    if not said:
        return None
    grade = int(said)
    reason: str | None = None
    try:
        if grade <= BAD:
            reason = await _asked(visit, reasons()) or None
    finally:
        with_.evaluated(matter, visit.case, grade, reason)
    return grade


async def _asked(visit: Visit, prompt: Evaluate) -> str:
    try:
        return await visit.ask(prompt, idle=None)
    except (WentHome, WentAway):
        return ""


def grades() -> Evaluate:
    """The five grades of 好差评."""
    return Evaluate(
        title=t("eval.title"),
        sub=t("eval.wiped"),
        ask=t("eval.ask"),
        hint=t("eval.hint"),
        words=tuple(Word(str(grade), t(f"eval.grade.{grade}"), grade) for grade in range(5, 0, -1)),
        skip=t("eval.skip"),
        seconds=ASKING,
    )


def reasons() -> Evaluate:
    """Why the grade was a bad one, if she likes to say."""
    return Evaluate(
        title=t("eval.sorry"),
        sub=t("eval.sorry.sub"),
        ask=t("eval.why"),
        hint=t("eval.why.hint"),
        words=tuple(Word(reason, t(f"eval.reason.{reason}")) for reason in REASONS),
        skip=t("eval.why.skip"),
        seconds=ASKING,
    )

"""From a fault or a refusal to the three sentences that a citizen needs: what happened, what is safe, what to do.

One table, code to words. A code that the table lacks gets the general notice, never a blank screen, and staff are called.
"""

from __future__ import annotations

from screens.prompts import Action, Notice, Step, Tone
from screens.wording import Text, t

HOME = Action("home", t("action.understood"), "house")
"""The one key under a notice that ends the visit."""

REFUSED = frozenset({"untrusted", "of-another", "locked", "other-person"})
"""Notices in red: we will not go on, whatever is tried again."""

INFORMS = frozenset({"nothing", "wrong", "kept", "no-appointment"})
"""Notices in blue: nobody did anything wrong and nothing is broken."""


def notice(
    code: str, case: str, *, step: Step | None = None, actions: tuple[Action, ...] = (HOME,), **values: str | int | Text
) -> Notice:
    """The notice called `code`: wording ``notice.<code>.title``, ``.safe``, ``.next`` and, where staff come, ``.done``."""
    values = {"case": case, **values}
    tone = Tone.OK if code == "done" else Tone.REFUSED if code in REFUSED else Tone.INFO if code in INFORMS else Tone.WARN
    done = t(f"notice.{code}.done", **values) if code in CALLS_STAFF else None
    return Notice(
        title=t(f"notice.{code}.title", **values),
        safe=t(f"notice.{code}.safe", **values),
        next=t(f"notice.{code}.next", **values),
        done=done,
        actions=actions,
        case=case,
        tone=tone,
        can_leave=False,
        step=step,
    )


CALLS_STAFF = frozenset(
    {"mistake", "jam", "media-empty", "cover", "toner", "printer", "put-away", "unknown", "not-taken", "untrusted", "of-another"}
)
"""Notices that say who was called; whoever shows one of these calls staff first."""

PRINTER_NOTICES: dict[str, str] = {
    "media-jam": "jam",
    "media-empty": "media-empty",
    "media-needed": "media-empty",
    "no-blank": "media-empty",
    "cover-open": "cover",
    "door-open": "cover",
    "interlock-open": "cover",
    "toner-empty": "toner",
    "marker-supply-empty": "toner",
    "serial-unreadable": "put-away",
    "print-failed": "put-away",
}
"""Printer reasons (IPP) to notices; every other reason is "printer"."""

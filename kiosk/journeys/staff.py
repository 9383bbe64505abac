"""The admin screen: from the hidden gesture to the log-out.

    sign in → dashboard → one thing at a time → log out (by key, or after five idle minutes)

Each thing is a coroutine in `staff_blanks`, `staff_cases` or `staff_machine`; what goes wrong in one is said and the dashboard comes
back. Everything that is done is in the journal under the staff number.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from kiosk import events
from kiosk.certificate.calibration import CalibrationRefused
from kiosk.issuance.blanks import BlankError
from kiosk.issuance.ledger import TwoPeopleNeeded
from kiosk.issuance.recovery import StillAtWork
from kiosk.issuance.states import IllegalTransition
from kiosk.journeys import staff_blanks, staff_cases, staff_closing, staff_machine
from kiosk.journeys.counterparts import on_worker
from kiosk.journeys.staff_board import board, overview
from kiosk.journeys.staff_counterparts import StaffCounterparts
from kiosk.journeys.staff_visit import IdleOut, NotAllowed, StaffVisit, sign_in
from kiosk.staff.accounts import AccountError
from kiosk.staff.export import ExportRefused
from kiosk.staff.paper import TestFailed
from kiosk.staff.power import PowerRefused
from kiosk.visit import VisitEnded, WentBack
from offline_cache.store import StoreError
from peripherals.device import DeviceFault
from screens.prompts import Stage, Tone
from screens.staff_prompts import Row
from screens.wording import Text, t

Thing = Callable[[StaffVisit], Awaitable[None]]

THINGS: Mapping[str, Thing] = {
    "load": staff_blanks.load,
    "take-out": staff_blanks.take_out,
    "account": staff_blanks.account,
    "count": staff_blanks.count,
    "close-day": staff_closing.close_day,
    "settle-count": staff_closing.settle_count,
    "unload": staff_closing.unload,
    "destroy": staff_closing.destroy,
    "alert": staff_cases.unknown,
    "unknown": staff_cases.unknown,
    "retained": staff_cases.retained,
    "journal": staff_cases.newest,
    "search": staff_cases.search,
    "tests": staff_machine.tests,
    "calibrate": staff_machine.calibrate,
    "pause": staff_machine.pause,
    "report": staff_machine.report,
    "clean": staff_machine.clean,
    "export": staff_machine.export,
    "version": staff_machine.version,
    "pin": staff_machine.change_pin,
    "power": staff_machine.power,
}
MORE = (
    "close-day", "count", "settle-count", "pause", "search", "journal", "retained", "unknown", "unload", "destroy",
    "calibrate", "report", "clean", "export", "pin", "version", "power",
)  # fmt: skip
"""What the menu shows; the rest has its place on the dashboard."""
ICONS = {
    "pause": "hourglass-medium",
    "search": "list-magnifying-glass",
    "journal": "list-bullets",
    "retained": "certificate",
    "unknown": "warning",
    "count": "list-bullets",
    "close-day": "clipboard-text",
    "settle-count": "user-focus",
    "unload": "tray-arrow-down",
    "destroy": "trash",
    "calibrate": "file-text",
    "report": "clipboard-text",
    "clean": "hand-palm",
    "export": "files",
    "pin": "lock-key",
    "version": "info",
    "power": "arrow-counter-clockwise",
}


async def staff(stage: Stage, case: str, with_: StaffCounterparts) -> str:
    """The whole stay. Returns how it ended: "left" (nobody signed in), "signed-out" or "idle"."""
    try:
        async with StaffVisit(stage, case, with_) as visit:
            visit.member = await sign_in(visit, t("staff.sign-in.title"), t("staff.sign-in.sub"))
            ended = "broke"
            try:
                ended = await _at_the_board(visit)
            except IdleOut:
                ended = "idle"
            finally:
                await _signed_out(visit, ended)
            return ended
    except (VisitEnded, WentBack):
        return "left"


async def _at_the_board(visit: StaffVisit) -> str:
    while True:
        with_ = visit.with_
        seen = await on_worker(overview, with_)
        try:
            asked = await visit.asks(board(visit, seen))
        except WentBack:
            continue
        if asked == "sign-out":
            return "signed-out"
        if asked == "resume":
            if await _attempt(visit, staff_machine.resume):
                return "signed-out"
            continue
        if asked == "more":
            asked = await _more(visit) or ""
        if asked.startswith("device-"):
            await _attempt(visit, partial(staff_machine.device, name=asked.removeprefix("device-")))
        elif thing := THINGS.get(asked):
            await _attempt(visit, thing)


async def _more(visit: StaffVisit) -> str | None:
    rows = tuple(Row(name, t(f"staff.do.{name}"), t(f"staff.do.{name}.sub"), ICONS[name], opens=True) for name in MORE)
    try:
        return await visit.picks(t("staff.more"), rows, icon="list-bullets")
    except WentBack:
        return None


async def _attempt(visit: StaffVisit, thing: Thing) -> bool:
    """Do one thing; say what stood in its way. Whether it was done."""
    try:
        await thing(visit)
        return True
    except WentBack:
        return False
    except NotAllowed:
        why = t("staff.refused.role")
    except (BlankError, AccountError):
        why = t("staff.refused.ledger")
    except StillAtWork:
        why = t("staff.refused.may-come-out")
    except (TwoPeopleNeeded, IllegalTransition):
        why = t("staff.refused.settle")
    except CalibrationRefused:
        why = t("staff.refused.calibration")
    except StoreError as reason:
        why = t("staff.refused.store", code=reason.code)
    except (TestFailed, DeviceFault) as failed:
        why = t("staff.refused.test", code=failed.code)
    except (ExportRefused, PowerRefused) as refused:
        why: Text = t(f"staff.refused.{refused.code}")
    await visit.tells(t("staff.refused"), Tone.WARN, why, icon="warning")
    return False


async def _signed_out(visit: StaffVisit, why: str) -> None:
    assert visit.member is not None
    try:
        await asyncio.shield(on_worker(visit.with_.accounts.signed_out, visit.member, why))
    except StoreError as reason:
        events.JOURNAL_FAILED.tell(code=reason.code)

"""The machine in staff's hands: tests, test page and calibration, out of service, cleaning, report, export, version, power."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from kiosk.journeys.counterparts import on_worker
from kiosk.journeys.staff_board import overview, total
from kiosk.journeys.staff_counterparts import Check
from kiosk.journeys.staff_visit import StaffVisit
from kiosk.staff.accounts import PIN_DIGITS
from kiosk.staff.books import Day
from kiosk.staff.paper import TestFailed, crosses
from kiosk.staff.pauses import REASONS
from kiosk.staff.power import PowerAct
from kiosk.staff.roles import Act
from kiosk.visit import WentBack
from peripherals.device import DeviceFault
from screens.prompts import Action, Tone
from screens.staff_prompts import Cleaning, Row, StaffEntry, StaffList, StaffWait, TouchTest
from screens.wording import Text, t, verbatim

CLEANING_SECONDS = 30
HAND_SECONDS = 30.0
"""How long a test waits for a card, a code or a finger."""
MINUTES = (15, 30, 60, 120)
TENTHS = 10.0


# ---- tests ----------------------------------------------------------------------------------------------------------


async def tests(visit: StaffVisit) -> None:
    """All devices with their tests; one, or all of them one after the other."""
    visit.must(Act.TEST)
    with_ = visit.with_
    while True:
        day = await on_worker(with_.books.day)
        rows = tuple(_tested(check, day) for check in with_.checks)
        worst = next((check for check in with_.checks if check.name in day.tests and not day.tests[check.name][1]), None)
        note = (Tone.WARN, t("staff.tests.failed", device=t(f"staff.device.{worst.name}"))) if worst else None
        head = visit.head(t("staff.do.tests"), "pulse")
        asked = await visit.asks(StaffList(head, rows, Action("all", t("staff.tests.all"), "play"), note=note))
        for check in with_.checks:
            if asked in ("all", check.name):
                try:
                    await _try(visit, check)
                except WentBack:
                    break


async def device(visit: StaffVisit, name: str) -> None:
    """One device: how it is, its newest test, and the test."""
    check = next(each for each in visit.with_.checks if each.name == name)
    while True:
        tone, fact = await on_worker(check.fact)
        day = await on_worker(visit.with_.books.day)
        rows = (Row("now", t("staff.device.now"), t(f"staff.test.{name}.sub"), check.icon, fact, tone), _tested(check, day))
        await visit.asks(StaffList(visit.head(t(f"staff.device.{name}"), check.icon), rows))
        visit.must(Act.TEST)
        await _try(visit, check)


async def _try(visit: StaffVisit, check: Check) -> None:
    """Run one test and write down how it ended. Raises `WentBack` where they broke it off."""
    head, code = visit.head(t("staff.do.tests"), "pulse"), ""
    wait = StaffWait(head, t(f"staff.test.{check.name}"), t(f"staff.test.{check.name}.sub"), check.icon, can_leave=check.hand)
    try:
        if check.name == "printer":
            await _print(visit, calibrated=True)
        elif check.run is None:
            async with asyncio.timeout(HAND_SECONDS):
                await visit.asks(TouchTest())
        else:
            await visit.ask_until(wait, _in_time(check), idle=float(visit.with_.log_out_seconds))
    except TimeoutError:
        code = "timed-out"
    except (TestFailed, DeviceFault) as failed:
        code = failed.code
    visit.stage.touched()
    await on_worker(
        lambda: visit.with_.books.note("staff.tested", visit.by, device=check.name, passed=not code, reason=code or None)
    )


async def _in_time(check: Check) -> None:
    assert check.run is not None
    async with asyncio.timeout(HAND_SECONDS):
        await check.run()


def _tested(check: Check, day: Day) -> Row:
    at, passed = day.tests.get(check.name, (None, False))
    said = (
        t("staff.tested.never")
        if at is None
        else t("staff.tested.passed" if passed else "staff.tested.failed", time=f"{at.astimezone():%H:%M}")
    )
    tone = Tone.INFO if at is None else Tone.OK if passed else Tone.WARN
    title, sub = t(f"staff.test.{check.name}"), t(f"staff.test.{check.name}.sub")
    return Row(check.name, title, sub, check.icon, said, tone, key=t("staff.test"))


async def _print(visit: StaffVisit, *, calibrated: bool) -> str | None:
    """A test page; before it, what it will cost. The serial that it used up. Raises `TestFailed`, `WentBack`."""
    title, with_ = t("staff.page"), visit.with_
    top = await on_worker(with_.books.on_top)
    if top is not None:
        facts = (Row("top", verbatim(f"№ {top.serial}"), t("staff.why.test-print"), "certificate"),)
        await visit.confirms(
            title, Tone.WARN, t("staff.page.blank", serial=top.serial), t("staff.page.go"), *facts, icon="printer"
        )
    wait = StaffWait(
        visit.head(title, "printer"), t("staff.page.printing"), t("staff.page.printing.sub"), "printer", can_leave=False
    )
    return await visit.during(wait, on_worker(lambda: with_.paper.print(visit.by, calibrated=calibrated)))


async def calibrate(visit: StaffVisit) -> None:
    """The bare test page, two crosses measured on it with a ruler, and the calibration that follows."""
    by, title = visit.must(Act.CALIBRATE).number, t("staff.do.calibrate")
    serial = await _print(visit, calibrated=False)
    used = (Row("used", verbatim(f"№ {serial}"), t("staff.page.void"), "trash"),) if serial else ()
    await visit.confirms(title, Tone.INFO, t("staff.calibrate.how"), t("staff.calibrate.go"), *used, icon="file-text")
    measured: list[tuple[float, float]] = []
    for index, (x, y) in enumerate(crosses(), start=1):
        across = await _tenths(visit, t("staff.calibrate.x", n=index), x)
        measured.append((across, await _tenths(visit, t("staff.calibrate.y", n=index), y)))
    found = await on_worker(visit.with_.paper.calibrate, (measured[0], measured[1]), by)
    facts = tuple(
        Row(name, t(f"staff.calibrate.{name}"), None, "", verbatim(value))
        for name, value in (
            ("across", f"{found.dx_mm:+.2f} mm"),
            ("down", f"{found.dy_mm:+.2f} mm"),
            ("scale", f"{found.scale * 100:.2f} %"),
            ("turn", f"{found.rotation_deg:+.2f}°"),
        )
    )
    await visit.tells(title, Tone.OK, t("staff.calibrate.done"), *facts, icon="file-text")


async def _tenths(visit: StaffVisit, title: Text, nominal: float) -> float:
    """A length in mm, typed in tenths of a millimetre."""
    return int(await visit.types(title, t("staff.calibrate.tenths", nominal=f"{nominal:.1f}"), 2, 4)) / TENTHS


# ---- in and out of service ------------------------------------------------------------------------------------------


async def pause(visit: StaffVisit) -> None:
    """Out of service, with the reason and the time that citizens are shown."""
    by, title = visit.must(Act.PAUSE).number, t("staff.do.pause")
    whys = tuple(Row(reason, t(f"staff.pause.{reason}"), t(f"oos.reason.paused.{reason}"), opens=True) for reason in REASONS)
    reason = await visit.picks(title, whys, icon="prohibit")
    rows = (
        *(Row(str(minutes), t("staff.pause.minutes", n=minutes), opens=True) for minutes in MINUTES),
        Row("open", t("staff.pause.open"), opens=True),
    )
    chosen = await visit.picks(t("staff.pause.until"), rows, icon="clock")
    until: datetime | None = None if chosen == "open" else visit.with_.clock() + timedelta(minutes=int(chosen))
    await on_worker(visit.with_.pauses.begin, reason, until, by)
    visit.with_.readiness.nudge()
    told = t("staff.pause.told", why=t(f"oos.reason.paused.{reason}"))
    await visit.tells(title, Tone.OK, told, icon="prohibit")


async def resume(visit: StaffVisit) -> None:
    """In service again: not while the account of the blanks does not hold. Raises `WentBack` then, so that nobody is signed out."""
    by = visit.must(Act.PAUSE).number
    account = total(await on_worker(overview, visit.with_))
    if not account.balanced:
        await visit.tells(t("staff.do.resume"), Tone.REFUSED, t("staff.resume.count"), icon="warning")
        raise WentBack
    await on_worker(visit.with_.pauses.end, by)
    visit.with_.readiness.nudge()


async def clean(visit: StaffVisit) -> None:
    """Half a minute in which the glass can be wiped."""
    by = visit.must(Act.CLEAN).number
    await visit.during(Cleaning(CLEANING_SECONDS), asyncio.sleep(CLEANING_SECONDS))
    visit.stage.touched()
    await on_worker(lambda: visit.with_.books.note("staff.cleaned", by))


# ---- report, export, version ----------------------------------------------------------------------------------------


async def report(visit: StaffVisit) -> None:
    """Is the terminal ready to open? Everything at a glance; that it was looked at, and how it stood, is in the journal."""
    by, with_ = visit.must(Act.REPORT).number, visit.with_
    await with_.readiness.refresh()
    day, seen = await on_worker(with_.books.day), await on_worker(overview, with_)
    rows: list[Row] = []
    for check, (tone, fact) in zip(with_.checks, seen.facts, strict=True):
        rows.append(Row(check.name, t(f"staff.device.{check.name}"), _tested(check, day).state, check.icon, fact, tone))
    account = total(seen)
    holds = t("staff.account.holds") if account.balanced else t("staff.account.fails")
    rows.append(
        Row("blanks", t("staff.blanks"), t("staff.copies", n=account.expected), "files", holds, Tone.OK if account.balanced else Tone.REFUSED)
    )  # fmt: skip
    missing = [each.code for each in with_.readiness.obstacles]
    ready = not missing and account.balanced
    await on_worker(lambda: with_.books.note("staff.reported", by, passed=ready, reason=" ".join(missing) or None))
    note = (
        (Tone.OK, t("staff.report.ready"))
        if ready
        else (Tone.WARN, t("staff.report.missing", what=t(f"oos.reason.{missing[0]}") if missing else t("staff.account.fails")))
    )
    await visit.tells(t("staff.do.report"), *note, *rows, icon="clipboard-text")


async def export(visit: StaffVisit) -> None:
    """The journal to the stick."""
    by, title, with_ = visit.must(Act.EXPORT).number, t("staff.do.export"), visit.with_
    await visit.confirms(title, Tone.INFO, t("staff.export.how"), t("staff.export.go"), icon="files")
    wait = StaffWait(
        visit.head(title, "files"), t("staff.export.writing"), t("staff.export.writing.sub"), "files", can_leave=False
    )
    written = await visit.during(wait, on_worker(with_.exporter.write, by))
    facts = (
        Row("file", verbatim(written.path.name), t("staff.export.entries", n=written.head.seq), "file-text"),
        Row("digest", t("staff.export.digest"), verbatim(written.digest[:32]), "shield-check"),
        Row("head", t("staff.export.head"), verbatim(written.head.hash.hex()[:32]), "seal-check"),
    )
    await visit.tells(title, Tone.OK, t("staff.export.done"), *facts, icon="files")


async def version(visit: StaffVisit) -> None:
    """What runs here."""
    visit.must(Act.LOOK)
    rows = tuple(Row(name, verbatim(name), None, "", verbatim(value)) for name, value in visit.with_.versions)
    await visit.asks(StaffList(visit.head(t("staff.do.version"), "info"), rows, Action("good", t("staff.good"), "check")))


async def change_pin(visit: StaffVisit) -> None:
    """Another PIN for whoever is signed in; typed twice."""
    head, trouble = visit.head(t("staff.do.pin"), "lock-key"), None
    while True:
        typed = [
            await visit.asks(
                StaffEntry(t(f"staff.pin.new.{n}"), t("staff.pin.new.sub"), t("staff.enter.go"), PIN_DIGITS, PIN_DIGITS, True, trouble, head=head)
            )
            for n in (1, 2)
        ]  # fmt: skip
        if typed[0] == typed[1]:
            break
        trouble = t("staff.pin.differ")
    await on_worker(visit.with_.accounts.set_pin, visit.by, typed[0], visit.by)
    await visit.tells(t("staff.do.pin"), Tone.OK, t("staff.pin.changed"), icon="lock-key")


async def power(visit: StaffVisit) -> None:
    """Restart the terminal or the machine, or switch it off."""
    by, title, with_ = visit.must(Act.POWER).number, t("staff.do.power"), visit.with_
    rows = tuple(Row(act.value, t(f"staff.power.{act.value}"), t(f"staff.power.{act.value}.sub"), opens=True) for act in PowerAct)
    act = PowerAct(await visit.picks(title, rows, icon="arrow-counter-clockwise"))
    await on_worker(with_.power.check)
    go = t(f"staff.power.{act.value}")
    await visit.confirms(title, Tone.WARN, t("staff.power.sure"), go, icon="arrow-counter-clockwise")
    await on_worker(lambda: with_.books.note("staff.power", by, act=act.value))
    await on_worker(with_.power.do, act)
    await visit.tells(title, Tone.OK, t("staff.power.done"), icon="arrow-counter-clockwise")

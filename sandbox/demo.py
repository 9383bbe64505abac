"""``kiosk demo``: the whole hall on this machine, a window and a desk where there is a display, a scripted citizen where there is none."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.platform.types import IssuanceReport
from sandbox.citizen import Citizen, Unseen
from sandbox.display import DisplayFailed, VirtualDisplay
from sandbox.hall import Hall, HallOptions, ReaderKind, ScannerKind, UnitKind
from sandbox.people import BY_SLUG, PEOPLE, TRAVELLERS, Person
from sandbox.story import FAULTS, Story, Told

Say = Callable[[str], None]
PICTURE_DPI = 150
READERS: dict[str, tuple[ReaderKind, ...]] = {"pcsc": ("pcsc",), "sam-v": ("sam-v",), "both": ("pcsc", "sam-v")}
CODE_FAULTS = frozenset({"code-foreign"})
CARD_FAULTS = frozenset({"card-lifted", "card-foreign", "card-mute", "card-broken"})


class WrongWords(Exception):
    """The command line asks for something that there is not."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for."""

    person: Person
    by_code: bool
    language: str
    size: tuple[int, int]
    fault: str | None
    keep: bool
    out: Path
    readers: tuple[ReaderKind, ...] = ("pcsc",)
    unit: UnitKind = "sheet"
    scanner: ScannerKind = "camera"

    def options(self, size: tuple[int, int], page_seconds: float) -> HallOptions:
        """The hall that it asks for."""
        return HallOptions(
            size, self.language, page_seconds, readers=self.readers, receipts=True, unit=self.unit, scanner=self.scanner
        )


def run_demo(arguments: argparse.Namespace) -> int:
    """Exit status: 0 it went as it should (with a fault: as the terminal should take it), 1 it did not, 2 the words were wrong."""
    say: Say = (lambda text: print(text, file=sys.stderr)) if arguments.json else print
    if arguments.list:
        _list(print)
        return 0
    try:
        plan = _plan(arguments)
    except WrongWords as wrong:
        print(f"kiosk demo: {wrong}", file=sys.stderr)
        return 2
    _make_room(plan.out)
    # Whoever ends the demo, the hall is taken down again: a shell's `&` ignores Ctrl-C, and `kill` would leave daemons behind.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    screen = None if arguments.scripted else _screen()
    if screen is None and not arguments.scripted and os.environ.get("DISPLAY"):
        say(f"the display {os.environ['DISPLAY']} cannot be opened, so a scripted citizen comes instead")
    try:
        report = _window(plan, say, screen) if screen else _scripted(plan, say)
    except DisplayFailed as failed:
        print(f"kiosk demo: {failed}", file=sys.stderr)
        return 2
    (plan.out / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", "utf-8")
    if arguments.json:
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        _tell(report, plan, say)
    return 0 if report["outcome"] != "failed" else 1


def _plan(arguments: argparse.Namespace) -> Plan:
    slug = arguments.citizen or ("luo-wenbin" if arguments.unit == "booklet" else "zhang-jianguo")
    person = BY_SLUG.get(slug)
    if person is None:
        raise WrongWords(f"nobody is called {slug}; --list shows everybody")
    if arguments.fault is not None and arguments.fault not in FAULTS:
        raise WrongWords(f"no fault is called {arguments.fault}; there are: {', '.join(FAULTS)}")
    width, _, height = str(arguments.size).partition("x")
    if not (width.isdigit() and height.isdigit() and 480 <= int(width) <= 7680 and 480 <= int(height) <= 7680):
        raise WrongWords(f"--size {arguments.size}: give WIDTHxHEIGHT in pixels, each from 480 to 7680, e.g. 1080x1920")
    if arguments.code and not person.appointment:
        raise WrongWords(f"{person.slug} has no appointment; try --card")
    if arguments.card and person.phone is None:
        raise WrongWords(f"{person.slug} has no phone on record, so no code can be sent to it; try --code")
    by_code = arguments.code or (person.appointment and not arguments.card)
    language = "en" if arguments.language == "en" else "zh_CN"
    readers = READERS[arguments.reader]
    if arguments.fault in CARD_FAULTS and "pcsc" not in readers:
        raise WrongWords(f"{arguments.fault} happens at a PC/SC reader; try --reader pcsc")
    size_ = int(width), int(height)
    scanner: ScannerKind = "serial" if person.travels else arguments.scanner
    if person.travels and "pcsc" not in readers:
        raise WrongWords(f"{person.slug} has a travel document, which a PC/SC reader reads; try --reader pcsc")
    if arguments.fault in CODE_FAULTS and scanner != "camera":
        raise WrongWords(f"{arguments.fault} happens before a camera; try --scanner camera")
    return Plan(
        person, by_code, language, size_, arguments.fault, arguments.keep, arguments.out, readers, arguments.unit, scanner
    )


def _list(say: Say) -> None:
    for person in (*PEOPLE, *TRAVELLERS):
        say(f"{person.slug:22} {person.name}  {person.about}")
    say("\nfaults (--fault):")
    for name, trouble in FAULTS.items():
        say(f"{name:22} {trouble.about} ({trouble.when.value})")


def _make_room(out: Path) -> None:
    """The pages and pictures of an earlier demo go; nothing else that may lie there."""
    out.mkdir(parents=True, exist_ok=True)
    for old in ("screens", "pages"):
        shutil.rmtree(out / old, ignore_errors=True)
    for old in ("report.json", "terminal.log"):
        (out / old).unlink(missing_ok=True)


# ---- the scripted citizen -------------------------------------------------------------------------------------------------


def _scripted(plan: Plan, say: Say) -> dict[str, Any]:
    began = time.monotonic()
    options = plan.options(plan.size, 3.0 if plan.unit == "sheet" else 1.0)
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dazheng-demo-")))
        display = stack.enter_context(VirtualDisplay(*plan.size))
        say("bringing up: platform (TLS), pcscd with a virtual reader, cupsd with a virtual printer, camera, screen")
        hall = stack.enter_context(Hall(directory, options))
        stack.callback(_copy, hall.log, plan.out / "terminal.log")
        hall.start_terminal(display.name)
        ready_ms = round((time.monotonic() - began) * 1000)
        citizen = Citizen(display.name, hall.eyes, plan.out / "screens", alive=lambda: hall.terminals[-1].poll() is None)
        way = "an appointment code and her card" if plan.by_code else "her card and a code by phone"
        say(f"{plan.person.name} ({plan.person.slug}) comes with {way}{f'; trouble: {plan.fault}' if plan.fault else ''}")
        problem = None
        try:
            told = Story(hall, citizen, plan.person, by_code=plan.by_code, fault=plan.fault).tell()
        except Unseen as unseen:
            told, problem = Told("failed", ()), str(unseen)
            with contextlib.suppress(Exception):
                citizen.keeps("failed")
        pages = _pages(hall, plan.out)
        slips = _slips(hall, plan.out)
        _wait_for_reports(hall, told)
        report = _report(plan, hall, citizen, told, pages, problem)
        report["slips"] = slips
        report["milliseconds"] = {"hall_up": ready_ms, "whole": round((time.monotonic() - began) * 1000)}
        if plan.keep:
            _keep(hall, say)
    return report


def _report(
    plan: Plan, hall: Hall, citizen: Citizen, told: Told, pages: list[dict[str, Any]], problem: str | None
) -> dict[str, Any]:
    return {
        "journey": "print",
        "outcome": told.outcome,
        **({"problem": problem} if problem else {}),
        "person": {"name": plan.person.name, "slug": plan.person.slug, "about": plan.person.about},
        "proofs": ["appointment", "card"] if plan.by_code else ["card", "one-time-code"],
        "fault": plan.fault,
        "certificates": [_certificate(each, _numbers([plan.person])) for each in hall.platform.core.reports],
        "pages": pages,
        "blanks": hall.command("blanks", "account").strip(),
        "staff_calls": [call.reason for _, call in hall.platform.core.calls],
        "steps": [
            {"step": name, "at_ms": at, "took_ms": at - before}
            for (name, at), before in zip(told.steps, (0, *(at for _, at in told.steps)), strict=False)
        ],
        "screens": [{"prompt": sight.prompt, "at_ms": sight.at_ms, "file": str(sight.picture)} for sight in citizen.seen],
    }


def _numbers(people: Iterable[Person]) -> dict[str, str]:
    """Certificate numbers by the platform's ids."""
    return {case.certificate_id: case.number for person in people for case in person.cases}


def _certificate(report: IssuanceReport, numbers: dict[str, str]) -> dict[str, Any]:
    return {
        "number": numbers.get(report.certificate_id, report.certificate_id),
        "outcome": report.outcome.value,
        "blank": report.blank_serial,
        "evidence": report.evidence,
    }


def _pages(hall: Hall, out: Path) -> list[dict[str, Any]]:
    """Every page exactly as the printer received it, and as a picture."""
    pages = out / "pages"
    pages.mkdir(parents=True, exist_ok=True)
    kept: list[dict[str, Any]] = []
    for sheet in hall.printer.printed:
        # A booklet has a page of its own for each job.
        name = f"{sheet.serial}-leaf{sheet.job_name.rpartition('.')[2]}" if hall.booklets else sheet.serial
        pdf = pages / f"{name}.pdf"
        shutil.copyfile(sheet.path, pdf)
        subprocess.run(["pdftoppm", "-png", "-r", str(PICTURE_DPI), str(pdf), str(pdf.with_suffix(""))], check=True, timeout=60)
        pictures = sorted(str(picture) for picture in pages.glob(f"{name}-*.png"))
        kept.append({"blank": sheet.serial, "sha256": sheet.digest, "pdf": str(pdf), "png": pictures})
    return kept


def _slips(hall: Hall, out: Path) -> list[str]:
    """Every slip, as the receipt printer burnt it."""
    kept: list[str] = []
    for index in range(len(hall.receipts.slips)):
        path = out / "pages" / f"slip-{index + 1}.png"
        hall.receipts.picture(index).save(path)
        kept.append(str(path))
    return kept


def _wait_for_reports(hall: Hall, told: Told) -> None:
    """The platform hears of a printed page within a second or two."""
    if told.outcome in ("taken", "stopped"):
        deadline = time.monotonic() + 8
        while not hall.platform.core.reports and time.monotonic() < deadline:
            time.sleep(0.05)


def _copy(source: Path, target: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        shutil.copyfile(source, target)


def _tell(report: dict[str, Any], plan: Plan, say: Say) -> None:
    say("")
    for step in report["steps"]:
        say(f"  {step['at_ms'] / 1000:6.1f} s  {step['step']}")
    say("")
    if report["outcome"] == "failed":
        say(f"FAILED: {report['problem']}")
    else:
        say(f"outcome: {report['outcome']}")
    for certificate in report["certificates"]:
        say(f"certificate {certificate['number']} on blank {certificate['blank']}: {certificate['outcome']}")
    for page in report["pages"]:
        say(f"the printed page: {page['pdf']}")
        for picture in page["png"]:
            say(f"      as picture: {picture}")
    for slip in report.get("slips", []):
        say(f"the slip: {slip}")
    say(f"blanks: {report['blanks']}")
    if report["screens"]:
        say(f"{len(report['screens'])} screens: {plan.out / 'screens'}")
    say(f"report: {plan.out / 'report.json'}")
    if "milliseconds" in report:
        say(f"whole demo: {report['milliseconds']['whole'] / 1000:.1f} s")


def _keep(hall: Hall, say: Say) -> None:
    from sandbox.desk import Desk
    from sandbox.platform.verification import VerificationPage

    with Desk(hall) as desk, VerificationPage(hall.platform.core) as page:
        say(f"the hall stays up until Ctrl-C; the desk: {desk.url}")
        say(f"the registry's page that verifies a certificate: {page.url}")
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(0.5)


# ---- the window -----------------------------------------------------------------------------------------------------------


def _window(plan: Plan, say: Say, screen: tuple[int, int]) -> dict[str, Any]:
    from sandbox.desk import Desk
    from sandbox.platform.verification import VerificationPage

    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dazheng-demo-")))
        hall = stack.enter_context(Hall(directory, plan.options(_fitted(plan.size, screen), 4.0)))
        stack.callback(_copy, hall.log, plan.out / "terminal.log")
        hall.enrol_staff()
        desk = stack.enter_context(Desk(hall))
        page = stack.enter_context(VerificationPage(hall.platform.core))
        terminal = hall.start_terminal(os.environ["DISPLAY"])
        hall.start_watchdog()
        stack.callback(_copy, hall.watchdog_log, plan.out / "watchdog.log")
        say("the terminal's window is on your screen; the desk with cards, codes, blanks and faults is in the browser:")
        say(f"  {desk.url}")
        say(f"the registry's page that verifies a certificate: {page.url}")
        say("the admin screen: touch the mark at the top left five times; the desk has staff's card and PIN")
        say("Ctrl-C ends both.")
        with contextlib.suppress(KeyboardInterrupt):
            while hall.restarting or (hall.terminals and (hall.terminals[-1].poll() is None or plan.keep or desk.restarts)):
                time.sleep(0.3)
        # A window that was closed ends well; one that never came, or broke, does not.
        ended = (hall.terminals or [terminal])[-1].poll()
        return {
            "journey": "by hand",
            "outcome": "failed" if ended else "ended",
            **({"problem": f"the terminal ended with status {ended}; see {plan.out / 'terminal.log'}"} if ended else {}),
            "certificates": [_certificate(each, _numbers(PEOPLE)) for each in hall.platform.core.reports],
            "pages": _pages(hall, plan.out),
            "blanks": hall.command("blanks", "account").strip(),
            "steps": [],
            "screens": [],
        }


def _fitted(size: tuple[int, int], screen: tuple[int, int]) -> tuple[int, int]:
    """`size`, made smaller as a whole where the screen is smaller."""
    factor = min(1.0, screen[0] / size[0], (screen[1] - 90) / size[1])
    return max(480, round(size[0] * factor)), max(480, round(size[1] * factor))


def _screen() -> tuple[int, int] | None:
    """The size of the display that DISPLAY names; None where there is none that can be opened."""
    from PIL import ImageGrab

    if not (display := os.environ.get("DISPLAY")):
        return None
    try:
        return ImageGrab.grab(xdisplay=display).size
    except OSError:
        return None

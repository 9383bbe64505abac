"""One of every staff screen, with a made-up terminal, for the gallery, the documents and the layout tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from screens.prompts import Action, Prompt, Tone
from screens.staff_prompts import (
    Cleaning,
    Entry,
    Gauge,
    Row,
    StaffBoard,
    StaffEntry,
    StaffHead,
    StaffList,
    StaffWait,
    Sum,
    Tile,
    TouchTest,
)
from screens.wording import Text, t, verbatim

_DEVICES = (
    ("reader", "identification-card"),
    ("scanner", "scan"),
    ("printer", "printer"),
    ("platform", "network"),
    ("ledger", "book-open"),
    ("clock", "clock"),
    ("outbox", "arrow-bend-up-left"),
    ("touch", "hand-pointing"),
)


def _head(title: Text, icon: str = "wrench") -> StaffHead:
    sub = t("staff.head.sub", hall="浉河区政务服务中心", role=t("staff.role.supervisor"), number="0317")
    return StaffHead(t("staff.head.title", title=title, terminal="xy-01"), sub, icon)


def _board(*, trouble: bool) -> StaffBoard:
    tiles = tuple(Tile(f"device-{name}", icon, t(f"staff.device.{name}"), t("staff.fact.ok"), Tone.OK) for name, icon in _DEVICES)
    if trouble:
        jam = Tile("device-printer", "printer", t("staff.device.printer"), t("staff.fact.hardware-error"), Tone.WARN)
        tiles = (*tiles[:2], jam, *tiles[3:])
    return StaffBoard(
        head=_head(t("staff.board")),
        gauges=(Gauge(t("staff.bin", name="A"), 103, 150, 45), Gauge(t("staff.bin", name="B"), 40, 150, 45)),
        blanks=(Tone.OK, t("staff.blanks.days", n=4)),
        low=t("staff.blanks.low", bin="B", n=45),
        printed_today=36,
        figures=(
            (t("staff.today.void"), t("staff.copies", n=1)),
            (t("staff.today.retained"), t("staff.copies", n=0)),
            (t("staff.today.seconds"), t("staff.today.duration", minutes=2, seconds=48)),
        ),
        account=Sum(180, 36, 1, 143, None if trouble else 143, not trouble),
        tiles=tiles,
        recent=(
            Entry(Tone.OK, "09:39", t("staff.entry.issuance.taken", serial="41002186356")),
            Entry(Tone.WARN, "09:12", t("staff.entry.issuance.spoiled", serial="41002186341")),
            Entry(Tone.INFO, "08:31", t("staff.entry.blanks.loaded", by="0317", count="100", bin="A")),
        ),
        keys=(
            Action("load", t("staff.do.load"), "tray-arrow-down"),
            Action("take-out", t("staff.do.take-out"), "trash"),
            Action("tests", t("staff.do.tests"), "pulse"),
            Action("account", t("staff.do.account"), "clipboard-text"),
        ),
        primary=Action("resume", t("staff.do.resume"), "play"),
        others=(Action("more", t("staff.more"), "list-bullets"), Action("sign-out", t("staff.sign-out"), "sign-out")),
        alert=t("staff.alert.unknown", n=1) if trouble else None,
    )


def _tests() -> StaffList:
    rows: list[Row] = []
    for index, (name, icon) in enumerate(_DEVICES):
        state, tone = t("staff.tested.passed", time=f"08:2{index}"), Tone.OK
        if name == "clock":
            state, tone = t("staff.tested.failed", time="08:24"), Tone.WARN
        elif name in ("outbox", "touch"):
            state, tone = t("staff.tested.never"), Tone.INFO
        rows.append(Row(name, t(f"staff.test.{name}"), t(f"staff.test.{name}.sub"), icon, state, tone, key=t("staff.test")))
    note = (Tone.WARN, t("staff.tests.failed", device=t("staff.device.clock")))
    return StaffList(_head(t("staff.do.tests"), "pulse"), tuple(rows), Action("all", t("staff.tests.all"), "play"), note=note)


def _story() -> StaffList:
    steps = ("authorised", "reserved", "spooling", "printing", "unknown")
    rows = tuple(
        Row(str(n), t(f"staff.entry.issuance.{step}", serial="41002186356"), verbatim(f"2026-11-24 09:3{n}:05"), tone=Tone.INFO)
        for n, step in enumerate(steps)
    )
    note = (Tone.WARN, t("staff.unknown.how", serial="41002186356"))
    return StaffList(
        _head(t("staff.case", case="1124-093905"), "warning"), rows, Action("settle", t("staff.settle"), "user-focus"), note=note
    )


def _day() -> StaffList:
    rows = (
        Row("bin-A-title", t("staff.day.bin", bin="A", kind=t("staff.form.title")),
            t("staff.day.sum", opening=120, loaded=100, issued=87, gone=3, closing=130), "files", t("staff.day.counted", n=130), Tone.OK, opens=True),
        Row("bin-B-proof", t("staff.day.bin", bin="B", kind=t("staff.form.proof")),
            t("staff.day.sum", opening=60, loaded=0, issued=12, gone=0, closing=48), "files", t("staff.day.not-counted"), Tone.WARN, opens=True),
        Row("unknown", t("staff.day.unknown"), None, "warning", t("staff.copies", n=1), Tone.REFUSED, opens=True),
    )  # fmt: skip
    go = Action("stick", t("staff.day.stick"), "files")
    return StaffList(_head(t("staff.do.close-day"), "clipboard-text"), rows, go, note=(Tone.WARN, t("staff.day.open")))


def _menu() -> StaffList:
    menu = (
        "pause hourglass-medium, search list-magnifying-glass, journal list-bullets, retained certificate, unknown warning, "
        "count list-bullets, close-day clipboard-text, settle-count user-focus, unload tray-arrow-down, destroy trash, "
        "calibrate file-text, report clipboard-text, clean hand-palm, export files, pin lock-key, version info"
    )
    pairs = (each.split() for each in menu.split(", "))
    rows = tuple(Row(name, t(f"staff.do.{name}"), t(f"staff.do.{name}.sub"), icon, opens=True) for name, icon in pairs)
    return StaffList(_head(t("staff.more"), "list-bullets"), rows)


def staff_samples() -> Mapping[str, Prompt[Any]]:
    """By name."""
    enter = _head(t("staff.enter"))
    return {
        "staff-number": StaffEntry(t("staff.sign-in.title"), t("staff.sign-in.sub"), t("staff.number.go"), 2, 8),
        "staff-pin": StaffEntry(
            t("staff.sign-in.title"),
            t("staff.pin.sub"),
            t("staff.pin.go"),
            6,
            6,
            secret=True,
            trouble=t("staff.trouble.wrong"),
            tries=t("staff.pin.left", n=4),
        ),
        "staff-pin-waits": StaffEntry(
            t("staff.sign-in.title"), t("staff.pin.sub"), t("staff.pin.go"), 6, 6, secret=True, tries=t("staff.pin.left", n=2), wait_seconds=60
        ),
        "staff-serial": StaffEntry(t("staff.load.first"), t("staff.serial.sub"), t("staff.enter.go"), 11, 11, trouble=t("staff.serial.wrong"), head=enter),
        "staff-board": _board(trouble=False),
        "staff-board-trouble": _board(trouble=True),
        "staff-tests": _tests(),
        "staff-menu": _menu(),
        "staff-day": _day(),
        "staff-story": _story(),
        "staff-nothing": StaffList(_head(t("staff.do.retained"), "certificate"), (), nothing=t("staff.retained.none")),
        "staff-wait": StaffWait(_head(t("staff.do.tests"), "pulse"), t("staff.test.reader"), t("staff.test.reader.sub"), "identification-card"),
        "staff-cleaning": Cleaning(30),
        "staff-touch": TouchTest(),
    }  # fmt: skip

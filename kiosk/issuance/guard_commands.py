"""`kiosk guard …`: put the once-guard in front of the printer, look whether it is there, and let it forget what is long over."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from kiosk.issuance.arguments import Access, settings_option
from kiosk.issuance.pruning import prune
from kiosk.settings import Settings
from peripherals.printer import OnceGuard
from peripherals.printer.guard_install import InstallRefused, Places, add_queue, complaints, install

RESTART_SECONDS = 20.0
PACKAGE = Path("/usr/share/dazheng")
GROUP_HELP = " (default: dazheng where the package is installed, else lp)"


def add_guard(parser: argparse.ArgumentParser, access: Access) -> None:
    acts = parser.add_subparsers(required=True, metavar="ACT")

    installing = acts.add_parser("install", help="backend, directory, CUPS settings and queue (as root; may be run again)")
    settings_option(installing)
    installing.add_argument(
        "--uri", help="the printer's own device URI (ipp, ipps, usb, socket); without it the queue is left alone"
    )
    installing.add_argument("--group", help=f"the terminal's group, which reads the guard's evidence{GROUP_HELP}")

    def run_install(arguments: argparse.Namespace) -> int:
        settings = access.settings(arguments.settings)
        places = _places(settings, arguments.group)
        changed = install(places)
        for each in changed:
            access.say(f"set up: {each}")
        if changed and not _restarted_cups():
            access.say("CUPS is not run by systemd here: restart it, until then it goes on with its old settings")
        if arguments.uri:
            _patiently(lambda: add_queue(settings.printer.server, settings.printer.queue, arguments.uri))
            access.say(f"queue {settings.printer.queue} prints to once:{arguments.uri}")
        return _said(access, complaints(places, settings.printer.server, settings.printer.queue))

    installing.set_defaults(run=run_install)

    checking = acts.add_parser("check", help="whether everything is as it must be (exit status 1 if not)")
    settings_option(checking)
    checking.add_argument("--group", help=f"the terminal's group{GROUP_HELP}")

    def run_check(arguments: argparse.Namespace) -> int:
        settings = access.settings(arguments.settings)
        return _said(access, complaints(_places(settings, arguments.group), settings.printer.server, settings.printer.queue))

    checking.set_defaults(run=run_check)

    pruning = acts.add_parser("prune", help="forget tokens that the platform has acknowledged and that are long over")
    settings_option(pruning)

    def run_prune(arguments: argparse.Namespace) -> int:
        settings = access.settings(arguments.settings)
        with closing(access.store(settings)) as store:
            gone = prune(store, OnceGuard(settings.printer.guard_directory), datetime.now(UTC))
        access.say(f"{gone} tokens forgotten")
        return 0

    pruning.set_defaults(run=run_prune)


def _places(settings: Settings, group: str | None) -> Places:
    """Where the package is, its cupsd reads the package's own files (cups.service.d/dazheng.conf)."""
    directory = settings.printer.guard_directory
    scheduler, files = PACKAGE / "cupsd.conf", PACKAGE / "cups-files.conf"
    if scheduler.exists():
        return Places(cupsd_conf=scheduler, files_conf=files, guard_directory=directory, group=group or "dazheng")
    return Places(guard_directory=directory, group=group or "lp")


def _said(access: Access, found: list[str]) -> int:
    for complaint in found:
        access.say(complaint)
    if not found:
        access.say("the once-guard is in front of the printer, as it must be")
    return 1 if found else 0


def _restarted_cups() -> bool:
    """By systemd where it runs; elsewhere whoever started cupsd restarts it."""
    if not shutil.which("systemctl"):
        return False
    words = ["systemctl", "try-restart", "cups.service"]
    return subprocess.run(words, check=False, capture_output=True, timeout=60).returncode == 0


def _patiently(act: Callable[[], None]) -> None:
    """The scheduler takes a moment to answer after a restart."""
    deadline = time.monotonic() + RESTART_SECONDS
    while True:
        try:
            act()
        except InstallRefused:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
        else:
            return

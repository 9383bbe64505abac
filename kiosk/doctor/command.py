"""The command ``kiosk doctor``."""

from __future__ import annotations

import argparse
import functools
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk.doctor.findings import Finding, Verdict, worst
from kiosk.settings import load
from peripherals.address import AddressWrong

Say = Callable[[str], None]


def add_doctor(commands: Any, default_settings: Path, say: Say) -> None:
    """Add ``doctor`` to the `kiosk` command's subparsers."""
    doctor = commands.add_parser("doctor", help="examine every device and the installation, in plain words")
    doctor.add_argument("--settings", type=Path, default=default_settings, help="settings file (default: %(default)s)")
    doctor.add_argument("--json", action="store_true", help="print the findings as JSON")
    doctor.add_argument("--certify", type=Path, metavar="PDF", help="run the long list for a new model and write a signed report")
    doctor.add_argument("--unattended", action="store_true", help="with --certify: nobody is there to unplug things")
    doctor.set_defaults(run=functools.partial(run_doctor, say=say))


def run_doctor(arguments: argparse.Namespace, say: Say) -> int:
    """Exit status: 0 all is well (or only to be looked at), 1 something is wrong, 2 the report cannot be written."""
    # Every driver is loaded, which other commands do without.
    from kiosk.doctor.certification import certify
    from kiosk.doctor.examination import devices, examine
    from kiosk.doctor.report import KeyUnfit, write_report

    logging.getLogger("peripherals").setLevel(logging.WARNING)  # what drivers log of opening and closing is in the findings
    settings = load(arguments.settings)
    findings: list[Finding] = []

    def note(finding: Finding) -> None:
        findings.append(finding)
        if not arguments.json:
            say(finding.as_words())

    for finding in examine(settings):
        note(finding)
    if arguments.certify is not None:
        try:
            for finding in certify(devices(settings), None if arguments.unattended else _hands):
                note(finding)
        except AddressWrong as wrong:
            note(Finding("devices", Verdict.WRONG, str(wrong)))
        try:
            write_report(arguments.certify, findings, settings.terminal_id, datetime.now(UTC), settings.platform.key)
        except (KeyUnfit, OSError) as reason:
            say(f"kiosk doctor: no report: {reason}")
            return 2
    verdict = worst(findings)
    if arguments.json:
        say(
            json.dumps(
                {"verdict": verdict, "findings": [finding.as_fields() for finding in findings]}, ensure_ascii=False, indent=1
            )
        )
    else:
        wrong = sum(finding.verdict is Verdict.WRONG for finding in findings)
        say("all is well" if verdict is not Verdict.WRONG else f"{wrong} of {len(findings)} are wrong")
    return 1 if verdict is Verdict.WRONG else 0


def _hands(order: str) -> None:
    input(f"{order}, then press Enter … ")

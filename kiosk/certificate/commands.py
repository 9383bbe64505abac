"""`kiosk verify …` and `kiosk calibrate …`: what an auditor does with a paper, and staff with a new printer, from a shell.

Handlers return the exit status. `verify`: 0 all papers are valid, 1 one is not, 2 one could not be judged. What must be put right
first is raised typed and said in one line by `kiosk.__main__`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomlkit
from cryptography import x509

from kiosk.believing import AnchorsMissing, anchors_of
from kiosk.certificate.calibration import Calibration, Point, from_measured
from kiosk.registration.chains import Anchors, RecordUntrusted
from kiosk.registration.trust import load_crl
from kiosk.settings import CalibrationSettings, load

if TYPE_CHECKING:
    from kiosk.certificate.proving import Finding

# Typesetter and decoders take a second to import: the handlers that need them do it, so that other commands start at once.

Print = Callable[[str], None]
DEFAULT_SETTINGS = Path("/etc/dazheng/kiosk.toml")
TEMPLATES = Path(__file__).parent / "templates"
LARGEST_FILE = 256 * 1024 * 1024
EXITS = {"valid": 0, "not-valid": 1, "unreadable": 2}


def add_certificate_commands(commands: Any, say: Print) -> None:
    """Add both commands to an argparse sub-parser collection."""
    _add_verify(commands.add_parser("verify", help="whether printed certificates are the registry's (offline)"), say)
    _add_calibrate(commands.add_parser("calibrate", help="how the printer sits against the pre-printed blank"), say)


# ---- verify ------------------------------------------------------------------------------------------------------------------


def _add_verify(parser: argparse.ArgumentParser, say: Print) -> None:
    parser.description = (
        "Read the code on each paper (a PDF, a scan, a photograph) and judge the registry's signature. Nothing is asked of anybody: "
        "all that is needed are the registry's certificates, and its revocation list to be sure of those."
    )
    parser.epilog = "Exit status: 0 all are valid, 1 one is not, 2 one could not be judged."
    parser.add_argument("file", type=Path, nargs="+", help="PDF, PNG, JPEG, TIFF, …")
    parser.add_argument(
        "--registry", type=Path, metavar="PEM", help="the registry's certificates (default: those of the settings)"
    )
    parser.add_argument(
        "--crl", type=Path, action="append", default=[], metavar="FILE", help="the registry's revocation list (DER or PEM)"
    )
    parser.add_argument("--settings", type=Path, default=DEFAULT_SETTINGS, help="settings file (default: %(default)s)")
    parser.add_argument(
        "--holder",
        action="store_true",
        help="confirm the holder: name and document number as on the paper, two lines on standard input",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a paper and line")

    def run_verify(arguments: argparse.Namespace) -> int:
        registry: Path = arguments.registry or load(arguments.settings).trust.registry_root
        anchors = replace(anchors_of(registry), crls=tuple(_crl(path) for path in arguments.crl))
        holder = (sys.stdin.readline().strip(), sys.stdin.readline().strip()) if arguments.holder else None
        worst = 0
        for path in arguments.file:
            finding = _judge(path, anchors)
            confirmed = None if holder is None or finding.claims is None else finding.claims.is_held_by(*holder)
            say(_as_json(path, finding, confirmed) if arguments.json else _as_text(path, finding, confirmed))
            status = max(EXITS[finding.verdict.value], 1 if confirmed is False else 0)
            worst = 1 if 1 in (worst, status) else max(worst, status)
        return worst

    parser.set_defaults(run=run_verify)


def _judge(path: Path, anchors: Anchors) -> Finding:
    from kiosk.certificate.proving import Finding, Verdict, prove

    try:
        with path.open("rb") as opened:
            content = opened.read(LARGEST_FILE)
    except OSError:
        return Finding(Verdict.UNREADABLE, "no-such-file" if not path.exists() else "not-readable")
    return prove(content, anchors, datetime.now(UTC))


def _crl(path: Path) -> x509.CertificateRevocationList:
    try:
        content = path.read_bytes()
        if b"-----BEGIN" in content:
            return x509.load_pem_x509_crl(content)
        return load_crl(content)
    except (OSError, ValueError, RecordUntrusted):
        raise AnchorsMissing(f"{path}: no revocation list (DER or PEM) can be read from it") from None


def _as_json(path: Path, finding: Finding, confirmed: bool | None) -> str:
    claims = finding.claims and finding.claims.model_dump(
        mode="json",
        include={"number", "unit_code", "holders", "holder_count", "area", "right", "registered_on", "signed_at", "serial"},
    )
    revocation = finding.revocation and finding.revocation.isoformat()
    said = {"file": str(path), "verdict": finding.verdict, "reason": finding.reason, "claims": claims}
    return json.dumps(
        said | {"words": finding.words, "revocation_list_of": revocation, "holder_confirmed": confirmed}, ensure_ascii=False
    )


def _as_text(path: Path, finding: Finding, confirmed: bool | None) -> str:
    verdict = finding.verdict.replace("-", " ").upper()
    lines = [f"{path}: {verdict}{f' ({finding.reason})' if finding.reason else ''}"]
    if claims := finding.claims:
        more = claims.holder_count - len(claims.holders)
        facts = {
            "certificate": claims.number,
            "unit": claims.unit_code,
            "holders": ", ".join(claims.holders) + (f" and {more} more" if more else ""),
            "right": claims.right,
            "area": claims.area,
            "registered": f"{claims.registered_on}",
            "signed": f"{claims.signed_at:%Y-%m-%d %H:%M} UTC",
            "blank": claims.serial or "not in the code (the platform knows it once the terminal has reported)",
        }
        lines += [f"  {name:12}{value}" for name, value in facts.items() if value]
        if finding.words == "none":
            lines.append("  The paper has no words that a program can read: compare it with these lines.")
        if confirmed is not None:
            lines.append(f"  Name and number {'are' if confirmed else 'are NOT'} those of a holder.")
    if finding.verdict == "valid":
        day = finding.revocation
        lines.append(
            f"  Revocation list of {day:%Y-%m-%d}."
            if day
            else "  No revocation list given: whether the signer was revoked is not known."
        )
    return "\n".join(lines)


# ---- calibrate ---------------------------------------------------------------------------------------------------------------


def _add_calibrate(parser: argparse.ArgumentParser, say: Print) -> None:
    parser.description = (
        "First `page --bare`, printed on plain paper of a blank's size; then `measure` with what a ruler finds; then `page` again, "
        "to be held against a blank. A blank that a test was printed on is void: `kiosk blanks void --reason test-print`."
    )
    acts = parser.add_subparsers(required=True, metavar="ACT")

    page = acts.add_parser("page", help="make the test page (PDF): crosses, rulers, the boxes of the certificate")
    _settings(page)
    page.add_argument("--bare", action="store_true", help="without the present calibration: the page from which it is measured")
    page.add_argument("--out", type=Path, default=Path("calibration.pdf"), help="where to (default: %(default)s)")

    def run_page(arguments: argparse.Namespace) -> int:
        from kiosk.certificate.typeset import Typesetter

        settings = load(arguments.settings)
        typesetter = Typesetter(calibration=Calibration(**settings.printer.calibration.model_dump()))
        moment = datetime.now().astimezone()
        made = typesetter.test_page(terminal_id=settings.terminal_id, moment=moment, calibrated=not arguments.bare)
        arguments.out.write_bytes(made.pdf)
        say(
            f"{arguments.out}: print it on plain paper at its own size, e.g. lp -d {settings.printer.queue} -t calibration-{moment:%m%d%H%M%S} {arguments.out}"
        )
        return 0

    page.set_defaults(run=run_page)

    measure = acts.add_parser("measure", help="work out the calibration from the crosses of a bare page")
    _settings(measure)
    measure.add_argument(
        "cross",
        type=_point,
        nargs="+",
        metavar="X,Y",
        help="centre of each cross in mm from the paper's left and top edge, in the order of their numbers",
    )
    measure.add_argument("--write", action="store_true", help="put it into the settings file (everything else there is kept)")

    def run_measure(arguments: argparse.Namespace) -> int:
        load(arguments.settings)
        nominal: list[Point] = [(x, y) for x, y in json.loads((TEMPLATES / "crosses.json").read_text("utf-8"))]
        size = json.loads((TEMPLATES / "title.json").read_text("utf-8"))["page"]
        found = from_measured(nominal, arguments.cross, (size["width"], size["height"]))
        settings = CalibrationSettings(**asdict(found))
        say("[printer.calibration]")
        for name, value in settings.model_dump().items():
            say(f"{name} = {value}")
        if arguments.write:
            _write(arguments.settings, settings)
            say(f"written to {arguments.settings}; the terminal takes it up when it starts next")
        return 0

    measure.set_defaults(run=run_measure)


def _write(path: Path, calibration: CalibrationSettings) -> None:
    """Put the calibration into the settings file, whole or not at all. Raises `SettingsError` if it would not be one any more."""
    document = tomlkit.parse(path.read_text("utf-8"))
    printer = document.setdefault("printer", tomlkit.table())
    printer["calibration"] = calibration.model_dump()
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(tomlkit.dumps(document), "utf-8")
    beside.chmod(path.stat().st_mode & 0o777)
    load(beside)
    beside.replace(path)


def _point(text: str) -> Point:
    x, _, y = text.partition(",")
    try:
        return float(x), float(y)
    except ValueError:
        raise argparse.ArgumentTypeError("a cross is X,Y in mm, e.g. 30.2,29.7") from None


def _settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--settings", type=Path, default=DEFAULT_SETTINGS, help="settings file (default: %(default)s)")

"""The `kiosk` command: run the terminal, try it out, look after blanks and journal, prove a certificate."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk import journald
from kiosk.settings import load

if TYPE_CHECKING:
    from kiosk.issuance.recovery import Witnesses
    from kiosk.settings import Settings
    from offline_cache.signing import SigningKey
    from offline_cache.store import Store

DEFAULT_SETTINGS = Path("/etc/dazheng/kiosk.toml")


def main(argv: list[str] | None = None) -> int:
    """Run one command. Exit status: 0 done, 1 the answer is no, 2 something must be put right first."""
    words = sys.argv[1:] if argv is None else argv
    arguments = _parser(alone=words[:1] in (["run"], ["watchdog"])).parse_args(words)
    journald.set_up()
    try:
        return int(arguments.run(arguments))
    except mistakes() as mistake:
        print(f"kiosk: {mistake}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def mistakes() -> tuple[type[Exception], ...]:
    """What an integrator or staff can put right: said in one line, exit status 2. Only loaded when something went wrong."""
    from kiosk.believing import AnchorsMissing
    from kiosk.certificate.calibration import CalibrationRefused
    from kiosk.certificate.fonts import FontMissing
    from kiosk.issuance.blanks import BlankError
    from kiosk.issuance.recovery import StillAtWork
    from kiosk.platform.types import CertificateProblem
    from kiosk.settings import SettingsError
    from kiosk.staff.accounts import AccountError
    from kiosk.unit import UnitUnusable
    from offline_cache.export import ExportUnusable
    from offline_cache.keys import KeyUnusable
    from offline_cache.store import StoreError
    from peripherals.address import AddressWrong
    from peripherals.card_reader.emrtd.country_signers import CountrySignersWrong
    from peripherals.printer.guard_install import InstallRefused
    from screens.fonts import FontsMissing

    return (
        SettingsError,
        AddressWrong,
        AnchorsMissing,
        CountrySignersWrong,
        FontMissing,
        FontsMissing,
        CertificateProblem,
        KeyUnusable,
        StoreError,
        BlankError,
        CalibrationRefused,
        StillAtWork,
        ExportUnusable,
        InstallRefused,
        AccountError,
        UnitUnusable,
    )


def _parser(*, alone: bool) -> argparse.ArgumentParser:
    """`alone`: `run` or `watchdog` was asked for: a dark screen must not wait for the libraries of all the other commands, and the
    watchdog is better off without them.
    """
    parser = argparse.ArgumentParser(
        prog="kiosk",
        description="Dazheng 打证: the self-service terminal that prints real-estate certificates on the spot.",
        epilog="`kiosk COMMAND --help` says more about each.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run the terminal (full screen)")
    run.add_argument("--settings", type=Path, default=DEFAULT_SETTINGS, help="settings file (default: %(default)s)")
    run.add_argument("--eyes", type=Path, help="keep a file that says which keys are on the screen (for scripted citizens)")
    run.set_defaults(run=_run)

    check = commands.add_parser("check-settings", help="read the settings file and say what is wrong with it")
    check.add_argument("file", type=Path, nargs="?", help="settings file")
    check.add_argument(
        "--settings", type=Path, default=DEFAULT_SETTINGS, help="the same, as for every command (default: %(default)s)"
    )
    check.set_defaults(run=_check_settings)

    watchdog = commands.add_parser("watchdog", help="look after the devices and the terminal; mend what can be mended")
    watchdog.add_argument("--settings", type=Path, default=DEFAULT_SETTINGS, help="settings file (default: %(default)s)")
    watchdog.add_argument(
        "--haste",
        type=float,
        default=1.0,
        metavar="N",
        help="rehearsal: N times less patience; below 1: a slow machine (default: 1)",
    )
    watchdog.set_defaults(run=_watchdog)

    demo = commands.add_parser("demo", help="the whole hall on this machine, with virtual devices and made-up people")
    _demo_options(demo)
    demo.set_defaults(run=_demo)

    if not alone:
        from kiosk.certificate.commands import add_certificate_commands
        from kiosk.doctor.command import add_doctor
        from kiosk.issuance.arguments import Access
        from kiosk.issuance.commands import add_commands
        from kiosk.staff.commands import add_staff_commands

        add_commands(commands, Access(load, _open_store, _witnesses, _signing_key, print))
        keys = commands.add_parser(
            "keys", help="make the keys of store and journal where the settings say (pkcs11, tpm, file), once"
        )
        keys.add_argument("act", choices=["create"])
        keys.add_argument("--settings", type=Path, default=DEFAULT_SETTINGS, help="settings file (default: %(default)s)")
        keys.set_defaults(run=_create_keys)
        add_certificate_commands(commands, print)
        add_doctor(commands, DEFAULT_SETTINGS, print)
        add_staff_commands(commands, _open_terminal, print)
    return parser


def _demo_options(demo: argparse.ArgumentParser) -> None:
    demo.add_argument(
        "--citizen",
        metavar="NAME",
        help="which made-up person comes (--list shows them; default: zhang-jianguo, with booklets luo-wenbin)",
    )
    proof = demo.add_mutually_exclusive_group()
    proof.add_argument("--card", action="store_true", help="card and one-time code by phone, as a walk-in")
    proof.add_argument(
        "--code", action="store_true", help="appointment code and card (the default where there is an appointment)"
    )
    demo.add_argument("--language", choices=["zh", "en"], default="zh", help="language of the screens (default: zh)")
    demo.add_argument("--size", default="1080x1920", metavar="WxH", help="size of the screen (default: 1080x1920)")
    demo.add_argument(
        "--fault", metavar="NAME", help="break something on the way: jam, media-empty, network, code-foreign, card-lifted, …"
    )
    demo.add_argument(
        "--reader",
        choices=["pcsc", "sam-v", "both"],
        default="pcsc",
        help="social security cards (pcsc), resident ID cards (sam-v), or a reader of each (default: pcsc)",
    )
    demo.add_argument(
        "--scanner",
        choices=["camera", "serial"],
        default="camera",
        help="codes by a camera, or by a scanner that reads printed lines as well: then travel documents are read (default: camera)",
    )
    demo.add_argument(
        "--unit", choices=["sheet", "booklet"], default="sheet", help="certificates on sheets or in booklets (default: sheet)"
    )
    demo.add_argument("--scripted", action="store_true", help="the scripted citizen, even where there is a display")
    demo.add_argument("--keep", action="store_true", help="leave the hall running at the end, until Ctrl-C")
    demo.add_argument("--json", action="store_true", help="print the report as JSON")
    demo.add_argument("--out", type=Path, default=Path("build/demo"), help="where pages and pictures go (default: %(default)s)")
    demo.add_argument("--list", action="store_true", help="list the made-up people, what each is for, and the faults")


def _run(arguments: argparse.Namespace) -> int:
    # What is loaded now stays for good: looking through it again and again takes a tenth of the start. On again in `full_screen`.
    gc.disable()
    from kiosk.full_screen import run_terminal  # Kivy takes half a second to import, and only this command needs it

    return run_terminal(load(arguments.settings), eyes=arguments.eyes)


def _watchdog(arguments: argparse.Namespace) -> int:
    from kiosk.watchdog.daemon import WatchdogUnusable, run_watchdog

    try:
        return run_watchdog(load(arguments.settings), haste=max(0.05, arguments.haste))
    except WatchdogUnusable as fault:
        print(f"kiosk watchdog: {fault}", file=sys.stderr)
        return 2


def _check_settings(arguments: argparse.Namespace) -> int:
    from kiosk.device_lines import wrong_lines
    from kiosk.settings import SettingsError, complaint

    path = arguments.file or arguments.settings
    settings = load(path)
    if wrong := [complaint(path, keys, why) for keys, why in wrong_lines(settings)]:
        raise SettingsError("\n".join(wrong))
    print(f"{path}: good")
    return 0


def _demo(arguments: argparse.Namespace) -> int:
    try:
        from sandbox.demo import run_demo
    except ModuleNotFoundError as missing:
        if missing.name != "sandbox":
            raise
        print("kiosk: the sandbox is not installed on this machine (a production terminal has none)", file=sys.stderr)
        return 2
    return run_demo(arguments)


def _create_keys(arguments: argparse.Namespace) -> int:
    from kiosk.custody import create_keys

    create_keys(load(arguments.settings))
    print("the keys are made")
    return 0


def _open_terminal(path: Path) -> tuple[Settings, Store]:
    settings = load(path)
    return settings, _open_store(settings)


def _open_store(settings: Settings) -> Store:
    from kiosk.custody import open_store

    return open_store(settings)


def _witnesses(settings: Settings) -> Witnesses:
    from kiosk.queue import open_witnesses

    return open_witnesses(settings)


def _signing_key(settings: Settings) -> SigningKey:
    from kiosk.custody import signing_key

    return signing_key(settings)


if __name__ == "__main__":
    sys.exit(main())

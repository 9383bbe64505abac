"""What the staff commands of this room share: how they reach store and witnesses, and how staff, bins and serials are given."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kiosk.issuance.blanks import BlankError
from kiosk.issuance.recovery import Witnesses
from kiosk.issuance.serial_runs import MOST_AT_ONCE, following
from kiosk.settings import Settings
from offline_cache.signing import SigningKey
from offline_cache.store import Store

Print = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Access:
    """How a command comes to what it works on."""

    settings: Callable[[Path], Settings]
    store: Callable[[Settings], Store]
    witnesses: Callable[[Settings], Witnesses]
    signing_key: Callable[[Settings], SigningKey]
    say: Print


def settings_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--settings", type=Path, default=Path("/etc/dazheng/kiosk.toml"), help="settings file (default: %(default)s)"
    )


def staff_option(parser: argparse.ArgumentParser, flag: str, what: str, *, required: bool = True) -> None:
    """`flag` is "--by" or "--and" (kept as `other`)."""

    def number(text: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,15}", text):
            raise argparse.ArgumentTypeError("a staff number: letters, digits, at most 16 (no name)")
        return text

    target = "other" if flag == "--and" else flag.removeprefix("--")
    parser.add_argument(
        flag, required=required, type=number, dest=target, metavar="STAFF", help=f"{what} (a staff number, not a name)"
    )


def bin_name(text: str) -> str:
    if not re.fullmatch(r"[A-Z]", text):
        raise argparse.ArgumentTypeError("a bin is a letter from A to Z")
    return text


def run_options(parser: argparse.ArgumentParser) -> None:
    """A run of blanks, as it stands on its parcel."""
    parser.add_argument("first", help="serial of the first blank, e.g. 41002186357")
    parser.add_argument("count", type=int, help="how many, with consecutive serials")


def kind_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--kind", choices=["title", "proof"], default="title", help="what is pre-printed on them (default: title)"
    )


def consecutive(first: str, count: int) -> list[str]:
    """`count` serials from `first` on, its letter and width kept. Raises `BlankError`."""
    digits = first[1:] if first[:1].isalpha() else first
    if not re.fullmatch(r"[0-9]{1,20}", digits) or not 1 <= count <= MOST_AT_ONCE:
        raise BlankError(f"a run of blanks is a serial and a count from 1 to {MOST_AT_ONCE}")
    return [following(first, index) for index in range(count)]

"""`kiosk staff …`: accounts kept from a shell.

A PIN is asked for without being shown, or read as one line from standard input where there is no terminal. Handlers return the exit
status; what staff must put right is raised typed (`AccountError`, `CardFault`) and said in one line by `kiosk.__main__`.
"""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk.settings import Settings
from kiosk.staff.accounts import NUMBER, AccountError, Accounts
from kiosk.staff.roles import Role
from offline_cache.store import Store
from peripherals.card_reader import PcscReader
from peripherals.card_reader.staff_card import CHALLENGE_BYTES, prove_card
from peripherals.device import DeviceFault

Open = Callable[[Path], tuple[Settings, Store]]
Print = Callable[[str], None]


def add_staff_commands(commands: Any, open_terminal: Open, say: Print) -> None:
    """Add `staff` to an argparse sub-parser collection."""
    acts = commands.add_parser("staff", help="who may open the admin screen").add_subparsers(required=True, metavar="ACT")

    def add(name: str, about: str, act: Callable[[argparse.Namespace, Settings, Accounts], str]) -> argparse.ArgumentParser:
        parser = acts.add_parser(name, help=about)
        parser.add_argument("number", type=_number, help="the member's staff number (letters, digits; no name)")
        parser.add_argument("--by", required=True, type=_number, metavar="STAFF", help="who does this (a staff number)")
        _settings(parser)

        def run(arguments: argparse.Namespace) -> int:
            settings, store = open_terminal(arguments.settings)
            with closing(store):
                say(act(arguments, settings, Accounts(store, lambda: datetime.now(UTC))))
            return 0

        parser.set_defaults(run=run)
        return parser

    new = add("add", "a new account: asks for its PIN, and with --card for the card", _add)
    new.add_argument("--role", required=True, type=Role, choices=list(Role))
    new.add_argument("--card", action="store_true", help="bind the card that lies on the reader; it is wanted at every sign-in")
    add("pin", "another PIN for an account; opens a locked one too", _pin)
    add("unlock", "open an account that wrong PINs have locked", _unlock)
    add("close", "close an account for good; its number stays in the journal", _close)
    card = add("card", "bind the card that lies on the reader to an account", _card)
    card.add_argument("--none", action="store_true", help="want no card of this account any more")

    listing = acts.add_parser("list", help="every account")
    _settings(listing)

    def run_list(arguments: argparse.Namespace) -> int:
        _, store = open_terminal(arguments.settings)
        with closing(store):
            for account in Accounts(store, lambda: datetime.now(UTC)).listed():
                marks = [word for word, holds in (("card", account.has_card), ("LOCKED", account.locked)) if holds]
                say(f"{account.number:16}  {account.role:10}  {'closed' if account.closed else ' '.join(marks)}".rstrip())
        return 0

    listing.set_defaults(run=run_list)


def _add(arguments: argparse.Namespace, settings: Settings, accounts: Accounts) -> str:
    card = _card_on(settings) if arguments.card else None
    accounts.add(arguments.number, arguments.role, _asked_pin(), arguments.by, card)
    return f"{arguments.number} is {arguments.role}{', with a card' if card else ''}"


def _pin(arguments: argparse.Namespace, _: Settings, accounts: Accounts) -> str:
    accounts.set_pin(arguments.number, _asked_pin(), arguments.by)
    return f"{arguments.number} has another PIN"


def _unlock(arguments: argparse.Namespace, _: Settings, accounts: Accounts) -> str:
    accounts.unlock(arguments.number, arguments.by)
    return f"{arguments.number} may try again"


def _close(arguments: argparse.Namespace, _: Settings, accounts: Accounts) -> str:
    accounts.close(arguments.number, arguments.by)
    return f"{arguments.number} is closed"


def _card(arguments: argparse.Namespace, settings: Settings, accounts: Accounts) -> str:
    accounts.set_card(arguments.number, None if arguments.none else _card_on(settings), arguments.by)
    return f"{arguments.number} {'needs no card' if arguments.none else 'has this card'}"


def _card_on(settings: Settings) -> bytes:
    """The key of the card that lies on the terminal's reader. Raises `AccountError`."""
    from kiosk.devices import card_readers

    reader = next((each for each in card_readers(settings) if isinstance(each, PcscReader)), None)
    if reader is None:
        raise AccountError("staff cards need a PC/SC reader, and the settings have none")
    reader.open()
    try:
        return prove_card(reader, secrets.token_bytes(CHALLENGE_BYTES))
    except DeviceFault as fault:
        raise AccountError(f"no staff card can be read on the reader: {fault.code}") from None
    finally:
        reader.close()


def _asked_pin() -> str:
    """A PIN typed twice without being shown; or one line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    pin = getpass.getpass("PIN (6 digits): ")
    if getpass.getpass("once more: ") != pin:
        raise AccountError("the two PINs differ")
    return pin


def _number(text: str) -> str:
    if not NUMBER.fullmatch(text):
        raise argparse.ArgumentTypeError("a staff number: letters, digits, at most 16 (no name)")
    return text


def _settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--settings", type=Path, default=Path("/etc/dazheng/kiosk.toml"), help="settings file (default: %(default)s)"
    )

"""`kiosk blanks …` and `kiosk journal …`: what staff do with the ledgers from a shell.

Handlers return the exit status: 0 done or good, 1 the answer is no. What staff must put right is raised typed (`BlankError`,
`StoreError`); `kiosk.__main__` says it in one line.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk.issuance import blanks
from kiosk.issuance.blanks import BlankError, BlankState
from kiosk.issuance.ledger import Ledger
from kiosk.issuance.states import State
from offline_cache import journal
from offline_cache.store import Store

OpenStore = Callable[[Path], Store]
Print = Callable[[str], None]

MOST_AT_ONCE = 10_000

REASONS = {
    "void": (
        BlankState.SPOILED,
        "take a blank out of its bin as void",
        ("damaged", "misprinted", "soiled", "folded", "test-print"),
    ),
    "return": (
        BlankState.RETURNED,
        "take a blank out of its bin and hand it back",
        ("end-of-quota", "wrong-kind", "out-of-service"),
    ),
    "missing": (BlankState.MISSING, "a blank is not where it should be", ("not-in-bin", "not-delivered", "lost")),
}
"""Why a blank leaves its bin: words, not free text, so that nothing about anybody gets into the journal."""


def add_commands(commands: Any, open_store: OpenStore, say: Print) -> None:
    """Add both commands to an argparse sub-parser collection. Each handler returns the exit status."""
    _add_blanks(commands.add_parser("blanks", help="the ledger of blank certificates"), open_store, say)
    _add_journal(commands.add_parser("journal", help="the journal: show, verify"), open_store, say)


def consecutive(first: str, count: int) -> list[str]:
    """`count` serials from `first` on, its letter and width kept. Raises `BlankError`."""
    letter, digits = (first[:1], first[1:]) if first[:1].isalpha() else ("", first)
    if not re.fullmatch(r"[0-9]{1,20}", digits) or not 1 <= count <= MOST_AT_ONCE:
        raise BlankError(f"a run of blanks is a serial and a count from 1 to {MOST_AT_ONCE}")
    return [f"{letter}{int(digits) + index:0{len(digits)}d}" for index in range(count)]


def _add_blanks(parser: argparse.ArgumentParser, open_store: OpenStore, say: Print) -> None:
    acts = parser.add_subparsers(required=True, metavar="ACT")

    load = acts.add_parser("load", help="put a run of blanks into a bin, beneath those in it")
    _settings(load)
    load.add_argument("first", help="serial of the first blank, e.g. 41002186357")
    load.add_argument("count", type=int, help="how many, with consecutive serials")
    load.add_argument("--kind", choices=["title", "proof"], default="title", help="what is pre-printed on them (default: title)")
    load.add_argument("--bin", default="A", type=_bin, help="which bin: a letter (default: A)")
    _staff(load, "--by", "who loads them")

    def run_load(arguments: argparse.Namespace) -> int:
        serials = consecutive(arguments.first, arguments.count)
        with closing(open_store(arguments.settings)) as store:
            blanks.load(store, datetime.now(UTC), arguments.bin, arguments.kind, serials, arguments.by)
        say(f"{len(serials)} blanks in bin {arguments.bin}: {serials[0]} to {serials[-1]}")
        return 0

    load.set_defaults(run=run_load)

    account = acts.add_parser("account", help="where every blank is (exit status 1 if the sum does not hold)")
    _settings(account)

    def run_account(arguments: argparse.Namespace) -> int:
        with closing(open_store(arguments.settings)) as store:
            lines = blanks.account(store)
        for line in lines:
            parts = " + ".join(f"{line.by_state[state]} {state}" for state in BlankState if state in line.by_state)
            say(f"{line.kind}: {line.received} received {'=' if line.balanced else '≠'} {parts or '0'}")
        return 0 if all(line.balanced for line in lines) else 1

    account.set_defaults(run=run_account)

    listing = acts.add_parser("list", help="every blank with its state")
    _settings(listing)
    listing.add_argument("--state", type=BlankState, choices=list(BlankState), help="only those in this state")

    def run_list(arguments: argparse.Namespace) -> int:
        with closing(open_store(arguments.settings)) as store:
            listed = blanks.listed(store)
        for blank in listed:
            if arguments.state in (None, blank.state):
                reason = f" ({blank.reason})" if blank.reason else ""
                say(f"{blank.serial:12}  {blank.kind:5}  {blank.bin}{blank.position:<5}  {blank.state}{reason}")
        return 0

    listing.set_defaults(run=run_list)

    for name, (end, description, reasons) in REASONS.items():
        _add_removal(acts.add_parser(name, help=description), end, reasons, open_store, say)
    _add_settle(acts, open_store, say)


def _add_removal(
    parser: argparse.ArgumentParser, end: BlankState, reasons: tuple[str, ...], open_store: OpenStore, say: Print
) -> None:
    _settings(parser)
    parser.add_argument("serial")
    parser.add_argument("--reason", required=True, choices=reasons)
    _staff(parser, "--by", "who says so")

    def run_removal(arguments: argparse.Namespace) -> int:
        with closing(open_store(arguments.settings)) as store:
            blanks.remove(store, datetime.now(UTC), arguments.serial, end, arguments.reason, arguments.by)
        say(f"{arguments.serial} is {end}")
        return 0

    parser.set_defaults(run=run_removal)


def _add_settle(acts: Any, open_store: OpenStore, say: Print) -> None:
    settle = acts.add_parser(
        "settle", help="two of the staff have looked for the sheet of an unknown issuance and say what it is"
    )
    _settings(settle)
    settle.add_argument("serial", nargs="?", help="the quarantined blank; without it: what waits to be settled")
    ends = [State.SPOILED, State.RETAINED, State.TAKEN]
    settle.add_argument(
        "--end",
        type=State,
        choices=ends,
        help="spoiled: void, printed on or not; retained: staff hold it; taken: the citizen has it",
    )
    _staff(settle, "--by", "who has looked", required=False)
    _staff(settle, "--and", "who else has looked", required=False, dest="other")

    def run_settle(arguments: argparse.Namespace) -> int:
        with closing(open_store(arguments.settings)) as store:
            ledger = Ledger(store)
            waiting = [issuance for issuance in ledger.open() if issuance.state is State.UNKNOWN]
            if arguments.serial is None:
                for issuance in waiting:
                    say(f"{issuance.serial}  case {issuance.case}  certificate {issuance.certificate_id}  {issuance.reason}")
                return 1 if waiting else 0
            issuance = next((issuance for issuance in waiting if issuance.serial == arguments.serial), None)
            if issuance is None:
                raise BlankError(f"blank {arguments.serial} does not wait to be settled")
            if not arguments.end or not arguments.by or not arguments.other or arguments.by == arguments.other:
                raise BlankError("settling needs --end, and two of the staff: --by and --and")
            ledger.settled(issuance, arguments.end, (arguments.by, arguments.other))
        say(f"{arguments.serial} is {arguments.end}; the platform is told")
        return 0

    settle.set_defaults(run=run_settle)


def _add_journal(parser: argparse.ArgumentParser, open_store: OpenStore, say: Print) -> None:
    acts = parser.add_subparsers(required=True, metavar="ACT")

    show = acts.add_parser("show", help="entries in order")
    _settings(show)
    show.add_argument("--case", help="only those of one visit")

    def run_show(arguments: argparse.Namespace) -> int:
        shown = 0
        with closing(open_store(arguments.settings)) as store:
            for entry in journal.entries(store, case=arguments.case):
                shown += 1
                data = " ".join(f"{name}={_plain(value)}" for name, value in entry.data.items())
                say(f"{entry.seq:6}  {entry.at[:23]}  {entry.case or '-':14}  {entry.kind:22}  {data}")
        return 0 if shown or arguments.case is None else 1

    show.set_defaults(run=run_show)

    verify = acts.add_parser("verify", help="whether no entry was altered, removed or reordered (exit status 1 if one was)")
    _settings(verify)
    verify.add_argument(
        "--head", type=_head, help="SEQ:HASH as printed by an earlier verify: shows also whether the end was cut off"
    )

    def run_verify(arguments: argparse.Namespace) -> int:
        with closing(open_store(arguments.settings)) as store:
            head = journal.head(store)
            broken = journal.verify(store, [arguments.head] if arguments.head else [])
        if broken is None:
            say(f"the journal holds: {head.seq} entries, head {head.seq}:{head.hash.hex()}")
            return 0
        say(f"entry {broken.seq} was {broken.how}")
        return 1

    verify.set_defaults(run=run_verify)


def _plain(value: object) -> str:
    return value if isinstance(value, str) and re.fullmatch(r"[\w.:/-]+", value) else json.dumps(value, ensure_ascii=False)


def _head(text: str) -> journal.Head:
    seq, _, digest = text.partition(":")
    if not re.fullmatch(r"[0-9]{1,12}", seq) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise argparse.ArgumentTypeError("a head is SEQ:HASH")
    return journal.Head(int(seq), bytes.fromhex(digest))


def _bin(text: str) -> str:
    if not re.fullmatch(r"[A-Z]", text):
        raise argparse.ArgumentTypeError("a bin is a letter from A to Z")
    return text


def _staff(parser: argparse.ArgumentParser, flag: str, what: str, *, required: bool = True, dest: str | None = None) -> None:
    def number(text: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,15}", text):
            raise argparse.ArgumentTypeError("a staff number: letters, digits, at most 16 (no name)")
        return text

    target = dest or flag.removeprefix("--")
    parser.add_argument(
        flag, required=required, type=number, dest=target, metavar="STAFF", help=f"{what} (a staff number, not a name)"
    )


def _settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--settings", type=Path, default=Path("/etc/dazheng/kiosk.toml"), help="settings file (default: %(default)s)"
    )

"""`kiosk blanks …` and `kiosk journal …`: what staff do with the ledgers from a shell."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk.issuance import blanks
from offline_cache import journal
from offline_cache.store import Store

OpenStore = Callable[[Path], Store]
Print = Callable[[str], None]


def add_commands(commands: Any, open_store: OpenStore, say: Print) -> None:
    """Add both commands to an argparse sub-parser collection. Each handler returns the exit status."""
    _add_blanks(commands.add_parser("blanks", help="the ledger of blank certificates"), open_store, say)
    _add_journal(commands.add_parser("journal", help="the journal: show, verify"), open_store, say)


def _add_blanks(parser: argparse.ArgumentParser, open_store: OpenStore, say: Print) -> None:
    acts = parser.add_subparsers(required=True, metavar="ACT")

    load = acts.add_parser("load", help="put a run of blanks into a bin")
    _settings(load)
    load.add_argument("first", help="serial of the first blank, e.g. 41002186357")
    load.add_argument("count", type=int, help="how many, with consecutive serials")
    load.add_argument("--kind", choices=["title", "proof"], default="title", help="what is pre-printed on them (default: title)")
    load.add_argument("--bin", default="A", help="which bin (default: A)")
    load.add_argument("--by", required=True, help="who loads them (a staff number, not a name)")

    def run_load(arguments: argparse.Namespace) -> int:
        with closing(open_store(arguments.settings)) as store:
            serials = consecutive(arguments.first, arguments.count)
            blanks.load(store, datetime.now(UTC), arguments.bin, arguments.kind, serials, arguments.by)
            say(f"{len(serials)} blanks in bin {arguments.bin}: {serials[0]} to {serials[-1]}")
        return 0

    load.set_defaults(run=run_load)

    account = acts.add_parser("account", help="where every blank is")
    _settings(account)

    def run_account(arguments: argparse.Namespace) -> int:
        balanced = True
        with closing(open_store(arguments.settings)) as store:
            for line in blanks.account(store):
                parts = " + ".join(f"{count} {state}" for state, count in sorted(line.by_state.items()))
                say(f"{line.kind}: {line.received} received = {parts}")
                balanced = balanced and line.balanced
        return 0 if balanced else 1

    account.set_defaults(run=run_account)

    listing = acts.add_parser("list", help="every blank with its state")
    _settings(listing)

    def run_list(arguments: argparse.Namespace) -> int:
        with closing(open_store(arguments.settings)) as store:
            for serial, kind, bin_name, position, state, reason in blanks.listed(store):
                say(f"{serial}  {kind:5}  {bin_name}{position}  {state}{f' ({reason})' if reason else ''}")
        return 0

    listing.set_defaults(run=run_list)

    void = acts.add_parser("void", help="take a loaded blank out as spoiled")
    _settings(void)
    void.add_argument("serial")
    void.add_argument("--reason", required=True)
    void.add_argument("--by", required=True)

    def run_void(arguments: argparse.Namespace) -> int:
        with closing(open_store(arguments.settings)) as store:
            blanks.void(store, datetime.now(UTC), arguments.serial, arguments.reason, arguments.by)
            say(f"{arguments.serial} is void")
        return 0

    void.set_defaults(run=run_void)


def _add_journal(parser: argparse.ArgumentParser, open_store: OpenStore, say: Print) -> None:
    acts = parser.add_subparsers(required=True, metavar="ACT")

    show = acts.add_parser("show", help="entries in order")
    _settings(show)
    show.add_argument("--case", help="only those of one visit")

    def run_show(arguments: argparse.Namespace) -> int:
        with closing(open_store(arguments.settings)) as store:
            for entry in journal.entries(store, case=arguments.case):
                data = json.dumps(dict(entry.data), ensure_ascii=False)
                say(f"{entry.seq:6}  {entry.at[:23]}  {entry.case or '-':14}  {entry.kind:22}  {data}")
        return 0

    show.set_defaults(run=run_show)

    verify = acts.add_parser("verify", help="whether no entry was altered, removed or reordered (exit status 1 if one was)")
    _settings(verify)

    def run_verify(arguments: argparse.Namespace) -> int:
        with closing(open_store(arguments.settings)) as store:
            broken = journal.verify(store)
            if broken is None:
                say(f"the journal holds: {sum(1 for _ in journal.entries(store))} entries")
                return 0
            say(f"entry {broken.seq} was {broken.how}")
            return 1

    verify.set_defaults(run=run_verify)


def consecutive(first: str, count: int) -> list[str]:
    """`count` serials from `first` on, its letter and width kept. Raises `BlankError`."""
    letter, digits = (first[:1], first[1:]) if first[:1].isalpha() else ("", first)
    if not digits.isascii() or not digits.isdigit() or not 1 <= count <= 10_000:
        raise blanks.BlankError("a run of blanks is a serial and a count from 1 to 10000")
    return [f"{letter}{int(digits) + index:0{len(digits)}d}" for index in range(count)]


def _settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--settings", type=Path, default=Path("/etc/dazheng/kiosk.toml"), help="settings file (default: %(default)s)"
    )

"""`kiosk blanks …`: deliveries, bins, counts, the day sheet, and ends that two of the staff settle."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from kiosk.issuance import blanks, reconciliation, replay
from kiosk.issuance.arguments import Access, bin_name, consecutive, kind_option, run_options, settings_option, staff_option
from kiosk.issuance.blanks import BlankError, BlankState, Mark
from kiosk.issuance.day_sheet import day_sheet
from kiosk.issuance.ledger import Issuance, Ledger
from kiosk.issuance.recovery import Witnesses, settle
from kiosk.issuance.states import FOR_PEOPLE, TRANSITIONS, State
from offline_cache import journal
from offline_cache.store import Store

REASONS = {
    "void": (
        BlankState.SPOILED,
        "take a blank away as void",
        ("damaged", "misprinted", "soiled", "folded", "test-print"),
    ),
    "return": (
        BlankState.RETURNED,
        "hand a blank back",
        ("end-of-quota", "wrong-kind", "out-of-service"),
    ),
    "missing": (BlankState.MISSING, "a blank is not where it should be", ("not-in-bin", "not-delivered", "lost")),
}
"""Why a blank leaves its place: words, not free text, so that nothing about anybody gets into the journal."""

Act = Callable[[argparse.Namespace, Store], int]


def add_blanks(parser: argparse.ArgumentParser, access: Access) -> None:
    acts = parser.add_subparsers(required=True, metavar="ACT")
    say = access.say

    def add(name: str, description: str, act: Act) -> argparse.ArgumentParser:
        """One act on the open store."""

        def run(arguments: argparse.Namespace) -> int:
            with closing(access.store(access.settings(arguments.settings))) as store:
                return act(arguments, store)

        made = acts.add_parser(name, help=description)
        settings_option(made)
        made.set_defaults(run=run)
        return made

    def receive(arguments: argparse.Namespace, store: Store) -> int:
        serials = consecutive(arguments.first, arguments.count)
        blanks.receive(store, now(), arguments.kind, serials, (arguments.by, arguments.other))
        say(f"{len(serials)} blanks received: {serials[0]} to {serials[-1]}")
        return 0

    received = add("receive", "a delivery has come, counted by two", receive)
    run_options(received)
    kind_option(received)
    staff_option(received, "--by", "who counted it")
    staff_option(received, "--and", "who counted it too")

    def hand_out(arguments: argparse.Namespace, store: Store) -> int:
        serials = consecutive(arguments.first, arguments.count)
        blanks.hand_out(store, now(), serials, arguments.by)
        say(f"{len(serials)} blanks handed out to this terminal: {serials[0]} to {serials[-1]}")
        return 0

    handed = add("hand-out", "received blanks go to this terminal (not into a bin yet)", hand_out)
    run_options(handed)
    staff_option(handed, "--by", "who takes them over")

    def load(arguments: argparse.Namespace, store: Store) -> int:
        serials = consecutive(arguments.first, arguments.count)
        if arguments.other:
            blanks.supply(store, now(), arguments.bin, arguments.kind, serials, (arguments.by, arguments.other))
        else:
            blanks.load(store, now(), arguments.bin, arguments.kind, serials, arguments.by)
        say(f"{len(serials)} blanks in bin {arguments.bin}: {serials[0]} to {serials[-1]}")
        return 0

    loading = add("load", "put a run of blanks into a bin, beneath those in it", load)
    run_options(loading)
    kind_option(loading)
    loading.add_argument("--bin", default="A", type=bin_name, help="which bin: a letter (default: A)")
    staff_option(loading, "--by", "who loads them")
    staff_option(loading, "--and", "for a delivery straight from its parcel: who counted it too", required=False)

    def unload(arguments: argparse.Namespace, store: Store) -> int:
        serials = blanks.unload(store, now(), arguments.bin, arguments.by)
        say(f"{len(serials)} blanks out of bin {arguments.bin}, at this terminal")
        return 0

    unloading = add("unload", "take every unused blank out of a bin", unload)
    unloading.add_argument("bin", type=bin_name)
    staff_option(unloading, "--by", "who takes them out")

    for name, (end, description, reasons) in REASONS.items():
        _add_removal(add, say, name, end, description, reasons)

    def destroy(arguments: argparse.Namespace, store: Store) -> int:
        blanks.destroy(store, now(), arguments.serial, (arguments.by, arguments.other))
        say(f"{len(arguments.serial)} destroyed")
        return 0

    destroying = add("destroy", "void paper was destroyed before two witnesses", destroy)
    destroying.add_argument("serial", nargs="+")
    staff_option(destroying, "--by", "who saw it")
    staff_option(destroying, "--and", "who saw it too")

    def hand_over(arguments: argparse.Namespace, store: Store) -> int:
        blanks.hand_over(store, now(), arguments.serial, arguments.by)
        say(f"{arguments.serial} was handed over")
        return 0

    handing = add("hand-over", "a certificate that staff held is in its holder's hand", hand_over)
    handing.add_argument("serial")
    staff_option(handing, "--by", "who handed it over")

    _add_views(add, access)
    _add_counts(add, access)
    _add_settle(acts, access)


def _add_removal(
    add: Any, say: Callable[[str], None], name: str, end: BlankState, description: str, reasons: tuple[str, ...]
) -> None:
    def remove(arguments: argparse.Namespace, store: Store) -> int:
        blanks.remove(store, now(), arguments.serial, end, arguments.reason, arguments.by)
        say(f"{arguments.serial} is {end}")
        return 0

    removal = add(name, description, remove)
    removal.add_argument("serial")
    removal.add_argument("--reason", required=True, choices=reasons)
    staff_option(removal, "--by", "who says so")


def _add_views(add: Any, access: Access) -> None:
    say = access.say

    def account(arguments: argparse.Namespace, store: Store) -> int:
        lines = blanks.account(store)
        for line in lines:
            parts = " + ".join(f"{line.by_state[state]} {state}" for state in BlankState if state in line.by_state)
            say(f"{line.kind}: {line.received} received {'=' if line.balanced else '≠'} {parts or '0'}")
        if not lines:
            say("no blank was ever received")
        told, kept = replay.blanks_of(journal.entries(store)), {blank.serial: blank.state for blank in blanks.listed(store)}
        differing = sorted(serial for serial in told.keys() | kept.keys() if told.get(serial) != kept.get(serial))
        for serial in differing:
            say(f"{serial}: the journal says {told.get(serial, 'nothing')}, the ledger {kept.get(serial, 'nothing')}")
        return 0 if all(line.balanced for line in lines) and not differing else 1

    add("account", "where every blank is (exit status 1 if a sum does not hold, or the journal tells otherwise)", account)

    def listing(arguments: argparse.Namespace, store: Store) -> int:
        for blank in blanks.listed(store):
            if arguments.state in (None, blank.state):
                place = "" if blank.bin is None else f"{blank.bin}{blank.position}"
                reason = f" ({blank.reason})" if blank.reason else ""
                say(f"{blank.serial:12}  {blank.kind:5}  {place:6}  {blank.state}{reason}")
        return 0

    lists = add("list", "every blank with its state", listing)
    lists.add_argument("--state", type=BlankState, choices=list(BlankState), help="only those in this state")

    def history(arguments: argparse.Namespace, store: Store) -> int:
        moves = blanks.history(store, arguments.serial)
        for at, before, after, name, reason in moves:
            place = f"  bin {name}" if name else ""
            say(f"{at[:19]}  {before or '-'} → {after}{place}{f'  ({reason})' if reason else ''}")
        return 0 if moves else 1

    histories = add("history", "every move of one blank", history)
    histories.add_argument("serial")

    def levels(arguments: argparse.Namespace, store: Store) -> int:
        found = blanks.levels(store, access.settings(arguments.settings).blanks.low)
        for level in found:
            say(f"bin {level.bin}: {level.left} {level.kind} left{'' if level.mark is Mark.GOOD else f' — {level.mark}'}")
        return 0 if all(level.mark is Mark.GOOD for level in found) else 1

    add("levels", "what is left in each bin (exit status 1 if one is low or empty)", levels)

    def day(arguments: argparse.Namespace, store: Store) -> int:
        sheet = day_sheet(store, access.settings(arguments.settings).terminal_id, arguments.date)
        if arguments.csv:
            arguments.csv.write_text(sheet.csv(), "utf-8-sig")
        if arguments.pdf:
            arguments.pdf.write_bytes(sheet.pdf())
        for line in sheet.bins:
            counted = "not counted" if line.counted is None else f"counted {line.counted}, difference {line.difference:+}"
            say(
                f"bin {line.bin} {line.kind}: {line.opening} + {line.loaded} loaded − {line.unloaded} unloaded − {line.issued} issued "
                f"− {line.retained} retained − {line.spoiled} spoiled − {line.returned} returned − {line.missing} missing "
                f"= {line.closing}; {counted}"
            )
        return 0 if all(line.balanced for line in sheet.bins) and not reconciliation.differences(store) else 1

    days = add("day", "the day sheet (exit status 1 if a sum does not hold or a difference is open)", day)
    days.add_argument(
        "--date", type=date.fromisoformat, default=datetime.now().astimezone().date(), help="which day (default: today)"
    )
    days.add_argument("--csv", type=Path, help="write it as CSV")
    days.add_argument("--pdf", type=Path, help="write it as PDF")


def _add_counts(add: Any, access: Access) -> None:
    say = access.say

    def counted(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("bin", type=bin_name)
        parser.add_argument("counted", type=int, help="how many sheets lie in it")
        parser.add_argument("--top", help="serial of the sheet on top (leave out if the bin is empty)")

    def count(arguments: argparse.Namespace, store: Store) -> int:
        result = reconciliation.count(store, now(), arguments.bin, arguments.counted, arguments.top, arguments.by)
        if not result.differs:
            say(f"bin {result.bin}: {result.counted} {result.kind}, as the ledger says")
            return 0
        say(
            f"bin {result.bin}: counted {result.counted} with {result.top or 'none'} on top; the ledger has {result.expected} with "
            f"{result.expected_top or 'none'} on top. Nothing is printed until two of the staff have settled it (kiosk blanks settle-count)"
        )
        return 1

    counts = add("count", "the sheets in a bin were counted (exit status 1 if they differ: then nothing prints)", count)
    counted(counts)
    staff_option(counts, "--by", "who counted")

    def settle_count(arguments: argparse.Namespace, store: Store) -> int:
        reconciliation.settle(
            store, now(), arguments.bin, arguments.counted, arguments.top, (arguments.by, arguments.other),
            missing=arguments.missing, found=arguments.found,
        )  # fmt: skip
        say(f"bin {arguments.bin} is settled: {arguments.counted} sheets")
        return 0

    settling = add("settle-count", "two of the staff close the difference of a bin", settle_count)
    counted(settling)
    settling.add_argument("--missing", nargs="+", default=[], metavar="SERIAL", help="in the ledger, not in the bin")
    settling.add_argument("--found", nargs="+", default=[], metavar="SERIAL", help="in the bin, not in the ledger; now taken out")
    staff_option(settling, "--by", "who has looked")
    staff_option(settling, "--and", "who else has looked")


def _add_settle(acts: Any, access: Access) -> None:
    parser = acts.add_parser(
        "settle",
        help="staff have looked: two say what the sheet of an unknown issuance is, one who has a certificate that was left",
    )
    settings_option(parser)
    parser.add_argument("serial", nargs="?", help="its blank; without it: what waits to be settled")
    parser.add_argument(
        "--end",
        type=State,
        choices=[State.SPOILED, State.RETAINED, State.TAKEN],
        help="spoiled: void, printed on or not; retained: staff hold it; taken: the citizen has it",
    )
    staff_option(parser, "--by", "who has looked", required=False)
    staff_option(parser, "--and", "who else has looked", required=False)

    def run_settle(arguments: argparse.Namespace) -> int:
        settings = access.settings(arguments.settings)
        with closing(access.store(settings)) as store:
            ledger = Ledger(store)
            waiting = [issuance for issuance in ledger.open() if issuance.state in FOR_PEOPLE]
            if arguments.serial is None:
                for issuance in waiting:
                    access.say(
                        f"{issuance.serial}  {issuance.state}  case {issuance.case}  certificate {issuance.certificate_id}  "
                        f"{issuance.reason}"
                    )
                return 1 if waiting else 0
            issuance = next((issuance for issuance in waiting if issuance.serial == arguments.serial), None)
            if issuance is None:
                raise BlankError(f"blank {arguments.serial} does not wait to be settled")
            _end(ledger, access.witnesses(settings), issuance, arguments)
        access.say(f"{arguments.serial} is {arguments.end}; the platform is told")
        return 0

    parser.set_defaults(run=run_settle)


def _end(ledger: Ledger, witnesses: Witnesses, issuance: Issuance, arguments: argparse.Namespace) -> None:
    end, by, other = arguments.end, arguments.by, arguments.other
    if issuance.state is State.LEFT:
        if end not in TRANSITIONS[State.LEFT] or not by:
            raise BlankError("a certificate that was left is printed: --end retained or taken, and --by")
        ledger.found(issuance, end, by)
        return
    if not end or not by or not other or by == other:
        raise BlankError("settling needs --end, and two of the staff: --by and --and")
    settle(ledger, witnesses, issuance, end, (by, other))


def now() -> datetime:
    return datetime.now(UTC)

"""`kiosk journal …`: what happened, whether anybody changed it, and a copy that is read and checked without us."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from kiosk.issuance import replay
from kiosk.issuance.arguments import Access, settings_option
from kiosk.issuance.blanks import BlankState
from offline_cache import export, heads, journal
from offline_cache.journal import Entry, Head


def add_journal(parser: argparse.ArgumentParser, access: Access) -> None:
    acts = parser.add_subparsers(required=True, metavar="ACT")
    say = access.say

    show = acts.add_parser("show", help="entries in order")
    settings_option(show)
    show.add_argument("--case", help="only those of one visit: its whole story")
    show.add_argument("--last", type=int, metavar="COUNT", help="only the newest")

    def run_show(arguments: argparse.Namespace) -> int:
        shown = 0
        with closing(access.store(access.settings(arguments.settings))) as store:
            after = max(0, journal.head(store).seq - arguments.last) if arguments.last else 0
            for entry in journal.entries(store, case=arguments.case, after=after):
                shown += 1
                say(_told(entry))
        return 0 if shown or arguments.case is None else 1

    show.set_defaults(run=run_show)

    verify = acts.add_parser("verify", help="whether no entry was altered, removed or reordered (exit status 1 if one was)")
    settings_option(verify)
    verify.add_argument(
        "--head", type=_head, help="SEQ:HASH as printed by an earlier verify: shows also whether the end was cut off"
    )
    verify.add_argument("--public-key", type=Path, help="the terminal's public key in PEM (default: that of its own key)")

    def run_verify(arguments: argparse.Namespace) -> int:
        return _verify(arguments, access)

    verify.set_defaults(run=run_verify)

    exporting = acts.add_parser("export", help="the whole journal as signed JSON lines (docs/check_journal.py checks it)")
    settings_option(exporting)
    exporting.add_argument("file", type=Path)
    exporting.add_argument("--escrow", type=Path, metavar="CERTIFICATE", help="encrypt it (CMS) to this RSA certificate in PEM")

    def run_export(arguments: argparse.Namespace) -> int:
        settings = access.settings(arguments.settings)
        with closing(access.store(settings)) as store:
            lines = export.lines(store, access.signing_key(settings), settings.terminal_id, datetime.now(UTC))
            content = "".join(lines).encode()
        with _files():
            if arguments.escrow:
                content = export.escrowed(content, arguments.escrow.read_bytes())
            arguments.file.write_bytes(content)
        say(f"{arguments.file}: {len(content)} bytes")
        return 0

    exporting.set_defaults(run=run_export)

    reading = acts.add_parser("read", help="check an exported journal and say where every blank is by it (needs no store)")
    reading.add_argument("file", type=Path)
    reading.add_argument("--public-key", type=Path, help="the terminal's public key in PEM, as the platform knows it")
    reading.add_argument("--blanks", action="store_true", help="every blank with its state")
    reading.add_argument("--key", type=Path, help="the private key (PEM) of the certificate that it was encrypted for")
    reading.add_argument("--certificate", type=Path, help="that certificate (PEM)")

    def run_read(arguments: argparse.Namespace) -> int:
        with _files():
            public = arguments.public_key.read_bytes() if arguments.public_key else None
            content = arguments.file.read_bytes()
            if arguments.key and arguments.certificate:
                content = export.opened(content, arguments.certificate.read_bytes(), arguments.key.read_bytes())
            told = export.read(content.decode().splitlines(), public)
        say(f"{told.terminal}: {len(told.entries)} entries, signed {told.exported_at}")
        states = replay.blanks_of(told.entries)
        counts = {state: sum(1 for held in states.values() if held is state) for state in BlankState}
        say(f"{len(states)} received = " + " + ".join(f"{count} {state}" for state, count in counts.items() if count))
        if arguments.blanks:
            for serial, state in sorted(states.items()):
                say(f"{serial:12}  {state}")
        return 0

    reading.set_defaults(run=run_read)


@contextmanager
def _files() -> Generator[None]:
    """A file that cannot be read or written is said in one line."""
    try:
        yield
    except (OSError, UnicodeDecodeError) as reason:
        raise export.ExportUnusable(str(reason)) from None


def _verify(arguments: argparse.Namespace, access: Access) -> int:
    settings = access.settings(arguments.settings)
    with closing(access.store(settings)) as store:
        head = journal.head(store)
        kept = heads.signed_heads(store)
        anchors = [Head(signed.seq, signed.hash) for signed in kept]
        broken = journal.verify(store, [*anchors, *([arguments.head] if arguments.head else [])])
        if broken is not None:
            access.say(f"entry {broken.seq} was {broken.how}")
            return 1
        public = arguments.public_key.read_bytes() if arguments.public_key else access.signing_key(settings).public_pem()
        if unsigned := heads.unsigned(store, public):
            access.say(f"the head kept at entry {unsigned[0]} is not signed by this terminal's key")
            return 1
        if wrong := replay.astray(journal.entries(store)):
            access.say(wrong[0])
            return 1
    signed = f", {len(kept)} signed heads, the newest at entry {kept[-1].seq}" if kept else ", no signed head yet"
    access.say(f"the journal holds: {head.seq} entries, head {head.seq}:{head.hash.hex()}{signed}")
    return 0


def _told(entry: Entry) -> str:
    data = " ".join(f"{name}={_plain(value)}" for name, value in entry.data.items())
    return f"{entry.seq:6}  {entry.at[:23]}  {entry.case or '-':14}  {entry.kind:22}  {data}"


def _plain(value: object) -> str:
    return value if isinstance(value, str) and re.fullmatch(r"[\w.:/-]+", value) else json.dumps(value, ensure_ascii=False)


def _head(text: str) -> Head:
    seq, _, digest = text.partition(":")
    if not re.fullmatch(r"[0-9]{1,12}", seq) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise argparse.ArgumentTypeError("a head is SEQ:HASH")
    return Head(int(seq), bytes.fromhex(digest))

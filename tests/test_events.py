"""The catalogue of events: the printed pages are equal to it, and whoever tells an event gives it all its fields."""

from __future__ import annotations

import ast
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk import events
from kiosk.journald import JournalHandler, entry

ROOT = Path(__file__).parents[1]


def told() -> Iterator[tuple[str, str, set[str]]]:
    """(where, event's constant, fields) of every `events.X.tell(...)` in the product."""
    for path in (ROOT / "kiosk").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "tell":
                of = node.func.value
                if isinstance(of, ast.Attribute) and isinstance(of.value, ast.Name) and of.value.id == "events":
                    yield f"{path.name}:{node.lineno}", of.attr, {word.arg or "**" for word in node.keywords}


def test_every_event_is_told_with_its_fields() -> None:
    seen = list(told())
    assert len(seen) > 20
    for where, name, fields in seen:
        assert fields == set(getattr(events, name).fields), where


def test_every_event_is_told_somewhere() -> None:
    names = {name for name, value in vars(events).items() if isinstance(value, events.Event)}
    assert names - {name for _, name, _ in told()} == set()


def test_names_are_told_apart() -> None:
    assert (
        len({one.name for one in events.CATALOGUE}) == len(events.CATALOGUE) == len({one.message_id for one in events.CATALOGUE})
    )


def test_the_page_and_the_journals_catalogue_are_the_catalogue() -> None:
    assert (ROOT / "docs" / "events.md").read_text("utf-8") == events.document(), "python -m kiosk.events >docs/events.md"
    printed = (ROOT / "deploy" / "dazheng.catalog").read_text("utf-8")
    assert printed == events.journal_catalogue(), "python -m kiosk.events --catalogue >deploy/dazheng.catalog"


def test_an_event_is_one_line_and_in_the_journal_its_fields_stand_by_themselves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="dazheng"):
        events.PART_WELL.tell(part="reader-service", seconds=7)
    (record,) = caplog.records
    assert record.getMessage() == "watchdog.part-well: reader-service is well after 7 s"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journald:
        journald.bind(str(tmp_path / "j"))
        journald.settimeout(10)
        handler = JournalHandler(str(tmp_path / "j"))
        handler.handle(record)
        handler.close()
        fields = dict(line.split("=", 1) for line in journald.recv(4096).decode().splitlines())
    assert fields["DAZHENG_PART"] == "reader-service"
    assert fields["DAZHENG_EVENT"] == "watchdog.part-well"
    assert fields["PRIORITY"] == "6"
    assert len(fields["MESSAGE_ID"]) == 32


def test_a_text_of_two_lines_cannot_forge_a_field() -> None:
    record = logging.LogRecord("x", logging.ERROR, "", 0, "one\nPRIORITY=0", None, None)
    assert b"MESSAGE\n\x0e\x00\x00\x00\x00\x00\x00\x00one\nPRIORITY=0\n" in entry(record, record.getMessage())

"""`python -m peripherals.printer` from a shell, against a real queue behind the once-guard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from peripherals.printer.__main__ import main
from tests.printer.conftest import PrintRoom, page_of

pytestmark = pytest.mark.device

Shell = Callable[..., tuple[int, str]]


@pytest.fixture
def shell(room: PrintRoom, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    def runs(*words: str) -> tuple[int, str]:
        where = ("--server", str(room.daemon.socket_path), "--guard", str(room.daemon.guard_directory))
        monkeypatch.setattr("sys.argv", ["printer", *where, *words])
        status = main()
        said = capsys.readouterr()
        return status, said.out + said.err

    return runs


def test_a_page_is_printed_once_and_asked_about(room: PrintRoom, shell: Shell, tmp_path: Path) -> None:
    page = tmp_path / "page.pdf"
    page.write_bytes(page_of("from a shell"))
    status, said = shell("print", str(page), "--name", "by-hand-1")
    assert (status, said.splitlines()[-1]) == (0, "printed")
    assert len(room.sheets("by-hand-1")) == 1
    room.ended("by-hand-1")
    assert "by-hand-1  completed" in shell("jobs")[1]
    assert shell("ask", "by-hand-1") == (0, "guard: delivered\nqueue: completed\nprinter: printed\n")
    assert shell("ask", "never") == (0, "guard: never-seen\nqueue: no-such-job\nprinter: not-printed\n")
    status, said = shell("print", str(page), "--name", "by-hand-1")
    assert status == 1
    assert "the once-guard knows this job's name" in said
    assert len(room.sheets("by-hand-1")) == 1


def test_what_stands_in_the_way_is_said_with_whose_turn_it_is(room: PrintRoom, shell: Shell, tmp_path: Path) -> None:
    assert shell("status")[0] == 0
    room.unit.fault("cover-open")
    status, said = shell("status")
    assert status == 1
    assert "cover-open" in said
    page = tmp_path / "page.pdf"
    page.write_bytes(page_of("never"))
    status, said = shell("--queue", "no-such-queue", "print", str(page), "--name", "by-hand-2")
    assert status == 1
    assert "turn" in said

"""After a visit nothing of the person remains: not on disk, not in the spool, not in a log, and not in the process's memory.

The terminal runs as `kiosk run` in a process of its own, with the three settings of kiosk.service that make freed memory be
overwritten. The printed sheet, the platform's own memory and the encrypted store are not the terminal's to forget.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from sandbox.citizen import Citizen
from sandbox.display import VirtualDisplay
from sandbox.hall import Hall, HallOptions, ReaderKind, ScannerKind
from sandbox.people import BY_SLUG, Person
from sandbox.story import Story
from tests.process_memory import writable

pytestmark = [pytest.mark.device, pytest.mark.window]

Marks = Mapping[str, str]
ZHANG, CHAN = BY_SLUG["zhang-jianguo"], BY_SLUG["chan-tai-man"]
KEYBOARD = ["F1", "F11", "Escape", "alt+F4", "ctrl+c", "ctrl+q", "ctrl+alt+Delete", "super", "Print", "Menu", "Return", "space"]


def spellings(mark: str) -> Iterator[bytes]:
    """A mark as it may lie in memory or in a file: as UTF-8, and as Python and others keep wide text."""
    for encoding in ("utf-8", "utf-16-le", "utf-32-le", "gb18030"):
        yield mark.encode(encoding)


def kept_in(data: bytes, marks: Marks) -> dict[str, int]:
    counts = {name: sum(data.count(spelling) for spelling in {*spellings(mark)}) for name, mark in marks.items()}
    return {name: count for name, count in counts.items() if count}


def in_memory(pid: int, marks: Marks) -> dict[str, int]:
    """How often each mark lies in the process's writable memory."""
    found: dict[str, int] = {}
    for data in writable(pid):
        for name, count in kept_in(data, marks).items():
            found[name] = found.get(name, 0) + count
    return found


def on_disk(marks: Marks, *roots: Path) -> dict[str, dict[str, int]]:
    """What lies in files, and in their names."""
    found: dict[str, dict[str, int]] = {}
    for path in (path for root in roots for path in root.rglob("*") if path.is_file() and not path.is_symlink()):
        counts = kept_in(path.name.encode(), marks) | kept_in(path.read_bytes(), marks)
        if counts:
            found[str(path)] = counts
    return found


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("person", "reader", "scanner", "marks"),
    [
        (ZHANG, "pcsc", "camera", {"name": ZHANG.name, "number": ZHANG.number, "address": "翡翠湾"}),
        (ZHANG, "sam-v", "serial", {"name": ZHANG.name, "number": ZHANG.number, "address": "翡翠湾"}),
        (CHAN, "pcsc", "serial", {"name": CHAN.name, "number": CHAN.number, "zone": "CHAN<<TAI", "opens the chip": "7003123"}),
    ],
    ids=["social-security-card", "resident-card", "travel-document"],
)
def test_after_a_visit_nothing_of_the_person_remains(
    tmp_path: Path, person: Person, reader: ReaderKind, scanner: ScannerKind, marks: Marks
) -> None:
    options = HallOptions(page_seconds=0.5, readers=(reader,), scanner=scanner)
    with VirtualDisplay(1080, 1920) as display, Hall(tmp_path / "hall", options) as hall:
        terminal = hall.start_terminal(display.name)
        citizen = Citizen(display.name, hall.eyes, tmp_path / "pictures", alive=lambda: terminal.poll() is None)
        citizen.sees("Home", seconds=90)

        # Somebody has plugged in a keyboard.
        for keys in KEYBOARD:
            subprocess.run(["xdotool", "key", keys], env={"DISPLAY": display.name, "PATH": "/usr/bin:/bin"}, check=True)
        assert citizen.sees("Home").prompt == "Home"
        assert terminal.poll() is None

        assert Story(hall, citizen, person, by_code=True).tell().outcome == "taken"
        citizen.sees("Home", seconds=60)

        left = in_memory(terminal.pid, marks)
        deadline = time.monotonic() + 60
        while left and time.monotonic() < deadline:
            time.sleep(1.0)
            left = in_memory(terminal.pid, marks)
        assert left == {}

        assert kept_in(hall.log.read_bytes(), marks) == {}
        assert kept_in(hall.eyes.read_bytes(), marks) == {}
        files = on_disk(marks, tmp_path / "hall", hall.cups.spool, hall.cups.guard_directory)
        sheets = (str(tmp_path / "hall" / "printed"), str(tmp_path / "hall" / "platform"))
        assert {path: counts for path, counts in files.items() if not path.startswith(sheets)} == {}

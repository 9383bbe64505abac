"""`python -m sandbox.machine`: the package in a machine that boots. As root, with the packages of deploy/machine-packages.txt.

Exit status 1 when anything did not hold. What was seen is printed and kept in build/machine/report.txt.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from sandbox.citizen import Unseen
from sandbox.machine import checks, cuts, installing
from sandbox.machine.checks import NotSo
from sandbox.machine.cuts import Cuts
from sandbox.machine.guest import CommandFailed, Deaf
from sandbox.machine.image import ROOT, Image, bare_machine
from sandbox.machine.outside import Outside
from sandbox.machine.qemu import Build, Machine, MachineFailed
from sandbox.machine.visit import prints_one

CACHE = ROOT / "build" / "machine"
PACKAGES = ROOT / "build" / "deb"
STAGES = ("boot", "devices", "unplug", "hang", "staff", "keyboard", "unguarded", "print", "reset", "cuts")
CUTS = 22
NOT_HELD = (NotSo, Unseen, CommandFailed, Deaf, MachineFailed, AssertionError, OSError)


class Report:
    """What was seen: printed, and kept as a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._began = time.monotonic()
        self.wrong: list[str] = []
        path.write_text("", "utf-8")

    def say(self, line: str) -> None:
        line = f"[{time.monotonic() - self._began:6.0f} s] {line}"
        print(line, flush=True)
        with self._path.open("a", encoding="utf-8") as kept:
            kept.write(line + "\n")

    def held(self, name: str, check: Callable[[], object]) -> bool:
        """Make a check; one that does not hold is noted, and the next one is made all the same."""
        self.say(f"---- {name}")
        try:
            check()
        except NOT_HELD as reason:
            self.wrong.append(f"{name}: {reason}")
            self.say(f"NOT SO: {reason}")
            return False
        return True


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.machine", description=__doc__)
    parser.add_argument("--stages", default=",".join(STAGES), help="which of them, in their order (default: %(default)s)")
    parser.add_argument("--cuts", type=int, default=CUTS, help="how many power cuts (default: %(default)s)")
    parser.add_argument("--first-cut", type=int, default=0, help="number of the first: what a cut does follows from it")
    parser.add_argument("--size", default="540x960", help="pixels of the screen (default: %(default)s)")
    parser.add_argument(
        "--slowness",
        type=float,
        default=1.0,
        help="how many times longer everything may take than on two idle cores (default: %(default)s)",
    )
    parser.add_argument("--keep", type=Path, help="leave disk, logs and pictures in this directory")
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        print("as root: a Debian is made and a package installed in it", file=sys.stderr)
        return 2
    width, _, height = arguments.size.partition("x")
    build = Build((int(width), int(height)), slowness=max(1.0, arguments.slowness))
    CACHE.mkdir(parents=True, exist_ok=True)
    report = Report(CACHE / "report.txt")
    directory = arguments.keep or CACHE / "run"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    numbers = range(arguments.first_cut, arguments.first_cut + arguments.cuts)
    wrong = _run(report, build, arguments.stages.split(","), numbers, directory)
    report.say("did not hold: " + "; ".join(report.wrong) if wrong else "everything holds")
    if not arguments.keep:
        shutil.rmtree(directory, ignore_errors=True)
    return 1 if wrong else 0


def _run(report: Report, build: Build, stages: Sequence[str], numbers: range, directory: Path) -> int:
    share = directory / "share"
    share.mkdir()
    package = next(PACKAGES.glob("dazheng_*.deb"))
    shutil.copyfile(package, share / "dazheng.deb")
    cuts.lay_out(share, ROOT / "sandbox")
    image = bare_machine(CACHE, report.say)
    disk = directory / "disk.img"
    _copy(_installed(image, package, build, directory, report), disk)
    with Outside(directory, disk, numbers.stop + 1) as outside:
        machine = Machine(image, outside.disk_socket, share, directory, build)
        try:
            machine.start()
            machine.wait_for_boot()
            if report.held("configured", lambda: installing.configure(machine, outside, report.say)):
                report.held("serves", lambda: checks.serves(machine))
                _stages(report, stages, numbers, machine, outside, directory)
        finally:
            machine.kill()
        report.say(f"QEMU ran for {machine.computing / 60:.1f} minutes; load of this machine {os.getloadavg()[0]:.0f}")
    return len(report.wrong)


def _stages(report: Report, stages: Sequence[str], numbers: range, machine: Machine, outside: Outside, directory: Path) -> None:
    def boots() -> None:
        machine.shut_down(240)
        machine.start()
        checks.boots(machine, report.say)

    acts: dict[str, tuple[str, Callable[[], object]]] = {
        "boot": ("boots with both units up", boots),
        "devices": (
            "kiosk doctor sees reader, camera and hardware watchdog",
            lambda: checks.sees_the_devices(machine, report.say),
        ),
        "unplug": ("a reader unplugged and plugged in again", lambda: checks.unplugging(machine, report.say)),
        "hang": ("a hung terminal is restarted", lambda: checks.hanging(machine, report.say)),
        "staff": ("what staff may ask of systemd", lambda: checks.restarts_by_staff(machine, report.say)),
        "keyboard": ("a keyboard is plugged in and its keys are pressed", lambda: checks.keyboard(machine, report.say)),
        "unguarded": (
            "without the package's setting those keys lead away",
            lambda: checks.unguarded_keyboard(machine, report.say),
        ),
        "print": ("one certificate is printed", lambda: _prints(report, machine, outside, directory)),
        "reset": ("the hardware watchdog starts a machine that stands still", lambda: checks.resets(machine, report.say)),
        "cuts": (f"{len(numbers)} power cuts", lambda: _cuts(report, machine, outside, numbers, directory)),
    }
    for stage in stages:
        name, act = acts[stage]
        if not report.held(name, act):
            _says_its_journal(report, machine)


def _says_its_journal(report: Report, machine: Machine) -> None:
    """What the units said last, for whoever looks for the reason."""
    try:
        said = machine.guest.sh("journalctl -u kiosk -u kiosk-watchdog -u kiosk-display -o short-monotonic --no-pager -n 24")
    except NOT_HELD as reason:
        said = f"no word from within: {reason}"
    for line in said.splitlines():
        report.say(f"    {line}")


def _prints(report: Report, machine: Machine, outside: Outside, directory: Path) -> None:
    serial = prints_one(machine, outside, directory / "pictures", report.say)
    report.say(f"the unit's log: {outside.sheets.last()[serial]}")
    report.say(f"ledgers: {checks.ledgers_hold(machine)}")


def _cuts(report: Report, machine: Machine, outside: Outside, numbers: range, directory: Path) -> None:
    with Cuts(machine, outside, report.say) as series:
        series.prepare()
        # SIGINT to this process: this cut is the last one; what was cut until then is counted all the same.
        enough = threading.Event()

        def last(_signal: int, _frame: FrameType | None) -> None:
            enough.set()

        signal.signal(signal.SIGINT, last)
        for number in numbers:
            series.cut(number)
            if enough.is_set():
                break
        signal.signal(signal.SIGINT, signal.default_int_handler)
        series.undisturbed(numbers.stop)
        wrong = [line for cut in series.cuts for line in cut.wrong] + series.count(directory / "read-out")
        lost = sum(cut.lost.gone for cut in series.cuts)
        report.say(
            f"{len(series.cuts)} cuts; {lost} unflushed blocks lost in all; counted afterwards: {wrong or 'everything holds'}"
        )
        if wrong:
            raise NotSo("; ".join(wrong))


def _installed(image: Image, package: Path, build: Build, directory: Path, report: Report) -> Path:
    """A disk on which this very package was installed in the running machine; kept for the next run."""
    mark = hashlib.sha256(image.disk.parent.name.encode() + package.read_bytes()).hexdigest()[:12]
    kept = CACHE / f"installed-{mark}.img"
    if kept.exists():
        return kept
    for old in CACHE.glob("installed-*.img"):
        old.unlink()
    draft = directory / "installing.img"
    _copy(image.disk, draft)
    with Outside(directory, draft, 0) as outside:
        machine = Machine(image, outside.disk_socket, directory / "share", directory, build)
        try:
            machine.start()
            machine.wait_for_boot()
            report.say("---- the package is installed in the running machine")
            installing.install(machine, report.say)
            machine.shut_down(240)
        finally:
            machine.kill()
    for left in ("platform", "unit", "platform.memory"):
        path = directory / left
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    draft.rename(kept)
    return kept


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "--sparse=always", str(source), str(target)], check=True)


if __name__ == "__main__":
    sys.exit(main())

"""Put the once-guard in front of a machine's printer, and look whether it is there as it must be.

    install(Places())            as root; may be run again at any time
    add_queue(server, queue, device_uri)
    complaints(Places(), server, queue)

The backend is installed with mode 0755, which is what tells CUPS to run it as its unprivileged user (lp) and not as root. The directory
of its tokens belongs to that user and to the terminal's group. What is set in CUPS's own files, and why:

    DirtyCleanInterval 0     a job is on disk at once: a scheduler that dies must not forget it
    SyncOnClose Yes          and really there
    ErrorPolicy abort-job    a job that failed is over; stock Debian says retry-job, which prints behind everybody's back
    JobRetryLimit 1          the same
    PreserveJobFiles No      no page lies about, and none can be sent again
    PreserveJobHistory Yes   recovery asks what became of a job by its name
    IdleExitTimeout 0        the scheduler does not leave while a terminal watches it
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

import cups

DRIVER_FOLDER = Path(__file__).parent
SCHEDULER = {
    "DirtyCleanInterval": "0",
    "ErrorPolicy": "abort-job",
    "JobRetryLimit": "1",
    "PreserveJobFiles": "No",
    "PreserveJobHistory": "Yes",
    "IdleExitTimeout": "0",
}
"""What is set in cupsd.conf."""
FILES = {"SyncOnClose": "Yes"}
"""What is set in cups-files.conf."""
DEFAULT_GUARD_DIRECTORY = Path("/var/lib/dazheng/once")


class InstallRefused(Exception):
    """It cannot be installed here; the integrator's turn. The message says what to put right."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where CUPS and the guard live on this machine. `user` runs the backends, `group` is the terminal's."""

    server_bin: Path = Path("/usr/lib/cups")
    cupsd_conf: Path = Path("/etc/cups/cupsd.conf")
    files_conf: Path = Path("/etc/cups/cups-files.conf")
    guard_directory: Path = DEFAULT_GUARD_DIRECTORY
    user: str = "lp"
    group: str = "lp"

    @property
    def backend(self) -> Path:
        return self.server_bin / "backend" / "once"

    @property
    def files(self) -> dict[str, str]:
        """What cups-files.conf must say here."""
        if self.guard_directory == DEFAULT_GUARD_DIRECTORY:
            return FILES
        return {**FILES, "SetEnv DAZHENG_ONCE_DIRECTORY": str(self.guard_directory)}


def install(places: Places) -> list[str]:
    """Backend, directory and settings; returns what was changed (then CUPS must be restarted). Raises `InstallRefused`."""
    try:
        changed = _install_backend(places) + _make_directory(places)
        for path, wanted in ((places.cupsd_conf, SCHEDULER), (places.files_conf, places.files)):
            changed += _configure(path, wanted)
    except (OSError, KeyError) as reason:
        raise InstallRefused(f"the once-guard cannot be installed: {reason}") from None
    return changed


def add_queue(server: str, queue: str, device_uri: str) -> None:
    """Make (or change) the queue that prints to `device_uri` through the guard. Raises `InstallRefused`."""
    uri = device_uri if device_uri.startswith("once:") else f"once:{device_uri}"
    try:
        connection = cups.Connection(host=server)
        connection.addPrinter(queue, filename=str(DRIVER_FOLDER / "certificate.ppd"), device=uri)
        connection.setPrinterErrorPolicy(queue, "abort-job")
        connection.enablePrinter(queue)
        connection.acceptJobs(queue)
    except (cups.IPPError, cups.HTTPError, RuntimeError) as reason:
        raise InstallRefused(f"queue {queue} cannot be made: {reason}") from None


def complaints(places: Places, server: str, queue: str) -> list[str]:
    """What is not as it must be; empty when everything is."""
    found: list[str] = []
    try:
        same = places.backend.read_bytes() == (DRIVER_FOLDER / "once_backend").read_bytes()
        mode = stat.S_IMODE(places.backend.stat().st_mode)
        if not same:
            found.append(f"{places.backend} is another version")
        if mode != 0o755:
            found.append(f"{places.backend} has mode {mode:04o}: CUPS runs a backend that others may not run as root")
    except OSError as reason:
        found.append(f"{places.backend}: {reason.strerror}")
    try:
        status = places.guard_directory.stat()
        if stat.S_IMODE(status.st_mode) & 0o7777 != 0o2770 or status.st_uid != _uid(places.user):
            found.append(f"{places.guard_directory} must belong to {places.user} with mode 2770")
    except (OSError, KeyError) as reason:
        found.append(f"{places.guard_directory}: {reason}")
    for path, wanted in ((places.cupsd_conf, SCHEDULER), (places.files_conf, places.files)):
        try:
            set_ = _settings(path.read_text("utf-8"))
            found += [f"{path}: {name} must be {value}" for name, value in wanted.items() if set_.get(name) != value]
        except OSError as reason:
            found.append(f"{path}: {reason.strerror}")
    return found + queue_complaints(server, queue)


def queue_complaints(server: str, queue: str) -> list[str]:
    """The same, of the queue alone: any user may ask."""
    try:
        wanted = ["device-uri", "printer-error-policy"]
        attributes = cups.Connection(host=server).getPrinterAttributes(queue, requested_attributes=wanted)
    except (cups.IPPError, cups.HTTPError, RuntimeError) as reason:
        return [f"queue {queue}: {reason}"]
    found: list[str] = []
    if not str(attributes.get("device-uri", "")).startswith("once:"):
        found.append(f"queue {queue} does not print through the once-guard")
    if attributes.get("printer-error-policy") != "abort-job":
        found.append(f"queue {queue} has another error policy than abort-job")
    return found


def _install_backend(places: Places) -> list[str]:
    content = (DRIVER_FOLDER / "once_backend").read_bytes()
    current = places.backend.read_bytes() if places.backend.exists() else None
    if current == content and stat.S_IMODE(places.backend.stat().st_mode) == 0o755:
        return []
    draft = places.backend.with_name(".once.new")  # CUPS does not list names that begin with a dot
    draft.write_bytes(content)
    draft.chmod(0o755)
    if os.geteuid() == 0:
        os.chown(draft, 0, 0)
    draft.replace(places.backend)
    return [str(places.backend)]


def _make_directory(places: Places) -> list[str]:
    directory = places.guard_directory
    made = not directory.exists()
    directory.mkdir(parents=True, exist_ok=True)
    status = directory.stat()
    uid, gid = _uid(places.user), grp.getgrnam(places.group).gr_gid
    if (status.st_uid, status.st_gid) != (uid, gid):
        os.chown(directory, uid, gid)
        made = True
    if stat.S_IMODE(status.st_mode) != 0o2770:
        made = True
    directory.chmod(0o2770)
    return [str(directory)] if made else []


def _configure(path: Path, wanted: dict[str, str]) -> list[str]:
    """Set directives outside of any section, each once; the file as it was is kept beside it, the first time."""
    text = path.read_text("utf-8")
    set_ = _settings(text)
    if all(set_.get(name) == value for name, value in wanted.items()):
        return []
    kept: list[str] = []
    depth = 0
    for line in text.splitlines():
        stripped = line.strip()
        depth += stripped.startswith("<") and not stripped.startswith("</")
        depth -= stripped.startswith("</")
        if depth or not any(stripped == name or stripped.startswith(f"{name} ") for name in wanted):
            kept.append(line)
    content = (
        "\n".join([*kept, "", "# Dazheng's once-guard (kiosk guard install)", *(f"{n} {v}" for n, v in wanted.items())]) + "\n"
    )
    before = path.with_name(f"{path.name}.before-dazheng")
    if not before.exists():
        shutil.copy2(path, before)
    draft = path.with_name(f".{path.name}.new")
    shutil.copy2(path, draft)
    draft.write_text(content, "utf-8")
    draft.replace(path)
    return [str(path)]


def _settings(text: str) -> dict[str, str]:
    """Directives outside of sections; the last one counts, as for CUPS. SetEnv counts with its variable's name."""
    found: dict[str, str] = {}
    depth = 0
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("<"):
            depth += -1 if stripped.startswith("</") else 1
        elif not depth and stripped and not stripped.startswith("#"):
            words = stripped.split()
            length = 2 if words[0] == "SetEnv" and len(words) > 1 else 1
            found[" ".join(words[:length])] = " ".join(words[length:])
    return found


def _uid(user: str) -> int:
    return pwd.getpwnam(user).pw_uid

"""Looking without touching: each probe asks one thing, through a handle of its own, and steals nothing.

A probe may block; each runs on a thread of its own (`Looking`), and one that does not come back is a finding too.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509

from kiosk.watchdog.health import Finding
from peripherals.card_reader import PcscReader
from peripherals.printer import ipp
from peripherals.printer.ipp import Group, Message, Operation, Status, Tag, attribute, operation_group

Look = Callable[[], Finding | None]

FREE_BYTES = 64 * 1024 * 1024
"""The same as the accept gate's (`kiosk.accept_gate`): a begun issuance must be able to end on disk."""
FREE_INODES = 500
EXPIRES_SOON_DAYS = 21
LONGEST_ANSWER = 1_000_000


class Looking:
    """Runs `look` every `interval` seconds on a thread of its own; `finding` is the newest, or that it does not come back."""

    def __init__(self, name: str, look: Look, interval: float, *, patience: float = 20.0) -> None:
        self._look = look
        self._interval = interval
        self._patience = patience
        self._newest: Finding | None = None
        self._looked = False
        self._asked_at: float | None = None
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"probe {name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Ends after the look that is under way; does not wait for it."""
        self._closing.set()

    @property
    def looked(self) -> bool:
        """Whether a first look has come back."""
        return self._looked

    @property
    def finding(self) -> Finding | None:
        asked_at = self._asked_at
        if asked_at is not None and time.monotonic() - asked_at > self._patience:
            return Finding("probe-silent", f"no answer for {self._patience:.0f} s")
        return self._newest

    def _run(self) -> None:
        while not self._closing.is_set():
            self._asked_at = time.monotonic()
            self._newest = self._look()
            self._asked_at = None
            self._looked = True
            self._closing.wait(self._interval)


def readers_look(readers: Sequence[PcscReader]) -> Look:
    """The readers as pcscd has them, seen through contexts of the watchdog's own (the caller opens them); the first that is not well."""

    def look() -> Finding | None:
        for reader in readers:
            status = reader.status()
            if not status.usable:
                return Finding(status.reasons[0] if status.reasons else str(status.state), status.detail)
        return None

    return look


def queue_look(server: str, queue: str, *, seconds: float = 2.5) -> Look:
    """cupsd's answer to Get-Printer-Attributes. `server`: a socket's path, or a host."""

    def look() -> Finding | None:
        uri = f"ipp://localhost/printers/{queue}"
        wanted = attribute("requested-attributes", Tag.KEYWORD, "printer-state", "printer-is-accepting-jobs")
        request = ipp.encode(Message(Operation.GET_PRINTER_ATTRIBUTES, 1, (operation_group(uri, wanted),)))
        connection = _CupsConnection(server, seconds)
        try:
            connection.request("POST", f"/printers/{queue}", request, {"Content-Type": "application/ipp"})
            answer, _ = ipp.decode(connection.getresponse().read(LONGEST_ANSWER))
        except (OSError, http.client.HTTPException, ValueError) as reason:
            return Finding("print-service-down", f"cupsd does not answer ({type(reason).__name__})")
        finally:
            connection.close()
        if answer.code == Status.NOT_FOUND:
            return Finding("queue-missing", "CUPS knows no such queue")
        if answer.code >= Status.BAD_REQUEST:
            return Finding("queue-refuses", f"CUPS answers {answer.code:#06x}")
        if answer.value("printer-is-accepting-jobs", Group.PRINTER) is False:
            return Finding("queue-rejects", "the queue accepts no jobs")
        return None

    return look


class _CupsConnection(http.client.HTTPConnection):
    """HTTP to cupsd, also over its unix socket."""

    def __init__(self, server: str, seconds: float) -> None:
        self._socket_path = server if server.startswith("/") else None
        host, _, port = ("localhost", "", "") if self._socket_path else server.partition(":")
        super().__init__(host, int(port) if port.isdigit() else 631, timeout=seconds)

    def connect(self) -> None:
        if self._socket_path is None:
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._socket_path)


def disk_look(directory: Path) -> Look:
    """Room and inodes where the store lies, and whether it may be written."""

    def look() -> Finding | None:
        place = directory
        while True:
            try:
                found = os.statvfs(place)
                break
            except OSError as reason:
                if place == place.parent:
                    return Finding("disk-fault", str(reason.strerror))
                place = place.parent
        if found.f_flag & os.ST_RDONLY:
            return Finding("disk-read-only", "the disk may only be read")
        if found.f_bavail * found.f_frsize < FREE_BYTES:
            return Finding("disk-full", f"{found.f_bavail * found.f_frsize // 2**20} MiB free")
        if found.f_files > 0 and found.f_favail < FREE_INODES:
            return Finding("disk-full", f"{found.f_favail} inodes free")
        return None

    return look


def expiries(files: Mapping[str, Path]) -> dict[str, datetime]:
    """When each certificate file expires: the earliest of those in it. Files that cannot be read are left out."""
    found: dict[str, datetime] = {}
    for name, path in files.items():
        with contextlib.suppress(OSError, ValueError):
            found[name] = min(one.not_valid_after_utc for one in x509.load_pem_x509_certificates(path.read_bytes()))
    return found


def certificates_look(files: Mapping[str, Path], clock: Callable[[], datetime]) -> Look:
    """Whether a certificate is missing, has expired or soon will."""

    def look() -> Finding | None:
        known = expiries(files)
        missing = sorted(set(files) - set(known))
        if missing:
            return Finding("certificate-unreadable", ", ".join(missing))
        for name, end in sorted(known.items(), key=lambda item: item[1]):
            days = (end - clock()).total_seconds() / 86_400
            if days < EXPIRES_SOON_DAYS:
                return Finding("certificate-expired" if days < 0 else "certificate-expires", f"{name}: {end:%Y-%m-%d}")
        return None

    return look


def platform_look(host: str, port: int, ca: Path, *, seconds: float = 4.0) -> Look:
    """A TLS handshake with the platform, ended at once: who we are is the terminal's to say, not ours."""

    def look() -> Finding | None:
        try:
            context = ssl.create_default_context(cafile=str(ca))
            with (
                socket.create_connection((host, port), timeout=seconds) as plain,
                context.wrap_socket(plain, server_hostname=host),
            ):
                return None
        except ssl.SSLCertVerificationError as reason:
            return Finding("platform-untrusted", reason.verify_message)
        except socket.gaierror:
            return Finding("platform-unknown", "its name cannot be resolved")
        except (OSError, ValueError) as reason:
            return Finding("platform-unreachable", type(reason).__name__)

    return look


def stop(lookings: Sequence[Looking]) -> None:
    for looking in lookings:
        looking.close()

"""A private cupsd with the terminal's own settings: our once-backend, one queue, jobs kept on disk at once.

It differs from a terminal's cupsd only in its paths: ServerRoot, socket, spool and ServerBin lie in one directory of its own, short
enough for a socket's name and open to the user as whom backends run, so that several run side by side and nothing is left behind.
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import cups

from peripherals import printer

QUEUE = "certificates"
SYSTEM_BACKENDS = Path("/usr/lib/cups/backend")
DRIVER_FOLDER = Path(printer.__file__).parent


class CupsDaemon:
    """cupsd in the foreground. `guarded` and `dirty_clean_seconds` are ours (True, 0) or those of stock CUPS (False, 30)."""

    def __init__(self, *, guarded: bool = True, dirty_clean_seconds: int = 0) -> None:
        self._directory = directory = Path(tempfile.mkdtemp(prefix="dazheng-cups-"))
        self._guarded = guarded
        self._dirty_clean_seconds = dirty_clean_seconds
        self.socket_path = directory / "cups.sock"
        self.guard_directory = directory / "once"
        self.spool = directory / "spool"
        self.backends = directory / "bin" / "backend"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def add_queue(self, device_uri: str, queue: str = QUEUE) -> None:
        """Make the queue that prints to `device_uri`, through the once-guard if this daemon is guarded."""
        uri = f"once:{device_uri}" if self._guarded else device_uri
        connection = cups.Connection(host=str(self.socket_path))
        connection.addPrinter(queue, filename=str(DRIVER_FOLDER / "certificate.ppd"), device=uri)
        # A job that failed is over: it is never tried again behind the terminal's back, and does not block the next.
        connection.setPrinterErrorPolicy(queue, "abort-job")
        connection.enablePrinter(queue)
        connection.acceptJobs(queue)

    def start(self) -> None:
        """Start it (again, on the same directory) and wait until it answers."""
        self._lay_out()
        self.socket_path.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            ["/usr/sbin/cupsd", "-f", "-c", str(self._directory / "cupsd.conf"), "-s", str(self._directory / "cups-files.conf")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket(socket.AF_UNIX) as probe:
                try:
                    probe.connect(str(self.socket_path))
                except OSError:
                    pass
                else:
                    return
            if self._process.poll() is not None:
                raise RuntimeError(f"cupsd ended with status {self._process.returncode}")
            time.sleep(0.01)
        raise RuntimeError("cupsd did not come up")

    def restart(self) -> None:
        """As systemd does."""
        self.stop()
        self.start()

    def freeze(self) -> None:
        """SIGSTOP: it is there and does not answer."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def stop(self) -> None:
        """End it and whatever it started."""
        self._end(signal.SIGTERM)

    def close(self) -> None:
        """End it for good and remove everything that it wrote."""
        self.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    def kill(self, *, backends_too: bool = False) -> None:
        """SIGKILL to the scheduler, as a crash would; its backends live on unless `backends_too`."""
        self._end(signal.SIGKILL, group=backends_too)

    def kill_backends(self) -> None:
        """SIGKILL to whatever the scheduler has started, not to the scheduler."""
        self._end_children()

    def _end(self, how: signal.Signals, *, group: bool = True) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        os.kill(process.pid, signal.SIGCONT)
        os.kill(process.pid, how)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if group:
            self._end_children()
        self.socket_path.unlink(missing_ok=True)

    def _end_children(self) -> None:
        """Backends run in process groups of their own: found by the directory in their environment; or, just forked, in the scheduler's
        own arguments.
        """
        scheduler = self._process.pid if self._process else 0
        while found := [pid for pid in self._started() if pid != scheduler]:
            for pid in found:
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.002)

    def _started(self) -> Iterator[int]:
        """Every living process of this scheduler."""
        markers = (("environ", f"CUPS_SERVERBIN={self._directory / 'bin'}"), ("cmdline", f"{self._directory}/cupsd.conf"))
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    if any(marker.encode() in (entry / name).read_bytes() for name, marker in markers):
                        yield int(entry.name)

    def _lay_out(self) -> None:
        root = self._directory
        for name in ("root/ppd", "root/ssl", "spool/tmp", "cache", "run/certs", "log", "bin/backend", "once"):
            (root / name).mkdir(parents=True, exist_ok=True)
        for name in ("filter", "cgi-bin", "daemon", "monitor", "notifier", "driver"):
            link = root / "bin" / name
            if not link.exists():
                link.symlink_to(Path("/usr/lib/cups") / name)
        for name in ("ipp", "ipps", "socket", "usb"):
            link = root / "bin" / "backend" / name
            if not link.exists() and (SYSTEM_BACKENDS / name).exists():
                # A copy: a backend that others may not run would be started as root.
                shutil.copy2(SYSTEM_BACKENDS / name, link)
                link.chmod(0o755)
        backend = root / "bin" / "backend" / "once"
        shutil.copy2(DRIVER_FOLDER / "once_backend", backend)
        backend.chmod(0o755)
        user = self._user()
        (root / "cupsd.conf").write_text(
            f"Listen {self.socket_path}\nLogLevel warn\nBrowsing Off\nWebInterface No\nDefaultAuthType None\n"
            f"DirtyCleanInterval {self._dirty_clean_seconds}\nPreserveJobHistory 3600\nPreserveJobFiles No\nMaxJobs 100\n"
            "MaxHoldTime 1\nJobRetryLimit 1\nJobKillDelay 5\n"
            "<Location />\nOrder allow,deny\nAllow all\n</Location>\n"
            "<Policy default>\nJobPrivateAccess all\nJobPrivateValues none\nSubscriptionPrivateAccess all\nSubscriptionPrivateValues none\n"
            "<Limit All>\nAuthType None\nOrder deny,allow\n</Limit>\n</Policy>\n"
        )
        (root / "cups-files.conf").write_text(
            f"ServerRoot {root}/root\nServerBin {root}/bin\nDataDir /usr/share/cups\nCacheDir {root}/cache\nStateDir {root}/run\n"
            f"RequestRoot {root}/spool\nTempDir {root}/spool/tmp\nDocumentRoot /usr/share/cups/doc-root\n"
            f"ErrorLog {root}/log/error_log\nAccessLog {root}/log/access_log\nPageLog {root}/log/page_log\n"
            f"SystemGroup {grp.getgrgid(os.getgid()).gr_name}\n{user}SyncOnClose Yes\nFatalErrors none\n"
            f"SetEnv DAZHENG_ONCE_DIRECTORY {self.guard_directory}\n"
        )

    def _user(self) -> str:
        """As root, backends run as lp, the least that CUPS knows; the guard's directory is theirs."""
        if os.geteuid() != 0:
            return ""
        lp = pwd.getpwnam("lp")
        os.chown(self.guard_directory, lp.pw_uid, lp.pw_gid)
        self._directory.chmod(0o755)
        return "User lp\nGroup lp\n"

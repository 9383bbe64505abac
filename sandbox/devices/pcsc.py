"""A private pcscd with one virtual reader (vpcd), on a socket and ports of its own.

pcscd's socket path is compiled in, but like systemd we can hand it a listening socket (LISTEN_FDS); clients find it by the
environment variable PCSCLITE_CSOCK_NAME. libpcsclite reads it once a process, at the first PC/SC call (not at import), and keeps to
it: a process can know one path only, so its daemons follow one another in one directory. Several processes run side by side, and
beside the machine's own pcscd. vpcd gives two slots on two neighbouring ports; only the first is used.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
READER = "Dazheng Virtual Reader"
ENVIRONMENT = "PCSCLITE_CSOCK_NAME"
SOCKET_PATH_BYTES = 108
"""sun_path of unix(7), with its closing zero."""


class PcscDaemon:
    """pcscd in the foreground, with its configuration and socket in `directory` (keep the path short: it names a socket).

    `port` is where the virtual card connects, the same for each `start`.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.socket_path = directory / "pcscd.comm"
        if len(os.fsencode(self.socket_path)) >= SOCKET_PATH_BYTES:
            raise ValueError(f"a socket's path has at most {SOCKET_PATH_BYTES - 1} bytes: {self.socket_path}")
        self.port = _free_pair()
        self._process: subprocess.Popen[bytes] | None = None
        self._stale = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def environment(self) -> dict[str, str]:
        """What a client process needs to find this daemon."""
        return {ENVIRONMENT: str(self.socket_path)}

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, *, with_reader: bool = True, reader: str = READER) -> None:
        """Start it (again, on the same socket and ports) and wait until the reader, called `reader`, is there; or with none."""
        readers = self._directory / "readers"
        readers.mkdir(parents=True, exist_ok=True)
        (readers / "virtual").write_text(
            f'FRIENDLYNAME "{reader}"\nDEVICENAME /dev/null:{self.port:#x}\nLIBPATH {DRIVER}\nCHANNELID {self.port:#x}\n'
            if with_reader
            else "# the reader is unplugged\n"
        )
        self.socket_path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self.socket_path))
        listener.listen(64)
        with listener, (self._directory / "pcscd.log").open("ab") as log:
            handle = listener.fileno()
            # LISTEN_PID must be pcscd's own: the shell becomes it (bash, because dash knows only handles up to 9).
            script = f'exec 3<&{handle}; LISTEN_PID=$$ LISTEN_FDS=1 exec /usr/sbin/pcscd --foreground --config "$0"'
            self._process = subprocess.Popen(
                ["/bin/bash", "-c", script, str(readers)],
                pass_fds=(handle,),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if with_reader:
            _wait_for_port(self.port, self._process)

    def stop(self) -> None:
        """End it and remove its socket and configuration; the directory is the caller's."""
        self._end(signal.SIGTERM)
        shutil.rmtree(self._directory / "readers", ignore_errors=True)
        (self._directory / "pcscd.log").unlink(missing_ok=True)

    def restart(self) -> None:
        """As systemd does. Raises `RuntimeError` where a stale socket lies, as a pcscd without a socket unit would end then."""
        self._end(signal.SIGTERM, unlink=not self._stale)
        if self._stale:
            raise RuntimeError("a socket lies there that nobody listens on")
        self.start()

    def kill(self, *, stale: bool = False) -> None:
        """SIGKILL, as a crash would; clients find no service until `start`. `stale`: its socket is left behind, and it does not start
        again before somebody has removed it (as measured of a pcscd that makes its socket by itself).
        """
        self._stale = stale
        self._end(signal.SIGKILL, unlink=not stale)

    def clear_and_start(self) -> None:
        """Remove what a dead one left behind, and start it."""
        self._stale = False
        self._end(signal.SIGKILL)
        self.start()

    def freeze(self) -> None:
        """SIGSTOP: it is there and does not answer."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """SIGCONT."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def _end(self, how: signal.Signals, *, unlink: bool = True) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.send_signal(how)
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if unlink:
            self.socket_path.unlink(missing_ok=True)


def _free_pair() -> int:
    """A port P such that P and P+1 are free on loopback."""
    for _ in range(200):
        with contextlib.ExitStack() as stack:
            first = stack.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            second = stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                second.bind(("127.0.0.1", port + 1))
                return port
    raise RuntimeError("no two neighbouring free ports")


def _wait_for_port(port: int, process: subprocess.Popen[bytes], seconds: float = 10.0) -> None:
    """Wait until this pcscd's driver listens for the card (/proc tells: a connection would count as a card)."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if any(f"socket:[{inode}]" in _open_files(process.pid) for inode in _listeners(port)):
            return
        if process.poll() is not None:
            raise RuntimeError(f"pcscd ended with status {process.returncode}")
        time.sleep(0.005)
    raise RuntimeError("pcscd's virtual reader did not come up")


def _listeners(port: int) -> list[str]:
    """Inodes of the sockets that listen on `port` (proc(5), net/tcp: 0A is LISTEN)."""
    found: list[str] = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(FileNotFoundError):
            rows = [line.split() for line in Path(table).read_text().splitlines()[1:]]
            found += [row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"]
    return found


def _open_files(pid: int) -> set[str]:
    found: set[str] = set()
    with contextlib.suppress(FileNotFoundError, PermissionError):
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                found.add(str(handle.readlink()))
    return found

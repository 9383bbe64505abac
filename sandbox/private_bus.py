"""A D-Bus of one's own: dbus-daemon on a socket in a directory, which ends with whoever began it."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

_CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>custom</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


class PrivateBus:
    """The daemon; `address` is where clients connect. `directory` must be short enough for a socket's name."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.address = f"unix:path={directory / 'bus'}"
        self._daemon: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        configuration = self._directory / "bus.conf"
        configuration.write_text(_CONFIGURATION.format(socket=self._directory / "bus"), "utf-8")
        self._daemon = subprocess.Popen(
            ["/usr/bin/dbus-daemon", f"--config-file={configuration}", "--nofork", "--nopidfile", "--print-address"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        assert self._daemon.stdout is not None
        if not self._daemon.stdout.readline():
            raise RuntimeError(f"dbus-daemon ended with status {self._daemon.wait()}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._daemon is not None:
            self._daemon.terminate()
            self._daemon.wait()

"""A software TPM 2.0 (swtpm) in a process of its own, for tests: what it has counted outlives every directory that a test puts back."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest


class SoftwareTpm:
    """Runs from its making until `off`; its state lies in `directory`."""

    def __init__(self, directory: Path) -> None:
        if shutil.which("swtpm") is None or shutil.which("tpm2_unseal") is None:
            pytest.fail("swtpm and tpm2-tools are not installed (deploy/packages.txt)")
        self._directory = directory
        directory.mkdir()
        self._port = _free_ports()
        self.tcti = f"swtpm:host=127.0.0.1,port={self._port}"
        self.on()

    def on(self) -> None:
        self._process = subprocess.Popen(
            ["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self._directory}", "--flags", "not-need-init,startup-clear",
             "--server", f"type=tcp,port={self._port},disconnect", "--ctrl", f"type=tcp,port={self._port + 1}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _answers(self._port)

    def off(self) -> None:
        self._process.kill()
        self._process.wait()


def _free_ports() -> int:
    """A free port whose neighbour is free, too."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            with socket.socket() as second:
                try:
                    second.bind(("127.0.0.1", port + 1))
                except OSError:
                    continue
        return port


def _answers(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port + 1), 1).close()
        except OSError:
            assert time.monotonic() < deadline, "the software TPM does not answer"
            time.sleep(0.05)
        else:
            return

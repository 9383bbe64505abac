"""Words to the machine's inside: QEMU's guest agent (qga) on a unix socket. What somebody with a keyboard and root's password could do.

Commands run as root unless they change user themselves. Everything waits, and raises `Deaf` when it waited too long.
"""

from __future__ import annotations

import base64
import contextlib
import json
import shlex
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

FIRST_LOOK, LONGEST_LOOK = 0.1, 2.0
"""Seconds until it is asked whether a command has ended; each time longer, for asking costs the slow processors too."""


class Deaf(Exception):
    """The guest agent did not answer in time."""


class CommandFailed(Exception):
    """A command inside ended with another status than 0."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command's exit status and what it printed."""

    status: int
    out: str
    err: str


class Guest:
    """One running machine's agent. `path` is QEMU's end; every patience is `slowness` times longer."""

    def __init__(self, path: Path, slowness: float = 1.0) -> None:
        self._slowness = slowness
        self._line = socket.socket(socket.AF_UNIX)
        self._line.connect(str(path))
        self._heard = b""
        self._syncs = 0

    def close(self) -> None:
        self._line.close()

    def awaits(self, seconds: float) -> None:
        """Until the agent answers."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._syncs += 1
            with contextlib.suppress(TimeoutError):
                self._send({"execute": "guest-sync", "arguments": {"id": self._syncs}})
                while self._answer(1.0).get("return") != self._syncs:
                    pass
                return
        raise Deaf("the machine's agent")

    def run(self, *words: str, seconds: float = 60.0, typed: str = "") -> Done:
        """Run a command to its end; `typed` is its standard input."""
        arguments: dict[str, Any] = {"path": words[0], "arg": list(words[1:]), "capture-output": True}
        if typed:
            arguments["input-data"] = base64.b64encode(typed.encode()).decode()
        pid = self._ask("guest-exec", **arguments)["pid"]
        deadline = time.monotonic() + seconds * self._slowness
        pause = FIRST_LOOK
        while True:
            told = self._ask("guest-exec-status", pid=pid)
            if told["exited"]:
                return Done(told.get("exitcode", -1), _text(told, "out-data"), _text(told, "err-data"))
            if time.monotonic() > deadline:
                raise Deaf(shlex.join(words))
            time.sleep(pause)
            pause = min(1.5 * pause, LONGEST_LOOK)

    def sh(self, script: str, *, seconds: float = 60.0) -> str:
        """What a shell script prints. Raises `CommandFailed`."""
        done = self.run("/bin/sh", "-c", f"export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8; {script}", seconds=seconds)
        if done.status:
            raise CommandFailed(f"{script!r} ended with {done.status}: {(done.err or done.out).strip()[-800:]}")
        return done.out.strip()

    def write(self, path: str, content: bytes) -> None:
        handle = self._ask("guest-file-open", path=path, mode="w")
        for begin in range(0, len(content), 32768):
            part = base64.b64encode(content[begin : begin + 32768]).decode()
            self._ask("guest-file-write", handle=handle, **{"buf-b64": part})
        self._ask("guest-file-close", handle=handle)

    def read(self, path: str) -> bytes | None:
        """The first 48 kB of a file; None where there is none."""
        try:
            handle = self._ask("guest-file-open", path=path, mode="r")
        except CommandFailed:
            return None
        content = base64.b64decode(self._ask("guest-file-read", handle=handle, count=48 * 1024)["buf-b64"])
        self._ask("guest-file-close", handle=handle)
        return content

    def _ask(self, command: str, **arguments: Any) -> Any:
        self._send({"execute": command, "arguments": arguments})
        try:
            answer = self._answer(30.0 * self._slowness)
        except TimeoutError:
            raise Deaf(command) from None
        if "error" in answer:
            raise CommandFailed(f"{command}: {answer['error'].get('desc', '')}")
        return answer["return"]

    def _send(self, request: dict[str, Any]) -> None:
        self._line.sendall(f"{json.dumps(request)}\n".encode())

    def _answer(self, seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while b"\n" not in self._heard:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._line.settimeout(left)
            part = self._line.recv(65536)
            if not part:
                raise Deaf("the machine is off")
            self._heard += part
        line, _, self._heard = self._heard.partition(b"\n")
        return cast("dict[str, Any]", json.loads(line.lstrip(b"\xff") or b"{}"))


def _text(told: dict[str, Any], key: str) -> str:
    return base64.b64decode(told.get(key, "")).decode("utf-8", "replace")

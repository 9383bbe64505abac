"""Runs inside the machine, in kiosk.service and in the place of `kiosk run`, while the power is cut: the installed terminal without its
window, with a citizen who answers at once, as in the fault runs (`sandbox.faults.terminal`).

    /usr/bin/python3 -I visitor.py HOST PORT

Everything but the window is the installed package in /usr/lib/dazheng: settings, store, journeys, guard, queue, heartbeat. The director
at HOST:PORT says first who comes ({"index", "code"}; index -1: nobody), and then decides at each commit of an issuance's state.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

sys.path[:0] = ["/usr/lib/dazheng", str(Path(__file__).resolve().parents[2])]

from kiosk import journald  # noqa: E402 - found where the line above says
from kiosk.settings import load  # noqa: E402
from kiosk.terminal import Terminal  # noqa: E402
from kiosk.watchdog.messages import Heartbeat  # noqa: E402
from kiosk.watchdog.pulse import Pulse  # noqa: E402
from sandbox.faults import terminal  # noqa: E402
from sandbox.faults.people import citizen  # noqa: E402

SETTINGS = Path("/etc/dazheng/kiosk.toml")


def main() -> int:
    journald.set_up()
    settings = load(SETTINGS)
    host, port = sys.argv[1], int(sys.argv[2])

    async def beside(running: Terminal) -> None:
        """Heartbeat to systemd and to the watchdog, as behind the window."""

        async def heartbeat() -> Heartbeat:
            return running.heartbeat()

        await Pulse(settings.watchdog.socket_directory, heartbeat, running.wellbeing.advised).beat()

    with socket.create_connection((host, port)) as channel:
        who = json.loads(_line(channel))
        person = citizen(who["index"]) if who["index"] >= 0 else None
        return terminal.run(settings, channel, person, bytes.fromhex(who["code"]), lambda: 0.0, float, beside)


def _line(channel: socket.socket) -> bytes:
    """One line and nothing after it: what follows is for others to read."""
    line = b""
    while not line.endswith(b"\n"):
        byte = channel.recv(1)
        if not byte:
            raise EOFError("the director has gone")
        line += byte
    return line


if __name__ == "__main__":
    sys.exit(main())

"""A virtual UPS behind a virtual upsd: the network protocol of NUT over TCP, with faults."""

from __future__ import annotations

import socketserver
import threading
from types import TracebackType
from typing import Literal, Self

UpsFault = Literal["silence", "unknown", "stale", "noise", "half"]


class VirtualUps:
    """`status`: the words of ups.status ("OL", "OB DISCHRG", "OB LB", …). Answers for one UPS, called `name`."""

    def __init__(self, name: str = "terminal") -> None:
        self.name = name
        self.status = "OL CHRG"
        self.charge, self.runtime = 100, 1800
        self.fault: UpsFault | None = None
        upsd = self

        class Line(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                for line in self.rfile:
                    answer = upsd.answer(line.decode("ascii", "replace").strip())
                    if answer is None:
                        return
                    self.wfile.write(answer)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line)
        self._server.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="virtual upsd", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def line(self) -> str:
        """The settings line that opens it."""
        return f"nut:{self.name}@127.0.0.1?port={self._server.server_address[1]}"

    def answer(self, command: str) -> bytes | None:
        """None: it hangs up."""
        variables = {"battery.charge": str(self.charge), "battery.runtime": str(self.runtime), "ups.status": self.status}
        if command == "LOGOUT":
            return None
        if command != f"LIST VAR {self.name}" or self.fault == "unknown":
            return b"ERR UNKNOWN-UPS\n"
        lines = [f"BEGIN LIST VAR {self.name}", *(f'VAR {self.name} {key} "{value}"' for key, value in variables.items())]
        whole = "\n".join([*lines, f"END LIST VAR {self.name}", ""]).encode()
        return {"silence": None, "stale": b"ERR DATA-STALE\n", "noise": b"\xff\xfe\x00\n" * 9, "half": whole[:40]}.get(
            self.fault or "", whole
        )

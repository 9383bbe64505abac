"""The desk: a page in the browser from which anybody can be the citizen's hands, the staff's, and bad luck itself.

It lays cards on the virtual reader, holds codes before the virtual camera, takes pages from the virtual outlet, loads blanks and
breaks things. It speaks to the terminal only as the world does: through the devices and the platform. Loopback only.

Where no watchdog runs the desk listens in its place to what the terminal says of its devices.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fastapi import FastAPI, HTTPException
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from kiosk.watchdog.messages import TERMINAL, WATCHDOG, Heartbeat, Post
from sandbox.hall import FIRST_BLANK, STAFF_PIN, Hall
from sandbox.loopback import LoopbackPage
from sandbox.people import BY_SLUG

PAGE = Path(__file__).with_name("desk.html")
STRANGE_CARDS = {"foreign": "a bank card", "mute": "a card that says nothing", "broken": "a card with broken records"}
STAFF = "staff-"
CODES = {"now": "valid now", "expired": "of yesterday", "early": "of tomorrow"}
PRINTER_FAULTS = ("jam", "media-empty", "cover-open", "toner-empty", "output-area-full", "offline", "slow", "abort")
PLATFORM_FAULTS = ("cut", "500", "garbage", "half", "nothing", "slow", "expired")
SILENT_SECONDS = 3.0
"""After so long without a word the terminal says nothing."""
CAMERA_FAULTS = ("frozen", "black", "noise", "garbage", "slow", "silent", "dead")


class Act(BaseModel):
    """One thing that a hand does: `what` to `which`."""

    what: str
    which: str = ""


class Desk(LoopbackPage):
    """The desk of `hall` as a web page on a free loopback port."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        self._laid = ""
        self._held = ""
        self._camera_fault = ""
        self._platform_fault = ""
        self._next_blank = FIRST_BLANK + 1000
        self._lock = threading.Lock()
        self.restarts = False
        """Whether the terminal is being started anew right now."""
        self._post: Post | None = None
        self._heard: tuple[float, Heartbeat] | None = None
        super().__init__(self._app(), "desk")

    def __enter__(self) -> Self:
        if self._hall.watchdog is None:
            self._post = Post(self._hall.run_directory, WATCHDOG, TERMINAL)
        return super().__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        super().__exit__(kind, error, trace)
        if self._post is not None:
            self._post.close()

    def _app(self) -> FastAPI:
        app = FastAPI(title="Dazheng desk", docs_url=None, redoc_url=None, openapi_url=None)

        @app.get("/")
        def page() -> HTMLResponse:  # pyright: ignore[reportUnusedFunction]
            return HTMLResponse(PAGE.read_text("utf-8"))

        @app.get("/state")
        def state() -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
            return self.state()

        @app.get("/pages/{serial}.png")
        def picture(serial: str) -> Response:  # pyright: ignore[reportUnusedFunction]
            sheet = next((each for each in self._hall.printer.printed if each.serial == serial), None)
            if sheet is None:
                raise HTTPException(404)
            drawn = subprocess.run(
                ["pdftoppm", "-png", "-r", "80", "-singlefile", str(sheet.path), "-"], capture_output=True, check=True, timeout=30
            )
            return Response(drawn.stdout, media_type="image/png")

        @app.post("/act")
        def act(asked: Act) -> dict[str, Any]:  # pyright: ignore[reportUnusedFunction]
            hand = self._hands().get(asked.what)
            if hand is None:
                raise HTTPException(404, f"no hand can {asked.what}")
            with self._lock:
                try:
                    hand(asked.which)
                except (KeyError, ValueError):
                    raise HTTPException(422, f"{asked.what} what?") from None
                except RuntimeError as failed:
                    raise HTTPException(409, str(failed)) from None
            return self.state()

        return app

    # ---- what is to be seen ----------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """Everything that the page shows."""
        hall, core = self._hall, self._hall.platform.core
        outlet = {sheet.serial for sheet in hall.printer.outlet}
        return {
            "people": [
                {
                    "slug": each.slug,
                    "name": each.name,
                    "about": each.about,
                    "appointment": each.appointment,
                    "page": each.travels is not None,
                }
                for each in hall.options.visitors
            ],
            "strange_cards": STRANGE_CARDS,
            "staff": {"cards": sorted(hall.staff_cards), "pin": STAFF_PIN},
            "codes": CODES,
            "laid": self._laid if hall.reader.occupied else "",
            "held": self._held,
            "phones": [{"phone": each.phone, "digits": each.digits} for each in core.messages[-3:]],
            "pages": [{"serial": each.serial, "waits": each.serial in outlet} for each in hall.printer.printed],
            "blanks": hall.printer.blanks_left,
            "reports": [{"certificate": each.certificate_id, "outcome": each.outcome.value} for each in core.reports],
            "calls": [call.reason for _, call in core.calls],
            "printer_fault": hall.printer.present_fault or "",
            "platform_fault": self._platform_fault,
            "camera_fault": self._camera_fault,
            "printer_faults": PRINTER_FAULTS,
            "platform_faults": PLATFORM_FAULTS,
            "camera_faults": CAMERA_FAULTS,
            **self._terminal_says(),
            "daemons": {"pcscd": hall.pcsc.running, "cupsd": hall.cups.running, "terminal": self._terminal_runs()},
        }

    def _terminal_says(self) -> dict[str, Any]:
        """Its devices, and what keeps it from printing."""
        while self._post is not None and (word := self._post.receive(Heartbeat)) is not None:
            self._heard = (time.monotonic(), word)
        if self._heard is None or time.monotonic() - self._heard[0] > SILENT_SECONDS:
            return {"says": "nothing", "devices": []}
        said = self._heard[1]
        devices = [{"name": each.name, "state": each.state, "reasons": each.reasons} for each in said.devices]
        return {"says": ", ".join(said.obstacles) or ("serving" if said.serving else "starting"), "devices": devices}

    # ---- hands -----------------------------------------------------------------------------------------------------------

    def _hands(self) -> dict[str, Callable[[str], None]]:
        return {
            "lay": self._lay,
            "lift": self._lift,
            "hold": self._hold,
            "page": self._show_page,
            "lower": self._lower,
            "take": lambda _: _ignored(self._hall.printer.take()),
            "load": self._load,
            "printer": self._break_printer,
            "platform": self._break_platform,
            "camera": self._break_camera,
            "daemon": self._toggle_daemon,
        }

    def _lay(self, which: str) -> None:
        self._hall.lift_card()
        if which in STRANGE_CARDS:
            self._hall.lay_strange_card(which)
        elif which.startswith(STAFF):
            self._hall.lay_staff_card(which.removeprefix(STAFF))
        else:
            self._hall.lay_card(which)
        self._laid = which

    def _lift(self, _: str) -> None:
        self._hall.lift_card()
        self._laid = ""

    def _hold(self, which: str) -> None:
        slug, _, when = which.partition(":")
        begins = {"": 0, "now": 0, "expired": -26, "early": 26}[when]
        if slug not in BY_SLUG:
            raise ValueError(slug)
        self._hall.show_code(slug, begins=timedelta(hours=begins))
        self._held = which

    def _show_page(self, which: str) -> None:
        if BY_SLUG[which].travels is None:
            raise ValueError(which)
        self._hall.show_page(which)

    def _lower(self, _: str) -> None:
        self._hall.hide_code()
        self._held = ""

    def _load(self, which: str) -> None:
        count = int(which)
        if not 1 <= count <= 100:
            raise ValueError(which)
        self._hall.load_blanks([f"{self._next_blank + index:011d}" for index in range(count)])
        self._next_blank += count

    def _break_printer(self, which: str) -> None:
        if which and which not in PRINTER_FAULTS:
            raise ValueError(which)
        self._hall.printer.fault(which or None)  # type: ignore[arg-type]

    def _break_platform(self, which: str) -> None:
        if which and which not in PLATFORM_FAULTS:
            raise ValueError(which)
        self._hall.platform.fault(which or None)  # type: ignore[arg-type]
        self._platform_fault = which

    def _break_camera(self, which: str) -> None:
        if which and which not in CAMERA_FAULTS:
            raise ValueError(which)
        self._hall.camera.fault(which or None)  # type: ignore[arg-type]
        self._camera_fault = which

    def _toggle_daemon(self, which: str) -> None:
        hall = self._hall
        match which:
            case "pcscd":
                hall.pcsc.kill() if hall.pcsc.running else hall.pcsc.start()
            case "cupsd":
                hall.cups.kill() if hall.cups.running else hall.cups.start()
            case "terminal":
                self._restart_terminal()
            case _:
                raise ValueError(which)

    def _restart_terminal(self) -> None:
        """kill -9, and start it again, as systemd would."""
        hall = self._hall
        self.restarts = True
        try:
            if hall.terminals and hall.terminals[-1].poll() is None:
                hall.terminals[-1].kill()
                hall.terminals[-1].wait()
            hall.start_terminal(hall.display)
        finally:
            self.restarts = False

    def _terminal_runs(self) -> bool:
        return bool(self._hall.terminals) and self._hall.terminals[-1].poll() is None


def _ignored(_: object) -> None:
    """A hand gives nothing back."""

"""`kiosk watchdog`: probes, care, metrics and the terminal's heartbeat, put together. One round a second until SIGTERM."""

from __future__ import annotations

import contextlib
import select
import shutil
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from kiosk import events
from kiosk.settings import Settings
from kiosk.watchdog import plan
from kiosk.watchdog.care import Care
from kiosk.watchdog.hands import TwoHands
from kiosk.watchdog.health import Finding
from kiosk.watchdog.memory import Memory
from kiosk.watchdog.messages import ISSUING, TERMINAL, WATCHDOG, Advice, Heartbeat, Post
from kiosk.watchdog.metrics import Metrics
from kiosk.watchdog.notify import Notifier
from kiosk.watchdog.plan import Plan
from kiosk.watchdog.probes import (
    Looking,
    certificates_look,
    disk_look,
    expiries,
    platform_look,
    queue_look,
    readers_look,
    stop,
)
from kiosk.watchdog.sign import IssuingSign
from kiosk.watchdog.supervisor import Systemd
from peripherals.card_reader import PcscReader

ROUND_SECONDS = 1.0
SILENT_SECONDS = 15.0
"""A terminal whose event loop was not heard for so long hangs."""
STARTING_SECONDS = 90.0
"""How long a terminal may take to come up, from our start or its own."""
EXPIRIES_SECONDS = 600.0


class WatchdogUnusable(Exception):
    """The watchdog cannot begin: another one runs, or its directories are not there. The integrator's turn."""


class Watchdog:
    """One terminal's watchdog."""

    def __init__(self, settings: Settings, notifier: Notifier | None = None, *, haste: float = 1.0) -> None:
        """Opens sockets, state file and metrics. `haste`: how much faster its clocks go, for rehearsals. Raises `WatchdogUnusable`."""
        mine = settings.watchdog
        self._notifier = notifier or Notifier()
        self._plan = Plan.of(settings)
        self._store = settings.store.path.parent
        self._haste = haste
        self._zero = time.monotonic(), time.time()
        self._began = self._monotonic()
        self._heard: float | None = None
        self._not_serving_since: float | None = None
        self._heartbeat: Heartbeat | None = None
        self._ended = False
        with contextlib.ExitStack() as stack:
            try:
                mine.socket_directory.mkdir(parents=True, exist_ok=True)
                mine.state.parent.mkdir(parents=True, exist_ok=True)
                self._post = stack.enter_context(Post(mine.socket_directory, WATCHDOG, TERMINAL))
                self.metrics = Metrics(mine.metrics_port)
            except OSError as reason:
                raise WatchdogUnusable(f"{mine.socket_directory}, port {mine.metrics_port}: {reason}") from None
            stack.callback(self.metrics.close)
            sign = IssuingSign(mine.socket_directory / ISSUING)
            memory = Memory(mine.state, self._wall())
            loop = memory.started(self._wall(), _boot())
            hands = TwoHands(Systemd(mine.bus), self._post, sign)
            self.care = Care(hands, memory, self._monotonic, self._wall, self.metrics.remedy, loop or "")
            for part in self._plan.standing():
                self.care.look_after(part)
            lines = [line.partition(":") for line in settings.card_reader.lines]
            self._readers = [PcscReader("watchdog", match) for kind, _, match in lines if kind == "pcsc"]
            for reader in self._readers:
                stack.callback(reader.close)
            self._files = {
                "terminal": settings.platform.certificate,
                "platform-ca": settings.platform.ca,
                "registry-root": settings.trust.registry_root,
                "platform-root": settings.trust.platform_root,
            }
            self._lookings = self._probes(settings)
            stack.callback(stop, list(self._lookings.values()))
            self._stack = stack.pop_all()
        if memory.damaged:
            events.WATCHDOG_FORGOT.tell()
        if loop:
            events.WATCHDOG_HOLDS_BACK.tell(loop=loop)

    def close(self) -> None:
        self._stack.close()

    def run(self) -> None:
        """Watch until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        for reader in self._readers:
            reader.open()
        for looking in self._lookings.values():
            looking.start()
        events.WATCHDOG_STARTED.tell(parts=len(self.care.patients), port=self.metrics.port)
        self._notifier.tell(READY="1", STATUS="watching")
        known: dict[str, datetime] = {}
        known_at = -EXPIRIES_SECONDS
        while not self._ended:
            self._listen(ROUND_SECONDS)
            advice = self.care.round(self._findings(), quiet=self._quiet)
            self._post.send(advice)
            if time.monotonic() - known_at >= EXPIRIES_SECONDS:
                known, known_at = expiries(self._files), time.monotonic()
            self._publish(known)
            self._notifier.tell(WATCHDOG="1", STATUS=_status(advice))
        self._notifier.tell(STOPPING="1")

    def _monotonic(self) -> float:
        return (time.monotonic() - self._zero[0]) * self._haste

    def _wall(self) -> float:
        return self._zero[1] + (time.time() - self._zero[1]) * self._haste

    # ---- what is known ---------------------------------------------------------------------------------------------------

    @property
    def _quiet(self) -> bool:
        """Nobody is being served; a terminal that cannot say so serves nobody."""
        return self._heartbeat is None or self._age > SILENT_SECONDS or self._heartbeat.quiet

    @property
    def _age(self) -> float:
        return self._monotonic() - (self._began if self._heard is None else self._heard)

    def _listen(self, seconds: float) -> None:
        """Take in what the terminal says, for `seconds`."""
        deadline = time.monotonic() + seconds
        while not self._ended and (left := deadline - time.monotonic()) > 0:
            # A signal interrupts nothing here (PEP 475): look at `_ended` often enough.
            if not select.select([self._post], [], [], min(left, 0.25))[0]:
                continue
            while (heartbeat := self._post.receive(Heartbeat)) is not None:
                self._take(heartbeat)

    def _take(self, heartbeat: Heartbeat) -> None:
        now = self._monotonic()
        if heartbeat.serving:
            self._not_serving_since = None
        elif self._not_serving_since is None or (self._heartbeat and self._heartbeat.pid != heartbeat.pid):
            self._not_serving_since = now
        self._heartbeat, self._heard = heartbeat, now

    def _findings(self) -> dict[str, Finding | None]:
        found = {name: looking.finding for name, looking in self._lookings.items() if looking.looked or looking.finding}
        found[plan.TERMINAL] = self._terminal_finding()
        heartbeat = self._heartbeat
        if heartbeat is None or self._age > SILENT_SECONDS:
            return found
        found[plan.CLOCK] = Finding("clock-wrong", "differs from the platform's signed time") if heartbeat.clock_wrong else None
        if heartbeat.serving:
            for device in heartbeat.devices:
                part = self._plan.device(device.name)
                self.care.look_after(part)
                symptom = plan.symptom_of(device)
                found[part.name] = Finding(symptom, device.detail) if symptom else None
        return found

    def _terminal_finding(self) -> Finding | None:
        now = self._monotonic()
        patience = STARTING_SECONDS if self._heard is None else SILENT_SECONDS
        if self._age > patience:
            return Finding("silent", f"its event loop was not heard for {self._age:.0f} s")
        if self._not_serving_since is not None and now - self._not_serving_since > STARTING_SECONDS:
            return Finding("not-serving", f"it did not come up in {STARTING_SECONDS:.0f} s")
        return None

    def _publish(self, known: dict[str, datetime]) -> None:
        free: int | None = None
        with contextlib.suppress(OSError):
            free = shutil.disk_usage(self._store).free
        self.metrics.figures.tell(
            parts={
                name: (not patient.health.ill, self.care.out_of_service(patient)) for name, patient in self.care.patients.items()
            },
            heartbeat=self._heartbeat,
            age=self._age,
            expiries=known,
            free_bytes=free,
            holds_back=bool(self.care.hold_back),
        )

    def _probes(self, settings: Settings) -> dict[str, Looking]:
        host, port = settings.platform.url.host or "", settings.platform.url.port or 443
        looks: dict[str, tuple[Callable[[], Finding | None], float]] = {
            plan.READER_SERVICE: (readers_look(self._readers), 0.5),
            plan.PRINT_SERVICE: (queue_look(settings.printer.server, settings.printer.queue), 1.0),
            plan.DISK: (disk_look(self._store), 5.0),
            plan.CERTIFICATES: (certificates_look(self._files, lambda: datetime.now(UTC)), 600.0),
            plan.PLATFORM: (platform_look(host, port, settings.platform.ca), 15.0),
        }
        return {name: Looking(name, look, interval) for name, (look, interval) in looks.items() if name in self.care.patients}

    def _end(self, _signal: int, _frame: FrameType | None) -> None:
        self._ended = True


def run_watchdog(settings: Settings, *, haste: float = 1.0) -> int:
    """Watch until asked to end. Raises `WatchdogUnusable`."""
    watchdog = Watchdog(settings, haste=haste)
    try:
        watchdog.run()
    finally:
        watchdog.close()
    return 0


def _status(advice: Advice) -> str:
    if not advice.complaints:
        return "all is well"
    return "out of service: " + ", ".join(f"{one.part} ({one.symptom})" for one in advice.complaints)


def _boot() -> str:
    """This boot of the machine (proc(5)); without it every start counts as one."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return str(time.time())

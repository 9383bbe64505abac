"""What this terminal says of itself to the watchdog, and what the watchdog says of it.

Figures are gathered on a worker once a second; the heartbeat, made on the event loop, carries the newest of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from kiosk.issuance import blanks
from kiosk.issuance.blanks import BlankState
from kiosk.readiness import Obstacle, Probe
from kiosk.watchdog.messages import ISSUING, Advice, BlankCount, Call, DeviceWord, Heartbeat
from kiosk.watchdog.notify import Notifier
from kiosk.watchdog.sign import IssuingSign
from kiosk.watchdog.tally import Tally
from offline_cache import outbox
from offline_cache.store import Store, StoreError
from peripherals.device import Device

GATHER_SECONDS = 1.0
ADVICE_SECONDS = 15.0
"""Advice older than this is none: the watchdog is not there."""


class Wellbeing:
    """Made with the terminal; `heartbeat` and `advised` belong on the event loop."""

    def __init__(
        self,
        socket_directory: Path,
        store: Store,
        devices: Callable[[], Sequence[Device]],
        clock: Callable[[], datetime],
        call_staff: Callable[[Call], None],
        *,
        longest_issuance_seconds: float,
    ) -> None:
        self.tally = Tally()
        self._store = store
        self._devices = devices
        self._clock = clock
        self._call_staff = call_staff
        self._sign = IssuingSign(socket_directory / ISSUING)
        self._notifier = Notifier()
        self._longest = longest_issuance_seconds
        self._visiting = False
        self._figures = Heartbeat(pid=os.getpid())
        self._advice = Advice()
        self._advised_at = -ADVICE_SECONDS
        self._called: set[str] = set()
        self._reopening: set[asyncio.Future[None]] = set()

    # ---- what we say -----------------------------------------------------------------------------------------------------

    def visit_begins(self) -> None:
        self._visiting = True

    def visit_ends(self, service: str, outcome: str) -> None:
        self._visiting = False
        self.tally.visit(service, outcome)

    @contextlib.contextmanager
    def issuing(self) -> Generator[None]:
        """A certificate is being printed: nobody restarts us meanwhile, neither the watchdog nor systemd."""
        with self._sign.held(), self._notifier.patient(self._longest):
            yield

    def heartbeat(
        self, obstacles: Sequence[Obstacle], *, serving: bool, clock_wrong: bool, loop_longest_ms: float = 0.0
    ) -> Heartbeat:
        """The newest figures with what is known right now."""
        return self._figures.model_copy(
            update={
                "quiet": not self._visiting,
                "serving": serving,
                "obstacles": tuple(obstacle.code for obstacle in obstacles),
                "clock_wrong": clock_wrong,
                "visits": self.tally.visits(),
                "steps": self.tally.steps(),
                "loop_longest_ms": loop_longest_ms,
            }
        )

    async def keep(self) -> NoReturn:
        """Gather figures for ever."""
        while True:
            self._figures = await asyncio.to_thread(self._gathered)
            await asyncio.sleep(GATHER_SECONDS)

    def _gathered(self) -> Heartbeat:
        figures: dict[str, object] = {"devices": tuple(_word(device) for device in self._devices())}
        try:
            waiting = outbox.backlog(self._store)
            oldest = self._clock() - datetime.fromisoformat(waiting.oldest) if waiting.oldest else None
            figures |= {
                "outbox_waiting": waiting.waiting,
                "outbox_refused": waiting.refused,
                "outbox_oldest_seconds": max(0.0, oldest.total_seconds()) if oldest else 0.0,
                "blanks": _in_bins(self._store),
            }
        except StoreError:
            pass  # the accept gate says so; the last figures stand
        return self._figures.model_copy(update=figures)

    # ---- what we are told ------------------------------------------------------------------------------------------------

    def advised(self, advice: Advice) -> None:
        """The watchdog's word: out of service, staff wanted, a handle to open anew."""
        for name in advice.reopen:
            work = asyncio.ensure_future(asyncio.to_thread(self._reopen, name))
            self._reopening.add(work)
            work.add_done_callback(self._reopening.discard)
        if advice.reopen:
            return
        self._advice, self._advised_at = advice, time.monotonic()
        for call in advice.calls:
            if call.key not in self._called:
                self._called.add(call.key)
                self._call_staff(call)

    def probes(self) -> dict[str, Probe]:
        """For the accept gate: one probe for each obstacle that the watchdog may name."""

        def named(code: str) -> Probe:
            def probe() -> Obstacle | None:
                if time.monotonic() - self._advised_at > ADVICE_SECONDS:
                    return None
                first = next((one for one in self._advice.complaints if one.obstacle == code), None)
                return Obstacle(code, f"{first.part}: {first.symptom}") if first else None

            return probe

        return {f"watchdog: {code}": named(code) for code in ("reader", "printer", "store", "clock")}

    def _reopen(self, name: str) -> None:
        for device in self._devices():
            if device.name == name:
                device.close()
                with contextlib.suppress(Exception):  # its status says what is wrong with it
                    device.open()


def _word(device: Device) -> DeviceWord:
    status = device.status()
    return DeviceWord(name=device.name, state=status.state, reasons=status.reasons, detail=status.detail)


def _in_bins(store: Store) -> tuple[BlankCount, ...]:
    """What can be printed on, by bin: a bin with a quarantined blank gives no more."""
    lying = blanks.listed(store)
    closed = {blank.bin for blank in lying if blank.state is BlankState.QUARANTINED}
    counts: Counter[tuple[str, str]] = Counter()
    for blank in lying:
        if blank.bin is None:  # with the staff, or at the terminal outside of its bins
            continue
        counts[blank.bin, blank.kind] += blank.state is BlankState.LOADED and blank.bin not in closed
    return tuple(BlankCount(bin=bin_, kind=kind, left=left) for (bin_, kind), left in sorted(counts.items()))

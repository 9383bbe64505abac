"""What the platform last said, for a start without a link; and whether the clock can be right, with nobody to ask.

While the machine stays on, its uptime (which nobody sets) goes on from the platform's signed time. After a power cut only limits are
left: time never goes back behind what was seen, and nobody goes on believing for longer than `LONGEST`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from kiosk.platform.types import TerminalProfile
from offline_cache.store import Store

LONGEST = timedelta(days=30)
DRIFT = 1e-4
"""How much a machine's own clock may run fast or slow: 9 seconds a day."""
SEEN_EVERY = timedelta(minutes=1)


def uptime() -> float:
    """Seconds since power-on, suspended time included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot() -> str:
    """A name for this run of the machine."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return "unknown"


class LastWord:
    """Kept in the store; methods block and raise `StoreError`."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        *,
        uptime: Callable[[], float] = uptime,
        boot: Callable[[], str] = boot,
    ) -> None:
        self._store = store
        self._clock = clock
        self._uptime = uptime
        self._boot = boot()

    # ---- profile and revocation lists ------------------------------------------------------------------------------------

    def keep(self, profile: TerminalProfile, crls: list[bytes]) -> None:
        self._put("profile", profile.model_dump_json().encode())
        self._put("crls", json.dumps([crl.hex() for crl in crls]).encode())

    def profile(self) -> TerminalProfile | None:
        content = self._get("profile")
        try:
            return None if content is None else TerminalProfile.model_validate_json(content)
        except ValidationError:
            return None  # of an older version of the software

    def crls(self) -> list[bytes]:
        content = self._get("crls")
        return [] if content is None else [bytes.fromhex(each) for each in json.loads(content)]

    # ---- the clock -------------------------------------------------------------------------------------------------------

    def heard(self, platform_time: datetime) -> None:
        """The platform has said what time it is."""
        mark = {"platform": platform_time.isoformat(), "uptime": self._uptime(), "boot": self._boot}
        self._put("time", json.dumps({**mark, "seen": platform_time.isoformat()}).encode())

    def clock_is_wrong(self, tolerance: timedelta) -> bool:
        """Whether this terminal's clock cannot be right, judged without a link. Never heard of the platform: nobody can say."""
        content = self._get("time")
        if content is None:
            return False
        mark = json.loads(content)
        now, platform = self._clock(), datetime.fromisoformat(mark["platform"])
        if mark["boot"] == self._boot:
            passed = self._uptime() - float(mark["uptime"])
            wrong = abs(now - (platform + timedelta(seconds=passed))) > tolerance + timedelta(seconds=passed * DRIFT)
        else:
            wrong = not datetime.fromisoformat(mark["seen"]) - tolerance <= now <= platform + LONGEST
        if not wrong and now - datetime.fromisoformat(mark["seen"]) > SEEN_EVERY:
            self._put("time", json.dumps({**mark, "seen": now.isoformat()}).encode())
        return wrong

    # ---- within --------------------------------------------------------------------------------------------------------

    def _put(self, name: str, content: bytes) -> None:
        with self._store.transaction() as tx:
            tx.execute(
                "INSERT INTO last_answers (name, content, at) VALUES (?, ?, ?) "
                "ON CONFLICT (name) DO UPDATE SET content = excluded.content, at = excluded.at",
                (name, content, self._clock().isoformat()),
            )

    def _get(self, name: str) -> bytes | None:
        with self._store.reading() as tx:
            row = tx.row("SELECT content FROM last_answers WHERE name = ?", (name,))
        return None if row is None else bytes(row[0])

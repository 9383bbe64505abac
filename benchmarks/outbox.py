"""The outbox after days without a link: 10,000 events delivered, ours against the bare POSTs of the same events on one connection."""

from __future__ import annotations

import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import requests

from benchmarks.harness import Row
from kiosk.delivery import deliver_next
from kiosk.platform.client import PlatformClient
from kiosk.platform.types import StaffCall
from offline_cache import outbox
from offline_cache.keys import derive
from offline_cache.store import Store
from sandbox.platform import SandboxPlatform

EVENTS = 10_000
PORTION = 500
"""Both sides in turn, so that a machine that drifts drifts for both."""
GOAL = 1.5


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="dazheng-bench-") as name, SandboxPlatform(Path(name) / "platform") as platform:
        files = platform.files
        now = datetime.now(UTC)
        store = Store.open(Path(name) / "store.db", derive(b"b" * 32))
        call = StaffCall(reason="help-key", case=None, happened_at=now).model_dump_json().encode()
        with store.transaction() as tx:
            for number in range(EVENTS):
                outbox.put(tx, now, "/v1/staff-calls", call, key=f"event-{number:06}")
        client = PlatformClient(platform.url, certificate=files.terminal_certificate, key=files.terminal_key, ca=files.tls_ca)
        session = requests.Session()
        session.trust_env = False
        session.verify, session.cert = str(files.tls_ca), (str(files.terminal_certificate), str(files.terminal_key))
        ours = peer = 0.0
        for begin in range(0, EVENTS, PORTION):
            started = time.perf_counter()
            for _ in range(PORTION):
                assert deliver_next(store, client, lambda: now)
            ours += time.perf_counter() - started
            started = time.perf_counter()
            for number in range(begin, begin + PORTION):
                answer = session.post(
                    f"{platform.url}/v1/staff-calls",
                    data=call,
                    headers={"Content-Type": "application/json", "Idempotency-Key": f"bare-{number:06}"},
                    timeout=10,
                )
                answer.raise_for_status()
            peer += time.perf_counter() - started
        assert outbox.backlog(store) == outbox.Backlog(0, None, 0)
        assert len(platform.core.calls) == 2 * EVENTS
        session.close()
        client.close()
        store.close()
    return [
        Row(
            "outbox of 10,000 delivered",
            ours,
            "bare requests.post",
            peer,
            unit="s",
            goal=f"≤ {GOAL:g}×",
            met=ours <= GOAL * peer,
            note="each event read, sent under its key, acknowledged on disk; mTLS on loopback",
        )
    ]

"""The outbox on its way to the platform: every event once, in order, under its own key, for as long as it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from kiosk import events
from kiosk.platform.types import CertificateProblem, Platform, PlatformBroken, PlatformUnreachable, Refused
from offline_cache import outbox
from offline_cache.store import Store, StoreError

PAUSE_SECONDS = 1.0


async def deliver_for_ever(store: Store, platform: Platform, clock: Callable[[], datetime]) -> None:
    """Deliver what is due, then look again every second."""
    while True:
        try:
            delivered = await asyncio.to_thread(deliver_next, store, platform, clock)
        except StoreError as reason:
            events.OUTBOX_TROUBLE.tell(code=reason.code)
            delivered = False
        if not delivered:
            await asyncio.sleep(PAUSE_SECONDS)


def deliver_next(store: Store, platform: Platform, clock: Callable[[], datetime]) -> bool:
    """Deliver the oldest event if it is due; whether there may be more to do at once. Raises `StoreError`."""
    event = outbox.next_due(store, clock())
    if event is None:
        return False
    try:
        platform.deliver(event.path, event.body, idempotency_key=event.idempotency_key)
    except Refused as refusal:
        # A definite no will not change by asking again; staff see it among the refused.
        events.OUTBOX_REFUSED.tell(seq=event.seq, code=refusal.code)
        outbox.refused(store, event, refusal.code)
        return True
    except (PlatformUnreachable, PlatformBroken, CertificateProblem):
        outbox.failed(store, event, clock())
        return False
    outbox.acknowledge(store, event, clock())
    return True

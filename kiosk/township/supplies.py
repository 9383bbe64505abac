"""What a township's terminal is given before its link goes: fetched, sealed, kept, and given back when it is not to be used.

Whatever leaves the store unused is returned to the platform in the same transaction, so that nothing stays exclusive to a terminal
that no longer has it.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from kiosk import events
from kiosk.issuance.ledger import give_back_unused, return_key
from kiosk.platform.types import Platform, PreGrant
from offline_cache import journal, outbox, pre_grants
from offline_cache.store import Store


class Supplies:
    """The terminal's own pre-grants. Methods block; they raise `PlatformError` and `StoreError`, and nothing is lost by it."""

    def __init__(self, store: Store, platform: Platform, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._platform = platform
        self._clock = clock

    def usable(self) -> int:
        """How many certificates could be printed without a link now."""
        return pre_grants.count(self._store, self._clock())

    def replenish(self) -> None:
        """Ask the platform for what is not here yet, and give back what it wants back."""
        answer = self._platform.pre_grants(pre_grants.held(self._store), idempotency_key=str(uuid.uuid4()))
        for grant in answer.pre_grants:
            self._keep(grant)
        if answer.wanted_back:
            self._give_back(answer.wanted_back, "wanted-back")

    def sweep(self) -> None:
        """Wipe what has expired, and give it back. Only while the clock is known to be right."""
        with self._store.reading() as tx:
            late = [grant_id for grant_id, _ in pre_grants.expired(tx, self._clock())]
        if late:
            self._give_back(late, "expired")

    def _keep(self, grant: PreGrant) -> None:
        authorisation = grant.authorisation
        grant_id = authorisation.authorisation_id
        sealed = pre_grants.seal(
            self._store.keys,
            grant_id,
            authorisation.certificate_id,
            grant.holder_number,
            grant.appointment_id,
            grant.model_dump_json().encode(),
            authorisation.expires_at,
        )
        with self._store.transaction() as tx:
            begun = tx.row("SELECT 1 FROM issuances WHERE authorisation_id = ?", (grant_id,))
            if begun or outbox.has(tx, return_key(grant_id)):
                return  # it has an end here that the platform has not heard of yet
            pre_grants.keep(tx, sealed)
            journal.append(
                tx,
                self._clock(),
                "pre-grant.kept",
                {"authorisation": grant_id, "certificate": authorisation.certificate_id, "version": authorisation.record_version},
            )

    def _give_back(self, grant_ids: tuple[str, ...] | list[str], why: str) -> None:
        now = self._clock()
        with self._store.transaction() as tx:
            for grant_id in grant_ids:
                # One that a visit has used meanwhile ends by that visit.
                row = tx.row("SELECT certificate_id FROM pre_grants WHERE grant_id = ? AND state = 'held'", (grant_id,))
                if row is None:
                    continue
                pre_grants.remove(tx, [grant_id])
                give_back_unused(tx, now, grant_id)
                journal.append(tx, now, f"pre-grant.{why}", {"authorisation": grant_id, "certificate": str(row[0])})
        events.SUPPLIES_RETURNED.tell(why=why)

"""Asking for an authorisation so that a lost answer loses none: the request is on disk before it is sent.

A request whose answer did not come (cut off, power gone) is taken back by its key: whatever it got is returned, and if it arrives
later it gets nothing. What is here of a permission given beforehand for that certificate goes with it, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

from kiosk import events
from kiosk.issuance.issue import IssuanceStopped
from kiosk.issuance.ledger import give_back_unused, return_key
from kiosk.platform.types import (
    Authorisation,
    CodeSent,
    Listing,
    Platform,
    PlatformError,
    Proof,
    Refused,
    Session,
)
from offline_cache import journal, outbox, pre_grants
from offline_cache.store import Store, StoreError, Transaction

ENOUGH = timedelta(minutes=5)
"""An authorisation must be good for longer than printing can take; a shorter one is renewed before anything is begun."""


class Requests:
    """The platform's desk (`kiosk.platform.types.Desk`) for visits with a link."""

    def __init__(self, store: Store, platform: Platform, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._platform = platform
        self._clock = clock

    def open_session(self, proof: Proof, *, idempotency_key: str) -> Session:
        return self._platform.open_session(proof, idempotency_key=idempotency_key)

    def add_proof(self, session_id: str, proof: Proof, *, idempotency_key: str) -> Session:
        return self._platform.add_proof(session_id, proof, idempotency_key=idempotency_key)

    def send_one_time_code(self, session_id: str, *, idempotency_key: str) -> CodeSent:
        return self._platform.send_one_time_code(session_id, idempotency_key=idempotency_key)

    def close_session(self, session_id: str) -> None:
        self._platform.close_session(session_id)

    def listings(self, session_id: str) -> list[Listing]:
        return self._platform.listings(session_id)

    def authorise(self, session_id: str, certificate_id: str, record_version: int, *, idempotency_key: str) -> Authorisation:
        """As the platform's; called where nothing is being issued. Raises `PlatformError`, or `IssuanceStopped` for the store."""
        try:
            return self._authorise(session_id, certificate_id, record_version, idempotency_key)
        except StoreError as failure:
            # The request stays on disk and is taken back as soon as the store can write.
            raise IssuanceStopped(failure.code, unknown=False) from None

    def settle(self) -> None:
        """End every request and every used permission that led to nothing. Call it where nothing is being issued.

        Raises `StoreError`; nothing is lost by it.
        """
        with self._store.transaction() as tx:
            for key, certificate_id, grant_id in tx.rows(
                "SELECT request_key, certificate_id, grant_id FROM authorisation_requests"
            ):
                if grant_id is None or not _begun(tx, grant_id):
                    self._take_back(tx, key, certificate_id)
                tx.execute("DELETE FROM authorisation_requests WHERE request_key = ?", (key,))
            for grant_id, _ in pre_grants.used(tx):
                if not _begun(tx, grant_id):
                    give_back_unused(tx, self._clock(), grant_id)
                pre_grants.remove(tx, [grant_id])

    # ---- within --------------------------------------------------------------------------------------------------------

    def _authorise(self, session_id: str, certificate_id: str, record_version: int, key: str) -> Authorisation:
        self.settle()
        with self._store.transaction() as tx:
            tx.execute(
                "INSERT INTO authorisation_requests (request_key, certificate_id, asked_at) VALUES (?, ?, ?)",
                (key, certificate_id, self._clock().isoformat()),
            )
        try:
            granted = self._platform.authorise(session_id, certificate_id, record_version, idempotency_key=key)
        except Refused:
            with self._store.transaction() as tx:
                tx.execute("DELETE FROM authorisation_requests WHERE request_key = ?", (key,))
            raise
        except PlatformError:
            self.settle()
            raise
        if self._ended_here(granted.authorisation_id, key):
            raise Refused("already-authorised", 409)
        return self._long_enough(granted, key)

    def _ended_here(self, grant_id: str, key: str) -> bool:
        """Note the answer; whether what it grants has an end here already of which the platform has not heard yet.

        Such a one ends by what waits in the outbox, not by this request.
        """
        with self._store.transaction() as tx:
            ended = _begun(tx, grant_id) or outbox.has(tx, return_key(grant_id))
            if ended:
                tx.execute("DELETE FROM authorisation_requests WHERE request_key = ?", (key,))
                pre_grants.remove(tx, [grant_id])
            else:
                tx.execute("UPDATE authorisation_requests SET grant_id = ? WHERE request_key = ?", (grant_id, key))
                pre_grants.use(tx, grant_id)
        return ended

    def _long_enough(self, granted: Authorisation, key: str) -> Authorisation:
        if granted.expires_at - self._clock() >= ENOUGH:
            return granted
        try:
            return self._platform.renew(granted.authorisation_id, idempotency_key=_derived(key, "renewed"))
        except PlatformError:
            self.settle()
            raise

    def _take_back(self, tx: Transaction, key: str, certificate_id: str) -> None:
        now = self._clock()
        events.REQUEST_TAKEN_BACK.tell()
        tx.execute("DELETE FROM pre_grants WHERE certificate_id = ?", (certificate_id,))
        journal.append(tx, now, "authorisation.request-taken-back", {"certificate": certificate_id})
        outbox.put(tx, now, f"/v1/authorisation-requests/{key}/return", b"null", key=_derived(key, "taken back"))


def _begun(tx: Transaction, authorisation_id: str) -> bool:
    """Whether the ledger knows it: then it has its own end."""
    return tx.row("SELECT 1 FROM issuances WHERE authorisation_id = ?", (authorisation_id,)) is not None


def _derived(key: str, what: str) -> str:
    return sha256(f"{key} {what}".encode()).hexdigest()[:40]

"""Say how the journal stands where the terminal cannot unsay it: signed and told to the platform, after each visit, at intervals and at shutdown.

With an escrow certificate in the settings the whole journal is also kept for the holder of the escrow key, encrypted: a store that is lost
with its key then loses no blank's account (`kiosk journal read --blanks`).
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from kiosk import events
from kiosk.platform.types import JournalHead
from offline_cache import export, heads, outbox
from offline_cache.heads import Witness
from offline_cache.journal import Head
from offline_cache.keys import KeyUnusable
from offline_cache.signing import SigningKey
from offline_cache.store import Store, StoreError

HEADS = "/v1/journal-heads"
HEAD_SECONDS = 300.0
ESCROW_EVERY = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Escrow:
    """For whom (an RSA certificate, PEM) and where the journal is kept in escrow."""

    certificate: Path
    directory: Path


class JournalHeads:
    """Signs, remembers and tells. Every method blocks and never raises: a head that cannot be signed now is signed later."""

    def __init__(
        self,
        store: Store,
        key: SigningKey,
        terminal_id: str,
        witness: Witness,
        clock: Callable[[], datetime],
        escrow: Escrow | None = None,
    ) -> None:
        self._store = store
        self._key = key
        self._terminal_id = terminal_id
        self._witness = witness
        self._clock = clock
        self._escrow = escrow
        self._escrowed_at: datetime | None = None
        self._signing = threading.Lock()

    def note(self) -> bool:
        """Sign the present head, if it is a new one; whether that is done and on disk."""
        with self._signing:
            return self._note()

    def _note(self) -> bool:
        try:
            head = heads.sign(self._store, self._key, self._terminal_id, self._clock())
            if head is not None:
                told = JournalHead(seq=head.seq, hash=head.hash.hex(), at=head.at, signature=head.signature)
                with self._store.transaction() as tx:
                    heads.keep(tx, head)
                    outbox.put(
                        tx, self._clock(), HEADS, told.model_dump_json().encode(), key=f"head-{head.seq}-{head.hash.hex()[:32]}"
                    )
                self._witness.remember(Head(head.seq, head.hash))
        except (StoreError, KeyUnusable) as reason:
            events.HEAD_NOT_SIGNED.tell(code=reason.code)
            return False
        return True

    def put_in_escrow(self) -> bool:
        """Write the whole journal for the escrow key, over the one before; whether there is one now."""
        if self._escrow is None:
            return False
        try:
            lines = export.lines(self._store, self._key, self._terminal_id, self._clock())
            content = export.escrowed("".join(lines).encode(), self._escrow.certificate.read_bytes())
            target = self._escrow.directory / f"journal-{self._terminal_id}.p7m"
            draft = target.with_name(f".{target.name}.new")
            draft.write_bytes(content)
            draft.replace(target)
        except (StoreError, KeyUnusable, export.ExportUnusable, OSError) as reason:
            events.NOT_IN_ESCROW.tell(kind=type(reason).__name__)
            return False
        self._escrowed_at = self._clock()
        return True

    async def keep_for_ever(self) -> None:
        """`note` at once and at intervals, and the escrow with it, more seldom."""
        while True:
            await asyncio.to_thread(self.note)
            if self._escrowed_at is None or self._clock() >= self._escrowed_at + ESCROW_EVERY:
                await asyncio.to_thread(self.put_in_escrow)
            await asyncio.sleep(HEAD_SECONDS)

    def close(self) -> None:
        """At shutdown."""
        self.note()
        self.put_in_escrow()

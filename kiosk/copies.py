"""Whether the store is still the one that the TPM has counted on, asked now and then, so that a visit is refused before it begins."""

from __future__ import annotations

import time

from offline_cache.ratchet import Ratchet
from offline_cache.store import StoreError

ASK_SECONDS = 60.0
AGAIN_SECONDS = 5.0
"""How soon it is asked again while it does not answer."""


class CopyWatch:
    """For one thread. Without a counter (`ratchet` None) there is never anything to say."""

    def __init__(self, ratchet: Ratchet | None) -> None:
        self._ratchet = ratchet
        self._next = 0.0
        self._reason: str | None = None

    def obstacle(self) -> str | None:
        """Why nothing could be printed now ("counter-unusable", "store-rolled-back"); asks the TPM at most once in a while."""
        if self._ratchet is not None and time.monotonic() >= self._next:
            try:
                self._ratchet.settle()
                self._reason = None
            except StoreError as failure:
                self._reason = failure.code
            self._next = time.monotonic() + (ASK_SECONDS if self._reason is None else AGAIN_SECONDS)
        return self._reason

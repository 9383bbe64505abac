"""A counter in this machine's TPM 2.0 that only ever goes up (NV index of type counter), through tpm2-tools: what no disk can put back.

A counter that is removed and made again begins above every count that the TPM has ever had, so it cannot be set back that way either.
"""

from __future__ import annotations

from offline_cache.ratchet import CounterUnusable
from offline_cache.tpm_tools import TpmFailed, run

COUNTER = "0x180da21"
CLAIMED = "0x180da22"
"""Written once: a store from before the counter was taken over."""
ATTRIBUTES = "ownerread|ownerwrite|no_da"
SECONDS = 10.0
"""An increment takes a real TPM some tens of milliseconds."""


class TpmCounter:
    """`Counter` in the TPM that `tcti` reaches (tpm2-tools' words)."""

    def __init__(self, tcti: str) -> None:
        self._tcti = tcti

    def made(self) -> bool:
        """Whether the TPM has the counter and all that goes with it."""
        return self._written(COUNTER) and CLAIMED in self._indices()

    def create(self) -> None:
        """Make what is missing of it. Safe to run again after being cut off half-way."""
        if COUNTER not in self._indices():
            self._tool("tpm2_nvdefine", COUNTER, "-s", "8", "-a", f"{ATTRIBUTES}|nt=counter")
        if not self._written(COUNTER):
            self.step()
        if CLAIMED not in self._indices():
            self._tool("tpm2_nvdefine", CLAIMED, "-s", "1", "-a", ATTRIBUTES)

    def value(self) -> int:
        said = self._tool("tpm2_nvread", COUNTER, "-s", "8")
        if len(said) != 8:
            raise CounterUnusable("the TPM's counter is not one of 8 bytes")
        return int.from_bytes(said, "big")

    def step(self) -> None:
        self._tool("tpm2_nvincrement", COUNTER)

    def claimed(self) -> bool:
        return self._written(CLAIMED)

    def claim(self) -> None:
        self._tool("tpm2_nvwrite", CLAIMED, "-i", "-", secret=b"\x01")

    def _indices(self) -> list[str]:
        return self._run(["tpm2_getcap", "handles-nv-index"]).decode().lower().replace("-", " ").split()

    def _written(self, index: str) -> bool:
        if index not in self._indices():
            return False
        return b"written" in self._run(["tpm2_nvreadpublic", index])

    def _tool(self, tool: str, index: str, *more: str, secret: bytes = b"") -> bytes:
        return self._run([tool, index, "-C", "o", *more], secret)

    def _run(self, command: list[str], secret: bytes = b"") -> bytes:
        try:
            return run(self._tcti, command, secret, seconds=SECONDS)
        except TpmFailed as failure:
            raise CounterUnusable(f"{failure}: the TPM's counter cannot be used (made by `kiosk keys create`)") from None

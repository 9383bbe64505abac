"""One call of a tpm2-tools command: secrets go in by a pipe, what it says comes out."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

TOOL_SECONDS = 30


class TpmFailed(Exception):
    """The tool is not there, the TPM does not answer, or it refuses. Carries no secret."""


def run(tcti: str, command: Sequence[str], secret: bytes = b"", *, seconds: float = TOOL_SECONDS) -> bytes:
    """What `command` says; `tcti` is how the TPM is reached (tpm2-tools' words). Raises `TpmFailed`."""
    try:
        done = subprocess.run(command, input=secret, env=_environment(tcti), capture_output=True, check=False, timeout=seconds)
    except FileNotFoundError:
        raise TpmFailed("tpm2-tools is not installed") from None
    except subprocess.TimeoutExpired:
        raise TpmFailed("the TPM does not answer") from None
    if done.returncode:
        raise TpmFailed(f"{command[0]} failed")
    return done.stdout


def _environment(tcti: str) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", "/usr/bin"), "TPM2TOOLS_TCTI": tcti, "TSS2_LOG": "all+NONE"}

"""A handful of fault runs with real processes, each of which once found something or stands for a kind; `make faults` does the many."""

from __future__ import annotations

import subprocess
import sys

import pytest

RUNS = {
    101: "kill everything before printing",
    # The store could not write that the certificate was taken, and nobody tried again.
    199: "disk fails before taken",
    # A terminal that starts on a disk that it cannot write ended, again and again, instead of saying so.
    24: "disk read-only after authorised",
    # The store could not write that it was authorised; the request was taken back only when somebody else came.
    6: "disk full before authorised",
}


@pytest.mark.device
@pytest.mark.timeout(400)
def test_whatever_is_killed_starved_or_lied_to_the_count_holds() -> None:
    seeds = ",".join(str(seed) for seed in RUNS)
    done = subprocess.run(
        [sys.executable, "-m", "sandbox.faults", "--seeds", seeds], capture_output=True, text=True, timeout=380, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for seed, trouble in RUNS.items():
        assert f"seed {seed}: {trouble}" in done.stdout
    assert f"{len(RUNS)} runs, 0 in which something did not hold" in done.stdout

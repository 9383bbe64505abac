"""`python -m benchmarks [NAME...]`: run the rows and write docs/performance.md (`--dry-run`: only print)."""

from __future__ import annotations

import argparse
import importlib
import os
import platform
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from benchmarks.harness import Row

ROOMS = ("card", "devices", "codes", "trust", "certificate", "printer", "store", "window", "taps", "outbox", "visit")
PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
HEAD = """# Performance

Written by `make bench`. Each row runs ours and its peer in turn, in one run, and quotes medians; the ratio is what counts, single
milliseconds depend on the machine and on what else it does. The last column says how each row is measured. Timings never decide
a test.

"""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("room", nargs="*", help=f"which rows ({', '.join(ROOMS)}); default: all")
    parser.add_argument("--dry-run", action="store_true", help="print, do not write docs/performance.md")
    arguments = parser.parse_args()
    rooms = arguments.room or [room for room in ROOMS if (Path(__file__).parent / f"{room}.py").exists()]
    rows: list[Row] = []
    load = os.getloadavg()[1]
    for room in rooms:
        begin = time.monotonic()
        rows += importlib.import_module(f"benchmarks.{room}").rows()
        print(f"{room}: {time.monotonic() - begin:.1f} s", file=sys.stderr)
    page = (
        HEAD
        + table(rows)
        + f"\nMeasured on {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}; load average of the machine "
        f"before the run {load:.1f} (over {os.cpu_count()}: other work competed, and what waits for several processes suffers most).\n"
    )
    print(table(rows))
    if not arguments.dry_run and not arguments.room:
        # What was measured by other means stands in sections of its own below the table.
        _, heading, sections = PAGE.read_text("utf-8").partition("\n## ")
        PAGE.write_text(page + heading + sections, "utf-8")
    return 0


def table(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | ours | peer | ratio | goal | met | how |", "|---|---:|---|---:|---|---|---|"]
    for row in rows:
        peer = "" if row.peer is None else f"{row.peer_name} {row.peer:.3g} {row.unit}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        met = "" if row.met is None else ("yes" if row.met else "**no**")
        lines.append(f"| {row.name} | {row.ours:.3g} {row.unit} | {peer} | {ratio} | {row.goal} | {met} | {row.note} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())

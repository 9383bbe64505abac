"""`python -m sandbox.day [--visits 500] [--seed 1] [--minutes 120]`: lives a day and says how the accounts stand. Exit status 1 where they differ."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from sandbox.day import live, planned
from sandbox.hall import Hall, HallOptions


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.day", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--visits", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--minutes", type=float, default=120.0, help="let nobody in any more after so long (default: %(default)s)"
    )
    arguments = parser.parse_args()
    # Whoever ends the day, the hall is taken down again: `kill` would leave its daemons behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    visits = planned(arguments.visits, arguments.seed)
    options = HallOptions(
        page_seconds=0.05, blanks=arguments.visits + 20, receipts=True, people=tuple(visit.person for visit in visits)
    )
    with tempfile.TemporaryDirectory() as directory, Hall(Path(directory), options) as hall:
        day = asyncio.run(live(hall, visits, minutes=arguments.minutes))
        print(
            f"{day.visits} visits in {day.seconds / 60:.1f} min; broken on the way: {dict(day.broken)}; settled by two: {day.settled}"
        )
        print(
            f"issuances: {dict(day.outcomes)}; sheets {len(hall.printer.printed)}, slips {len(hall.receipts.slips)} (told {day.slips})"
        )
        print("\n".join(day.wrong) or "terminal and devices agree")
    return 1 if day.wrong else 0


if __name__ == "__main__":
    sys.exit(main())

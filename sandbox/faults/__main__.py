"""`python -m sandbox.faults --seeds 0-199`: run, count, and say what held. Exit status 1 when anything did not."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from sandbox.faults.parts import World
from sandbox.faults.plan import SWEEP, plan_of
from sandbox.faults.run import Result, Run
from sandbox.faults.stock import blow_at_stock

PER_WORLD = 25


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.faults", description=__doc__)
    parser.add_argument("--seeds", default=f"0-{SWEEP - 1}", help=f"A-B,C,…; below {SWEEP}: named states (default: all)")
    parser.add_argument("--minutes", type=float, default=0, help="begin no further run after so many minutes (0: no limit)")
    parser.add_argument("--stock", action="store_true", help="the same blows at a stock CUPS without the guard")
    parser.add_argument("--out", type=Path, help="write each result as a line of JSON")
    parser.add_argument("--keep", action="store_true", help="leave logs and stores of worlds in which something did not hold")
    arguments = parser.parse_args()
    seeds = _seeds(arguments.seeds)
    until = time.monotonic() + arguments.minutes * 60 if arguments.minutes else float("inf")
    if arguments.stock:
        return _stock(seeds, until)
    results: list[Result] = []
    for begin in range(0, len(seeds), PER_WORLD):
        portion = seeds[begin : begin + PER_WORLD]
        if time.monotonic() < until:
            results += _world(portion, until, arguments.out, keep=arguments.keep)
    return _summary(results)


def _world(seeds: list[int], until: float, out: Path | None, *, keep: bool) -> list[Result]:
    directory = Path(tempfile.mkdtemp(prefix="dazheng-faults-"))
    results: list[Result] = []
    with World(directory / "w", len(seeds)) as world:
        for index, seed in enumerate(seeds):
            if time.monotonic() > until:
                break
            result = Run(world, plan_of(seed), index).play()
            results.append(result)
            verdict = "; ".join(result.wrong) or "holds"
            print(
                f"{result.plan}: {result.end or 'not begun'}, {result.sheets} sheet(s), told {result.answer or 'nothing'}, "
                f"{result.seconds:.1f} s: {verdict}",
                flush=True,
            )
            if out:
                with out.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")
            if result.wrong:
                break  # what is wrong stays wrong: the rest of this world would only repeat it
    if keep and results and results[-1].wrong:
        print(f"kept: {directory}")
    else:
        shutil.rmtree(directory, ignore_errors=True)
    return results


def _summary(results: list[Result]) -> int:
    wrong = [result for result in results if result.wrong]
    print(f"\n{len(results)} runs, {len(wrong)} in which something did not hold; {sum(r.landed for r in results)} blows landed")
    print(
        f"printed sheets: {sum(result.sheets for result in results)}; most for one certificate: {max((r.sheets for r in results), default=0)}"
    )
    print("| trouble | runs | ends |\n|---|---:|---|")
    for trouble in sorted({result.plan.trouble for result in results}):
        mine = [result for result in results if result.plan.trouble == trouble]
        ends = Counter(result.end or "not begun" for result in mine)
        print(f"| {trouble} | {len(mine)} | {', '.join(f'{end} {count}' for end, count in ends.most_common())} |")
    return 1 if wrong or not results else 0


def _stock(seeds: list[int], until: float) -> int:
    counts: Counter[int] = Counter()
    with tempfile.TemporaryDirectory(prefix="dazheng-stock-") as directory:
        for seed in seeds:
            if time.monotonic() > until:
                break
            sheets = blow_at_stock(Path(directory) / str(seed), seed)
            counts[sheets] += 1
            print(f"seed {seed}: {sheets} sheet(s)", flush=True)
    print(f"\nstock CUPS, {sum(counts.values())} runs: " + ", ".join(f"{n} sheet(s): {counts[n]}" for n in sorted(counts)))
    return 0


def _seeds(text: str) -> list[int]:
    seeds: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        seeds += range(int(first), int(last) + 1) if dash else [int(first)]
    return seeds


if __name__ == "__main__":
    sys.exit(main())

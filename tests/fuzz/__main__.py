"""`python -m tests.fuzz [--inputs 1000000] [NAME …]`: throws mutated and random bytes at every parser, outside the usual run.

Prints a line a parser: inputs, values, typed errors, seconds, the slowest input in ms, growth of memory in MiB. What fails is printed as a line for
tests/fuzz/corpus.py; exit status 1 then.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time

from tests.fuzz.parsers import PARSERS, Parser

SLOW_SECONDS = 1.0
"""An input that takes so much of the processor's time counts as a hang."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *PARSERS], help="parsers (default: all)")
    parser.add_argument("--inputs", type=int, default=1_000_000, help="how many for each (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    failed = [_run(name, arguments.inputs, arguments.seed) for name in arguments.names or PARSERS]
    return 1 if any(failed) else 0


def _run(name: str, inputs: int, seed: int) -> int:
    parser, dice = PARSERS[name], random.Random(f"{name} {seed}")
    values = errors = failures = 0
    slowest = 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    for _ in range(inputs):
        data = _input(parser, dice)
        asked = time.thread_time()
        try:
            parser.parse(data)
            values += 1
        except parser.errors:
            errors += 1
        except Exception as wrong:  # noqa: BLE001 - whatever it is, it is what we look for
            failures += 1
            print(f"    ({name!r}, {data!r}),  # {type(wrong).__name__}", flush=True)
            if failures >= 10:
                break
        slowest = max(slowest, time.thread_time() - asked)
    failures += slowest > SLOW_SECONDS
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    print(
        f"{name:20} {values + errors + failures:>9} inputs {values:>9} values {errors:>9} typed errors {failures} failures "
        f"{time.monotonic() - began:6.0f} s, slowest {slowest * 1000:.1f} ms, memory +{grown} MiB",
        flush=True,
    )
    return failures


def _input(parser: Parser, dice: random.Random) -> bytes:
    if dice.random() < 0.1:
        return dice.randbytes(dice.randrange(0, 400))
    data = bytearray(dice.choice(parser.seeds))
    for _ in range(dice.randrange(1, 6)):
        at = dice.randrange(0, len(data) + 1)
        match dice.randrange(4):
            case 0:
                data[at:at] = dice.randbytes(dice.randrange(1, 6))
            case 1:
                del data[at : at + dice.randrange(1, 9)]
            case 2 if data:
                data[min(at, len(data) - 1)] ^= 1 << dice.randrange(8)
            case _:
                data[at : at + 2] = dice.choice((b"\x00\x00", b"\xff\xff", b"\xaa\xaa", b" \x00", b"\xfe\x01", b"\xd8\x00"))
    return bytes(data)


if __name__ == "__main__":
    sys.exit(main())

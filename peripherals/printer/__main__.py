"""`python -m peripherals.printer [--queue certificates] [--server …] status|watch|jobs|print FILE.pdf|ask NAME`: drive a sheet printer by hand.

`print` takes a sheet out of the bin: what it was is for the ledger (`kiosk blanks`), which knows nothing of it. A job's name goes through the queue's
once-guard once, ever; without --name one of this moment is made.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from peripherals.device import DeviceEvent, DeviceStatus, StatusChanged
from peripherals.printer import CupsPrinter, OnceGuard, PrinterFault


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m peripherals.printer", description=__doc__)
    parser.add_argument("--queue", default="certificates", help="the CUPS queue (default: %(default)s)")
    parser.add_argument("--server", default="/run/cups/cups.sock", help="cupsd's socket or host (default: %(default)s)")
    parser.add_argument("--guard", type=Path, metavar="DIRECTORY", help="where the once-guard keeps its tokens, to be asked too")
    acts = parser.add_subparsers(dest="act", required=True)
    acts.add_parser("status", help="how the printer is")
    acts.add_parser("watch", help="say what changes, until Ctrl-C")
    acts.add_parser("jobs", help="every job that CUPS remembers")
    printing = acts.add_parser("print", help="print a PDF and follow it to its end")
    printing.add_argument("file", type=Path)
    printing.add_argument("--name", default=f"shell-{datetime.now(UTC):%Y%m%d-%H%M%S}", help="the job's name")
    printing.add_argument("--seconds", type=float, default=180.0, help="give up after so long (default: %(default)s)")
    asking = acts.add_parser("ask", help="what became of a job: what guard, queue and printer say")
    asking.add_argument("name")
    arguments = parser.parse_args()
    guard = OnceGuard(arguments.guard) if arguments.guard else None
    printer = CupsPrinter(queue=arguments.queue, server=arguments.server, guard=guard)
    try:
        match arguments.act:
            case "watch":
                return _watch(printer)
            case "jobs":
                for job in printer.jobs():
                    print(f"{job.number}  {job.name}  {job.state.name.lower()}  {', '.join(job.reasons)}")
                return 0
            case "print":
                return _print(printer, arguments.file, arguments.name, arguments.seconds)
            case "ask":
                said = guard.evidence(arguments.name).value if guard else "not asked (--guard)"
                print(f"guard: {said}")
                print(f"queue: {printer.find(arguments.name).value}")
                print(f"printer: {printer.ask_printer(arguments.name).value}")
                return 0
            case _:
                status = printer.look()
                print(_line(status))
                return 0 if status.usable else 1
    except PrinterFault as fault:
        print(f"{fault.code}: {fault.detail}: {fault.turn.value}'s turn", file=sys.stderr)
        return 1


def _print(printer: CupsPrinter, file: Path, name: str, seconds: float) -> int:
    job = printer.submit(name, file.read_bytes())
    print(f"job {job}, {name}: handed over")
    outcome = printer.wait(job, give_up_seconds=seconds)
    print("printed" if outcome.completed else f"not confirmed: {outcome.reason}")
    return 0 if outcome.completed else 1


def _watch(printer: CupsPrinter) -> int:
    def say(event: DeviceEvent) -> None:
        if isinstance(event, StatusChanged):
            print(f"{event.status.since:%H:%M:%S}  {_line(event.status)}", flush=True)

    printer.subscribe(say)
    printer.open()
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        return 0
    finally:
        printer.close()


def _line(status: DeviceStatus) -> str:
    return f"{status.state}  {', '.join(status.reasons) or 'well'}  {status.detail}".rstrip()


if __name__ == "__main__":
    sys.exit(main())

"""Every virtual device is unplugged and plugged in again, all of them at once, each at moments of its own: how fast its driver has it back.

    python -m benchmarks.unplugs [--times 100] [--seed 1]

Unplugged means what it is for the device: the line hangs up and its name is gone, the stream is cut, upsd is silent, the file of the contact is away, the
printer is off. The time runs from plugging in to the driver's first word that it is usable; that it had noticed is waited for before. Nothing opens or closes a driver
meanwhile: it heals by itself.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.harness import seconds_until
from peripherals.address import Address
from peripherals.booklet import PageTurner
from peripherals.card_reader import card_reader
from peripherals.code_scanner.makes import code_scanner
from peripherals.device import Device
from peripherals.printer import CupsPrinter
from peripherals.receipt import ReceiptPrinter
from peripherals.signals import Contact
from peripherals.ups import NutUps
from sandbox.devices.camera import VirtualCamera
from sandbox.devices.cups import QUEUE, CupsDaemon
from sandbox.devices.printer import VirtualPrinter
from sandbox.devices.receipt import VirtualReceiptPrinter
from sandbox.devices.sam_v import VirtualSamVReader
from sandbox.devices.scanners import VirtualSerialScanner
from sandbox.devices.turner import VirtualPageTurner
from sandbox.devices.ups import VirtualUps


@dataclass(frozen=True, slots=True)
class Plugged:
    """A device with its driver, and the hands that pull the plug and put it in."""

    name: str
    driver: Device
    unplug: Callable[[], object]
    plug: Callable[[], object]


def _devices(directory: Path, stack: ExitStack) -> list[Plugged]:
    sam_v = stack.enter_context(VirtualSamVReader(directory / "sam-v"))
    scanner = stack.enter_context(VirtualSerialScanner(directory / "scanner"))
    receipts = stack.enter_context(VirtualReceiptPrinter(directory / "receipts"))
    turner = stack.enter_context(VirtualPageTurner(directory / "turner", ["41002186350"]))
    camera = stack.enter_context(VirtualCamera())
    ups = stack.enter_context(VirtualUps())
    printer = stack.enter_context(VirtualPrinter(directory / "printed", blanks=["41002186350"]))
    cups = stack.enter_context(CupsDaemon())
    cups.add_queue(printer.uri)
    door = directory / "door"
    door.write_text("0", "ascii")

    def upsd(fault: bool) -> None:
        ups.fault = "silence" if fault else None

    return [
        Plugged("SAM-V reader", card_reader(sam_v.line), sam_v.port.unplug, sam_v.port.plug),
        Plugged("serial scanner", code_scanner(scanner.line), scanner.port.unplug, scanner.port.plug),
        Plugged("camera", code_scanner(camera.url, "camera"), camera.die, camera.revive),
        Plugged(
            "receipt printer",
            ReceiptPrinter.at(Address.parse(receipts.line), "receipt"),
            receipts.port.unplug,
            receipts.port.plug,
        ),
        Plugged("page turner", PageTurner.at(Address.parse(turner.line), "turner"), turner.port.unplug, turner.port.plug),
        Plugged("UPS", NutUps.at(Address.parse(ups.line), "ups"), lambda: upsd(True), lambda: upsd(False)),
        Plugged("contact", Contact(door, "door"), door.unlink, lambda: door.write_text("0", "ascii")),
        Plugged(
            "sheet printer",
            CupsPrinter(queue=QUEUE, server=str(cups.socket_path)),
            lambda: printer.fault("offline"),
            lambda: printer.fault(None),
        ),
    ]


def _until(holds: Callable[[], bool]) -> float | None:
    """Seconds until it holds; None when it never does."""
    try:
        return seconds_until(holds)
    except TimeoutError:
        return None


def _pull(plugged: Plugged, times: int, dice: random.Random, found: list[float | None]) -> None:
    for _ in range(times):
        time.sleep(dice.uniform(0.0, 1.0))
        plugged.unplug()
        noticed = _until(lambda: not plugged.driver.status().usable)
        time.sleep(dice.uniform(0.0, 2.0))
        plugged.plug()
        back = _until(lambda: plugged.driver.status().usable)
        found.append(back if noticed is not None else None)
    print(f"{plugged.name}: {times} times", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory, ExitStack() as stack:
        devices = _devices(Path(directory), stack)
        for plugged in devices:
            plugged.driver.open()
            stack.callback(plugged.driver.close)
        for plugged in devices:
            if _until(lambda plugged=plugged: plugged.driver.status().usable) is None:
                print(f"{plugged.name} never came up: {plugged.driver.status()}", file=sys.stderr)
                return 2
        found: dict[str, list[float | None]] = {plugged.name: [] for plugged in devices}
        hands = [
            threading.Thread(
                target=_pull, args=(each, arguments.times, random.Random(f"{each.name} {arguments.seed}"), found[each.name])
            )
            for each in devices
        ]
        for hand in hands:
            hand.start()
        for hand in hands:
            hand.join()
    print("| unplugged | times | recovered | median | worst |\n|---|---|---|---|---|")
    for name, times in found.items():
        back = [one for one in times if one is not None]
        figures = f"{statistics.median(back):.2f} s | {max(back):.2f} s" if back else "— | —"
        print(f"| {name} | {len(times)} | {len(back)} | {figures} |")
    return 0 if all(one is not None for times in found.values() for one in times) else 1


if __name__ == "__main__":
    sys.exit(main())

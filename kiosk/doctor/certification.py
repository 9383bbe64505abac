"""The long list for a new model: what every device of a terminal must bear. A person's hands are needed, and told what to do.

The list is the checklist of docs/devices.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from kiosk.doctor.examination import settled
from kiosk.doctor.findings import Finding, Verdict
from peripherals.device import Device, DeviceEvent, StatusChanged

Hands = Callable[[str], None]
"""Does what it is told to a device, and returns when it is done."""

ROUNDS = 10
HANDS_SECONDS = 30.0
OPEN_SECONDS = 8.0
ANSWER_SECONDS = 0.5


def certify(
    there: Sequence[Device], hands: Hands | None, unpluggable: Callable[[Device], bool] = lambda _: True
) -> Iterator[Finding]:
    """The long list for each device. Without `hands` what needs them is left out, and the report says so."""
    for device in there:
        opening = _opens_and_closes(device)
        yield opening
        if opening.verdict is Verdict.WRONG or not unpluggable(device):
            continue  # what is not well with its plug in tells nothing when it is pulled
        if hands is None:
            yield Finding(
                f"{device.name}", Verdict.WARNING, "unplugging was not tried", "Run it again with somebody at the terminal."
            )
        else:
            yield from _survives_unplugging(device, hands)


def _opens_and_closes(device: Device) -> Finding:
    slowest = answer = 0.0
    for _ in range(ROUNDS):
        began = time.monotonic()
        settled(device)
        slowest = max(slowest, time.monotonic() - began)
        asked = time.monotonic()
        usable = device.status().usable
        answer = max(answer, time.monotonic() - asked)
        device.open()
        device.close()
        device.close()
        if not usable:
            return Finding(
                device.name, Verdict.WRONG, "was not well each time it was opened", "See `kiosk doctor` for what it says."
            )
    good = slowest <= OPEN_SECONDS and answer <= ANSWER_SECONDS
    said = f"opened and closed {ROUNDS} times, well after at most {slowest:.1f} s; says how it is in {answer * 1000:.0f} ms"
    return Finding(device.name, Verdict.OK if good else Verdict.WRONG, said, "" if good else "Too slow for a terminal.")


def _survives_unplugging(device: Device, hands: Hands) -> Iterator[Finding]:
    heard: list[DeviceEvent] = []
    unsubscribe = device.subscribe(heard.append)
    settled(device)
    try:
        hands(f"Unplug {device.name}")
        if not _until(lambda: not device.status().usable):
            yield Finding(
                device.name,
                Verdict.WRONG,
                "is said to be well although it was unplugged",
                "The driver must tell a missing device: a serial scanner does with silent and ask, a printer by its IPP address.",
            )
            return
        told = any(isinstance(event, StatusChanged) and not event.status.usable for event in heard)
        began = time.monotonic()
        hands(f"Plug {device.name} in again")
        if not _until(lambda: device.status().usable):
            yield Finding(
                device.name,
                Verdict.WRONG,
                "did not come back after it was plugged in again",
                "The driver must open it anew by itself.",
            )
            return
        said = f"unplugged: told{'' if told else ' only when asked'}; back by itself {time.monotonic() - began:.1f} s after it was plugged in"
        yield Finding(
            device.name, Verdict.OK if told else Verdict.WRONG, said, "" if told else "The driver must report it by an event."
        )
    finally:
        unsubscribe()
        device.close()


def _until(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + HANDS_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True

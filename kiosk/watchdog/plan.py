"""Which parts the watchdog looks after, how patient it is with each, and what it does about each symptom: data, no acts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from kiosk.settings import Settings
from kiosk.watchdog.health import Hysteresis
from kiosk.watchdog.ladder import Ladder, Remedy, Rung
from kiosk.watchdog.messages import DeviceWord
from peripherals.printer.condition import NOT_REACHED, STOPPING

READER_SERVICE, PRINT_SERVICE, TERMINAL = "reader-service", "print-service", "terminal"
DISK, CLOCK, CERTIFICATES, PLATFORM = "disk", "clock", "certificates", "platform"

PCSCD, CUPSD, KIOSK, TIME = "pcscd.service", "cups.service", "kiosk.service", "systemd-timesyncd.service"

STAFF_ONLY = frozenset(STOPPING) - NOT_REACHED | {"not-configured", "queue-unguarded", "effect-unknown", "contact-gone"}
"""What no restart mends: somebody must come with paper, toner or hands, look where a booklet is, or mend a wire."""
ELSEWHERE = frozenset({"reader-service-down", "print-service-down", "not-open"})
"""What a device says when the service before it is down: the service is the part that is ill."""
SERVING = ("card-reader", "code-scanner", "printer")
"""Devices for whose sake the terminal itself may be restarted, by how their names begin."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part. `ladders` by symptom, "" for any other; `obstacle` is the accept gate's word while it is out of service, "" where it
    closes nothing. A part is left alone while `behind` is ill, for it cannot be well then.
    """

    name: str
    obstacle: str = ""
    hysteresis: Hysteresis = field(default_factory=Hysteresis)
    ladders: Mapping[str, Ladder] = field(default_factory=dict[str, Ladder])
    behind: str = ""
    calls_staff: bool = True

    def ladder(self, symptom: str) -> Ladder:
        return self.ladders.get(symptom, self.ladders.get("", ()))


def clear_unit(service: str) -> str:
    """The unit that removes what a dead daemon left behind, and starts it."""
    return f"dazheng-clear@{service.partition('.')[0]}.service"


def usb_unit(port: str) -> str:
    """The unit that switches a USB port off and on; `port` as the kernel calls it (`1-1.4`)."""
    return f"dazheng-usb@{port}.service"


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts of one terminal. `usb`: device name → the USB port that it hangs on; `pcsc`: names of the readers behind pcscd;
    `readers`: how many readers there are in all (with two, one that is broken closes nothing).
    """

    usb: Mapping[str, str] = field(default_factory=dict[str, str])
    pcsc: tuple[str, ...] = ("card-reader",)
    readers: int = 1

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Readers are named as `kiosk.devices` names them."""
        lines = settings.card_reader.lines
        names = ["card-reader" if index == 1 else f"card-reader-{index}" for index in range(1, len(lines) + 1)]
        pcsc = tuple(name for name, line in zip(names, lines, strict=True) if line.partition(":")[0] == "pcsc")
        return cls(settings.watchdog.usb, pcsc, len(lines))

    def standing(self) -> tuple[Part, ...]:
        """The parts that are there whatever the terminal says."""
        power = tuple(rung for name in self.pcsc for rung in _power(self.usb.get(name)))
        reader = Part(
            READER_SERVICE,
            self._reader_obstacle,
            ladders={
                "reader-service-down": _service(PCSCD),
                "reader-gone": (Rung(Remedy.RESTART_SERVICE, PCSCD, wait=12, budget=4), *power),
            },
        )
        return (
            *((reader,) if self.pcsc else ()),
            Part(PRINT_SERVICE, "printer", ladders={"print-service-down": _service(CUPSD)}),
            Part(
                TERMINAL,
                hysteresis=Hysteresis(ill_after=1.0, well_after=3.0),
                ladders={"": (Rung(Remedy.KILL_TERMINAL, KIOSK, tries=3, wait=60, budget=5),)},
            ),
            Part(DISK, "store", Hysteresis(5, 10)),
            Part(CLOCK, "clock", Hysteresis(20, 5), {"": (Rung(Remedy.RESTART_SERVICE, TIME, wait=90, budget=2),)}),
            Part(CERTIFICATES, "", Hysteresis(0, 0)),
            # Nothing here mends the link, and nobody can be called over it: the terminal says so and goes on when it is back.
            Part(PLATFORM, "", Hysteresis(30, 5), calls_staff=False),
        )

    def device(self, name: str) -> Part:
        """A device of the terminal's, of whatever kind, by what its driver says of it."""
        reader = name.startswith("card-reader")
        obstacle = "printer" if name in ("printer", "page-turner") else self._reader_obstacle if reader else ""
        behind = PRINT_SERVICE if name == "printer" else READER_SERVICE if name in self.pcsc else ""
        mended: Ladder = (
            Rung(Remedy.REOPEN, name, wait=10, budget=12),
            *_power(self.usb.get(name)),
            *((Rung(Remedy.RESTART_TERMINAL, KIOSK, wait=90, budget=2),) if name.startswith(SERVING) else ()),
        )
        ladders = {"": mended, **dict.fromkeys(STAFF_ONLY, ())}
        return Part(f"device:{name}", obstacle, Hysteresis(ill_after=30, well_after=5), ladders, behind)

    @property
    def _reader_obstacle(self) -> str:
        return "reader" if self.readers == 1 else ""


def symptom_of(device: DeviceWord) -> str | None:
    """The word for what is wrong with a device; None when it is usable, when the service before it is down, or when somebody is at
    it (a door that stands open, XFS "user-error"): the accept gate says that, and there is nothing to mend.
    """
    if device.state in ("online", "busy", "user-error"):
        return None
    reason = device.reasons[0] if device.reasons else device.state
    return None if reason in ELSEWHERE else reason


def _service(unit: str) -> Ladder:
    return (
        Rung(Remedy.RESTART_SERVICE, unit, tries=2, wait=8, budget=20),
        Rung(Remedy.CLEAR_SOCKETS, clear_unit(unit), wait=12, budget=6),
    )


def _power(port: str | None) -> Ladder:
    return (Rung(Remedy.POWER_CYCLE, usb_unit(port), wait=15, budget=4),) if port else ()

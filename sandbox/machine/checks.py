"""What the machine must show: each check is one sentence with what was measured, and raises `NotSo` where it does not hold.

Seconds are this machine's wall clock; the guest's is the same clock on processors that are some ten times slower (no KVM).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, cast

from sandbox.machine.installing import STAFF
from sandbox.machine.qemu import Machine

UNITS = ("kiosk.service", "kiosk-watchdog.service", "kiosk-display.service")
MINUTE, EMULATED = 60.0, 2.0
"""How long a unit may take to be active after the kernel's start; and how many times longer where every instruction is emulated, which
takes some ten times as long.
"""
METRICS = "exec 3<>/dev/tcp/127.0.0.1/9469; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
READER_MISSING = "reader"
"""The accept gate's word for a reader that is not there."""
LOOK_SECONDS = 0.5
XORG_SETTING = "/usr/share/X11/xorg.conf.d/60-dazheng.conf"
KEYS = (
    *(("ctrl", "alt", f"f{number}") for number in (1, 2, 3, 6)),
    ("ctrl", "alt", "backspace"),
    ("ctrl", "alt", "delete"),
    ("alt", "f4"),
    ("alt", "sysrq", "b"),
    ("alt", "sysrq", "k"),
    ("power",),
    ("sleep",),
    ("meta_l",),
    ("ctrl", "alt", "t"),
)
"""What somebody with a keyboard would try first."""

Say = Callable[[str], None]


class NotSo(Exception):
    """A check that does not hold. The message says which, and what was seen instead."""


def boots(machine: Machine, say: Say) -> None:
    """systemd is process 1; both units are up within a minute; the terminal serves."""
    guest = machine.guest
    agent = machine.wait_for_boot()
    first = guest.sh("cat /proc/1/comm")
    _holds(first == "systemd", f"process 1 is {first}")
    until(
        machine, lambda: guest.sh("systemctl is-active kiosk kiosk-watchdog | sort -u || :") == "active", "both units are up", 240
    )
    wall = time.monotonic() - machine.started
    say(f"process 1 is {first}; power to the first answer from within {agent:.0f} s, to both units active {wall:.0f} s")
    since = {unit: active_since(machine, unit) for unit in UNITS}
    say("active after the kernel's start: " + ", ".join(f"{unit} {seconds:.1f} s" for unit, seconds in since.items()))
    serves(machine)
    say(f"the terminal says: {status(machine, 'kiosk')}; power to serving {time.monotonic() - machine.started:.0f} s")
    say("what took longest: " + ", ".join(" ".join(line.split()) for line in guest.sh("systemd-analyze blame").splitlines()[:8]))
    slowest = max(since.values())
    _holds(
        slowest <= MINUTE * EMULATED * machine.build.slowness, f"a unit is active only {slowest:.1f} s after the kernel's start"
    )


def serves(machine: Machine, seconds: float = 120.0) -> None:
    """Until the terminal says that it serves and the watchdog that all is well."""
    until(
        machine, lambda: status(machine, "kiosk") == "serving", "the terminal serves", seconds, lambda: status(machine, "kiosk")
    )
    until(
        machine,
        lambda: status(machine, "kiosk-watchdog") == "all is well",
        "the watchdog says that all is well",
        seconds,
        lambda: status(machine, "kiosk-watchdog"),
    )


def doctor(machine: Machine, say: Say) -> dict[str, dict[str, str]]:
    """What `kiosk doctor --json` finds, as the terminal's own user, while the terminal rests: it holds the camera otherwise."""
    guest = machine.guest
    guest.sh("systemctl stop kiosk", seconds=120)
    done = guest.run("/usr/sbin/runuser", "-u", "dazheng", "--", "/usr/bin/kiosk", "doctor", "--json", seconds=180)
    guest.sh("systemctl start --no-block kiosk")
    told = cast("dict[str, Any]", json.loads(done.out))
    found = {finding["part"]: finding for finding in told["findings"]}
    for part, finding in found.items():
        say(f"doctor: {finding['verdict']:8} {part:18} {finding['said']}" + (f" → {finding['do']}" if finding["do"] else ""))
    say(f"doctor: verdict {told['verdict']}, exit status {done.status}")
    return found


def sees_the_devices(machine: Machine, say: Say) -> None:
    """The doctor sees the USB CCID reader, the V4L2 camera and the hardware watchdog; the kernel says that they are what we say."""
    guest = machine.guest
    usb = "grep -l 08e6 /sys/bus/usb/devices/*/idVendor | xargs dirname | while read d; do cat $d/product; done"
    say(
        f"kernel: USB {guest.sh(usb)}; {guest.sh('cat /sys/class/video4linux/video0/name')}; {guest.sh('wdctl -n -o NAME | head -n 1; cat /sys/class/watchdog/watchdog0/identity')}"
    )
    found = doctor(machine, say)
    for part in ("card-reader", "code-scanner", "hardware-watchdog"):
        _holds(found[part]["verdict"] == "ok", f"the doctor says of {part}: {found[part]['said']}")
    _holds(all(finding["verdict"] != "wrong" for finding in found.values()), "the doctor finds something wrong")
    serves(machine)


def unplugging(machine: Machine, say: Say) -> None:
    """The reader is pulled out while the terminal runs, and put in again; nobody starts anything."""
    guest = machine.guest
    pid = main_pid(machine)
    began = time.monotonic()
    machine.unplug_reader()
    until(machine, lambda: READER_MISSING in status(machine, "kiosk"), "the terminal says so", 60)
    say(f"unplugged: the terminal says {status(machine, 'kiosk')!r} after {time.monotonic() - began:.1f} s")
    until(machine, lambda: part_up(machine, "reader-service") == 0.0, "the watchdog says so", 60)
    say(f'unplugged: the watchdog\'s metric dazheng_part_up{{part="reader-service"}} is 0 after {time.monotonic() - began:.1f} s')
    until(machine, lambda: "reader" in status(machine, "kiosk-watchdog"), "the watchdog gives up and calls staff", 120)
    say(f"unplugged: the watchdog says {status(machine, 'kiosk-watchdog')!r} after {time.monotonic() - began:.1f} s")
    began = time.monotonic()
    machine.plug_reader()
    until(machine, lambda: part_up(machine, "reader-service") == 1.0, "the watchdog says that it is back", 90)
    say(f"plugged in: the watchdog's metric is 1 after {time.monotonic() - began:.1f} s")
    serves(machine)
    say(f"plugged in: the terminal says {status(machine, 'kiosk')!r} after {time.monotonic() - began:.1f} s")
    _holds(main_pid(machine) == pid, "the terminal was restarted over a reader")
    say("journal: " + " | ".join(guest.sh("journalctl -u kiosk-watchdog -o cat --no-pager -n 12").splitlines()[-6:]))


def hanging(machine: Machine, say: Say) -> None:
    """The terminal is stopped with SIGSTOP; the watchdog kills it and starts it anew."""
    guest = machine.guest
    pid = main_pid(machine)
    began = time.monotonic()
    guest.sh(f"kill -STOP {pid}")
    until(machine, lambda: main_pid(machine) not in (0, pid), "another terminal runs", 120)
    say(f"SIGSTOP: killed and another one started after {time.monotonic() - began:.1f} s")
    serves(machine, 180)
    say(f"SIGSTOP: it serves again after {time.monotonic() - began:.1f} s")
    said = guest.sh("journalctl -u kiosk-watchdog -u kiosk -o cat --no-pager --since -4min")
    remedies = [line for line in said.splitlines() if "kill" in line.lower()]
    _holds(bool(remedies), "the journal says nothing of a kill")
    say("journal: " + " | ".join(remedies[:4]))


def restarts_by_staff(machine: Machine, say: Say) -> None:
    """What the admin screen asks systemd for, asked by the terminal's user, is done."""
    pid = main_pid(machine)
    machine.guest.sh("runuser -u dazheng -- systemctl --no-block --no-ask-password restart kiosk.service")
    until(machine, lambda: main_pid(machine) not in (0, pid), "another terminal runs", 120)
    refused = machine.guest.run("/usr/sbin/runuser", "-u", "dazheng", "--", "/bin/systemctl", "--no-ask-password", "stop", "cups")
    _holds(refused.status != 0, "the terminal's user may stop cups")
    serves(machine, 180)
    say(f"the terminal's user may restart kiosk.service, and not stop cups ({refused.err.strip()[:60]})")


def keyboard(machine: Machine, say: Say) -> None:
    """A keyboard is plugged into the running machine: no key of it leads away from the terminal, ends it, or switches the machine off."""
    guest = machine.guest

    def stands() -> tuple[str, ...]:
        active, boot = guest.sh("cat /sys/class/tty/tty0/active"), boot_id(machine)
        display = guest.sh("systemctl show -P MainPID kiosk-display")
        return (active, boot, display, str(main_pid(machine)))

    before = stands()
    _plug_keyboard(machine)
    event = guest.sh("readlink -f /dev/input/by-id/*QEMU_USB_Keyboard*-event-kbd")
    guest.sh(f"(timeout 300 cat {event} >/run/keys) >/dev/null 2>&1 & sleep 1")
    for keys in KEYS:
        machine.press(*keys)
        time.sleep(2 * machine.build.slowness)
        _holds((now := stands()) == before, f"{'-'.join(keys)}: {before} became {now}")
    heard = int(guest.sh("stat -c %s /run/keys"))
    _holds(heard > 0, "no key of it came to the machine")
    serves(machine)
    machine.unplug_keyboard()
    say(
        f"a keyboard was plugged in ({heard} bytes of its keys were heard) and {', '.join('-'.join(keys) for keys in KEYS)} pressed: console"
        f" {before[0]}, boot, X server and terminal are the same"
    )


def unguarded_keyboard(machine: Machine, say: Say) -> None:
    """The check before this one can fail: without the package's setting of X the same keys lead to a console."""
    guest = machine.guest
    console = "cat /sys/class/tty/tty0/active"
    guest.sh(f"mv {XORG_SETTING} /root/ && systemctl restart kiosk-display")
    try:
        serves(machine, 240)
        before = guest.sh(console)
        _plug_keyboard(machine)
        machine.press("ctrl", "alt", "f3")
        until(machine, lambda: guest.sh(console) != before, "another console", 30)
        say(f"without {XORG_SETTING.rpartition('/')[2]} Ctrl-Alt-F3 leads from {before} to {guest.sh(console)}")
        machine.unplug_keyboard()
    finally:
        guest.sh(f"mv /root/{XORG_SETTING.rpartition('/')[2]} {XORG_SETTING}; systemctl restart kiosk-display")
    serves(machine, 240)


def _plug_keyboard(machine: Machine) -> None:
    """A keyboard is plugged in, and the running X server has it."""
    had = "grep -c 'QEMU USB Keyboard' /var/log/Xorg.0.log || :"
    machine.plug_keyboard()
    until(machine, lambda: machine.guest.sh(had) not in ("", "0"), "X has the keyboard", 60)


def resets(machine: Machine, say: Say) -> None:
    """The kernel stands still (a panic); the hardware watchdog starts the machine anew, and it serves again."""
    guest = machine.guest
    boot = boot_id(machine)
    guest.run("/bin/sh", "-c", "sync; (sleep 1; echo c >/proc/sysrq-trigger) >/dev/null 2>&1 &")
    began = time.monotonic()
    machine.await_event("WATCHDOG", seconds=120 * machine.build.slowness)
    say(f"kernel panic: the hardware watchdog fires after {time.monotonic() - began:.0f} s")
    machine.wait_for_boot()
    _holds(boot_id(machine) != boot, "it is the same boot")
    serves(machine, 180)
    say(f"kernel panic: it serves again after {time.monotonic() - began:.0f} s")


# ---- looking ------------------------------------------------------------------------------------------------------------


def status(machine: Machine, unit: str) -> str:
    return machine.guest.sh(f"systemctl show -P StatusText {unit}")


def boot_id(machine: Machine) -> str:
    """The kernel's own name for the time since it was started."""
    return machine.guest.sh("cat /proc/sys/kernel/random/boot_id")


def main_pid(machine: Machine) -> int:
    return int(machine.guest.sh("systemctl show -P MainPID kiosk"))


def active_since(machine: Machine, unit: str) -> float:
    """Seconds from the kernel's start until the unit was active."""
    return int(machine.guest.sh(f"systemctl show -P ActiveEnterTimestampMonotonic {unit}")) / 1e6


def part_up(machine: Machine, part: str) -> float | None:
    """The watchdog's own metric."""
    text = machine.guest.run("/bin/bash", "-c", METRICS).out
    wanted = f'dazheng_part_up{{part="{part}"}} '
    return next((float(line.removeprefix(wanted)) for line in text.splitlines() if line.startswith(wanted)), None)


def ledgers_hold(machine: Machine) -> str:
    """The installed commands' word on blanks and journal. Raises `CommandFailed` where a sum or a link does not hold."""
    return machine.guest.sh(f"{STAFF} blanks account && {STAFF} journal verify", seconds=120)


def until(machine: Machine, holds: Callable[[], bool], what: str, seconds: float, seen: Callable[[], str] = lambda: "") -> None:
    """Wait for it. Raises `NotSo`."""
    deadline = time.monotonic() + seconds * machine.build.slowness
    while not holds():
        if time.monotonic() > deadline:
            raise NotSo(
                f"in {seconds * machine.build.slowness:.0f} s it did not come to be that {what}{f': {seen()}' if seen() else ''}"
            )
        time.sleep(LOOK_SECONDS)


def _holds(true: bool, otherwise: str) -> None:
    if not true:
        raise NotSo(otherwise)

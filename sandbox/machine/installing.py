"""The package put into the running machine and set up, step by step as docs/installing.md says it.

Nothing virtual is installed. The one thing that a production terminal has not: the terminal keeps the file by which a scripted citizen
sees what is on the screen (`kiosk run --eyes`), because she cannot look at the glass.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from sandbox.machine.outside import Outside
from sandbox.machine.qemu import SHARE, Machine

EYES = "/run/dazheng/eyes.json"
WITH_EYES = f"[Service]\nExecStart=\nExecStart=/usr/bin/kiosk run --eyes {EYES}\n"
SLOW = {
    "kiosk.service": "[Service]\nTimeoutStartSec={start}\nWatchdogSec={silence}\n",
    "kiosk-watchdog.service": "[Service]\nExecStart=\nExecStart=/usr/bin/kiosk watchdog --haste {haste}\nTimeoutStartSec={start}\nWatchdogSec={silence}\n",
}
"""What patience the units get on processors that are `slowness` times slower than a terminal's: the times of ours and no others."""
STAFF = "runuser -u dazheng -- kiosk"
"""How staff give a command in the machine's shell (docs/operations.md)."""

Say = Callable[[str], None]


def share(machine: Machine) -> None:
    """The host's folder, read-only."""
    machine.guest.sh(f"mkdir -p {SHARE}; mountpoint -q {SHARE} || mount -t 9p -o ro,trans=virtio,version=9p2000.L share {SHARE}")


def install(machine: Machine, say: Say) -> None:
    """The package, by dpkg, under a running systemd. Raises `CommandFailed`.

    dpkg is spared its flush after each of some thousand files, because the disk is kept only when the machine was shut down in good order.
    """
    guest = machine.guest
    began = time.monotonic()
    share(machine)
    order = f"DEBIAN_FRONTEND=noninteractive dpkg --force-unsafe-io -i {SHARE}/dazheng.deb"
    guest.sh(
        f"{order} >/var/log/dazheng-install.log 2>&1 || {{ tail -n 20 /var/log/dazheng-install.log; exit 1; }}", seconds=1200
    )
    say(
        f"dpkg -i, in the running machine: {time.monotonic() - began:.0f} s; {guest.sh('dpkg --audit && echo dpkg finds no fault')}"
    )
    without = guest.sh("systemctl is-active kiosk kiosk-watchdog kiosk-display | paste -sd, || :")
    say(f"without settings kiosk, kiosk-watchdog, kiosk-display are {without}; failed units: {failed(machine) or 'none'}")


def configure(machine: Machine, outside: Outside, say: Say) -> None:
    """Settings, queue, start, blanks: docs/installing.md, "Setting up". Raises `CommandFailed`."""
    guest = machine.guest
    for name, content in outside.files().items():
        guest.write(f"/etc/dazheng/{name}", content)
    guest.write("/etc/dazheng/kiosk.toml", outside.settings(machine.build.slowness).encode() + screen(machine))
    guest.sh("chown root:dazheng /etc/dazheng/*; chmod 0640 /etc/dazheng/*")
    say(guest.sh("kiosk check-settings", seconds=300))
    guest.sh(
        f"lpadmin -p certificates -E -v once:{outside.printer_uri} -P /usr/share/dazheng/certificate.ppd "
        "-o printer-error-policy=abort-job"
    )
    guest.sh("mkdir -p /etc/systemd/system/kiosk.service.d")
    guest.write("/etc/systemd/system/kiosk.service.d/eyes.conf", WITH_EYES.encode())
    slowness = machine.build.slowness
    for unit, text in SLOW.items() if slowness > 1 else ():
        patience = text.format(start=round(120 * slowness), silence=round(45 * slowness), haste=round(1 / slowness, 3))
        guest.sh(f"mkdir -p /etc/systemd/system/{unit}.d")
        guest.write(f"/etc/systemd/system/{unit}.d/slow.conf", patience.encode())
    guest.sh("systemctl daemon-reload; systemctl start kiosk-watchdog kiosk", seconds=240 * slowness)
    first, count = outside.serials[0], len(outside.serials)
    say(guest.sh(f"{STAFF} blanks load {first} {count} --by 0001 --and 0002", seconds=300))


def failed(machine: Machine) -> str:
    """Units that failed, in systemd's words."""
    return machine.guest.sh("systemctl --failed --no-legend --plain | cut -d' ' -f1 | paste -sd,")


def screen(machine: Machine) -> bytes:
    width, height = machine.build.size
    return f"\n[screen]\nwidth = {width}\nheight = {height}\n".encode()

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
STAFF = "runuser -u dazheng -- kiosk"
"""How staff give a command in the machine's shell (docs/operations.md)."""

Say = Callable[[str], None]


def share(machine: Machine) -> None:
    """The host's folder, read-only."""
    machine.guest.sh(f"mkdir -p {SHARE}; mountpoint -q {SHARE} || mount -t 9p -o ro,trans=virtio,version=9p2000.L share {SHARE}")


def install(machine: Machine, outside: Outside, say: Say) -> None:
    """dpkg, settings, queue, blanks, units. Raises `CommandFailed` where any step fails."""
    guest = machine.guest
    began = time.monotonic()
    share(machine)
    guest.sh(f"DEBIAN_FRONTEND=noninteractive dpkg -i {SHARE}/dazheng.deb >/var/log/dazheng-install.log 2>&1", seconds=600)
    say(f"dpkg -i, in the running machine: {time.monotonic() - began:.0f} s")
    say(f"before there are settings: kiosk is {guest.sh('systemctl is-active kiosk kiosk-watchdog | paste -sd, || :')}")
    for name, content in outside.files().items():
        guest.write(f"/etc/dazheng/{name}", content)
    guest.write("/etc/dazheng/kiosk.toml", outside.settings().encode() + screen(machine))
    guest.sh("chown root:dazheng /etc/dazheng/*; chmod 0640 /etc/dazheng/*")
    say(guest.sh("kiosk check-settings"))
    guest.sh(
        f"lpadmin -p certificates -E -v once:{outside.printer_uri} -P /usr/share/dazheng/certificate.ppd "
        "-o printer-error-policy=abort-job"
    )
    first, count = outside.serials[0], len(outside.serials)
    guest.sh(f"{STAFF} keys create")
    say(guest.sh(f"{STAFF} blanks load {first} {count} --by 0001 --and 0002"))
    guest.sh("mkdir -p /etc/systemd/system/kiosk.service.d")
    guest.write("/etc/systemd/system/kiosk.service.d/eyes.conf", WITH_EYES.encode())
    guest.sh("systemctl daemon-reload; systemctl start --no-block kiosk-watchdog kiosk")


def screen(machine: Machine) -> bytes:
    width, height = machine.build.size
    return f"\n[screen]\nwidth = {width}\nheight = {height}\n".encode()

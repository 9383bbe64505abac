"""The bare machine: Debian 12 with what the package depends on and a guest agent, as an ext4 disk; made once and kept.

Nothing of ours is on it: the package is installed when the machine runs (`installing`).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

ROOT = Path(__file__).parents[2]
CONTROL = ROOT / "deploy" / "debian" / "dazheng.control"
GIGABYTES = 6
MACHINERY = (
    "linux-image-amd64",
    "initramfs-tools",
    "systemd",
    "systemd-sysv",
    "udev",
    "dbus",
    "kmod",
    "iproute2",
    "qemu-guest-agent",
    "ca-certificates",
)
"""What makes it a machine; the rest is what the package says that it depends on."""
BOOT_MODULES = ("virtio_pci", "virtio_blk", "ext4")
FILES = {
    "etc/hostname": "terminal\n",
    "etc/hosts": "127.0.0.1 localhost terminal\n",
    "etc/fstab": "/dev/vda / ext4 errors=remount-ro 0 1\n",
    "etc/systemd/network/10-all.network": "[Match]\nName=en*\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\nIPv6AcceptRA=no\n",
    "etc/modules-load.d/camera.conf": "vivid\n",
    "etc/modprobe.d/camera.conf": "options vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0\n",
    "etc/systemd/system/qemu-guest-agent.service.d/quiet.conf": "[Service]\nLogLevelMax=notice\n",
}
"""A wired network; a V4L2 camera, which is the kernel's own test driver; an agent that does not log each question."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Image:
    """A disk that boots; never written to."""

    disk: Path
    kernel: Path
    initrd: Path


def bare_machine(cache: Path, say: Say) -> Image:
    """The image in `cache`, made anew where what goes into it has changed. As root: some minutes."""
    wanted = (*MACHINERY, *needed(CONTROL.read_text("utf-8")))
    recipe = hashlib.sha256(repr((wanted, sorted(FILES.items()), BOOT_MODULES, GIGABYTES)).encode()).hexdigest()[:12]
    home = cache / f"debian-{recipe}"
    image = Image(home / "disk.img", home / "vmlinuz", home / "initrd.img")
    if image.disk.exists():
        return image
    if os.geteuid() != 0:
        raise PermissionError("making the machine's disk needs root")
    say("making a bare Debian 12 (once)")
    shutil.rmtree(home, ignore_errors=True)
    tree = home / "tree"
    tree.mkdir(parents=True)
    with (home / "log").open("wb") as log:
        _run(log, "debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", str(tree))
        _fill(tree, wanted, log)
        for name in ("vmlinuz", "initrd.img"):
            shutil.copyfile(tree / name, home / name)
        draft = home / "disk.new"
        with draft.open("wb") as disk:
            disk.truncate(GIGABYTES << 30)
        _run(log, "mkfs.ext4", "-q", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0", "-d", str(tree), str(draft))
    shutil.rmtree(tree)
    draft.rename(image.disk)
    return image


def needed(control: str) -> tuple[str, ...]:
    """The names in a control file's Depends and Recommends."""
    lines = re.findall(r"^(?:Depends|Recommends): (.*)$", control, re.M)
    return tuple(re.sub(r"\(.*\)", "", name).strip() for line in lines for name in line.split(","))


def _fill(tree: Path, wanted: tuple[str, ...], log: BinaryIO) -> None:
    shutil.copytree("/etc/apt", tree / "etc/apt", dirs_exist_ok=True)
    shutil.copyfile("/etc/resolv.conf", tree / "etc/resolv.conf")
    policy = tree / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    for name, text in FILES.items():
        path = tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    _in(tree, log, "apt-get", "update")
    _in(tree, log, "apt-get", "install", "--yes", "--no-install-recommends", "initramfs-tools")
    setup = tree / "etc/initramfs-tools"
    (setup / "modules").write_text("\n".join(BOOT_MODULES) + "\n")
    (setup / "conf.d/small").write_text("MODULES=list\n")
    _in(tree, log, "apt-get", "install", "--yes", "--no-install-recommends", *wanted)
    _in(tree, log, "apt-get", "clean")
    _in(tree, log, "systemctl", "enable", "systemd-networkd")
    _in(
        tree,
        log,
        "systemctl",
        "mask",
        "apt-daily.timer",
        "apt-daily-upgrade.timer",
        "systemd-networkd-wait-online.service",
        "e2scrub_reap.service",
    )
    policy.unlink()
    for left in ("etc/apt", "var/lib/apt/lists"):  # sources and lists are this machine's, not the terminal's
        shutil.rmtree(tree / left, ignore_errors=True)


def _in(tree: Path, log: BinaryIO, *words: str) -> None:
    _run(log, "chroot", str(tree), "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", *words)


def _run(log: BinaryIO, *words: str) -> None:
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
    if done.returncode:
        raise RuntimeError(f"{words[0]} ended with status {done.returncode}; see the log beside the image")

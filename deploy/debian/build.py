"""Builds the Debian packages `dazheng` (the terminal) and `dazheng-sandbox` (everything virtual) into build/deb.

    .venv/bin/python deploy/debian/build.py [--version 0.1.0]

What the packages carry of others is copied out of `.venv`, which was installed hash-locked: the closure of our dependencies, file by
file as each wheel's record has it. They lie in /usr/lib/dazheng, beside nothing of the machine's own Python, and run under Debian's
python3 3.11; so nothing is fetched or compiled when a terminal is installed.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
LIBRARY = Path("usr/lib/dazheng")
OURS = ("kiosk", "peripherals", "screens", "offline_cache")
INSTALLED = {
    "kiosk.service": "usr/lib/systemd/system/",
    "kiosk-watchdog.service": "usr/lib/systemd/system/",
    "deploy/systemd/kiosk-display.service": "usr/lib/systemd/system/",
    "deploy/systemd/dazheng-clear@.service": "usr/lib/systemd/system/",
    "deploy/systemd/dazheng-usb@.service": "usr/lib/systemd/system/",
    "deploy/systemd/cups.service.conf": "usr/lib/systemd/system/cups.service.d/dazheng.conf",
    "deploy/systemd/watchdog.conf": "usr/lib/systemd/system.conf.d/dazheng.conf",
    "deploy/systemd/logind.conf": "usr/lib/systemd/logind.conf.d/dazheng.conf",
    "deploy/sysctl.conf": "usr/lib/sysctl.d/60-dazheng.conf",
    "deploy/xorg/60-dazheng.conf": "usr/share/X11/xorg.conf.d/",
    "deploy/systemd/sysusers.conf": "usr/lib/sysusers.d/dazheng.conf",
    "deploy/systemd/tmpfiles.conf": "usr/lib/tmpfiles.d/dazheng.conf",
    "deploy/udev/60-dazheng.rules": "usr/lib/udev/rules.d/",
    "deploy/polkit/50-dazheng.rules": "usr/share/polkit-1/rules.d/",
    "deploy/dazheng.catalog": "usr/lib/systemd/catalog/",
    "deploy/cups/cupsd.conf": "usr/share/dazheng/",
    "deploy/cups/cups-files.conf": "usr/share/dazheng/",
    "peripherals/printer/certificate.ppd": "usr/share/dazheng/",
    "peripherals/printer/once_backend": "usr/lib/cups/backend/once",
    "deploy/debian/copyright": "usr/share/doc/dazheng/",
}
PREPARED = ("screens/assets/fonts/coverage.json", "screens/assets/voices/zh_CN.json")
"""What deploy/setup makes and no checkout has: without it a terminal could be installed and not start."""
EXECUTABLE = ("usr/lib/cups/backend/once", "usr/bin/kiosk", "usr/libexec/dazheng/*")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", default=tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])
    version = parser.parse_args().version
    if unprepared := [name for name in PREPARED if not (ROOT / name).exists()]:
        sys.exit(f"{', '.join(unprepared)}: not there; run `make setup` first")
    out = ROOT / "build" / "deb"
    shutil.rmtree(out, ignore_errors=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    terminal = closure(project["dependencies"])
    sandbox = closure(project["optional-dependencies"]["sandbox"]) - terminal
    for package, needed, own in (("dazheng", terminal, OURS), ("dazheng-sandbox", sandbox, ("sandbox",))):
        tree = out / package
        lay_library(tree / LIBRARY, needed, own)
        if package == "dazheng":
            lay_terminal(tree)
        else:
            document(tree, package)
        built = pack(tree, package, version, out)
        print(f"{built.relative_to(ROOT)}: {built.stat().st_size / 1e6:.0f} MB, {len(needed)} distributions of others")
    return 0


def closure(requirements: list[str]) -> set[str]:
    """Names of the installed distributions that these need, themselves included (extras as asked for, markers as here)."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found: set[str] = set()
    waiting = [Requirement(line) for line in requirements]
    done: set[str] = set()
    while waiting:
        wanted = waiting.pop()
        if str(wanted) in done:
            continue
        done.add(str(wanted))
        found.add(canonicalize_name(wanted.name))
        for line in distribution(wanted.name).requires or ():
            further = Requirement(line)
            if any(further.marker is None or further.marker.evaluate({"extra": extra}) for extra in (wanted.extras or {""})):
                waiting.append(further)
    return found


def lay_library(library: Path, needed: set[str], own: tuple[str, ...]) -> None:
    library.mkdir(parents=True)
    for name in sorted(needed):
        copy_distribution(distribution(name), library)
    for package in own:
        shutil.copytree(ROOT / package, library / package, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    # Compiled for the one Python that the package depends on; never written to at run time.
    subprocess.run(
        [
            "/usr/bin/python3",
            "-m",
            "compileall",
            "-q",
            "-j0",
            "--invalidation-mode=unchecked-hash",
            f"-s{library}",
            "-p/usr/lib/dazheng",
            library,
        ],
        check=False,  # some carry templates that are no Python
        stdout=subprocess.DEVNULL,
    )


def copy_distribution(found: Distribution, library: Path) -> None:
    """The files of a wheel's record that lie among the packages: no scripts, no manual pages."""
    for entry in found.files or ():
        source = Path(str(found.locate_file(entry)))
        if ".." in entry.parts or "__pycache__" in entry.parts or not source.is_file():
            continue
        target = library / entry
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def lay_terminal(tree: Path) -> None:
    shutil.copytree(ROOT / "docs", tree / "usr/share/doc/dazheng/docs")
    for source, place in INSTALLED.items():
        target = tree / place
        if place.endswith("/"):
            target = target / Path(source).name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / source, target)
    shutil.copytree(DEPLOY / "libexec", tree / "usr/libexec/dazheng")
    (tree / "etc/dazheng").mkdir(parents=True)
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "usr/bin/kiosk").write_text(
        '#!/usr/bin/python3 -I\nimport sys\n\nsys.path.insert(0, "/usr/lib/dazheng")\n'
        "from kiosk.__main__ import main\n\nsys.exit(main())\n",
        "utf-8",
    )


def document(tree: Path, package: str) -> None:
    target = tree / "usr/share/doc" / package
    target.mkdir(parents=True)
    shutil.copyfile(DEPLOY / "debian" / "copyright", target / "copyright")


def pack(tree: Path, package: str, version: str, out: Path) -> Path:
    for path in tree.rglob("*"):
        path.chmod(0o755 if path.is_dir() or path.suffix == ".so" else 0o644)
    for pattern in EXECUTABLE:
        for path in tree.glob(pattern):
            path.chmod(0o755)
    control = tree / "DEBIAN"
    control.mkdir()
    architecture = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
    size = sum(path.lstat().st_size for path in tree.rglob("*") if path.is_file()) // 1024
    template = (DEPLOY / "debian" / f"{package}.control").read_text("utf-8")
    words = {"version": version, "architecture": architecture, "size": str(size)}
    (control / "control").write_text(re.sub(r"@(\w+)@", lambda found: words[found.group(1)], template), "utf-8")
    for script in ("postinst", "prerm", "postrm"):
        source = DEPLOY / "debian" / f"{package}.{script}"
        if source.exists():
            shutil.copyfile(source, control / script)
            (control / script).chmod(0o755)
    built = out / f"{package}_{version}_{architecture}.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zgzip", "-z3", "--build", tree, built], check=True, stdout=subprocess.DEVNULL
    )
    return built


if __name__ == "__main__":
    try:
        sys.exit(main())
    except PackageNotFoundError as missing:
        sys.exit(f"{missing}: run `make setup` first")

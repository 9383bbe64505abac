"""Makes of code scanners: what the settings line of ``[code_scanner]`` opens. A new make is a file beside `serial` and a line here.

camera:/dev/video0?exposure=150&focus=30    a camera, also written as "0", "/dev/video0" or the URL of a stream
serial:/dev/serial/by-id/…?baud=9600        a scanner on a serial line
keyboard:/dev/input/by-id/…                 a scanner that types
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from peripherals.address import Address, AddressWrong
from peripherals.code_scanner.scanner import CodeScanner
from peripherals.code_scanner.serial import SerialSettings, SerialSource
from peripherals.code_scanner.source import LENS, Lens
from peripherals.code_scanner.wired import WiredScanner


def _camera(address: Address, name: str) -> CodeScanner:
    return _looking(address.only(*LENS).where, Lens.at(address), name)


def _looking(where: str, lens: Lens, name: str) -> CodeScanner:
    from peripherals.code_scanner.camera import CameraScanner  # loads OpenCV, which whoever only reads settings does without
    from peripherals.code_scanner.frames import source_from

    return CameraScanner(source_from(where, lens), name=name)


def _serial(address: Address, name: str) -> CodeScanner:
    return WiredScanner(functools.partial(SerialSource, SerialSettings.at(address)), name)


def _keyboard(address: Address, name: str) -> CodeScanner:
    from peripherals.code_scanner.keyboard import KeyboardSource

    return WiredScanner(functools.partial(KeyboardSource, address.only().where), name)


MAKES: dict[str, Callable[[Address, str], CodeScanner]] = {"camera": _camera, "serial": _serial, "keyboard": _keyboard}


def code_scanner(line: str, name: str = "code-scanner") -> CodeScanner:
    """The scanner that a settings line names, not yet opened. Raises `AddressWrong`."""
    check(line)
    if _is_a_camera(line):
        return _looking(line, Lens(), name)
    address = Address.parse(line)
    return MAKES[address.kind](address, name)


def check(line: str) -> None:
    """Whether a settings line names a scanner, without loading what it opens. Raises `AddressWrong`."""
    if _is_a_camera(line):
        return
    address = Address.parse(line)
    if address.kind not in MAKES:
        raise AddressWrong(f"{address.kind!r}: no such kind of code scanner; there are {', '.join(MAKES)}")
    if address.kind == "camera":
        Lens.at(address.only(*LENS))
    else:
        MAKES[address.kind](address, "code-scanner")


def decodes_itself(line: str) -> bool:
    """Whether the line names a scanner that reads by itself, printed lines too where it has learnt to; a camera does not."""
    return not _is_a_camera(line) and not line.startswith("camera:")


def _is_a_camera(line: str) -> bool:
    return ("://" in line and not line.startswith("camera:")) or line.startswith("/") or line.isdecimal()

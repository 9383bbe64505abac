"""Makes of code scanners: what the settings line of ``[code_scanner]`` opens. A new make is a file beside `serial` and a line here.

camera:/dev/video0?exposure=150&focus=30    a camera, also written as "0", "/dev/video0" or the URL of a stream
serial:/dev/serial/by-id/…?baud=9600        a scanner on a serial line
keyboard:/dev/input/by-id/…                 a scanner that types
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from peripherals.address import Address, AddressWrong
from peripherals.code_scanner.camera import CameraScanner
from peripherals.code_scanner.frames import Lens, source_from
from peripherals.code_scanner.keyboard import KeyboardSource
from peripherals.code_scanner.scanner import CodeScanner
from peripherals.code_scanner.serial import SerialSettings, SerialSource
from peripherals.code_scanner.wired import WiredScanner

LENS = ("exposure", "focus", "width", "height")


def _camera(address: Address, name: str) -> CodeScanner:
    address.only(*LENS)
    lens = Lens(
        width=address.whole("width", Lens.width),
        height=address.whole("height", Lens.height),
        exposure=address.whole("exposure", 0) if "exposure" in address.options else None,
        focus=address.whole("focus", 0) if "focus" in address.options else None,
    )
    return CameraScanner(source_from(address.where, lens), name=name)


def _serial(address: Address, name: str) -> CodeScanner:
    return WiredScanner(functools.partial(SerialSource, SerialSettings.at(address)), name)


def _keyboard(address: Address, name: str) -> CodeScanner:
    return WiredScanner(functools.partial(KeyboardSource, address.only().where), name)


MAKES: dict[str, Callable[[Address, str], CodeScanner]] = {"camera": _camera, "serial": _serial, "keyboard": _keyboard}


def code_scanner(line: str, name: str = "code-scanner") -> CodeScanner:
    """The scanner that a settings line names, not yet opened. Raises `AddressWrong`."""
    if "://" in line or line.startswith("/") or line.isdecimal():
        return CameraScanner(source_from(line), name=name)
    address = Address.parse(line)
    make = MAKES.get(address.kind)
    if make is None:
        raise AddressWrong(f"{address.kind!r}: no such kind of code scanner; there are {', '.join(MAKES)}")
    return make(address, name)

"""Read pictures of codes from a shell: `python -m peripherals.code_scanner [--hex] [--all] IMAGE...`; with `--watch LINE` try a scanner.

A scanner is named as in the settings; each code that it is shown is one line, until Ctrl-C, and what changes about it is said on stderr.

Prints exactly one line a picture, in the order given: the payload as text if it is printable UTF-8, else as lower-case hex; ``-``
when no code was read. What went wrong with a file is said on stderr. Exit status: 0 every picture read, 1 at least one
not read, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

NOTHING = "-"
LARGEST_PICTURE = 1 << 27
"""Pixels that a file may unfold into; read by OpenCV when it is loaded."""


def main() -> int:
    arguments = _arguments()
    if arguments.watch is not None:
        return _watch(arguments.watch, as_hex=arguments.hex)
    os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(LARGEST_PICTURE))
    os.environ.setdefault("OPENCV_LOG_LEVEL", "OFF")
    from peripherals.code_scanner.decode import decode
    from peripherals.code_scanner.picture_file import Unreadable, load

    unread = 0
    for name in arguments.image:
        payloads: list[bytes] = []
        try:
            payloads = [code.payload for code in decode(load(Path(name)), seconds=arguments.seconds)]
        except Unreadable as error:
            print(f"{_shown(name)}: {error}", file=sys.stderr)
        unread += not payloads
        kept = payloads if arguments.all else payloads[:1]
        print("\t".join(_line(payload, as_hex=arguments.hex) for payload in kept) or NOTHING, flush=True)
    return 1 if unread else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m peripherals.code_scanner", description=__doc__)
    parser.add_argument("image", nargs="*", help="picture files (PNG, JPEG, WebP, TIFF, BMP ...)")
    parser.add_argument("--hex", action="store_true", help="print every payload as hex")
    parser.add_argument("--all", action="store_true", help="all codes of a picture on its line, parted by tabs, clearest first")
    parser.add_argument("--seconds", type=float, default=2.0, help="longest look at one picture (default: 2)")
    parser.add_argument("--watch", metavar="LINE", help="a scanner, as in the settings: serial:/dev/ttyUSB0?baud=9600")
    arguments = parser.parse_args()
    if bool(arguments.image) == (arguments.watch is not None):
        parser.error("name pictures, or a scanner with --watch")
    return arguments


def _watch(line: str, *, as_hex: bool) -> int:
    """Print what a scanner reads, as the terminal would take it. Exit status 2 for a line that names none."""
    from peripherals.address import AddressWrong
    from peripherals.code_scanner.makes import code_scanner
    from peripherals.code_scanner.scanner import CodeScanned
    from peripherals.device import DeviceEvent, StatusChanged

    def say(event: DeviceEvent) -> None:
        if isinstance(event, CodeScanned):
            print(_line(event.payload, as_hex=as_hex), flush=True)
        elif isinstance(event, StatusChanged):
            words = ", ".join(event.status.reasons) or "well"
            print(f"{event.status.state}  {words}  {event.status.detail}".rstrip(), file=sys.stderr, flush=True)

    try:
        scanner = code_scanner(line)
    except AddressWrong as wrong:
        print(f"python -m peripherals.code_scanner: {wrong}", file=sys.stderr)
        return 2
    scanner.subscribe(say)
    scanner.arm()
    scanner.open()
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        return 0
    finally:
        scanner.close()


def _line(payload: bytes, *, as_hex: bool) -> str:
    """One payload as one line. A text that would pass for the sign of nothing is given as hex."""
    if not as_hex:
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            return payload.hex()
        if text.isprintable() and text != NOTHING:
            return text
    return payload.hex()


def _shown(name: str) -> str:
    return ascii(name) if not name.isprintable() else name


if __name__ == "__main__":
    sys.exit(main())

"""The examination: each part is tried as the terminal would use it, and nothing is changed by it.

Devices on serial lines can be held by one program only: stop the terminal first (``systemctl stop kiosk``).
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from kiosk.accept_gate import FREE_BYTES
from kiosk.believing import AnchorsMissing, Believing
from kiosk.case import Case
from kiosk.certificate.fonts import FontMissing
from kiosk.certificate.typeset import Typesetter
from kiosk.devices import card_readers
from kiosk.doctor.findings import Finding, Verdict, of_device
from kiosk.platform.client import Limits, PlatformClient
from kiosk.platform.types import CertificateProblem, PlatformError
from kiosk.registration.trust import RecordUntrusted
from kiosk.settings import Settings
from kiosk.slips import receipt_printer
from kiosk.unit import CertificateUnit, UnitUnusable
from peripherals.address import Address, AddressWrong
from peripherals.card_reader.emrtd.country_signers import CountrySigners, CountrySignersWrong
from peripherals.code_scanner.makes import code_scanner
from peripherals.device import Device
from peripherals.printer import CupsPrinter
from peripherals.printer.faults import PrintServiceDown
from peripherals.printer.guard_install import queue_complaints

SETTLE_SECONDS = 6.0
"""How long a device may take to say how it is after it was opened."""
SOON = timedelta(days=30)
HARDWARE_WATCHDOG = Path("/sys/class/watchdog/watchdog0")


def devices(settings: Settings) -> tuple[Device, ...]:
    """Every device that the settings name, not yet opened. Raises `AddressWrong`, `UnitUnusable`."""
    return (
        *card_readers(settings),
        code_scanner(settings.code_scanner.source),
        *CertificateUnit.of(settings).devices,
        *((receipt_printer(settings),) if settings.receipt_printer.device else ()),
        *Case(settings).devices,
    )


def settled(device: Device, seconds: float = SETTLE_SECONDS) -> None:
    """Open a device and give it time to be well."""
    device.open()
    deadline = time.monotonic() + seconds
    while not device.status().usable and time.monotonic() < deadline:
        time.sleep(0.05)


def examine(settings: Settings) -> Iterator[Finding]:
    """Every finding, as it is made."""
    try:
        there = devices(settings)
    except (AddressWrong, UnitUnusable) as wrong:
        there = ()
        yield Finding("devices", Verdict.WRONG, str(wrong), "Correct the line in the settings; docs/devices.md shows how.")
    for device in there:
        try:
            settled(device)
            yield of_device(device.name, device.status())
        finally:
            device.close()
    for part, check in (
        *((("serial-camera", _serial_camera),) if settings.printer.unit == "booklet" else ()),
        ("queue", _queue),
        ("fonts", _fonts),
        ("disk", _disk),
        ("certificates", _certificates),
        ("trust", _trust),
        *((("country-signers", _country_signers),) if settings.card_reader.country_signers else ()),
        ("platform", _platform),
        ("hardware-watchdog", _hardware_watchdog),
    ):
        yield check(part, settings)


def _serial_camera(part: str, settings: Settings) -> Finding:
    from peripherals.booklet import SerialCamera  # loads OpenCV

    try:
        picture = SerialCamera.at(Address.parse(settings.booklet.camera)).photograph()
    except AddressWrong as wrong:
        return Finding(part, Verdict.WRONG, str(wrong), "Correct [booklet] camera; docs/devices.md shows how.")
    if picture is None or not picture.size:
        return Finding(
            part,
            Verdict.WRONG,
            "no picture of the line with the serial",
            "Plug the camera over the booklet in; check [booklet] camera.",
        )
    return Finding(part, Verdict.OK, f"sees a strip of {picture.shape[1]} by {picture.shape[0]} pixels")


def _queue(part: str, settings: Settings) -> Finding:
    return of_queue(part, settings.printer.server, settings.printer.queue)


def of_queue(part: str, server: str, queue: str) -> Finding:
    """Whether the queue goes through the once-guard, and whether the printer behind it can be asked."""
    printer = CupsPrinter(queue=queue, server=server)
    if PrintServiceDown.code in printer.look().reasons:
        return Finding(part, Verdict.WARNING, "not looked at while cupsd does not answer", "Run the doctor again when it does.")
    if wrong := queue_complaints(server, queue):
        return Finding(part, Verdict.WRONG, "; ".join(wrong), "kiosk guard install --uri URI makes the queue as it must be.")
    if not printer.speaks_for_itself:
        return Finding(
            part,
            Verdict.WARNING,
            "prints through the once-guard, to a printer that cannot be asked",
            "Use its IPP address if it has one (over USB: ipp-usb). Otherwise what is wrong with it is seen only in a job, and CUPS's word is taken that it printed.",
        )
    return Finding(part, Verdict.OK, "prints through the once-guard, to a printer that can be asked itself")


def _fonts(part: str, settings: Settings) -> Finding:
    try:
        Typesetter()
    except FontMissing as missing:
        return Finding(part, Verdict.WRONG, str(missing), "Run deploy/setup, or install the fonts of deploy/packages.txt.")
    return Finding(part, Verdict.OK, "every font of the certificate is there")


def _disk(part: str, settings: Settings) -> Finding:
    place = settings.store.path.parent
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < 2 * FREE_BYTES:
        return Finding(part, Verdict.WRONG, f"{free // 2**20} MiB free", "Make room: with too little nothing new is begun.")
    return Finding(part, Verdict.OK, f"{free // 2**20} MiB free")


def _certificates(part: str, settings: Settings) -> Finding:
    path = settings.platform.certificate
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return Finding(
            part, Verdict.WRONG, f"{path}: no certificate can be read from it", "Put the terminal's certificate there."
        )
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    said = f"the terminal's certificate holds until {certificate.not_valid_after_utc:%Y-%m-%d}"
    if left < timedelta(0):
        return Finding(part, Verdict.WRONG, said, "It has expired: have a new one issued by the platform.")
    if left < SOON:
        return Finding(part, Verdict.WARNING, said, "It expires soon: have a new one issued by the platform.")
    return Finding(part, Verdict.OK, said)


def _trust(part: str, settings: Settings) -> Finding:
    try:
        _believing(settings)
    except AnchorsMissing as missing:
        return Finding(part, Verdict.WRONG, str(missing), "Put the registry's and the platform's roots where [trust] says.")
    return Finding(part, Verdict.OK, "the roots of the registry and the platform are there")


def _country_signers(part: str, settings: Settings) -> Finding:
    directory = settings.card_reader.country_signers
    assert directory is not None  # only asked where the settings name one
    return of_country_signers(part, directory)


def of_country_signers(part: str, directory: Path) -> Finding:
    """Whether travel documents can be believed by what lies in `directory`."""
    try:
        signers = CountrySigners.load(directory)
    except CountrySignersWrong as wrong:
        return Finding(part, Verdict.WRONG, str(wrong), "Put each state's certificates there; docs/devices.md shows how.")
    expired = signers.expired(datetime.now(UTC))
    if expired:
        said = f"all certificates of {', '.join(expired)} have expired"
        return Finding(
            part, Verdict.WARNING, said, "Their travel documents prove nothing: put the states' newest certificates there."
        )
    outdated = signers.outdated(datetime.now(UTC))
    if outdated:
        said = f"the revocation lists of {', '.join(outdated)} are out of date"
        return Finding(
            part, Verdict.WARNING, said, "Whoever was taken back since still counts: put the states' newest lists there."
        )
    return Finding(part, Verdict.OK, f"travel documents of {', '.join(signers.states)} are read")


def _platform(part: str, settings: Settings) -> Finding:
    platform = settings.platform
    limits = Limits(platform.connect_seconds, platform.read_seconds, platform.total_seconds)
    try:
        client = PlatformClient(
            str(platform.url), certificate=platform.certificate, key=platform.key, ca=platform.ca, limits=limits
        )
    except CertificateProblem as problem:
        return Finding(part, Verdict.WRONG, str(problem), "Check certificate, key and ca in [platform].")
    try:
        believing = _believing(settings)
        believing.refresh(client.revocations())
        off = believing.clock_error(client.time())
    except (PlatformError, RecordUntrusted, AnchorsMissing) as problem:
        return Finding(
            part, Verdict.WRONG, f"{type(problem).__name__}: {problem}", "Check the network, [platform] url and certificates."
        )
    finally:
        client.close()
    if abs(off) > timedelta(seconds=settings.trust.clock_tolerance_seconds):
        return Finding(
            part,
            Verdict.WRONG,
            f"answers; our clock is {off.total_seconds():.0f} s behind it",
            "Set the clock: timedatectl set-ntp true",
        )
    return Finding(part, Verdict.OK, f"answers; our clock differs by {abs(off).total_seconds():.1f} s")


def _hardware_watchdog(part: str, _: Settings) -> Finding:
    return of_hardware_watchdog(part, HARDWARE_WATCHDOG)


def of_hardware_watchdog(part: str, place: Path) -> Finding:
    """The timer that starts the machine anew when everything stands still, by what the kernel says of it (watchdog-api, sysfs)."""
    try:
        name, state, seconds = ((place / each).read_text("utf-8").strip() for each in ("identity", "state", "timeout"))
    except OSError:
        switch_on = "Switch it on in the firmware, and have its kernel module loaded (modules-load.d); without it a machine that stands still waits for staff."
        return Finding(part, Verdict.WARNING, "the kernel knows of none", switch_on)
    if state != "active":
        hold = "systemd must hold it: RuntimeWatchdogSec in system.conf.d (the package sets it; it counts from the next start)."
        return Finding(part, Verdict.WARNING, f"{name} is there and nobody holds it", hold)
    return Finding(part, Verdict.OK, f"{name} starts the machine anew after {seconds} s without a sign")


def _believing(settings: Settings) -> Believing:
    now: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731 - the clock, as an argument
    tolerance = timedelta(seconds=settings.trust.clock_tolerance_seconds)
    return Believing(settings.trust.registry_root, settings.trust.platform_root, settings.terminal_id, lambda: "", now, tolerance)

"""One typed settings tree, read from one TOML file. Every default is safe; what has none must be given.

A mistake names the file, the line and the key, and is the integrator's to mend. Paths may be relative to the settings file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, HttpUrl, ValidationError, model_validator

from peripherals.address import Address


class SettingsError(Exception):
    """The settings file cannot be used; the integrator's turn. The message names file, line and key."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Seconds = Annotated[float, Field(gt=0, le=600)]


class PlatformSettings(_Section):
    """Where the integrated platform is and who we are to it (mTLS)."""

    url: HttpUrl
    certificate: Path
    key: Path
    ca: Path
    connect_seconds: Seconds = 3.0
    read_seconds: Seconds = 10.0
    total_seconds: Seconds = 20.0


class TrustSettings(_Section):
    """What the terminal believes: the registry's root certificate, and the platform's signing certificate chain root."""

    registry_root: Path
    platform_root: Path
    clock_tolerance_seconds: Annotated[float, Field(gt=0, le=3600)] = 120.0


class StoreSettings(_Section):
    """The encrypted store and the file that holds its key.

    `witness`: a small file that remembers how the journal stood, so that an older copy of the store is refused; best on another file
    system than the store (default: beside it, with ``.head`` added).
    """

    path: Path
    key: Path
    witness: Path | None = None


class KeySettings(_Section):
    """Where the secrets are that open the store and sign the journal.

    "file": `store.key`, and the PEM file `signing` (default: the platform's client key). "credential": the systemd credential called
    as `store.key`'s last part. "pkcs11": the token called `token` behind the library `module`, its PIN in the file `pin`. "tpm": sealed
    to this machine's TPM in `directory`, and the store tied to a counter there.
    """

    source: Literal["file", "credential", "pkcs11", "tpm"] = "file"
    signing: Path | None = None
    module: Path | None = None
    token: str = "dazheng"
    pin: Path | None = None
    directory: Path = Path("/var/lib/dazheng/tpm")
    tcti: str = "device:/dev/tpmrm0"

    @model_validator(mode="after")
    def _complete(self) -> KeySettings:
        if self.source == "pkcs11" and (self.module is None or self.pin is None):
            raise ValueError("pkcs11 needs module and pin")
        return self


class EscrowSettings(_Section):
    """The journal kept for the holder of an escrow key: to whose RSA certificate, and in which directory (another disk or share)."""

    certificate: Path
    directory: Path


def _opens_a_card_reader(line: str) -> str:
    from peripherals.card_reader.makes import card_reader  # loads PC/SC, which most commands do without

    card_reader(line)
    return line


class CardReaderSettings(_Section):
    """`devices`: one line a reader, all of them in use at once: "pcsc", "pcsc:PART-OF-ITS-NAME", "sam-v:/dev/serial/by-id/…".

    `match`: part of the name of the PC/SC reader that is just called "pcsc"; empty takes the first one.

    `country_signers`: the directory of certificates by which travel documents are believed (CHN.pem …); without it none are read.
    """

    devices: Annotated[tuple[Annotated[str, AfterValidator(_opens_a_card_reader)], ...], Field(min_length=1, max_length=4)] = (
        "pcsc",
    )
    match: str = ""
    country_signers: Path | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """Every reader's line, with the name that `match` gives."""
        return tuple(f"pcsc:{self.match}" if line == "pcsc" and self.match else line for line in self.devices)


def _opens_a_code_scanner(line: str) -> str:
    from peripherals.code_scanner.makes import check

    check(line)
    return line


class CodeScannerSettings(_Section):
    """`source`: a camera ("0", "/dev/video0", a URL, or "camera:/dev/video0?exposure=150&focus=30"), a scanner on a serial line
    ("serial:/dev/serial/by-id/…?baud=9600") or one that types ("keyboard:/dev/input/by-id/…").
    """

    source: Annotated[str, AfterValidator(_opens_a_code_scanner)] = "0"


class CalibrationSettings(_Section):
    """How this printer sits against the pre-printed blank (measured from the test page)."""

    dx_mm: Annotated[float, Field(ge=-20, le=20)] = 0.0
    dy_mm: Annotated[float, Field(ge=-20, le=20)] = 0.0
    scale: Annotated[float, Field(ge=0.95, le=1.05)] = 1.0
    rotation_deg: Annotated[float, Field(ge=-2, le=2)] = 0.0


class PrinterSettings(_Section):
    """The CUPS queue (device URI ``once:...``) and where the once-guard keeps its tokens.

    `unit`: "sheet" prints on sheets from its own bin (单一版 and 登记证明), "booklet" on booklets that a page turner feeds (集成版; see `booklet`).
    `paper`: what lies in the bin; "blank" is pre-printed (overprint only), "plain" wants the frame too.
    `page_seconds`: what this printer needs for a certificate, shown as the countdown.
    """

    unit: Literal["sheet", "booklet"] = "sheet"
    queue: str = "certificates"
    server: str = "/run/cups/cups.sock"
    guard_directory: Path = Path("/var/lib/dazheng/once")
    paper: Literal["blank", "plain"] = "blank"
    page_seconds: Annotated[int, Field(ge=1, le=300)] = 45
    give_up_seconds: Annotated[int, Field(ge=10, le=900)] = 180
    calibration: CalibrationSettings = CalibrationSettings()


def _is_an_address(line: str) -> str:
    if line:
        Address.parse(line)
    return line


DeviceLine = Annotated[str, AfterValidator(_is_an_address)]
"""Names a device (`peripherals.address`); empty where the terminal has none."""


class BookletSettings(_Section):
    """The booklet unit. `turner`: "turner:/dev/serial/by-id/…?baud=9600"; `camera`: the one above the booklet,
    "camera:/dev/video2?left=0&top=200&wide=960&tall=140" (the strip with the serial); `digits`: what its figures look like, a directory with
    ``0.png`` to ``9.png`` or a font file; `outlet`: the sensor there, "level:FILE?closed=0" (closed: nothing lies there). `pages`: how many
    pages of a booklet can be printed; `stamps`: whether the unit has a stamp for the seal.
    """

    turner: DeviceLine = ""
    camera: DeviceLine = ""
    digits: Path = Path("/etc/dazheng/digits")
    outlet: DeviceLine = ""
    pages: Annotated[int, Field(ge=3, le=24)] = 8
    stamps: bool = False


class UpsSettings(_Section):
    """`device`: the UPS as NUT calls it, "nut:NAME@HOST"."""

    device: DeviceLine = ""


class ReceiptPrinterSettings(_Section):
    """`device`: the printer of slips, "escpos:/dev/serial/by-id/…?baud=38400&roll=80"."""

    device: DeviceLine = ""


class SignalSettings(_Section):
    """Contacts of the case ("level:FILE?closed=0") and lights ("led:/sys/class/leds/NAME")."""

    door: DeviceLine = ""
    tamper: DeviceLine = ""
    reader_light: DeviceLine = ""
    scanner_light: DeviceLine = ""
    outlet_light: DeviceLine = ""


class BlankSettings(_Section):
    """`low`: below this many blanks in a bin staff are warned. `capacity`: how many a bin holds."""

    low: Annotated[int, Field(ge=0, le=1000)] = 20
    capacity: Annotated[int, Field(ge=1, le=1000)] = 150


class StaffSettings(_Section):
    """The admin screen. `export_directory`: where a USB stick is mounted; `export_recipient`: the office's RSA certificate (PEM), for whom
    the journal is encrypted; without both it is not exported. `service`: the unit that a restart restarts.
    """

    log_out_seconds: Annotated[int, Field(ge=30, le=3600)] = 300
    export_directory: Path | None = None
    export_recipient: Path | None = None
    service: Annotated[str, Field(pattern=r"^[A-Za-z0-9@_.-]+\.service$")] = "kiosk.service"


class ScreenSettings(_Section):
    """The window. `fullscreen` off is for developers.

    `motion`: whether things move; "auto": where the machine draws fast enough for it. `sound`: the ALSA device of voice and tones, "" for none. `sound_is_private`: only headphones can hear it (a jack without a
    loudspeaker behind it); then names, numbers and addresses are read out too.
    """

    width: Annotated[int, Field(ge=480, le=7680)] = 1080
    height: Annotated[int, Field(ge=480, le=7680)] = 1920
    fullscreen: bool = True
    language: Literal["zh_CN", "en"] = "zh_CN"
    motion: Literal["auto", "on", "off"] = "auto"
    sound: str = "default"
    sound_is_private: bool = False


class WatchdogSettings(_Section):
    """The health daemon. `socket_directory` belongs to it and the terminal; `state` remembers what was tried.

    `bus`: where systemd listens (D-Bus address). `metrics_port` on loopback, 0 for a free one. `usb`: device name (`card-reader`,
    `printer`, …) → the USB port that may be switched off and on for it, as the kernel calls it (`1-1.4`).
    """

    socket_directory: Path = Path("/run/dazheng")
    state: Path = Path("/var/lib/dazheng-watchdog/state.json")
    bus: str = "unix:path=/run/dbus/system_bus_socket"
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 9469
    usb: dict[str, Annotated[str, Field(pattern=r"^[0-9]+-[0-9]+(\.[0-9]+)*$")]] = {}


class Settings(_Section):
    """The whole tree. `terminal_id` must be the common name of the platform's client certificate."""

    terminal_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{2,63}$")]
    platform: PlatformSettings
    trust: TrustSettings
    store: StoreSettings
    keys: KeySettings = KeySettings()
    escrow: EscrowSettings | None = None
    card_reader: CardReaderSettings = CardReaderSettings()
    code_scanner: CodeScannerSettings = CodeScannerSettings()
    printer: PrinterSettings = PrinterSettings()
    booklet: BookletSettings = BookletSettings()
    ups: UpsSettings = UpsSettings()
    receipt_printer: ReceiptPrinterSettings = ReceiptPrinterSettings()
    signals: SignalSettings = SignalSettings()
    blanks: BlankSettings = BlankSettings()
    screen: ScreenSettings = ScreenSettings()
    staff: StaffSettings = StaffSettings()
    watchdog: WatchdogSettings = WatchdogSettings()

    @model_validator(mode="after")
    def _can_read_pages(self) -> Settings:
        from peripherals.code_scanner.makes import decodes_itself

        if self.card_reader.country_signers and not decodes_itself(self.code_scanner.source):
            raise ValueError(
                "card_reader.country_signers needs a code scanner that reads printed lines: a travel document opens only with them"
            )
        return self

    @model_validator(mode="after")
    def _has_its_unit(self) -> Settings:
        if self.printer.unit == "booklet" and not (self.booklet.turner and self.booklet.camera):
            raise ValueError('printer.unit = "booklet" needs booklet.turner and booklet.camera')
        return self


def load(path: Path) -> Settings:
    """Read the settings file at `path`. Raises `SettingsError`."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        raise SettingsError(f"{path}: no such settings file") from None
    except (OSError, UnicodeDecodeError) as reason:
        raise SettingsError(f"{path}: cannot be read ({reason})") from None
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as reason:
        raise SettingsError(f"{path}: not TOML: {reason}") from None
    try:
        settings = Settings.model_validate(tree)
    except ValidationError as reason:
        raise SettingsError("\n".join(_complaints(path, text, reason))) from None
    return _anchored(settings, path.parent)


def complaint(path: Path, keys: Sequence[str], what: str) -> str:
    """A mistake that only a driver could find, with its line."""
    return _complaint(path, path.read_text("utf-8"), keys, what)


def _complaint(path: Path, text: str, keys: Sequence[str], what: str) -> str:
    line = _line_of(text, list(keys))
    return f"{path}, line {line}: {'.'.join(keys)}: {what}" if line else f"{path}: {'.'.join(keys)}: {what}"


def _complaints(path: Path, text: str, error: ValidationError) -> list[str]:
    complaints: list[str] = []
    items = error.errors(include_url=False, include_input=False)
    for item in items:
        if item["type"] == "too_short" and any(len(other["loc"]) > len(item["loc"]) for other in items):
            continue  # a list is said to be empty when what it holds is wrong
        keys = [str(part) for part in item["loc"]]
        what = (
            "is missing"
            if item["type"] == "missing"
            else "is not a known key"
            if item["type"] == "extra_forbidden"
            else item["msg"].removeprefix("Value error, ")
        )
        complaints.append(_complaint(path, text, keys, what))
    return complaints


def _line_of(text: str, keys: list[str]) -> int | None:
    """The line on which `keys` is set, or else that of the nearest table that should hold it."""
    table: list[str] = []
    nearest: int | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if header := re.match(r"^\[+\s*([^\]]+?)\s*\]+", stripped):
            table = [part.strip().strip("\"'") for part in header.group(1).split(".")]
            if table == keys[: len(table)]:
                nearest = number
            if table == keys:
                return number
        elif assignment := re.match(r"^([^=#]+?)\s*=", stripped):
            name = [part.strip().strip("\"'") for part in assignment.group(1).split(".")]
            if table + name == keys[: len(table + name)]:
                return number
    return nearest


def _anchored(settings: Settings, directory: Path) -> Settings:
    """All relative paths made absolute against the settings file's directory."""

    def anchor(value: Any) -> Any:
        if isinstance(value, Path):
            return value if value.is_absolute() else (directory / value).absolute()
        if isinstance(value, BaseModel):
            return value.model_copy(update={name: anchor(getattr(value, name)) for name in type(value).model_fields})
        return value

    return anchor(settings)

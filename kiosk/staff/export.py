"""What goes to a stick: the journal for the office alone, and the day sheet for the file.

The journal is the same file as everywhere (`offline_cache.export`: JSON lines, the head signed with the terminal's key), in the same
envelope as in escrow (CMS for an RSA certificate). The stick can be lost: nobody but the office reads it. The office can be lied to:
nobody but the terminal signs it. ``kiosk journal read`` is the other end, docs/check_journal.py another's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from kiosk.certificate.fonts import FontMissing
from kiosk.issuance.day_sheet import DaySheet
from offline_cache import export, journal
from offline_cache.durable_file import write_durably
from offline_cache.keys import KeyUnusable
from offline_cache.signing import SigningKey
from offline_cache.store import Store


class ExportRefused(Exception):
    """Nothing was written. `code`: "no-place" (not set up), "no-stick", "stick-full", "keys", "fonts"."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Written:
    """What lies on the stick now."""

    path: Path
    digest: str
    head: journal.Head


@dataclass(frozen=True, slots=True)
class Exporter:
    """Writes to the stick. `directory` is where it is mounted, `recipient` the office's RSA certificate (PEM)."""

    store: Store
    clock: Callable[[], datetime]
    terminal_id: str
    key: SigningKey
    directory: Path | None
    recipient: Path | None
    mounted: Callable[[Path], bool] = Path.is_mount

    def write(self, by: str) -> Written:
        """One file with the whole journal. Raises `ExportRefused`, `StoreError`."""
        if self.recipient is None:
            raise ExportRefused("no-place")
        stick, now = self._stick(), self.clock()
        with self.store.transaction() as tx:
            # The export tells of itself, and of who took it.
            journal.append(tx, now, "staff.exported", {"by": by})
        head = journal.head(self.store)
        try:
            lines = "".join(export.lines(self.store, self.key, self.terminal_id, now)).encode()
            sealed = export.escrowed(lines, self.recipient.read_bytes())
        except (OSError, KeyUnusable, export.ExportUnusable):
            raise ExportRefused("keys") from None
        path = stick / f"journal-{self.terminal_id}-{now:%Y%m%dT%H%M%SZ}.p7m"
        _put(path, sealed)
        return Written(path, sha256(sealed).hexdigest(), head)

    def write_day(self, sheet: DaySheet) -> Path:
        """The day sheet as PDF for the file and as CSV to reckon on; they name nobody but by staff numbers. Raises `ExportRefused`."""
        stick = self._stick()
        try:
            pdf = sheet.pdf()
        except FontMissing:
            raise ExportRefused("fonts") from None
        path = stick / f"day-{self.terminal_id}-{sheet.day:%Y%m%d}.pdf"
        _put(path.with_suffix(".csv"), sheet.csv().encode("utf-8-sig"))
        _put(path, pdf)
        return path

    def _stick(self) -> Path:
        if self.directory is None:
            raise ExportRefused("no-place")
        if not self.mounted(self.directory):
            raise ExportRefused("no-stick")
        return self.directory


def _put(path: Path, content: bytes) -> None:
    """Whole and on the stick, or not there: sticks are pulled out early. Raises `ExportRefused`."""
    try:
        write_durably(path, content)
    except OSError:
        raise ExportRefused("stick-full") from None

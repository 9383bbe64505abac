"""Proving a certificate: from a PDF, a scan or a photograph of the paper to what the registry says, offline.

    file → picture → code (COSE_Sign1) → claims, believed or not → held against the words of the page, where it has words

Used by `kiosk verify` and by the verification page. A photograph has no words: there a person compares the claims with the paper.
"""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from kiosk.registration.chains import Anchors, Policy, RecordUntrusted
from kiosk.registration.claims import CodeClaims
from kiosk.registration.cose import CoseError, Header, decode
from kiosk.registration.trust import Purpose, verify_code
from peripherals.code_scanner.decode import decode as read_codes

MOST_PAGES = 20
PDF_DPI = 300
PROGRAM_SECONDS = 60


class Verdict(StrEnum):
    """What is known about a paper after looking: proven, disproven, or nothing at all."""

    VALID = "valid"
    NOT_VALID = "not-valid"
    UNREADABLE = "unreadable"


class Words(StrEnum):
    """What the words of the page say to the code; only a PDF that was typeset has words."""

    AGREE = "agree"
    DIFFER = "differ"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found out about one paper.

    `reason` is why it is not valid or unreadable (kebab-case). `claims` is what the registry signed, only where it is believed.
    `revocation` is the day of the newest revocation list at hand; without one, nobody was asked whether the signer was revoked.
    """

    verdict: Verdict
    reason: str = ""
    claims: CodeClaims | None = field(default=None, repr=False)
    words: Words = Words.NONE
    revocation: datetime | None = None


def prove(content: bytes, anchors: Anchors, at: datetime) -> Finding:
    """Judge the paper in `content` (PDF or a picture in any usual format) by `anchors`. Never raises on what `content` holds."""
    found = _codes(content)
    if found is None:
        return Finding(Verdict.UNREADABLE, "not-a-picture")
    ours = {payload for payload in found if _is_code(payload)}
    if len(ours) > 1:
        return Finding(Verdict.UNREADABLE, "several-codes")
    if not ours:
        return Finding(Verdict.NOT_VALID, "foreign-code") if found else Finding(Verdict.UNREADABLE, "no-code")
    newest = max((crl.last_update_utc for crl in anchors.crls), default=None)
    try:
        claims = verify_code(ours.pop(), anchors, at, Policy(revocation="if-present"))
    except RecordUntrusted as distrust:
        return Finding(Verdict.NOT_VALID, distrust.code, revocation=newest)
    words = _words(content, claims)
    if words is Words.DIFFER:
        return Finding(Verdict.NOT_VALID, "words-differ", claims, words, newest)
    return Finding(Verdict.VALID, "", claims, words, newest)


def _is_code(payload: bytes) -> bool:
    try:
        return decode(payload).protected.get(Header.CONTENT_TYPE) == Purpose.CODE.value
    except CoseError:
        return False


def _codes(content: bytes) -> set[bytes] | None:
    """Payloads of the first page that has any of ours, or else of all; None if it is no picture."""
    seen: set[bytes] | None = None
    for picture in _pictures(content):
        payloads = {code.payload for code in read_codes(picture)}
        seen = payloads | (seen or set())
        if any(_is_code(payload) for payload in payloads):
            break
    return seen


def _pictures(content: bytes) -> Iterator[NDArray[Any]]:
    if not content.startswith(b"%PDF-"):
        yield from _picture(content)
        return
    for page in range(1, MOST_PAGES + 1):
        drawn = _run(["pdftoppm", "-r", str(PDF_DPI), "-f", str(page), "-l", str(page), "-singlefile", "-gray", "-"], content)
        picture = cv2.imdecode(np.frombuffer(drawn, np.uint8), cv2.IMREAD_GRAYSCALE) if drawn else None
        if picture is None:
            return
        yield picture


def _picture(content: bytes) -> Iterator[NDArray[Any]]:
    """By Pillow, which reads more formats than OpenCV does."""
    try:
        with Image.open(io.BytesIO(content)) as opened:
            yield np.asarray(opened.convert("L"))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return


def _words(content: bytes, claims: CodeClaims) -> Words:
    """Number, unit code and day as the code says them must be among the words of the page."""
    if not content.startswith(b"%PDF-"):
        return Words.NONE
    said = re.sub(r"[\s\u200b]", "", _run(["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"], content).decode("utf-8", "replace"))
    if not said:
        return Words.NONE
    day = claims.registered_on
    wanted = (claims.number, claims.unit_code, f"{day.year}年{day.month}月{day.day}日")
    return Words.AGREE if all(re.sub(r"\s", "", each) in said for each in wanted) else Words.DIFFER


def _run(command: list[str], data: bytes) -> bytes:
    """What a poppler program makes of `data`; nothing if it cannot."""
    try:
        ran = subprocess.run(command, input=data, capture_output=True, check=False, timeout=PROGRAM_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return ran.stdout if ran.returncode == 0 else b""

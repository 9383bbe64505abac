"""Numbers of the field: resident identity, organisation, real-estate unit, certificate, blank. Checks and forms, no policy."""

from __future__ import annotations

import re

_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECKS = "10X98765432"
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_UNIT = re.compile(r"[0-9]{6}[0-9]{3}[0-9]{3}[A-Z]{2}[0-9]{5}[FLQW][0-9]{8}")
_CERTIFICATE = re.compile(r"[\u4e00-\u9fff][(（][0-9]{4}[)）][\u4e00-\u9fff]{2,20}(不动产权|不动产证明)第[0-9]{6,7}号")
_BLANK = re.compile(r"[A-Z]?[0-9]{11}")


def resident_check(first17: str) -> str:
    """The check character of a resident identity number (GB 11643-1999, ISO 7064 MOD 11-2)."""
    return _RESIDENT_CHECKS[sum(int(digit) * weight for digit, weight in zip(first17, _RESIDENT_WEIGHTS, strict=True)) % 11]


def is_resident_number(text: str) -> bool:
    """Eighteen characters with a right check character (GB 11643; also 8… permits and 9… foreign residents from 2023)."""
    return re.fullmatch(r"[0-9]{17}[0-9X]", text, re.ASCII) is not None and resident_check(text[:17]) == text[17]


def organisation_check(first17: str) -> str:
    """The check character of a unified social credit code (GB 32100-2015, MOD 31)."""
    total = sum(_ORGANISATION_ALPHABET.index(char) * weight for char, weight in zip(first17, _ORGANISATION_WEIGHTS, strict=True))
    return _ORGANISATION_ALPHABET[(31 - total % 31) % 31]


def is_organisation_code(text: str) -> bool:
    """Eighteen characters without I, O, Z, S, V and with a right check character (GB 32100-2015)."""
    if len(text) != 18 or any(char not in _ORGANISATION_ALPHABET for char in text):
        return False
    return organisation_check(text[:17]) == text[17]


def is_unit_code(text: str) -> bool:
    """A real-estate unit code of 28 characters without spaces (GB/T 37346-2019)."""
    return _UNIT.fullmatch(text) is not None


def grouped_unit_code(text: str) -> str:
    """A unit code as people read it, in groups of 6, 6, 7 and 9; anything else as it is."""
    if not is_unit_code(text):
        return text
    return f"{text[:6]} {text[6:12]} {text[12:19]} {text[19:]}"


def is_certificate_number(text: str) -> bool:
    """豫(2024)信阳市不动产权第0012345号 and its kin: both forms of brackets, six or seven digits."""
    return _CERTIFICATE.fullmatch(text) is not None


def is_blank_serial(text: str) -> bool:
    """An optional letter and eleven digits, never all zero: zeros are what a unit reports that could not read."""
    return _BLANK.fullmatch(text) is not None and text.strip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "0" * 11

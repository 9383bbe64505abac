"""zxing-cpp as one reader: the first to be asked, because it is the quickest and tells how much correction a code needed."""

from __future__ import annotations

from typing import cast

import zxingcpp

from peripherals.code_scanner.reading import DecodedCode, Gray


def read(gray: Gray, *, global_threshold: bool = False, pure: bool = False) -> tuple[DecodedCode, ...]:
    """All QR codes of a picture.

    `global_threshold` parts black from white once for the whole picture instead of place by place; `pure` expects nothing but
    one upright code.
    """
    try:
        found = zxingcpp.read_barcodes(
            gray,
            formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]),
            binarizer=zxingcpp.Binarizer.GlobalHistogram if global_threshold else zxingcpp.Binarizer.LocalAverage,
            is_pure=pure,
        )
    except (ValueError, RuntimeError, MemoryError):
        return ()
    return tuple(
        DecodedCode(payload=code.bytes, corners=_corners(code.position), clearness=_unused_correction(code.extra))
        for code in found
        if code.valid and code.bytes
    )


def _corners(position: zxingcpp.Position) -> tuple[tuple[float, float], ...]:
    points = (position.top_left, position.top_right, position.bottom_right, position.bottom_left)
    return tuple((float(point.x), float(point.y)) for point in points)


def _unused_correction(extra: object) -> float:
    """zxing-cpp's ``UEC`` figure."""
    if not isinstance(extra, dict):
        return 0.0
    share = cast(dict[str, object], extra).get("UEC")
    return float(share) if isinstance(share, int | float) else 0.0

"""zbar as one reader, in binary mode, through pyzbar's ctypes layer.

pyzbar's own `decode` will not do: it raises ValueError on real pictures (zbar's orientation −1 is not in its enum), and it
leaves zbar in text mode, where zbar guesses an encoding and re-codes the payload: every binary code comes out changed.
"""

from __future__ import annotations

import ctypes

from pyzbar import wrapper

from peripherals.code_scanner.reading import DecodedCode, Gray

_ANY, _QR = 0, 64
_ENABLE, _BINARY = 0, 4
"""zbar_config_t; pyzbar's enum stops before ZBAR_CFG_BINARY (zbar 0.23.1)."""
_Y800 = int.from_bytes(b"Y800", "little")
_POINTS = 4
_LARGEST_SIDE = 16_384


def read(gray: Gray) -> tuple[DecodedCode, ...]:
    """All QR codes of a picture, with their bytes as encoded."""
    rows, columns = gray.shape
    if max(rows, columns) > _LARGEST_SIDE:
        return ()
    pixels = gray.tobytes()
    scanner = wrapper.zbar_image_scanner_create()
    image = wrapper.zbar_image_create()
    try:
        wrapper.zbar_image_scanner_set_config(scanner, _ANY, _ENABLE, 0)
        wrapper.zbar_image_scanner_set_config(scanner, _QR, _ENABLE, 1)
        wrapper.zbar_image_scanner_set_config(scanner, _QR, _BINARY, 1)
        wrapper.zbar_image_set_format(image, _Y800)
        wrapper.zbar_image_set_size(image, columns, rows)
        wrapper.zbar_image_set_data(image, ctypes.cast(ctypes.c_char_p(pixels), ctypes.c_void_p), len(pixels), None)
        wrapper.zbar_scan_image(scanner, image)
        return _codes(image)
    finally:
        wrapper.zbar_image_destroy(image)
        wrapper.zbar_image_scanner_destroy(scanner)


def _codes(image: wrapper._Image) -> tuple[DecodedCode, ...]:  # pyright: ignore[reportPrivateUsage]
    codes: list[DecodedCode] = []
    symbol = wrapper.zbar_image_first_symbol(image)
    while symbol:
        length = wrapper.zbar_symbol_get_data_length(symbol)
        payload = ctypes.string_at(wrapper.zbar_symbol_get_data(symbol), length)
        if symbol.contents.type == _QR and payload:
            corners = tuple(
                (float(wrapper.zbar_symbol_get_loc_x(symbol, i)), float(wrapper.zbar_symbol_get_loc_y(symbol, i)))
                for i in range(wrapper.zbar_symbol_get_loc_size(symbol))
            )
            codes.append(DecodedCode(payload=payload, corners=corners if len(corners) == _POINTS else ()))
        symbol = wrapper.zbar_symbol_next(symbol)
    return tuple(codes)
